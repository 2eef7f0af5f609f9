"""Instances and weights in files: whichever of the two it is."""

from __future__ import annotations

from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.files import Source
from dnnt_encode.parsers.instance_json import instance_of, save_instance
from dnnt_encode.parsers.json_text import read_json
from dnnt_encode.parsers.weights_json import save_weights, weights_of


def load(source: Source) -> Instance | Weights:
    """What a JSON file holds, by its ``format``: an instance or weights. ``source``: a path, ``-`` or an open file.

    Raises InputError."""
    value, place = read_json(source)
    if isinstance(value, dict) and value.get("format") == "dnnt-weights":
        return weights_of(value, place)
    return instance_of(value, place, source)


def save(item: Instance | Weights, target: Source, *, self_contained: bool = False) -> None:
    """Write an instance or weights as JSON, whole or not at all. ``self_contained``: weights with their network and
    preprocessing, so that they predict without the instance. Raises InputError."""
    if isinstance(item, Instance):
        save_instance(item, target)
    else:
        save_weights(item, target, self_contained)
