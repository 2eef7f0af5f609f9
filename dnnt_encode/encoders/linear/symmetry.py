"""Rows that break symmetry: of interchangeable units, and of the level of a classifier's outputs.

Units are sorted by a short key. The key's parameters are the digits of one number in mixed radix, so that a single row
compares two units lexicographically: equal outgoing weights leave the order to the bias, and so on. The key is cut
where the number would pass ``KEY_LIMIT``; any prefix is sound.

Of ``analysis.levels`` a row says what follows for the sum of the positions of parameters in their sets: at least 1
where one is not the first of its set, and at most what all can be less the least of them where one is.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import islice

import numpy as np

from dnnt_encode.analysis.levels import Levels
from dnnt_encode.analysis.symmetry import Orbit, Parameter, orbits
from dnnt_encode.encoders.linear.parameters import GridColumns, LayerColumns
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.encoders.options import Symmetry
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network

KEY_LIMIT = 4096


def symmetry_rows(sink: RowSink, instance: Instance, layers: list[LayerColumns], broken: Symmetry) -> None:
    """What is ``broken`` of the symmetry."""
    if broken != "none":
        _order(sink, instance.network, layers)
    if broken == "all":
        _level(sink, Levels.of(instance), layers[-1])


def _level(sink: RowSink, levels: Levels, output: LayerColumns) -> None:
    """What follows for sums of positions."""
    label, units = f"layer {len(levels.instance.network.layers)}: level of outputs", len(output.biases.column)
    chosen = np.flatnonzero(levels.weights)
    columns, sizes = output.weights.column[:, chosen].T, output.weights.grid.sizes()[:, chosen].T - 1
    lower, upper = levels.apart[chosen].astype(np.int64), sizes.sum(axis=1) - sizes.min(axis=1)
    sink.rows(label, len(columns), units, lambda: RowBlock(columns, 1, lower, upper))
    if levels.biases:
        first, spans = output.biases.column[None, :], output.biases.grid.sizes() - 1
        sink.rows(label, 1, units, lambda: RowBlock(first, 1, 0, spans.sum() - spans.min()))


def _order(sink: RowSink, network: Network, layers: list[LayerColumns]) -> None:
    """key(unit) <= key(next unit) for the units of every orbit, in their order."""
    for orbit in orbits(network):
        length, places = _prefix(orbit, layers)
        if not length:
            continue
        columns = np.empty((len(orbit.units), length), dtype=np.int64)
        digits = np.empty((len(orbit.units), length), dtype=np.int64)
        for row, key in enumerate(orbit.keys):
            free = (parameter for parameter in key if _size(layers, parameter) > 1)
            for place, parameter in enumerate(islice(free, length)):
                grid, position = _find(layers, parameter)
                columns[row, place] = grid.column[position]
                digits[row, place] = 1 if grid.step[position] > 0 else -1
        weights = digits * places
        label = f"layer {orbit.layer + 1}: order of units"
        sink.rows(label, len(orbit.units) - 1, 2 * length, partial(_ascending, columns, weights))


def _ascending(columns: np.ndarray, weights: np.ndarray) -> RowBlock:
    """Every row's weighted sum is at most the next row's."""
    return RowBlock(
        np.column_stack([columns[:-1], columns[1:]]), np.column_stack([weights[:-1], -weights[1:]]), upper=0
    )


def _prefix(orbit: Orbit, layers: list[LayerColumns]) -> tuple[int, np.ndarray]:
    """How many free parameters of the key fit, and the place value of each."""
    spans: list[int] = []
    for parameter in orbit.keys[0]:
        if _size(layers, parameter) > 1:
            span = _span(layers, parameter)
            if spans and math.prod(spans) * span > KEY_LIMIT:
                break
            spans.append(span)
    places = [math.prod(spans[place + 1 :]) for place in range(len(spans))]
    return len(spans), np.array(places, dtype=np.int64)


def _find(layers: list[LayerColumns], parameter: Parameter) -> tuple[GridColumns, tuple[int, ...]]:
    layer = layers[parameter.layer]
    if parameter.column is None:
        return layer.biases, (parameter.unit,)
    return layer.weights, (parameter.unit, parameter.column)


def _size(layers: list[LayerColumns], parameter: Parameter) -> int:
    grid, position = _find(layers, parameter)
    return len(grid.grid.tables[int(grid.grid.index[position])])


def _span(layers: list[LayerColumns], parameter: Parameter) -> int:
    """One more than the range of the parameter's column."""
    grid, position = _find(layers, parameter)
    table = grid.grid.tables[int(grid.grid.index[position])]
    return int(table[-1] - table[0]) // int(grid.step[position]) + 1
