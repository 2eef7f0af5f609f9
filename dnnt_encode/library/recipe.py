"""Recipes: how an instance is made, as plain JSON.

    {"family": "nae-sat", "seed": 3, "parameters": {"variables": 20, "kind": "planted"}}
    {"table": "breast", "columns": 10, "samples": 100, "seed": 11, "network": {"hidden": "2", "weights": "-1,0,1"}}

A recipe and a name make one instance, on every machine. Sets and widths are texts, as on the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.families.catalogue import generate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.library.tables import SOURCES, selection
from dnnt_encode.parsers.option_texts import parse_number, parse_set, parse_widths

_NETWORK = ("hidden", "weights", "biases", "activation", "loss", "margin", "threshold", "outputs", "layer_weights")


def made(recipe: Mapping[str, Any], name: str) -> Instance:
    """The instance of a recipe, called ``name``. Raises DataMissing where its table is not here, InputError."""
    if "family" in recipe:
        return replace(generate(recipe["family"], recipe["seed"], **recipe["parameters"]), name=name)
    if recipe.get("table") not in SOURCES:
        raise InputError(f"found the table {recipe.get('table')!r}; known are {', '.join(SOURCES)}", name)
    x, y = selection(SOURCES[recipe["table"]].read(), recipe["columns"], recipe["samples"], recipe["seed"])
    options = dict(recipe["network"])
    unknown = set(options) - {*_NETWORK}
    if unknown:
        raise InputError(f"found the unknown key {min(unknown)!r}; known are {', '.join(_NETWORK)}", name)
    with InputErrors(name):
        for key in ("weights", "biases"):
            if key in options:
                options[key] = parse_set(options[key])
        if "layer_weights" in options:
            options["layer_weights"] = [parse_set(text) for text in options["layer_weights"]]
        for key in ("margin", "threshold"):
            if key in options:
                options[key] = parse_number(options[key])
        options["hidden"] = parse_widths(options["hidden"])
    return Instance.from_arrays(x, y, name=name, **options)


def origin(recipe: Mapping[str, Any]) -> str:
    """Whose data an instance is made of, and its licence."""
    if "family" in recipe:
        return f"generated: the family {recipe['family']}"
    return SOURCES[recipe["table"]].origin
