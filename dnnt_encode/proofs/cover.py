"""Whether the parts of a split leave nothing out: by enumeration of what the split chooses among.

A split is named, and made again from its instance by whoever checks; so nobody has to be told what its parts are. That
they hold everything is then looked at choice by choice: some part has to take each.
"""

from __future__ import annotations

from collections.abc import Sequence

from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce import CHOICES, FUNCTIONS, SPLITS
from dnnt_encode.reduce.reduced import Reduced, Split

_SPLITS = {split.__name__: split for split in SPLITS if split.__name__ in CHOICES}


def _splits(instance: Instance) -> dict[str, Split]:
    """The splits by name; for an instance with constraints those that keep more than the least loss."""
    return {name: split for name, split in _SPLITS.items() if not instance.constraints or split in FUNCTIONS}


def parts_of(name: str, instance: Instance) -> Sequence[Reduced]:
    """The parts of the split called ``name``; none where there is no such split, or it does not split the instance."""
    split = _splits(instance).get(name)
    return () if split is None else split(instance)


def split_name(instance: Instance, parts: Sequence[Reduced]) -> str | None:
    """Which split gives these parts; None where none does."""
    hashes = [part.instance.sha256 for part in parts]
    for name, split in _splits(instance).items():
        found = split(instance)
        if len(found) == len(parts) and [part.instance.sha256 for part in found] == hashes:
            return name
    return None


def any_split(instance: Instance) -> tuple[str | None, int]:
    """The name of the first split that splits an instance, and how many parts it gives; None and 1 where none does."""
    for name, split in _splits(instance).items():
        parts = split(instance)
        if parts:
            return name, len(parts)
    return None, 1


def uncovered(name: str, instance: Instance, parts: Sequence[Reduced]) -> tuple[int, int]:
    """How many choices of the split called ``name`` there are, and how many no part holds."""
    count = missing = 0
    for choice in CHOICES[name](instance):
        count += 1
        missing += all(part.lower(choice) is None for part in parts)
    return count, missing
