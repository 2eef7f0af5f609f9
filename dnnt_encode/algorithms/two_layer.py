"""Two-layer networks as sums of terms: what the dynamic program and the dictionary of behaviours start from.

The output layer adds up terms: for each hidden unit its output weights times the unit's behaviour (its outputs on the n
distinct inputs), for an input that the output layer reads directly its weights times that column, and the biases. A
network without hidden layer has only terms of the latter kinds. Everything is int64, on the scales of
``analysis.scaling``.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.scaling import ScaledLayer
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.instance import Instance


@dataclass(frozen=True, eq=False)
class UnitType:
    """Hidden units with the same sets: ``stages`` are the vectors [choices, n] that each weight, then the bias, may add
    to the pre-activation."""

    units: tuple[int, ...]
    stages: tuple[np.ndarray, ...]
    activation: ScaledActivation

    @property
    def assignments(self) -> int:
        return math.prod(len(stage) for stage in self.stages)

    @property
    def folds(self) -> bool:
        """Whether the outputs for (w, b) and (-w, -b), both allowed, differ by an affine function of the inputs: that
        is so for two linear pieces that meet in 0, and symmetric sets."""
        activation = self.activation
        kink = activation.starts in ((), (0,)) and bool(activation.slopes) and not any(activation.intercepts)
        return kink and all(
            set(map(tuple, stage.tolist())) == set(map(tuple, (-stage).tolist())) for stage in self.stages
        )


class TwoLayer:
    """An instance of at most two layers, taken apart. Raises ModelTooLarge for deeper ones and for sums past int64."""

    def __init__(self, given: Instance | View) -> None:
        view = View.of(given)
        instance = view.instance
        depth = len(instance.network.layers)
        if depth > 2:
            raise ModelTooLarge(f"the network has {depth} layers; this algorithm takes one or two")
        self.instance = instance
        self.samples, self.unrolled = view.samples, view.unrolled
        if any(bounds.z_lower.dtype == object for bounds in self.unrolled.layers):
            raise ModelTooLarge("the sums of the network pass 62 bits; this algorithm carries no more")
        self.inputs = len(self.unrolled.x)
        self.outputs = instance.network.outputs
        self.output: ScaledLayer = self.unrolled.scaled.layers[-1]

    @property
    def out_bound(self) -> int:
        """No output is larger in magnitude (at the output's scale)."""
        bounds = self.unrolled.layers[-1]
        return max(int(np.abs(bounds.out_lower).max()), int(np.abs(bounds.out_upper).max()))

    def types(self) -> list[UnitType]:
        """The hidden units, grouped by their sets."""
        if len(self.instance.network.layers) == 1:
            return []
        layer, x = self.unrolled.scaled.layers[0], self.unrolled.x
        keys = np.concatenate([layer.weights.index, layer.biases.index[:, None]], axis=1)
        first: dict[tuple[int, ...], list[int]] = {}
        for unit, key in enumerate(keys.tolist()):
            first.setdefault(tuple(key), []).append(unit)
        result = []
        for units in first.values():
            tables = [layer.weights.tables[k] for k in layer.weights.index[units[0]]]
            stages = [np.outer(table, x[:, column]) for column, table in enumerate(tables)]
            biases = layer.biases.tables[int(layer.biases.index[units[0]])]
            stages.append(np.repeat(biases[:, None], self.inputs, axis=1))
            result.append(UnitType(tuple(units), tuple(stages), layer.activation))
        return result

    def hidden_columns(self) -> slice:
        """The columns of the output layer that read hidden units; an empty slice without a hidden layer."""
        for source, columns in self.instance.network.source_slices(len(self.instance.network.layers) - 1):
            if source:
                return columns
        return slice(0, 0)

    def direct_columns(self) -> list[tuple[int, np.ndarray]]:
        """The columns of the output layer that read an input, and what they read [n]."""
        network = self.instance.network
        for source, columns in network.source_slices(len(network.layers) - 1):
            if source == 0:
                return [(columns.start + i, self.unrolled.x[:, i]) for i in range(columns.stop - columns.start)]
        return []

    def column_choices(self, column: int) -> np.ndarray:
        """All combinations of the output weights of one column, [combinations, m], the last output fastest."""
        return _combinations([self.output.weights.tables[k] for k in self.output.weights.index[:, column]])

    def column_sizes(self, column: int) -> tuple[int, ...]:
        return tuple(len(self.output.weights.tables[k]) for k in self.output.weights.index[:, column])

    def bias_choices(self) -> np.ndarray:
        """All combinations of the output biases, [combinations, m]."""
        return _combinations([self.output.biases.tables[k] for k in self.output.biases.index])

    def bias_sizes(self) -> tuple[int, ...]:
        return tuple(len(self.output.biases.tables[k]) for k in self.output.biases.index)


def _combinations(tables: list[np.ndarray]) -> np.ndarray:
    total = math.prod(map(len, tables))
    if total > 10**6:
        raise ModelTooLarge(f"{total} combinations of values for one column of the output layer; the limit is 10^6")
    return np.array(list(itertools.product(*(table.tolist() for table in tables))), dtype=np.int64)


def terms(choices: np.ndarray, behaviours: np.ndarray) -> np.ndarray:
    """The terms [choices * behaviours, n * m] of weights [choices, m] times behaviours [Q, n]; the behaviour is
    fastest."""
    product = choices[:, None, None, :] * behaviours[None, :, :, None]
    return np.asarray(product.reshape(len(choices) * len(behaviours), -1))


def digits(number: int, sizes: tuple[int, ...]) -> list[int]:
    """The digits of a number in mixed radix, the last one fastest."""
    found = []
    for size in reversed(sizes):
        number, digit = divmod(number, size)
        found.append(digit)
    return found[::-1]
