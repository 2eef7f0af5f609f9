"""From rationals to integers: one positive integer scale a layer.

Layer l computes the integer Z = alpha_l z. Its scale alpha_l is the least positive integer for which alpha_l w / beta_s
(every allowed weight w of an edge from a source s with outputs at scale beta_s), alpha_l b (every allowed bias) and
the scaled breakpoints of the activation are integers. After scaling z < 0 means Z <= -1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.rationals import integer_array


@dataclass(frozen=True, eq=False)
class IntegerGrid:
    """The allowed integers of every parameter of a layer: ``tables`` are sorted, distinct integer arrays, ``index``
    ([units, fan_in] or [units]) chooses one. The k-th entry of a table stands for the k-th value of the set."""

    tables: tuple[np.ndarray, ...]
    index: np.ndarray

    def lowest(self) -> np.ndarray:
        return self._lowest

    def highest(self) -> np.ndarray:
        return self._highest

    def sizes(self) -> np.ndarray:
        return self._sizes

    @cached_property
    def _lowest(self) -> np.ndarray:
        return _gather([table[0] for table in self.tables], self.index)

    @cached_property
    def _highest(self) -> np.ndarray:
        return _gather([table[-1] for table in self.tables], self.index)

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.asarray(np.array([len(table) for table in self.tables], dtype=np.int64)[self.index])


@dataclass(frozen=True, eq=False)
class ScaledLayer:
    """One layer between integers: ``scale`` is alpha_l, ``activation`` maps Z to the output at its ``out_scale``."""

    scale: int
    weights: IntegerGrid
    biases: IntegerGrid
    activation: ScaledActivation


@dataclass(frozen=True, eq=False)
class ScaledNetwork:
    """The network between integers; ``input_scale`` times an input is an integer."""

    network: Network
    input_scale: int
    layers: tuple[ScaledLayer, ...]

    @property
    def output_scale(self) -> int:
        return self.layers[-1].activation.out_scale


def scale_network(network: Network, input_scale: int) -> ScaledNetwork:
    """The scales of every layer, and all parameter sets as integers on them."""
    out_scales = [input_scale]
    layers: list[ScaledLayer] = []
    for position, layer in enumerate(network.layers):
        slices = network.source_slices(position)
        used = {source: set(layer.weights.index[:, columns].ravel().tolist()) for source, columns in slices}
        factors = [
            (value / out_scales[source]).denominator
            for source, chosen in used.items()
            for k in chosen
            for value in layer.weights.sets[k]
        ]
        scale = math.lcm(
            *factors,
            *(value.denominator for values in layer.biases.sets for value in values),
            layer.activation.required_denominator(),
        )
        tables: list[np.ndarray] = []
        index = np.zeros(layer.weights.shape, dtype=np.int32)
        for source, columns in slices:
            place = np.zeros(len(layer.weights.sets), dtype=np.int32)
            for k in sorted(used[source]):
                place[k] = len(tables)
                tables.append(_integers(layer.weights.sets[k], Fraction(scale, out_scales[source])))
            index[:, columns] = place[layer.weights.index[:, columns]]
        activation = layer.activation.scaled(scale)
        layers.append(ScaledLayer(scale, IntegerGrid(tuple(tables), index), _scaled(layer.biases, scale), activation))
        out_scales.append(activation.out_scale)
    return ScaledNetwork(network, input_scale, tuple(layers))


def _scaled(grid: SetGrid, scale: int) -> IntegerGrid:
    return IntegerGrid(tuple(_integers(values, Fraction(scale)) for values in grid.sets), grid.index)


def _integers(values: Iterable[Fraction], factor: Fraction) -> np.ndarray:
    return integer_array([(value * factor).numerator for value in values])


def _gather(values: list[int], index: np.ndarray) -> np.ndarray:
    return np.asarray(integer_array([int(value) for value in values])[index])
