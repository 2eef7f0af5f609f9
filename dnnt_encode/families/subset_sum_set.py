"""Subset Sum with one weight set for the whole network, one input and one sample (R3).

Principle. One set holds a pair of values for every item; large digits force each pair to be used exactly once.

Construction. B = n + 1, G = sum of B^j, M = max(G, n max a + n, sum a) + 1, p_j = M B^j + a_j, q_j = M B^j. Every
weight of both layers comes from {1} and all p_j and q_j, biases are {0}; n hidden units, one sample (1, M G + t).

Proof. A hidden unit adds v w: 1, one value s, or a product of two values, which is at least M^2 and too large. With r
single values the parts below M add up to at most n max a + n < M, so the multiples of M must give G, a sum of r <= n <
B powers of B: each power exactly once. The rest is t. Decode: item j is chosen where a unit adds p_j.

Needs t <= sum a; otherwise the answer is no before anything is built.

Source: this project.

>>> from dnnt_encode.families.sources.numbers import SubsetSum
>>> instance = generate(SubsetSum((3, 5), 5))
>>> len(instance.network.layers[0].weights.sets[0]), instance.dataset.samples
(5, 1)
"""

from __future__ import annotations

from dnnt_encode.errors import InputError
from dnnt_encode.families.bias_robust import BiasSet, bias_robust
from dnnt_encode.families.family import check
from dnnt_encode.families.sources.numbers import SubsetSum
from dnnt_encode.families.subset_sum import subset_sum_family
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def values(problem: SubsetSum) -> tuple[list[int], list[int], int]:
    """The values p_j, the values q_j, and the target M G + t."""
    n, items = len(problem.items), problem.items
    powers = [(n + 1) ** j for j in range(n)]
    m = max(sum(powers), n * max(items) + n, sum(items)) + 1
    return (
        [m * p + a for p, a in zip(powers, items, strict=True)],
        [m * p for p in powers],
        m * sum(powers) + problem.target,
    )


def generate(problem: SubsetSum, *, loss: str = "l1", biases: BiasSet = (0,)) -> Instance:
    """The instance of a Subset Sum. Raises InputError where the target is larger than all items together."""
    if problem.target > sum(problem.items):
        raise InputError(f"the items add up to {sum(problem.items)}, less than {problem.target}: the answer is no")
    p, q, target = values(problem)
    instance = Instance.from_arrays(
        [[1]],
        [[target]],
        hidden=[len(problem.items)],
        weights=(1, *p, *q),
        biases=(0,),
        loss=loss,
        threshold=0,
        name="subset-sum-set",
    )
    return bias_robust(instance, biases)


def decode(problem: SubsetSum, weights: Weights) -> tuple[int, ...]:
    """The chosen items, by position. Raises NotVerified."""
    p, _, _ = values(problem)
    first = weights.layers[0].weights.numerators[:, 0].tolist()
    second = weights.layers[1].weights.numerators[0].tolist()
    added = {v * w for v, w in zip(first, second, strict=True)}
    chosen = tuple(j for j, value in enumerate(p) if value in added)
    check(problem.solved_by(chosen), "a subset", chosen)
    return chosen


FAMILY = subset_sum_family(
    generate,
    decode,
    name="subset-sum-set",
    reduction="R3",
    summary="Subset Sum, one weight set for the whole network",
    fixes="1 input, 1 sample, one weight set",
)
