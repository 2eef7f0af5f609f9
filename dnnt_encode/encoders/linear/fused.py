"""Output terms in one step: w relu(z) bounded from the one side that a sample needs, without a column for relu(z).

For a sample that needs p <= w h with h = relu(z), one column p and one literal a do (polarity):

* a => w > 0, and [w = v], a => p <= v z for every v > 0;
* not a => p <= 0;
* [w = v] => p <= v z for every v < 0, where p <= 0 follows from not a.

A sample that needs p >= w h is the mirror image: p and every w change their signs. Always active units need no literal.
Only for hidden units that nobody but one output reads, with an activation of the shape of ReLU.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from dnnt_encode.analysis.scaling import ScaledLayer
from dnnt_encode.analysis.unrolled import LayerBounds
from dnnt_encode.encoders.linear.choices import Side
from dnnt_encode.encoders.linear.parameters import LayerColumns
from dnnt_encode.encoders.linear.products import PreActivations
from dnnt_encode.encoders.linear.signals import Sum
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.instance.activations import ScaledActivation


def has_relu_shape(act: ScaledActivation) -> bool:
    """Whether the activation is max(0, z)."""
    return act.starts == (0,) and act.slopes == (0, 1) and act.intercepts == (0, 0)


class FusedTerms:
    """The terms of one output over its hidden units. ``z`` are the hidden pre-activations, ``bounds`` theirs."""

    def __init__(
        self,
        sink: RowSink,
        number: int,
        output: ScaledLayer,
        columns: LayerColumns,
        z: PreActivations,
        bounds: LayerBounds,
    ) -> None:
        self._sink, self._number, self._output, self._columns, self._z = sink, number, output, columns, z
        self._bounds = bounds
        self._label = f"layer {number}: fused terms"

    def encode(self, side: Side, mask: np.ndarray) -> np.ndarray:
        """Columns p (int32 [n, units], -1 elsewhere) for the chosen (input, unit) pairs, bounded from ``side``."""
        table = np.full(mask.shape, -1, dtype=np.int32)
        for unit in range(mask.shape[1]):
            rows = np.flatnonzero(mask[:, unit])
            if len(rows):
                table[rows, unit] = self._unit(unit, rows, side)
        return table

    def _unit(self, unit: int, rows: np.ndarray, side: Side) -> np.ndarray:
        sign = 1 if side == "under" else -1
        grid = self._output.weights
        values = [int(v) for v in grid.tables[int(grid.index[0, unit])]]
        literals = self._columns.weights.literals[0, unit, : len(values)]
        z_lower, z_upper = self._bounds.z_lower[rows, unit], self._bounds.z_upper[rows, unit]
        high = np.maximum(z_upper, 0)
        low = np.maximum(z_lower, 0)
        corners = [v * h for v in (values[0], values[-1]) for h in (low, high)]
        labels = np.column_stack([rows, np.full_like(rows, unit)])
        tag = "pl" if side == "under" else "pu"
        p = self._sink.columns(
            f"{tag}.{self._number}.0", labels, np.minimum.reduce(corners), np.maximum.reduce(corners)
        )
        z = self._shared_z(unit, rows, side, sum(v != 0 for v in values))
        active = z_lower >= 0
        gain = [(v, int(literal)) for v, literal in zip(values, literals, strict=True) if sign * v > 0]
        other = [(v, int(literal)) for v, literal in zip(values, literals, strict=True) if sign * v <= 0]
        a = np.zeros(len(rows), dtype=np.int32)
        if gain:
            open_ = np.flatnonzero(~active)
            a[open_] = self._sink.columns(f"a.{self._number - 1}", labels[open_], 0, 1) + 1
            self._bound(p[open_], sign, -a[open_, None])
            blocked = np.array([abs(literal) - 1 for _, literal in other], dtype=np.int32)
            self._excluded(a[open_], np.array([literal for _, literal in other]), blocked)
        for v, literal in gain:
            needed = np.full(len(rows), literal if len(gain) > 1 or not other else 0, dtype=np.int32)
            needed = np.where(active, literal, needed)
            self._line(unit, rows, p, v, sign, np.column_stack([a, needed]), z)
        for v, literal in other:
            full = np.full((len(rows), 1), literal, dtype=np.int32)
            if v:
                self._line(unit, rows, p, v, sign, full, z)
            elif gain:
                self._bound(p[active], sign, full[active])
        return p

    def _bound(self, p: np.ndarray, sign: int, literals: np.ndarray) -> None:
        """literals => sign p <= 0."""
        self._sink.rows(
            self._label, len(p), 1, lambda: RowBlock(p[:, None], np.int64(sign), upper=0, literals=literals)
        )

    def _excluded(self, a: np.ndarray, literals: np.ndarray, columns: np.ndarray) -> None:
        """a => none of the literals holds."""
        if not len(literals):
            return
        negative = literals < 0

        def build() -> RowBlock:
            coefficients = np.broadcast_to(np.where(negative, -1, 1), (len(a), len(columns)))
            return RowBlock(
                np.broadcast_to(columns, (len(a), len(columns))),
                coefficients,
                upper=-int(negative.sum()),
                literals=a[:, None],
            )

        self._sink.rows(self._label, len(a), len(columns), build)

    def _line(
        self,
        unit: int,
        rows: np.ndarray,
        p: np.ndarray,
        v: int,
        sign: int,
        literals: np.ndarray,
        z: np.ndarray | None,
    ) -> None:
        """literals => sign p <= sign v z."""
        width = 2 if z is not None else self._z.parameters.weights.column.shape[1] + 2
        self._sink.rows(self._label, len(rows), width, partial(self._line_block, unit, rows, p, v, sign, literals, z))

    def _line_block(
        self,
        unit: int,
        rows: np.ndarray,
        p: np.ndarray,
        v: int,
        sign: int,
        literals: np.ndarray,
        z: np.ndarray | None,
    ) -> RowBlock:
        side: Side = "under" if v * sign > 0 else "over"
        if z is None:
            total = self._z.sums(unit, rows, side)
        else:
            total = Sum(z[:, None], np.ones((len(rows), 1), np.int64), np.zeros(len(rows), np.int64))
        scaled = total.times(-sign * v).plus(p, sign)
        return RowBlock(scaled.columns, scaled.coefficients, upper=-scaled.constant, literals=literals)

    def _shared_z(self, unit: int, rows: np.ndarray, side: Side, uses: int) -> np.ndarray | None:
        """A column equal to z where several rows would repeat its sum."""
        if uses < 2 or not self._z.two_sided:
            return None
        labels = np.column_stack([rows, np.full_like(rows, unit)])
        lower, upper = self._bounds.z_lower[rows, unit], self._bounds.z_upper[rows, unit]
        z = self._sink.columns(f"z.{self._number - 1}", labels, lower, upper)

        def build() -> RowBlock:
            total = self._z.sums(unit, rows, side).plus(z, -1)
            return RowBlock(total.columns, total.coefficients, -total.constant, -total.constant)

        self._sink.rows(self._label, len(rows), self._z.parameters.weights.column.shape[1] + 2, build)
        return z
