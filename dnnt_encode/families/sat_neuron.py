"""SAT with a single hidden unit and {0, 1} for every parameter (R4c).

Construction. Unknowns p_i (true) and q_i (false) for each variable, and one slack less than literals for each clause.
Equations of ``equalities``: p_i + q_i = 1; the clause's literals plus its slacks = its length. With three literals a
clause: 2n + 2M inputs, n + M + 1 samples.

Proof. Slacks add 0 to length - 1, so a clause has 1 to length true literals. Decode: x_i = p_i. The number of
parameters is linear in n + M.

Source: this project.

>>> from dnnt_encode.families.sources.cnf import Cnf
>>> instance = generate(Cnf(3, ((1, 2, 3), (-1, -2, 3))))
>>> instance.network.inputs, instance.dataset.samples
(10, 6)
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.families import equalities
from dnnt_encode.families.family import LOSS, Family, check
from dnnt_encode.families.one_in_three_neuron import explained
from dnnt_encode.families.sources.cnf import Cnf, draw, literals, parameters
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(formula: Cnf, *, loss: str = "l1") -> Instance:
    """The instance of a formula. Raises InputError for an empty clause, which nothing satisfies."""
    n, lengths = formula.variables, [len(clause) for clause in formula.clauses]
    if 0 in lengths:
        raise InputError("the formula has an empty clause: the answer is no, and there is nothing to solve")
    matrix = np.zeros((n + len(lengths), 2 * n + sum(lengths) - len(lengths)), dtype=np.int64)
    matrix[np.arange(n), np.arange(n)] = matrix[np.arange(n), n + np.arange(n)] = 1
    slack = 2 * n
    for row, clause in enumerate(formula.clauses, start=n):
        matrix[row, [literal - 1 if literal > 0 else n - literal - 1 for literal in clause]] = 1
        matrix[row, slack : slack + len(clause) - 1] = 1
        slack += len(clause) - 1
    return equalities.generate(matrix, [1] * n + lengths, loss=loss, name="sat-neuron")


def decode(formula: Cnf, weights: Weights) -> tuple[bool, ...]:
    """The truth of each variable. Raises NotVerified."""
    assignment = tuple((equalities.decode(weights)[: formula.variables] == 1).tolist())
    check(formula.satisfied_by(assignment), "an assignment", literals(assignment))
    return assignment


FAMILY = Family(
    name="sat-neuron",
    reduction="R4c",
    summary="SAT, one hidden unit and {0, 1} for every parameter",
    fixes="1 hidden unit, all sets {0, 1}",
    parameters=(*parameters("sat"), LOSS),
    draw=draw("sat", positive=False),
    build=lambda formula, options: generate(formula, loss=options["loss"]),
    write=Cnf.json,
    read=Cnf.of,
    explain=lambda formula, options, weights: explained(decode(formula, weights)),
)
