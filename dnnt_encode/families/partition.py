"""Bins of equal load (3-Partition, Partition) with one input (R9).

Principle. A hidden unit's bias says from where on its item counts; the output over the points 2, 3, ... is then
determined by the loads, and determines them.

Construction. One input. Hidden unit j has weight 1, output weight a_j and its bias in {-1, ..., -q}. Samples
(i, L i (i - 1) / 2) for i = 2 to q + 1, where L is the load of a bin.

Proof. f(i) = sum over p < i of load_p (i - p), where load_p adds up the items with bias -p: a unit lower triangular
system, so the samples force every load to be L. Decode: the bin of item j is -b_j, counted from 1.

Strongly hard with one input and one output: the numbers may be written in unary. Two bins are Partition, with two
samples.

Source: this project.

>>> from dnnt_encode.families.sources.numbers import Bins
>>> generate(Bins((1, 2, 3, 4), 2)).dataset.samples
2
"""

from __future__ import annotations

from dnnt_encode.families.family import LOSS, Family, Options, SourceSolution, check
from dnnt_encode.families.sources.numbers import BINS, Bins, draw_bins
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(problem: Bins, *, loss: str = "l1") -> Instance:
    """The instance that asks for bins of equal load."""
    q, load = problem.bins, problem.load
    return Instance.from_arrays(
        [[i] for i in range(2, q + 2)],
        [[load * i * (i - 1) // 2] for i in range(2, q + 2)],
        hidden=[len(problem.items)],
        layer_weights=[(1,), [[(item,) for item in problem.items]]],
        layer_biases=[tuple(range(-q, 0)), (0,)],
        loss=loss,
        threshold=0,
        name="partition",
    )


def decode(problem: Bins, weights: Weights) -> tuple[int, ...]:
    """The bin of each item, from 0. Raises NotVerified."""
    bins = tuple((-weights.layers[0].biases.numerators - 1).tolist())
    check(problem.solved_by(bins), "bins", bins)
    return bins


def _explain(problem: Bins, options: Options, weights: Weights) -> SourceSolution:
    found = decode(problem, weights)
    lines = [
        f"bin {number}: {' + '.join(str(a) for a, b in zip(problem.items, found, strict=True) if b == number)}"
        f" = {problem.load}"
        for number in range(problem.bins)
    ]
    return SourceSolution(list(found), tuple(lines))


FAMILY = Family(
    name="partition",
    reduction="R9",
    summary="3-Partition: items into bins of equal load",
    fixes="1 input, 1 output, a sample for each bin",
    parameters=(*BINS, LOSS),
    draw=draw_bins,
    build=lambda problem, options: generate(problem, loss=options["loss"]),
    write=Bins.json,
    read=Bins.of,
    explain=_explain,
)
