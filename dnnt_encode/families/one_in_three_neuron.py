"""Monotone 1-in-3-SAT with a single hidden unit and {0, 1} for every parameter (R4b).

Construction. The equations of ``equalities``: for every clause, its variables, right side 1.

Proof. See ``equalities``. Decode: variable i is true iff its weight is 1. Clauses of any length will do.

Source: this project.

>>> from dnnt_encode.families.sources.cnf import Cnf
>>> generate(Cnf(4, ((1, 2, 3), (2, 3, 4)))).network.widths
(4, 1, 1)
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.families import equalities
from dnnt_encode.families.family import LOSS, Family, SourceSolution, check
from dnnt_encode.families.sources.cnf import Cnf, draw, literals, parameters
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(formula: Cnf, *, loss: str = "l1") -> Instance:
    """The instance that asks for exactly one true variable in every clause. Raises InputError for negations."""
    matrix = np.zeros((len(formula.clauses), formula.variables), dtype=np.int64)
    for row, clause in enumerate(formula.clauses):
        if min(clause, default=1) < 0:
            raise InputError(f"found the clause {' '.join(map(str, clause))}; this construction takes no negations")
        matrix[row, [name - 1 for name in clause]] = 1
    return equalities.generate(matrix, [1] * len(matrix), loss=loss, name="one-in-three-neuron")


def decode(formula: Cnf, weights: Weights) -> tuple[bool, ...]:
    """The truth of each variable. Raises NotVerified."""
    assignment = tuple((equalities.decode(weights) == 1).tolist())
    check(formula.satisfied_by(assignment, "one"), "an assignment", literals(assignment))
    return assignment


def explained(assignment: tuple[bool, ...]) -> SourceSolution:
    """An assignment for people and machines, as DIMACS literals."""
    found = literals(assignment)
    return SourceSolution(found, (" ".join(map(str, found)),))


FAMILY = Family(
    name="one-in-three-neuron",
    reduction="R4b",
    summary="monotone 1-in-3-SAT, one hidden unit and {0, 1} for every parameter",
    fixes="1 hidden unit, all sets {0, 1}",
    parameters=(*parameters("one"), LOSS),
    draw=draw("one", positive=True),
    build=lambda formula, options: generate(formula, loss=options["loss"]),
    write=Cnf.json,
    read=Cnf.of,
    explain=lambda formula, options, weights: explained(decode(formula, weights)),
)
