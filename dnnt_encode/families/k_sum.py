"""k-SUM, one number from each of k lists: k hidden units, one input, one sample (R3k).

Construction. Hidden unit i has its weight in the list A_i and bias 0, output weights are 1; one sample (1, t).

Proof. The numbers are not negative, so the output at 1 is the sum of the chosen ones. Decode: the weights.

The width k stays constant while the sets grow: no algorithm whose exponent is o(k) is known for k-SUM.

Source: this project.

>>> from dnnt_encode.families.sources.numbers import KSum
>>> generate(KSum(((1, 4), (2, 9)), 6)).network.widths
(1, 2, 1)
"""

from __future__ import annotations

from dnnt_encode.families.bias_robust import BIASES, BiasSet, bias_robust, option_biases
from dnnt_encode.families.family import LOSS, Family, Options, SourceSolution, check
from dnnt_encode.families.sources.numbers import K_SUM, KSum, draw_k_sum
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(problem: KSum, *, loss: str = "l1", biases: BiasSet = (0,)) -> Instance:
    """The instance of a k-SUM."""
    instance = Instance.from_arrays(
        [[1]],
        [[problem.target]],
        hidden=[len(problem.lists)],
        layer_weights=[[[numbers] for numbers in problem.lists], (1,)],
        layer_biases=[(0,), (0,)],
        loss=loss,
        threshold=0,
        name="k-sum",
    )
    return bias_robust(instance, biases)


def decode(problem: KSum, weights: Weights) -> tuple[int, ...]:
    """The number chosen from each list. Raises NotVerified."""
    chosen = tuple(weights.layers[0].weights.numerators[:, 0].tolist())
    check(problem.solved_by(chosen), "a choice", chosen)
    return chosen


def _explain(problem: KSum, options: Options, weights: Weights) -> SourceSolution:
    chosen = decode(problem, weights)
    return SourceSolution(list(chosen), (f"{' + '.join(map(str, chosen))} = {problem.target}",))


FAMILY = Family(
    name="k-sum",
    reduction="R3k",
    summary="k-SUM, one number from each list",
    fixes="1 input, 1 sample, k hidden units",
    parameters=(*K_SUM, LOSS, BIASES),
    draw=draw_k_sum,
    build=lambda problem, options: generate(problem, loss=options["loss"], biases=option_biases(options)),
    write=KSum.json,
    read=KSum.of,
    explain=_explain,
)
