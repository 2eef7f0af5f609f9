"""Subset Sum with a unit for each item: one input, one sample (R1).

Principle. With a single sample a hidden unit is one number, and the output adds the numbers up.

Construction. Input and target are the scalars 1 and t. Hidden unit j has its weight in {0, a_j} and bias 0; all output
weights are 1, the output bias is 0. So f(1) = sum of the chosen a_j.

Proof. The loss is 0 iff the chosen items add up to t. Decode: item j is chosen iff w_j is not 0.

Weakly hard only: the dynamic program over sums solves it in time proportional to t. With biases other than {0} the data
are scaled so that no biases can make up for a wrong sum (see ``bias_robust``).

Source: this project.

>>> from dnnt_encode.families.sources.numbers import SubsetSum
>>> instance = generate(SubsetSum((3, 5, 8), 11))
>>> instance.network.widths, instance.dataset.samples
((1, 3, 1), 1)
"""

from __future__ import annotations

from collections.abc import Callable

from dnnt_encode.families.bias_robust import BIASES, BiasSet, bias_robust, option_biases
from dnnt_encode.families.family import LOSS, Family, Options, SourceSolution, check
from dnnt_encode.families.sources.numbers import SUBSET_SUM, SubsetSum, draw_subset_sum
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(problem: SubsetSum, *, loss: str = "l1", biases: BiasSet = (0,)) -> Instance:
    """The instance of a Subset Sum; ``biases``: the set of every bias, with 0 in it."""
    n = len(problem.items)
    instance = Instance.from_arrays(
        [[1]],
        [[problem.target]],
        hidden=[n],
        layer_weights=[[[(0, item)] for item in problem.items], (1,)],
        layer_biases=[(0,), (0,)],
        loss=loss,
        threshold=0,
        name="subset-sum",
    )
    return bias_robust(instance, biases)


def decode(problem: SubsetSum, weights: Weights) -> tuple[int, ...]:
    """The chosen items, by position. Raises NotVerified where they do not add up to the target."""
    chosen = tuple(k for k, w in enumerate(weights.layers[0].weights.numerators[:, 0].tolist()) if w)
    check(problem.solved_by(chosen), "a subset", chosen)
    return chosen


def explained(problem: SubsetSum, chosen: tuple[int, ...]) -> SourceSolution:
    """A subset for people: its numbers and their sum."""
    numbers = " + ".join(str(problem.items[k]) for k in chosen)
    return SourceSolution(list(chosen), (f"items {' '.join(map(str, chosen))}", f"{numbers} = {problem.target}"))


def subset_sum_family(
    generate: Callable[..., Instance],
    decode: Callable[[SubsetSum, Weights], tuple[int, ...]],
    *,
    biases: bool = True,
    **texts: str,
) -> Family[SubsetSum]:
    """A family of Subset Sum: ``texts`` are its name, reduction, summary and what it fixes; with ``biases`` it has the
    option of that name."""

    def build(problem: SubsetSum, options: Options) -> Instance:
        more = {"biases": option_biases(options)} if biases else {}
        return generate(problem, loss=options["loss"], **more)

    return Family(
        **texts,
        parameters=(*SUBSET_SUM, LOSS, *([BIASES] if biases else [])),
        draw=draw_subset_sum,
        build=build,
        write=SubsetSum.json,
        read=SubsetSum.of,
        explain=lambda problem, options, weights: explained(problem, decode(problem, weights)),
    )


FAMILY = subset_sum_family(
    generate,
    decode,
    name="subset-sum",
    reduction="R1",
    summary="Subset Sum, a hidden unit for each item",
    fixes="1 input, 1 sample, 1 output",
)
