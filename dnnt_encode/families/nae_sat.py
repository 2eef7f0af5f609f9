"""NAE-3SAT, and 2-colouring of 3-uniform hypergraphs, with two hidden units and small weights (R7, R7t).

Principle. Two units with opposite weights compute |w x|; three signs add up to 1 in magnitude iff they are not all
equal.

Construction. n inputs, 2 hidden units, every weight of both layers from {-1, 1} (``ternary``: {-1, 0, 1}), biases {0}.
Samples: (e_i, 1) for each variable; (sum of the clause's signed unit vectors, 1) for each clause; ternary also (-e_i,
1).

Proof. Two negative output weights give no positive output. With v = (1, 1), (e_i, 1) makes exactly one of w_i, w'_i
equal 1, so w' = -w and the output is |w x|. With v = (1, -1), w = 1 and w' = -1 everywhere, the output is the signed
sum of a clause, and 1 means exactly two positive literals: all true is a solution. Ternary: (-e_i, 1) excludes zeros
and v = (1, -1). Decode: x_i is true iff a unit with positive output weight has w_i = 1. With biases other than {0} the
data are scaled (see ``bias_robust``).

Strongly hard with two hidden units: set splitting, as in the classical result on training a three-node network.

Source: this project.

>>> from dnnt_encode.families.sources.cnf import Cnf, FANO
>>> fano = Cnf(7, tuple(tuple(k + 1 for k in line) for line in FANO))
>>> generate(fano).dataset.samples, generate(fano, ternary=True).dataset.samples
(14, 21)
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.families.bias_robust import BIASES, BiasSet, bias_robust, option_biases
from dnnt_encode.families.family import LOSS, Family, FamilyParameter, Options, check
from dnnt_encode.families.one_in_three_neuron import explained
from dnnt_encode.families.sources.cnf import Cnf, draw, literals, parameters
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(formula: Cnf, *, ternary: bool = False, loss: str = "l1", biases: BiasSet = (0,)) -> Instance:
    """The instance of a formula whose clauses have three literals each. Raises InputError for others."""
    n = formula.variables
    x = np.zeros((len(formula.clauses), n), dtype=np.int64)
    for row, clause in enumerate(formula.clauses):
        if len(clause) != 3:
            raise InputError(f"found a clause of {len(clause)} literals; this construction takes three")
        for literal in clause:
            x[row, abs(literal) - 1] = 1 if literal > 0 else -1
    units = np.eye(n, dtype=np.int64)
    x = np.concatenate([units, x, -units] if ternary else [units, x])
    instance = Instance.from_arrays(
        x,
        [[1]] * len(x),
        hidden=[2],
        weights=(-1, 0, 1) if ternary else (-1, 1),
        biases=(0,),
        loss=loss,
        threshold=0,
        name="nae-sat",
    )
    return bias_robust(instance, biases)


def decode(formula: Cnf, weights: Weights) -> tuple[bool, ...]:
    """The truth of each variable. Raises NotVerified."""
    unit = int(weights.layers[1].weights.numerators[0].argmax())
    assignment = tuple((weights.layers[0].weights.numerators[unit] == 1).tolist())
    check(formula.satisfied_by(assignment, "nae"), "an assignment", literals(assignment))
    return assignment


def _build(formula: Cnf, options: Options) -> Instance:
    return generate(formula, ternary=options["ternary"], loss=options["loss"], biases=option_biases(options))


FAMILY = Family(
    name="nae-sat",
    reduction="R7, R7t",
    summary="NAE-3SAT and hypergraph 2-colouring, two hidden units",
    fixes="2 hidden units, weights {-1, 1} or {-1, 0, 1}",
    parameters=(
        *parameters("nae"),
        FamilyParameter("ternary", "Weights from {-1, 0, 1} instead of {-1, 1}.", "flag", False),
        LOSS,
        BIASES,
    ),
    draw=draw("nae", positive=False),
    build=_build,
    write=Cnf.json,
    read=Cnf.of,
    explain=lambda formula, options, weights: explained(decode(formula, weights)),
)
