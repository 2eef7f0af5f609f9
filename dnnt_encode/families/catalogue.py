"""All families, by name, and the way from an instance's record back to a solution of its source problem."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import Family, SourceSolution
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights, check_allowed

_MODULES = (
    "subset_sum",
    "subset_sum_neuron",
    "subset_sum_set",
    "k_sum",
    "exact_cover_neuron",
    "one_in_three_neuron",
    "sat_neuron",
    "vertex_cover_neuron",
    "colouring_neuron",
    "exact_cover",
    "sat_tied",
    "nae_sat",
    "colouring",
    "partition",
    "max_cut",
    "sat_deep",
    "tables",
    "teacher",
    "binarised",
    "slp",
)


def families() -> dict[str, Family[Any]]:
    """Every family by its name, reductions first."""
    found: dict[str, Family[Any]] = {}
    for module in _MODULES:
        loaded = import_module(f"dnnt_encode.families.{module}")
        for each in (loaded.FAMILY,) if hasattr(loaded, "FAMILY") else loaded.FAMILIES:
            found[each.name] = each
    return found


def family(name: str) -> Family[Any]:
    """The family called ``name``. Raises InputError."""
    known = families()
    if name not in known:
        raise InputError(f"found the family {str(name)[:60]!r}; known are {', '.join(known)}")
    return known[name]


def generate(name: str, seed: int = 0, **options: Any) -> Instance:
    """An instance of a family, which records how it was made. Raises InputError.

    >>> generate("colouring", seed=1, vertices=6, kind="planted").source["known"]["answer"]
    'yes'
    """
    return family(name).generate(seed, **options)


def solution_of(instance: Instance, weights: Weights) -> SourceSolution:
    """What weights of a generated instance stand for, verified against the source problem that it records.

    Raises InputError where the instance records none, or where the weights are not allowed or above its threshold;
    NotVerified where they decode to no solution.
    """
    record = instance.source
    if record is None or "family" not in record:
        raise InputError("the instance does not record a source problem: `dnnt generate` did not make it", "source")
    chosen = family(record["family"])
    if chosen.explain is None:
        raise InputError(f"the family {chosen.name} has no source problem: the weights themselves are the solution")
    check_allowed(instance.network, weights)
    loss = evaluate(instance, weights).loss
    if instance.threshold is not None and loss > instance.threshold:
        raise InputError(
            f"the weights have the loss {loss}, above the threshold {instance.threshold}: they stand for no solution"
        )
    return chosen.solution(record, weights)
