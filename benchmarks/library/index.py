"""The index of the library, made anew: what each instance is, and how large its encodings are. Records are kept where
an instance is the one that it was."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any

from dnnt_encode._version import __version__
from dnnt_encode.analysis.view import View
from dnnt_encode.exchange.sizes import exported_sizes
from dnnt_encode.instance import Instance
from dnnt_encode.library.entry import Credit, LibraryEntry, Record
from dnnt_encode.library.recipe import made, origin
from dnnt_encode.solving.count import count

TINY = 10**5
"""So many assignments of a tiny instance at most: all are enumerated."""

LARGE = 10**6
"""So many clauses at least of a large one."""


def described(name: str, group: str, recipe: Mapping[str, Any]) -> LibraryEntry:
    """The entry of a new instance. Raises DataMissing."""
    instance = made(recipe, name)
    known = (instance.source or {}).get("known")
    planted = (instance.source or {}).get("planted_loss")
    if known is not None:
        # Solutions may be long; the instance records them.
        known = {key: known[key] for key in ("answer", "because") if key in known}
    elif planted is not None and instance.threshold is not None and Fraction(planted) <= instance.threshold:
        known = {"answer": "yes", "because": "the teacher's weights"}
    record = Record()
    if known is not None and known["answer"] == "no":
        record = Record(infeasible=True, proved=Credit("construction", "none", __version__), evidence="construction")
    entry = LibraryEntry(
        name=name,
        group=group,
        recipe=recipe,
        origin=origin(recipe),
        sha256=instance.sha256,
        facts=facts_of(instance),
        sizes=sizes_of(instance),
        known=known,
        tags=tags_of(instance, recipe),
        record=record,
    )
    rows = [size["rows"] for size in entry.sizes.values() if isinstance(size, dict)]
    return replace(entry, subsets=("large",)) if max(rows, default=0) >= LARGE else entry


def facts_of(instance: Instance) -> dict[str, Any]:
    network = instance.network
    grids = [grid for layer in network.layers for grid in (layer.weights, layer.biases)]
    values = {number for grid in grids for each in grid.sets if not network.continuous for number in each}
    most = 0 if network.continuous else max(len(each) for grid in grids for each in grid.sets)
    return {
        "shape": str(network),
        "samples": instance.dataset.samples,
        "activations": list(dict.fromkeys(layer.activation.name for layer in network.layers)),
        "loss": instance.loss.name,
        "threshold": None if instance.threshold is None else str(instance.threshold),
        "values": most,
        "least": None if network.continuous else str(min(values)),
        "greatest": None if network.continuous else str(max(values)),
        "free": network.free_parameters,
        "space": None if network.continuous else round(math.log10(network.search_space), 1),
    }


def sizes_of(instance: Instance) -> dict[str, Any]:
    """By format: columns, rows, terms, soft clauses of its file, and whether that is all; or why there is none."""
    found = exported_sizes(View(instance), instance.threshold).of
    return {name: size if isinstance(size, str) else asdict(size) for name, size in found.items()}


def tags_of(instance: Instance, recipe: Mapping[str, Any]) -> tuple[str, ...]:
    network = instance.network
    hidden = len(network.layers) - 1
    kind = recipe.get("parameters", {}).get("kind")
    threshold = instance.threshold is not None
    return tuple(
        filter(
            None,
            (
                "decision" if threshold else "optimisation",
                "table" if "table" in recipe else "generated",
                ("one-layer", "two-layer")[hidden] if hidden < 2 else "deep",
                "continuous" if network.continuous else None,
                kind,
            ),
        )
    )


def counted(entry: LibraryEntry) -> LibraryEntry:
    """The entry with the number of its solutions, where it is tiny and its best loss is known."""
    instance = entry.make()
    if instance.network.continuous or instance.network.search_space > TINY or not entry.settled:
        return entry
    most = entry.threshold if entry.threshold is not None else entry.loss
    numbers = [count(instance, threshold=most, up_to_symmetry=orbits).count for orbits in (False, True)]
    solutions = {"most": str(most), "assignments": numbers[0], "orbits": numbers[1]}
    return replace(entry, solutions=solutions, subsets=tuple(dict.fromkeys((*entry.subsets, "tiny"))))
