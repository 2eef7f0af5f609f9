"""Weights: exact parameter values of a network, and what it predicts with them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.forward import LayerWeights, check_shapes, forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import Interval, ParameterSet, SetGrid
from dnnt_encode.instance.rationals import ExactArray, integer_array, multiplied

if TYPE_CHECKING:
    from dnnt_encode.instance.ensemble import Ensemble


@dataclass(frozen=True, eq=False)
class Weights:
    """Parameter values of a whole network.

    ``network`` is needed to predict (a file that is not self-contained has none), ``task`` tells whether outputs are
    turned into classes, ``preprocessing`` and ``classes`` are those of the instance. ``ensemble``: the members that the
    network makes vote, where it does.
    """

    layers: tuple[LayerWeights, ...]
    network: Network | None = None
    instance_sha256: str | None = None
    task: Literal["class", "vector"] = "vector"
    preprocessing: dict[str, Any] | None = None
    classes: tuple[str, ...] | None = None
    ensemble: Ensemble | None = None

    def __repr__(self) -> str:
        if self.ensemble is not None:
            members = self.ensemble.members
            return f"Weights({self.ensemble.strategy}, {len(members)} times {members[0].network})"
        if not self.layers:
            return "Weights without layers"
        widths = (self.layers[0].weights.shape[1], *(layer.weights.shape[0] for layer in self.layers))
        count = sum(layer.weights.numerators.size + layer.biases.numerators.size for layer in self.layers)
        return f"Weights({'-'.join(map(str, widths))}, {count} parameters)"

    @staticmethod
    def for_instance(instance: Instance, layers: Sequence[LayerWeights]) -> Weights:
        """The values as weights of ``instance``. Raises InputError where shapes do not fit."""
        check_shapes(instance.network, tuple(layers))
        return Weights(
            layers=tuple(layers),
            network=instance.network,
            instance_sha256=instance.sha256,
            task=instance.loss.targets,
            preprocessing=instance.preprocessing,
            classes=instance.dataset.classes,
        )

    @staticmethod
    def nearest(instance: Instance, arrays: Sequence[tuple[Any, Any]]) -> Weights:
        """The allowed values nearest to a float model: ``arrays`` is a pair (weights [units, fan_in], biases [units]) a
        layer. Of two values equally near, the smaller. Raises InputError where shapes do not fit."""
        if len(arrays) != len(instance.network.layers):
            raise InputError(f"found {len(arrays)} layers; the network has {len(instance.network.layers)}")
        layers = []
        for number, (layer, pair) in enumerate(zip(instance.network.layers, arrays, strict=True), start=1):
            exact = [ExactArray.from_values(part) for part in pair]
            for kind, values, grid in zip(("weights", "biases"), exact, (layer.weights, layer.biases), strict=True):
                if values.shape != grid.shape:
                    raise InputError(f"layer {number}: found {kind} of shape {values.shape}, not {grid.shape}")
            layers.append(LayerWeights(_nearest(layer.weights, exact[0]), _nearest(layer.biases, exact[1])))
        return Weights.for_instance(instance, layers)

    def outputs(self, x: Any) -> ExactArray:
        """The exact outputs [n, m] on inputs x [n, d] (anything ``ExactArray.from_values`` reads)."""
        if self.network is None:
            raise InputError("these weights carry no network; load them with their instance, or save self-contained")
        exact = ExactArray.from_values(x)
        return forward(self.network, self.layers, exact.reshape(1, -1) if exact.ndim == 1 else exact)

    def predict(self, x: Any) -> np.ndarray:
        """Class indices (int64 [n]) where the targets were classes, else outputs (Fractions [n], or [n, m]).

        One output f means class 1 where f > 0; several mean the largest, the first of equals.
        """
        outputs = self.outputs(x)
        if self.task == "class":
            return classify(outputs)
        values = outputs.fractions()
        return values[:, 0] if values.shape[1] == 1 else values


def classify(outputs: ExactArray) -> np.ndarray:
    """The class index of every row of outputs [n, m]: see ``Weights.predict``."""
    f = outputs.numerators
    if f.shape[1] == 1:
        return (f[:, 0] > 0).astype(np.int64)
    return np.asarray(f.argmax(axis=1), dtype=np.int64)


def parameter_grids(network: Network, layers: tuple[LayerWeights, ...]) -> Iterator[tuple[str, SetGrid, ExactArray]]:
    """Each layer's grids of sets beside their values: ``("w 1", sets, values)``, ``("b 1", sets, values)``, ..."""
    for number, (layer, values) in enumerate(zip(network.layers, layers, strict=True), start=1):
        yield f"w {number}", layer.weights, values.weights
        yield f"b {number}", layer.biases, values.biases


