"""Random trained networks: every activation, depth, skip connections, a set for every edge, rational parameters; and
ensembles of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.instance import ACTIVATIONS, ExactArray, Layer, LayerWeights, Network, SetGrid, Weights, activation
from dnnt_encode.instance.ensemble import ensemble_weights
from dnnt_encode.instance.strategies import STRATEGIES, sides
from dnnt_encode.transfer.columns import RowOptions

VALUES: tuple[tuple[Any, ...], ...] = (
    (-1, 0, 1),
    (-1, 1),
    (0, 1),
    (-7, 3, 100),
    ("-1/2", "1/3", 2),
    (-300, 299),
    ("0.1", 0),
)
CAPS = ("1", "3/2", "100")


def random_weights(rng: np.random.Generator, *, outputs: int | None = None, whole: bool = False) -> Weights:
    """Values of some network; ``whole``: integers alone."""
    inputs = int(rng.integers(1, 6))
    widths = [inputs, *(int(rng.integers(1, 6)) for _ in range(rng.integers(0, 4))), outputs or int(rng.integers(1, 4))]
    choices = VALUES[:4] if whole else VALUES
    layers, values = [], []
    for position in range(1, len(widths)):
        sources = (position - 1,)
        if position > 1 and rng.random() < 0.5:
            sources = (position - 1, int(rng.integers(0, position - 1)))
        shape = (widths[position], sum(widths[source] for source in sources))
        allowed = [choices[rng.integers(len(choices))] for _ in range(2)]
        # Every edge has a set of its own: that of its value.
        parts = [
            ExactArray.from_values(rng.choice(np.array(group, dtype=object), size=size))
            for group, size in zip(allowed, (shape, shape[:1]), strict=True)
        ]
        grids = [SetGrid.from_nested([*map(_single, part.fractions())], part.shape) for part in parts]
        name = ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
        cap = Fraction(CAPS[rng.integers(len(CAPS))]) if name == "clipped_relu" else None
        if whole and cap is not None:
            cap = Fraction(int(cap))
        layers.append(Layer(shape[0], activation(name, cap), grids[0], grids[1], sources))
        values.append(LayerWeights(*parts))
    return Weights(tuple(values), Network(inputs, tuple(layers)), task="class" if rng.random() < 0.5 else "vector")


def random_ensemble(rng: np.random.Generator) -> Weights:
    """The vote of networks with one output: the values of one, each time in another order."""
    weights = random_weights(rng, outputs=1)
    assert weights.network is not None
    strategy = STRATEGIES[rng.integers(2)]

    def shuffled(values: ExactArray) -> ExactArray:
        return values.reshape(-1).take(rng.permutation(values.numerators.size)).reshape(*values.shape)

    classes = int(rng.integers(2, 6))
    members = [
        tuple(LayerWeights(shuffled(layer.weights), shuffled(layer.biases)) for layer in weights.layers)
        for _ in sides(strategy, "abcde"[:classes])
    ]
    return ensemble_weights(strategy, weights.network, members)


def _single(value: Any) -> Any:
    return [[item] for item in value] if isinstance(value, np.ndarray) else [value]


def questions(rng: np.random.Generator, lower: np.ndarray, upper: np.ndarray, count: int = 40) -> np.ndarray:
    """Integer inputs [count, d] of a box: random ones, corners, and small ones."""
    low, high = lower.astype(object), upper.astype(object)
    inside = low + (rng.random((count, len(low))) * (high - low + 1)).astype(object)
    inside = np.vectorize(int, otypes=[object])(np.minimum(inside, high))
    corners = np.where(rng.random((count, len(low))) < 0.5, low, high)
    small = np.clip(rng.integers(-3, 4, (count, len(low))).astype(object), low, high)
    return np.concatenate([inside, corners, small, low[None, :], high[None, :]]).astype(np.int64)


def exact_outputs(weights: Weights, x: np.ndarray, input_scale: int, output_scale: int) -> np.ndarray:
    """What the exact evaluator gives, as integers at the output scale."""
    return weights.outputs(ExactArray.from_scaled(x, input_scale)).scaled(output_scale)


def asked(rng: np.random.Generator) -> RowOptions:
    """Some ranges and decimals."""
    ranges = {None: (Fraction(-5), Fraction(5))} if rng.random() < 0.5 else {None: (Fraction(0), Fraction(1000))}
    return RowOptions(decimals={None: int(rng.integers(0, 3))}, ranges=ranges if rng.random() < 0.8 else {})
