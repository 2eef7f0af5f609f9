"""Products of a weight and a source's output, and the sums of them that are pre-activations.

A product of a parameter in a finite set and a bounded signal h is a column p with one row a value: [w = v] => p <= v h
(>=, = where the other side, or both, are needed). Where h is a literal with values g0 and g1 two rows do, whatever the
set: [h = g_i] => p <= g_i w. A fixed weight or a constant signal needs no product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from dnnt_encode.encoders.linear.choices import Side, opposite
from dnnt_encode.encoders.linear.parameters import LayerColumns
from dnnt_encode.encoders.linear.signals import MISSING, Needs, Signals, Sum
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY

SIDES: tuple[Side, Side] = ("under", "over")


@dataclass(frozen=True, eq=False)
class PreActivations:
    """The pre-activations of one layer: its parameters, what it reads, and the product columns of each side.

    ``products`` of a side is int32 [units, n, fan_in], ``MISSING`` where there is none; None where no edge needs one.
    """

    parameters: LayerColumns
    sources: Signals
    products: dict[Side, np.ndarray] | None

    @property
    def two_sided(self) -> bool:
        """Whether both sides of every sum are the same expression."""
        under, over = self.sources.under, self.sources.over
        same = under is over or np.array_equal(under.column, over.column)
        return same and (self.products is None or np.array_equal(self.products["under"], self.products["over"]))

    def sums(self, unit: int, rows: np.ndarray, side: Side) -> Sum:
        """z of one unit on some inputs, bounded from one side (exact where the sources are constants)."""
        weights, biases = self.parameters.weights, self.parameters.biases
        column, step, offset = weights.column[unit], weights.step[unit], weights.offset[unit]
        same, other = self.sources.side(side), self.sources.side(opposite(side))
        constant = same.is_constant[rows]
        g = same.constant[rows]
        if constant.all():
            columns = np.broadcast_to(column, g.shape)
            coefficients = np.where(column < 0, 0, g * step)
            constants = g @ offset
        else:
            fixed, flip = column < 0, (column < 0) & (offset < 0)
            signal = np.where(flip, other.column[rows], same.column[rows])
            slope = np.where(flip, other.coefficient[rows], same.coefficient[rows])
            level = np.where(flip, other.constant[rows], g)
            product = self.products[side][unit][rows] if self.products is not None else np.full(g.shape, MISSING)
            columns = np.where(fixed, signal, np.where(constant, column, product))
            coefficients = np.where(fixed, offset * slope, np.where(constant, g * step, 1))
            constants = np.where(fixed, offset * level, np.where(constant, offset * g, 0)).sum(axis=1)
        bias = np.full(len(rows), biases.column[unit])
        has_bias = int(biases.column[unit] >= 0) * biases.step[unit]
        return Sum(columns, coefficients, constants + biases.offset[unit]).plus(bias, has_bias)


def pre_activations(
    sink: RowSink,
    number: int,
    parameters: LayerColumns,
    sources: Signals,
    needs: Needs,
    *,
    ready: dict[Side, np.ndarray] | None = None,
) -> PreActivations:
    """The products that layer ``number`` (from 1) needs, with their rows. ``needs`` [n, units] are those of its
    pre-activations. ``ready`` are product columns of a single unit that exist already ([n, fan_in] a side, -1 where
    there is none)."""
    free = ~parameters.weights.fixed
    varies = (sources.lower < sources.upper).any(axis=0)
    if not (free & varies).any():
        return PreActivations(parameters, sources, None)
    units, (n, fan_in) = free.shape[0], sources.lower.shape
    table: dict[Side, np.ndarray] = {side: np.full((units, n, fan_in), MISSING, dtype=np.int32) for side in SIDES}
    result = PreActivations(parameters, sources, table)
    for unit in range(units):
        wanted = {
            side: needs.side(side)[:, unit, None] & free[unit] & ~sources.side(side).is_constant for side in SIDES
        }
        if ready is not None:
            for side in SIDES:
                wanted[side] &= ready[side] < 0
                table[side][unit] = np.where(ready[side] >= 0, ready[side], MISSING)
        two_sided = wanted["under"] & wanted["over"]
        for tag, mask, sides in (
            ("p", two_sided, SIDES),
            ("pl", wanted["under"] & ~two_sided, SIDES[:1]),
            ("pu", wanted["over"] & ~two_sided, SIDES[1:]),
        ):
            if not mask.any():
                continue
            lower, upper = product_bounds(parameters, sources, unit, mask)
            s, i = np.nonzero(mask)
            columns = sink.columns(f"{tag}.{number}.{unit}", np.column_stack([s, i]), lower, upper)
            for side in sides:
                table[side][unit][mask] = columns
            _product_rows(sink, f"layer {number}: products", parameters, sources, unit, (s, i), columns, sides)
    return result


def product_bounds(
    parameters: LayerColumns, sources: Signals, unit: int, mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The interval of w h over the whole set of w, for the chosen (input, edge) pairs."""
    s, i = np.nonzero(mask)
    low, high = sources.lower[s, i], sources.upper[s, i]
    w_low, w_high = parameters.weights.grid.lowest()[unit][i], parameters.weights.grid.highest()[unit][i]
    corners = (low * w_low, low * w_high, high * w_low, high * w_high)
    return np.minimum.reduce(corners), np.maximum.reduce(corners)


