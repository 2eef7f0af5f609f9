"""Straight-line programs as deep networks: where the problem leaves NP.

Construction. The input is the constant 1, every parameter set has one value. A gate a + b or a - b is an identity unit
with weights 1, 1 or 1, -1; a gate a * b is three units z^2 on a + b, a and b, and an identity unit with weights 1/2,
-1/2, -1/2; a square is one unit z^2. Gates read earlier gates directly. The target is ``value``, the threshold 0.

Proof. ((a + b)^2 - a^2 - b^2) / 2 = a b. So the loss is 0 iff the program computes ``value``. There is nothing to
search: the only weights are the program, and checking them is the whole problem. The bit length of a value doubles with
every multiplication: squaring 2 k times gives 2^(2^k), so even to write it down takes exponential space. Such a network
is evaluated exactly up to a size limit, and no encoder takes it. A ReLU network of the same depth has bit lengths that
grow linearly with the depth (`dnnt info` shows both).

Source: the construction is this project's. That deep discrete training with suitable activations is not in NP under
standard assumptions is Theorem 1.1 of arXiv 2412.13057; that piecewise linear activations keep it in NP is shown in
arXiv 2602.19017.

>>> from dnnt_encode.families.sources.programs import squaring
>>> instance = generate(squaring(3), 2**8)
>>> instance.network.search_space, instance.network.layers[1].activation.name
(1, 'square')
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from dnnt_encode.families.family import Family, FamilyParameter, Options, SourceSolution, check
from dnnt_encode.families.sources.programs import Program, draw
from dnnt_encode.instance.activations import activation
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import loss
from dnnt_encode.instance.network import Layer, Network
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights

_HALF = Fraction(1, 2)


def generate(program: Program, value: int = 0) -> Instance:
    """The instance whose loss is 0 iff the program computes ``value``."""
    layers: list[Layer] = []
    layer_of = {0: 0}
    for gate in program.needed():
        operation, a, b = program.gates[gate - 1]
        first, second = layer_of[a], layer_of[b]
        sources = (first,) if first == second else (first, second)
        if operation != "*":
            sign = 1 if operation == "+" else -1
            row = [1 + sign] if first == second else [1, sign]
            layers.append(_layer([row], "identity", sources))
        elif first == second:
            layers.append(_layer([[1]], "square", sources))
        else:
            layers.append(_layer([[1, 1], [1, 0], [0, 1]], "square", sources))
            layers.append(_layer([[_HALF, -_HALF, -_HALF]], "identity", (len(layers),)))
        layer_of[gate] = len(layers)
    one = np.ones((1, 1), dtype=np.int64)
    dataset = Dataset(ExactArray(one), ExactArray.from_values([[value]]), np.ones(1, dtype=np.int64))
    return Instance("slp", Network(1, tuple(layers)), dataset, loss("zero_one"), Fraction(0))


def _layer(rows: list[list[int]] | list[list[Fraction]], name: str, sources: tuple[int, ...]) -> Layer:
    weights = SetGrid.from_nested([[(w,) for w in row] for row in rows], (len(rows), len(rows[0])))
    return Layer(len(rows), activation(name), weights, SetGrid.uniform((Fraction(0),), (len(rows),)), sources)


def decode(program: Program, weights: Weights, value: int = 0) -> int:
    """The value that the program computes. Raises NotVerified where the network computes another one; ModelTooLarge
    past the evaluator's limit."""
    result = weights.outputs([[1]]).fractions()[0, 0]
    check(result == value, "a value", value)
    return value


def _explain(program: Program, options: Options, weights: Weights) -> SourceSolution:
    value = decode(program, weights, int(options["value"]))
    text = str(value) if abs(value).bit_length() < 200 else f"a number of {abs(value).bit_length()} bits"
    return SourceSolution(value, (f"the program of {len(program.gates)} gates computes {text}",))


FAMILY = Family(
    name="slp",
    summary="straight-line programs as deep networks, beyond what can be encoded",
    fixes="one assignment; bit lengths double with every multiplication",
    parameters=(
        FamilyParameter("input", "Read the program from this file; - is standard input.", "file"),
        FamilyParameter(
            "kind", "squaring (2 squared so often) or random.", "choice", "squaring", ("squaring", "random")
        ),
        FamilyParameter("gates", "How many gates, or squarings.", default=5, least=1),
        FamilyParameter("value", "The value that the program is asked to compute.", default=0),
    ),
    draw=draw,
    build=lambda program, options: generate(program, int(options["value"])),
    write=Program.json,
    read=Program.of,
    explain=_explain,
)
