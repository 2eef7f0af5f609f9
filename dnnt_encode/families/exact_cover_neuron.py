"""Exact Cover with a single hidden unit and {0, 1} for every parameter (R4a).

Construction. The equations of ``equalities``: for every element, the sets that hold it, right side 1. Inputs are the
sets, samples the elements and 0.

Proof. See ``equalities``. Decode: set S is chosen iff its weight is 1. Strongly hard: all numbers are 0 and 1.

Source: this project.

>>> from dnnt_encode.families.sources.set_systems import SetSystem
>>> generate(SetSystem(3, ((0, 1), (1, 2), (2,)))).dataset.samples
4
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.families import equalities
from dnnt_encode.families.family import LOSS, Family, SourceSolution, check
from dnnt_encode.families.sources.set_systems import SETS, SetSystem, draw
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def incidence(problem: SetSystem) -> np.ndarray:
    """[elements, sets]: 1 where the set holds the element."""
    matrix = np.zeros((problem.elements, len(problem.sets)), dtype=np.int64)
    for k, members in enumerate(problem.sets):
        matrix[list(members), k] = 1
    return matrix


def generate(problem: SetSystem, *, loss: str = "l1") -> Instance:
    """The instance of an Exact Cover."""
    return equalities.generate(incidence(problem), [1] * problem.elements, loss=loss, name="exact-cover-neuron")


def decode(problem: SetSystem, weights: Weights) -> tuple[int, ...]:
    """The chosen sets, by position. Raises NotVerified."""
    chosen = tuple(equalities.decode(weights).nonzero()[0].tolist())
    check(problem.covered_by(chosen), "a choice of sets", chosen)
    return chosen


def explained(problem: SetSystem, chosen: tuple[int, ...]) -> SourceSolution:
    """A cover for people."""
    return SourceSolution(list(chosen), tuple(f"set {k}: {' '.join(map(str, problem.sets[k]))}" for k in chosen))


FAMILY = Family(
    name="exact-cover-neuron",
    reduction="R4a",
    summary="Exact Cover, one hidden unit and {0, 1} for every parameter",
    fixes="1 hidden unit, all sets {0, 1}",
    parameters=(*SETS, LOSS),
    draw=draw,
    build=lambda problem, options: generate(problem, loss=options["loss"]),
    write=SetSystem.json,
    read=SetSystem.of,
    explain=lambda problem, options, weights: explained(problem, decode(problem, weights)),
)