def value_indices(grid: SetGrid, values: ExactArray) -> np.ndarray:
    """The position of every value in its set (int64, the shape of the grid), -1 where it is not allowed."""
    result = np.full(grid.shape, -1, dtype=np.int64)
    scale = math.lcm(grid.denominator, values.denominator)
    scaled = values.scaled(scale)
    for choice, table in enumerate(grid.tables):
        chosen = grid.index == choice
        allowed = multiplied(table, scale // grid.denominator)
        wanted = scaled[chosen]
        found = np.minimum(np.searchsorted(allowed, wanted), len(allowed) - 1)
        result[chosen] = np.where(allowed[found] == wanted, found, -1)
    return result


def fixed_sets(values: ExactArray) -> SetGrid:
    """The grid in which every parameter has its value alone."""
    numerators, index = np.unique(values.numerators, return_inverse=True)
    sets = ExactArray(numerators, values.denominator).fractions()
    return SetGrid(tuple((value,) for value in sets), index.reshape(values.shape).astype(np.int32))


def from_value_indices(grid: SetGrid, indices: np.ndarray) -> ExactArray:
    """The values at the given positions of their sets: the inverse of ``value_indices``."""
    numerators = np.zeros(grid.shape, dtype=object)
    for choice, table in enumerate(grid.tables):
        chosen = grid.index == choice
        numerators[chosen] = table[indices[chosen]].astype(object)
    return ExactArray.from_scaled(integer_array(numerators), grid.denominator)


def check_allowed(network: Network, weights: Weights) -> None:
    """Raises InputError naming the first parameter whose value its set does not contain."""
    check_shapes(network, weights.layers)
    for name, grid, values in parameter_grids(network, weights.layers):
        outside = np.argwhere(_outside(grid, values))
        if len(outside):
            where = tuple(int(i) for i in outside[0])
            found = Fraction(int(values.numerators[where]), values.denominator)
            allowed = _described(grid[where])
            raise InputError(f"found the value {found}; allowed are {allowed}", f"{name}.{'.'.join(map(str, where))}")


def _outside(grid: SetGrid, values: ExactArray) -> np.ndarray:
    """Which values their sets do not contain (bool, the shape of the grid)."""
    if not grid.continuous:
        return value_indices(grid, values) < 0
    pairs = zip(grid, values.fractions().flat, strict=True)
    return np.array([value not in allowed for allowed, value in pairs], dtype=bool).reshape(grid.shape)


def _described(allowed: ParameterSet) -> str:
    if isinstance(allowed, Interval):
        return f"those from {allowed.low} to {allowed.high}"
    return ", ".join(str(value) for value in allowed[:12]) + (", ..." if len(allowed) > 12 else "")


def _nearest(grid: SetGrid, values: ExactArray) -> ExactArray:
    chosen = [_nearest_of(allowed, value) for allowed, value in zip(grid, values.fractions().flat, strict=True)]
    return ExactArray.from_values(chosen).reshape(*grid.shape)


def _nearest_of(allowed: ParameterSet, value: Fraction) -> Fraction:
    """The nearest of some sorted values, the smaller of two equally near."""
    above = bisect_left(allowed, value)
    around = allowed[max(0, above - 1) : above + 1]
    return min(around, key=lambda candidate: (abs(candidate - value), candidate))
