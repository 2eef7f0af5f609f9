"""The JSON Schemas (draft 2020-12) of the files, for other programs that write them; the readers here need none.

What depends on which activations and losses there are is made from their data, and stands in no file.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Literal

from dnnt_encode.instance.activations import ACTIVATIONS, CAPPED, POLYNOMIAL
from dnnt_encode.instance.losses import ENTRIES
from dnnt_encode.instance.stage import NAMES

_NUMBER = {"$ref": "#/$defs/number"}


def schema(name: Literal["instance", "weights"]) -> dict[str, Any]:
    """The schema of instance or weights files."""
    text = resources.files("dnnt_encode.parsers").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    result["$defs"]["activation"] = _activation()
    if name == "instance":
        result["$defs"]["loss"] = _loss()
        result["$defs"]["objective"] = {"enum": list(NAMES)}
        result |= _targets()
    return result


def _activation() -> dict[str, Any]:
    plain = [name for name in (*ACTIVATIONS, *POLYNOMIAL) if name not in CAPPED]
    capped = [_named([name], {"c": _NUMBER}, ["c"]) for name in CAPPED]
    return {
        "description": f"A name; {', '.join(CAPPED)} needs its cap c > 0.",
        "anyOf": [{"enum": plain}, _named(plain, {}, []), *capped],
    }


def _loss() -> dict[str, Any]:
    """A name, or an object with the name and perhaps the parameter that this loss has."""
    parameters: dict[str | None, list[str]] = {}
    for name, entry in ENTRIES.items():
        parameters.setdefault(None if entry.parameter is None else entry.parameter.name, []).append(name)
    objects = [
        _named(names, {} if parameter is None else {parameter: _NUMBER}, []) for parameter, names in parameters.items()
    ]
    return {"anyOf": [{"enum": list(ENTRIES)}, *objects]}


def _targets() -> dict[str, Any]:
    """Targets are class indices for the losses of classes, vectors for all others."""
    names = {"enum": [name for name, entry in ENTRIES.items() if entry.targets == "class"]}
    by_object = {"type": "object", "properties": {"name": names}, "required": ["name"]}
    indices, vectors = {"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": {"type": "array"}}
    return {
        "if": {"properties": {"loss": {"anyOf": [names, by_object]}}, "required": ["loss"]},
        "then": {"properties": {"dataset": {"properties": {"y": indices}}}},
        "else": {"properties": {"dataset": {"properties": {"y": vectors, "classes": False}}}},
    }


def _named(names: list[str], properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"enum": names}, **properties},
        "required": ["name", *required],
        "additionalProperties": False,
    }
