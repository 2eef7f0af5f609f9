"""Running an algorithm that works block by block."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


def finish(work: Generator[Any, None, Any]) -> Any:
    """What it returns in the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
