"""Exact Cover with one scalar sample and an output for each element (R5).

Construction. Input and sample are the scalar 1, the target is (1, ..., 1). A hidden unit for each set S has its weight
in {0, 1}; the output weight of element u and set S is 1 where S holds u, else 0; biases are {0}.

Proof. Output u counts the chosen sets that hold u. Decode: set S is chosen iff its weight is 1.

So one sample is no help when the number of outputs grows and edges have sets of their own: strongly hard.

Source: this project.

>>> from dnnt_encode.families.sources.set_systems import SetSystem
>>> generate(SetSystem(3, ((0, 1), (1, 2), (2,)))).network.widths
(1, 3, 3)
"""

from __future__ import annotations

from dnnt_encode.families.bias_robust import BIASES, BiasSet, bias_robust, option_biases
from dnnt_encode.families.exact_cover_neuron import explained, incidence
from dnnt_encode.families.family import LOSS, Family, check
from dnnt_encode.families.sources.set_systems import SETS, SetSystem, draw
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(problem: SetSystem, *, loss: str = "l1", biases: BiasSet = (0,)) -> Instance:
    """The instance of an Exact Cover."""
    instance = Instance.from_arrays(
        [[1]],
        [[1] * problem.elements],
        hidden=[len(problem.sets)],
        layer_weights=[(0, 1), [[(value,) for value in row] for row in incidence(problem).tolist()]],
        layer_biases=[(0,), (0,)],
        loss=loss,
        threshold=0,
        name="exact-cover",
    )
    return bias_robust(instance, biases)


def decode(problem: SetSystem, weights: Weights) -> tuple[int, ...]:
    """The chosen sets, by position. Raises NotVerified."""
    chosen = tuple(weights.layers[0].weights.numerators[:, 0].nonzero()[0].tolist())
    check(problem.covered_by(chosen), "a choice of sets", chosen)
    return chosen


FAMILY = Family(
    name="exact-cover",
    reduction="R5",
    summary="Exact Cover, one scalar sample and an output for each element",
    fixes="1 input, 1 sample, sets {0, 1}, {0}, {1}",
    parameters=(*SETS, LOSS, BIASES),
    draw=draw,
    build=lambda problem, options: generate(problem, loss=options["loss"], biases=option_biases(options)),
    write=SetSystem.json,
    read=SetSystem.of,
    explain=lambda problem, options, weights: explained(problem, decode(problem, weights)),
)
