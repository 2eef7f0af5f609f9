"""The JSON Schemas (draft 2020-12) of the files, for other programs that write them; the readers here need none."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Literal


def schema(name: Literal["instance", "weights"]) -> dict[str, Any]:
    """The schema of instance or weights files, version 1."""
    text = resources.files("dnnt_encode.parsers").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result
