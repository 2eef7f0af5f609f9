"""SAT with two tied hidden units and a threshold that is not zero (R6).

Principle. Two units must agree on every variable, which costs 1 each and no less; agreeing units compute [T >= 1].

Construction. Inputs are the variables and a constant coordinate whose weights are {1}; w, w' in {0, 1}^n, biases 0 and
-2, output weights 1 and -1. Samples: (4 e_i, 1) for each variable; for each clause, 2 times its signed variables plus 2
for each negation on the constant coordinate, with target 2. Threshold n.

Proof. 4 w_i - ReLU(4 w'_i - 2) is 0, 2, 4, -2 for (0,0), (1,1), (1,0), (0,1): a loss of 1 where tied, 3 otherwise (l1).
So a loss of n means that all are tied and all clauses have loss 0. A clause with T true literals gives 2T - max(2T - 2,
0), which is 2 iff T >= 1. Decode: x_i = w_i. Holds for l1, l2 and linf, not for zero_one.

Source: this project.

>>> from dnnt_encode.families.sources.cnf import Cnf
>>> instance = generate(Cnf(3, ((1, 2, -3),)))
>>> instance.network.widths, int(instance.threshold)
((4, 2, 1), 3)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dnnt_encode.families.family import LOSS, Family, check
from dnnt_encode.families.one_in_three_neuron import explained
from dnnt_encode.families.sources.cnf import Cnf, draw, literals, parameters
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(formula: Cnf, *, loss: str = "l1") -> Instance:
    """The instance of a formula."""
    n = formula.variables
    x = np.zeros((n + len(formula.clauses), n + 1), dtype=np.int64)
    x[np.arange(n), np.arange(n)] = 4
    for row, clause in enumerate(formula.clauses, start=n):
        for literal in clause:
            x[row, abs(literal) - 1] = 2 if literal > 0 else -2
            x[row, n] += 2 * (literal < 0)
    return Instance.from_arrays(
        x,
        [[1]] * n + [[2]] * len(formula.clauses),
        hidden=[2],
        layer_weights=[[[(0, 1)] * n + [(1,)]] * 2, [[(1,), (-1,)]]],
        layer_biases=[[(0,), (-2,)], (0,)],
        loss=loss,
        threshold=n,
        name="sat-tied",
    )


def decode(formula: Cnf, weights: Weights) -> tuple[bool, ...]:
    """The truth of each variable. Raises NotVerified."""
    assignment = tuple((weights.layers[0].weights.numerators[0, :-1] == 1).tolist())
    check(formula.satisfied_by(assignment), "an assignment", literals(assignment))
    return assignment


FAMILY = Family(
    name="sat-tied",
    reduction="R6",
    summary="SAT, two tied hidden units, a threshold that is not zero",
    fixes="2 hidden units, sets {0, 1} and single values",
    parameters=(*parameters("sat"), replace(LOSS, choices=("l1", "l2", "linf"), help="The loss.")),
    draw=draw("sat", positive=False),
    build=lambda formula, options: generate(formula, loss=options["loss"]),
    write=Cnf.json,
    read=Cnf.of,
    explain=lambda formula, options, weights: explained(decode(formula, weights)),
)