def bounds_of(sides: tuple[Side, ...], values: np.ndarray) -> tuple[np.ndarray | int, np.ndarray | int]:
    """Row bounds that say ``<= values`` for under, ``>=`` for over, ``=`` for both."""
    return (
        values if "over" in sides else MINUS_INFINITY,
        values if "under" in sides else PLUS_INFINITY,
    )


def _product_rows(
    sink: RowSink,
    label: str,
    parameters: LayerColumns,
    sources: Signals,
    unit: int,
    where: tuple[np.ndarray, np.ndarray],
    columns: np.ndarray,
    sides: tuple[Side, ...],
) -> None:
    weights = parameters.weights
    s, i = where
    binary = sources.binary[s, i]
    main = sources.side(sides[0])
    if binary.any():
        s2, i2, p = s[binary], i[binary], columns[binary]
        w, step, offset = weights.column[unit][i2], weights.step[unit][i2], weights.offset[unit][i2]
        literal = main.column[s2, i2] + 1
        for sign, g in ((-1, main.constant[s2, i2]), (1, main.constant[s2, i2] + main.coefficient[s2, i2])):
            sink.rows(label, len(p), 2, partial(_two_terms, p, w, -g * step, sides, g * offset, sign * literal))
    s, i, columns = s[~binary], i[~binary], columns[~binary]
    choice = weights.grid.index[unit][i]
    for k in range(int(weights.grid.sizes()[unit].max())):
        value_of = np.array([int(t[k]) if k < len(t) else 0 for t in weights.grid.tables], dtype=np.int64)
        has = np.array([k < len(t) for t in weights.grid.tables], dtype=bool)[choice]
        if not has.any():
            continue
        v = value_of[choice[has]]
        rows = s[has], i[has]
        literal = weights.literals[unit][i[has], k]
        selected_rows(sink, label, columns[has], literal, v, sources, rows, sides)


def selected_rows(
    sink: RowSink,
    label: str,
    columns: np.ndarray,
    literal: np.ndarray,
    v: np.ndarray,
    sources: Signals,
    where: tuple[np.ndarray, np.ndarray],
    sides: tuple[Side, ...],
) -> None:
    """literal => column <= v h (and, or, >=): v > 0 reads the same side of h, v < 0 the other one."""
    s, i = where
    same = sources.side(sides[0])
    other = sources.side(opposite(sides[0]))
    flip = v < 0
    h = np.where(flip, other.column[s, i], same.column[s, i])
    slope = np.where(flip, other.coefficient[s, i], same.coefficient[s, i])
    level = np.where(flip, other.constant[s, i], same.constant[s, i])
    sink.rows(label, len(columns), 2, partial(_two_terms, columns, h, -v * slope, sides, v * level, literal))


def _two_terms(
    p: np.ndarray,
    column: np.ndarray,
    coefficient: np.ndarray,
    sides: tuple[Side, ...],
    constant: np.ndarray,
    literal: np.ndarray,
) -> RowBlock:
    """literal => p + coefficient column <= (>=, =) constant."""
    return RowBlock(
        np.column_stack([p, column]),
        np.column_stack([np.ones_like(coefficient), coefficient]),
        *bounds_of(sides, constant),
        literals=literal[:, None],
    )
