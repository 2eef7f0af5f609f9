"""Subset Sum with a single hidden unit and one binary set for every parameter (R2).

Construction. n inputs, one hidden ReLU unit, all weights and biases in {0, 1}. Samples ((a_1, ..., a_n), t) and (0, 0):
one equation of ``equalities``.

Proof. See ``equalities``: the output at a is the sum of the chosen a_j. Decode: item j is chosen iff w_j = 1.

Source: this project.

>>> from dnnt_encode.families.sources.numbers import SubsetSum
>>> generate(SubsetSum((3, 5, 8), 11)).network.widths
(3, 1, 1)
"""

from __future__ import annotations

from dnnt_encode.families import equalities
from dnnt_encode.families.family import check
from dnnt_encode.families.sources.numbers import SubsetSum
from dnnt_encode.families.subset_sum import subset_sum_family
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(problem: SubsetSum, *, loss: str = "l1") -> Instance:
    """The instance of a Subset Sum."""
    return equalities.generate([problem.items], [problem.target], loss=loss, name="subset-sum-neuron")


def decode(problem: SubsetSum, weights: Weights) -> tuple[int, ...]:
    """The chosen items, by position. Raises NotVerified."""
    chosen = tuple(equalities.decode(weights).nonzero()[0].tolist())
    check(problem.solved_by(chosen), "a subset", chosen)
    return chosen


FAMILY = subset_sum_family(
    generate,
    decode,
    biases=False,
    name="subset-sum-neuron",
    reduction="R2",
    summary="Subset Sum, one hidden unit and {0, 1} for every parameter",
    fixes="1 hidden unit, 2 samples, all sets {0, 1}",
)
