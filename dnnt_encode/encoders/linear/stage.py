"""A later stage in a linear model: its objective in place of the loss, and a row for every earlier one.

What a parameter counts is 0, 1, or its absolute value: by its selectors where it has some, else an affine function of
its column, a column above the lines of the absolute value, or a literal that is 1 where the value is not 0. Nothing
forces these down but the objective or the row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np

from dnnt_encode.encoders.linear.loss import LinearSum
from dnnt_encode.encoders.linear.parameters import GridColumns, LayerColumns
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.encoders.stage_costs import ParameterCosts
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import INT64_SAFE
from dnnt_encode.instance.stage import Objective, Stage
from dnnt_encode.models.linear import MINUS_INFINITY


@dataclass(frozen=True, eq=False)
class _Counted:
    """What some parameters cost, each ``constant`` [L] plus ``coefficients`` times ``columns`` [L, K]; a column is -1
    where its coefficient is 0."""

    columns: np.ndarray
    coefficients: np.ndarray
    constant: np.ndarray


class StageEncoder:
    """``totals``: objectives that are sums already."""

    def __init__(
        self, sink: RowSink, network: Network, layers: Sequence[LayerColumns], totals: Mapping[Objective, LinearSum]
    ) -> None:
        self._sink, self._network, self._layers, self._totals = sink, network, layers, totals

    def encode(self, stage: Stage) -> LinearSum:
        """The stage's objective, once its limits are rows."""
        for objective, limit in stage.limits:
            total = self._totals.get(objective) or self._total(objective)
            most = math.floor((-limit if objective.maximises else limit) / total.unit) - total.constant
            columns, coefficients = total.columns[None, :], total.coefficients[None, :]
            block = RowBlock(columns, coefficients, MINUS_INFINITY, max(-INT64_SAFE, min(most, INT64_SAFE)))
            self._sink.rows(f"at most as before: {objective}", 1, columns.size, partial(_same, block))
        total = self._totals.get(stage.objective) or self._total(stage.objective)
        if not stage.objective.maximises:
            return total
        # In units in which the top is an integer too.
        finer = math.lcm(total.unit.denominator, stage.top.denominator) // total.unit.denominator
        unit = total.unit / finer
        return replace(
            total, coefficients=total.coefficients * finer, constant=int(stage.top / unit), lower=0, unit=unit
        )

    def _total(self, objective: Objective) -> LinearSum:
        if objective.name == "units":
            felt = np.concatenate([np.zeros(0, np.int32), *self._felt()])
            return LinearSum(felt, np.ones(len(felt), np.int64), 0, 0, Fraction(1))
        costs, parts = ParameterCosts.of(objective, self._network), []
        reach = sum(int(table.max()) * len(lanes) for _, _, grid in costs.grids for lanes, table in costs.tables(grid))
        if reach >= INT64_SAFE:
            raise ModelTooLarge("the sum of absolute weights passes 2^62, more than a linear model carries")
        for position, biases, grid in costs.grids:
            columns = self._layers[position].biases if biases else self._layers[position].weights
            prefix = f"{objective.name}{'.b' if biases else ''}.{position + 1}"
            parts += [self._costs(prefix, columns, lanes, table) for lanes, table in costs.tables(grid)]
        used = [part.coefficients != 0 for part in parts]
        constant = sum(int(part.constant.sum()) for part in parts)
        return LinearSum(
            np.concatenate([part.columns[kept] for part, kept in zip(parts, used, strict=True)]),
            np.concatenate([part.coefficients[kept] for part, kept in zip(parts, used, strict=True)]),
            constant,
            0,
            costs.unit,
        )

    def _costs(self, prefix: str, columns: GridColumns, lanes: np.ndarray, table: np.ndarray) -> _Counted:
        """What parameters of one set cost: ``table``, by the position of their value."""
        size, growth = len(table), np.diff(table)
        literals = columns.literals.reshape(-1, columns.literals.shape[-1])[lanes]
        chosen = (literals[:, 0] != 0) & (size > 2)
        found = _Counted(
            np.full((len(lanes), size), -1, dtype=np.int32),
            np.zeros((len(lanes), size), dtype=np.int64),
            np.where(chosen, 0, table[0]),
        )
        if chosen.any():
            found.columns[chosen] = literals[chosen, :size] - 1
            found.coefficients[chosen] = table
        rest = np.flatnonzero(~chosen)
        if size == 1 or not len(rest):
            return found
        column = columns.column.reshape(-1)[lanes[rest]]
        if (growth == growth[0]).all():
            found.columns[rest, 0], found.coefficients[rest, 0] = column, growth[0]
            return found
        labels = np.stack(np.unravel_index(lanes[rest], columns.column.shape), axis=1)
        paid = self._sink.columns(prefix, labels, int(table.min()), int(table.max()))
        found.columns[rest, 0], found.coefficients[rest, 0], found.constant[rest] = paid, 1, 0
        pairs = np.column_stack([paid, column])
        for factor, slope, low in _lines(table):
            block = RowBlock(pairs, np.array([factor, -slope]), low)
            self._sink.rows(f"objective: {prefix}", len(rest), 2, partial(_same, block))
        return found

    def _felt(self) -> list[np.ndarray]:
        """A literal a hidden unit: 1 where a reader that is felt itself reads it by a weight other than 0."""
        network, sink = self._network, self._sink
        felt = [
            sink.columns(f"felt.{position + 1}", np.arange(layer.units)[:, None], 0, 1)
            for position, layer in enumerate(network.layers[:-1])
        ]
        costs = ParameterCosts.of(Objective("nonzeros"), network)
        for position, layer in enumerate(network.layers):
            inputs = np.full(network.inputs, -1, dtype=np.int32)
            heard = np.concatenate([felt[source - 1] if source else inputs for source in layer.sources])
            for lanes, table in costs.tables(layer.weights):
                lanes = lanes[heard[lanes % len(heard)] >= 0]
                unit, place = np.divmod(lanes, len(heard))
                if not len(lanes):
                    continue
                read = self._costs(f"nonzero.{position + 1}", self._layers[position].weights, lanes, table)
                # An output is felt in any case; any other reader may not be.
                hidden = position < len(felt)
                reader = felt[position][unit] if hidden else np.full(len(lanes), -1, dtype=np.int32)
                block = RowBlock(
                    np.column_stack([heard[place], reader, read.columns]),
                    np.column_stack([np.ones_like(unit), np.full_like(unit, -int(hidden)), -read.coefficients]),
                    read.constant - int(hidden),
                )
                label = f"objective: felt.{position + 1}"
                sink.rows(label, len(lanes), block.columns.shape[1], partial(_same, block))
        return felt


def _same(block: RowBlock) -> RowBlock:
    return block


def _lines(table: np.ndarray) -> list[tuple[int, int, int]]:
    """(f, s, l) for which f t - s p >= l, all together, put an integer t at least at ``table[p]``, for 0 <= p < the
    size: the lines of a convex table; of one that is 0 at one place and 1 elsewhere those to its ends."""
    growth = np.diff(table)
    if (np.diff(growth) >= 0).all():
        firsts = np.flatnonzero(np.concatenate([[True], np.diff(growth) > 0])).tolist()
        return [(1, int(growth[j]), int(table[j]) - int(growth[j]) * j) for j in firsts]
    zero, last = int(np.argmin(table)), len(table) - 1
    return [(last - zero, 1, -zero), (zero, -1, zero)]
