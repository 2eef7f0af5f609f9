"""SAT and MaxSAT with one scalar sample and three layers (R11).

Construction. Widths 1-n-M-1, the sample is (1, 0). Layer 1: unit i has its weight in {0, 1}, variable i. Layer 2: unit
c has weights -1 for positive literals, 1 for negative ones, 0 otherwise, and bias 1 - (number of negations), all fixed;
its output is ReLU(1 - true literals) = [c is violated]. Output weights 1.

Proof. The l1 loss is the number of violated clauses. Decode: x_i = w_i.

With one input, one output and one sample two layers are pseudo-polynomial (the dynamic program), but three are strongly
hard with all numbers in {-1, 0, 1} but small biases.

Source: this project.

>>> from dnnt_encode.families.sources.cnf import Cnf
>>> generate(Cnf(3, ((1, -2), (2, 3)))).network.widths
(1, 3, 2, 1)
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import Family, FamilyParameter, Options, SourceSolution, check
from dnnt_encode.families.sources.cnf import Cnf, draw, literals, parameters
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(formula: Cnf, *, violated: int | None = 0) -> Instance:
    """The instance that allows ``violated`` clauses to be violated; None: as few as possible (MaxSAT). Raises
    InputError for a formula without clauses."""
    if not formula.clauses:
        raise InputError("the formula has no clauses: everything satisfies it")
    matrix = np.zeros((len(formula.clauses), formula.variables), dtype=np.int64)
    for row, clause in enumerate(formula.clauses):
        for literal in clause:
            matrix[row, abs(literal) - 1] = -1 if literal > 0 else 1
    return Instance.from_arrays(
        [[1]],
        [[0]],
        hidden=[formula.variables, len(formula.clauses)],
        layer_weights=[(0, 1), [[(value,) for value in row] for row in matrix.tolist()], (1,)],
        layer_biases=[(0,), [(1 - sum(literal < 0 for literal in clause),) for clause in formula.clauses], (0,)],
        loss="l1",
        threshold=violated,
        name="sat-deep",
    )


def decode(formula: Cnf, weights: Weights, violated: int | None = 0) -> tuple[bool, ...]:
    """The truth of each variable. Raises NotVerified where more clauses are violated than allowed."""
    assignment = tuple((weights.layers[0].weights.numerators[:, 0] == 1).tolist())
    check(violated is None or formula.violated(assignment) <= violated, "an assignment", literals(assignment))
    return assignment


def _allowed(options: Options) -> int | None:
    return None if options["maxsat"] else int(options["violated"])


def _explain(formula: Cnf, options: Options, weights: Weights) -> SourceSolution:
    assignment = decode(formula, weights, _allowed(options))
    found, broken = literals(assignment), formula.violated(assignment)
    return SourceSolution(
        {"assignment": found, "violated": broken},
        (" ".join(map(str, found)), f"{broken} of {len(formula.clauses)} clauses violated"),
    )


FAMILY = Family(
    name="sat-deep",
    reduction="R11",
    summary="SAT and MaxSAT, three layers, one scalar sample",
    fixes="1 input, 1 output, 1 sample, 3 layers",
    parameters=(
        *parameters("sat"),
        FamilyParameter("violated", "So many clauses may be violated.", default=0, least=0),
        FamilyParameter("maxsat", "Ask for as few violated clauses as possible.", "flag", False),
    ),
    draw=draw("sat", positive=False),
    build=lambda formula, options: generate(formula, violated=_allowed(options)),
    write=Cnf.json,
    read=Cnf.of,
    explain=_explain,
)
