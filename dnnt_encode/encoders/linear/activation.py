"""From pre-activations to signals: the rows of one layer's activation.

Every unit is encoded by its choices of lines (see ``choices``), pruned by the bounds of each input: always active and
always dead units need no literal. An activation that is constant on two pieces (sign, step) is its literal.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.scaling import ScaledLayer
from dnnt_encode.analysis.unrolled import LayerBounds
from dnnt_encode.encoders.linear.choices import Choice, Side, choices, sufficient
from dnnt_encode.encoders.linear.products import SIDES, PreActivations, bounds_of
from dnnt_encode.encoders.linear.signals import MISSING, Affine, Needs, Signals, Sum
from dnnt_encode.encoders.linear.sink import NO_LITERAL, RowBlock, RowSink
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY


class ActivationEncoder:
    """Encodes one layer's activation, unit by unit; ``signals`` then holds what the layer offers."""

    def __init__(
        self,
        sink: RowSink,
        number: int,
        layer: ScaledLayer,
        bounds: LayerBounds,
        z: PreActivations,
        needs: Needs,
    ) -> None:
        self._sink, self._number, self._layer, self._bounds, self._z = sink, number, layer, bounds, z
        self._label = f"layer {number}: activation"
        constant = bounds.out_lower == bounds.out_upper
        self._needs = needs.where(~constant)
        self._under, self._over = (
            Affine(
                np.where(constant, -1, MISSING).astype(np.int32),
                np.where(constant, 0, 1).astype(np.int64),
                np.where(constant, bounds.out_lower, 0),
            )
            for _ in SIDES
        )
        act = layer.activation
        lowest, highest = int(bounds.z_lower.min()), int(bounds.z_upper.max())
        self._choices: dict[Side, tuple[Choice, ...]] = {side: choices(act, side, lowest, highest) for side in SIDES}
        self._only: dict[Side, np.ndarray] = {
            side: sufficient(act, self._choices[side], side, bounds.z_lower, bounds.z_upper) for side in SIDES
        }
        self._is_literal = not any(act.slopes) and len(act.slopes) == 2

    def encode(self) -> Signals:
        for unit in range(self._layer.biases.index.shape[0]):
            if self._is_literal:
                self._literal_unit(unit)
            else:
                self._piecewise_unit(unit)
        binary = np.asarray(self._under.column >= 0) | np.asarray(self._over.column >= 0)
        binary &= self._is_literal
        return Signals(self._under, self._over, self._bounds.out_lower, self._bounds.out_upper, binary)

    def _literal_unit(self, unit: int) -> None:
        """One literal a: a => z >= t where under is needed, not a => z <= t - 1 where over is."""
        needs, act = self._needs, self._layer.activation
        rows = np.flatnonzero(needs.under[:, unit] | needs.over[:, unit])
        labels = np.column_stack([rows, np.full_like(rows, unit)])
        a = self._sink.columns(f"a.{self._number}", labels, 0, 1)
        low, high = act.intercepts
        for side in SIDES:
            affine = self._side(side)
            affine.column[rows, unit] = a
            affine.coefficient[rows, unit] = high - low
            affine.constant[rows, unit] = low
        for side, sign, bounds in (
            ("under", 1, (act.starts[0], PLUS_INFINITY)),
            ("over", -1, (MINUS_INFINITY, act.starts[0] - 1)),
        ):
            chosen = needs.side(side)[rows, unit]
            self._guard(unit, rows[chosen], (sign * (a[chosen] + 1))[:, None], side, bounds)

    def _piecewise_unit(self, unit: int) -> None:
        needs = self._needs
        under, over = needs.under[:, unit], needs.over[:, unit]
        two_sided = under & over
        for tag, mask, sides in (
            ("h", two_sided, SIDES),
            ("hl", under & ~two_sided, SIDES[:1]),
            ("hu", over & ~two_sided, SIDES[1:]),
        ):
            rows = np.flatnonzero(mask)
            if not len(rows):
                continue
            lower, upper = self._bounds.out_lower[rows, unit], self._bounds.out_upper[rows, unit]
            labels = np.column_stack([rows, np.full_like(rows, unit)])
            h = self._sink.columns(f"{tag}.{self._number}", labels, lower, upper)
            for side in sides:
                affine = self._side(side)
                affine.column[rows, unit] = h
                affine.coefficient[rows, unit] = 1
                affine.constant[rows, unit] = 0
            self._lines(unit, rows, h, sides)

    def _lines(self, unit: int, rows: np.ndarray, h: np.ndarray, sides: tuple[Side, ...]) -> None:
        """h on the right side of the chosen lines, for some inputs of one unit."""
        done = np.zeros(len(rows), dtype=bool)
        if sides == SIDES:
            under, over = self._only["under"][rows, unit], self._only["over"][rows, unit]
            for k, line in enumerate(self._choices["under"]):
                same = [j for j, other in enumerate(self._choices["over"]) if other.slope and _same_line(line, other)]
                both = (under == k) & np.isin(over, same) & ~done
                self._line(unit, rows[both], h[both], line, SIDES, None)
                done |= both
        rows, h = rows[~done], h[~done]
        z_under = self._shared_z(unit, rows, sides)
        for side in sides:
            only = self._only[side][rows, unit]
            for k, line in enumerate(self._choices[side]):
                alone = only == k
                self._line(unit, rows[alone], h[alone], line, (side,), None, _part(z_under, alone))
            open_ = only < 0
            if not open_.any():
                continue
            pattern = self._pattern(unit, rows[open_], side)
            for k, line in enumerate(self._choices[side]):
                literals = pattern[k]
                z = _part(z_under, open_)
                self._line(unit, rows[open_], h[open_], line, (side,), literals, z)
                guard = (
                    MINUS_INFINITY if line.at_least is None else line.at_least,
                    PLUS_INFINITY if line.at_most is None else line.at_most,
                )
                if guard != (MINUS_INFINITY, PLUS_INFINITY):
                    self._guard(unit, rows[open_], literals, side, guard, z)

    def _pattern(self, unit: int, rows: np.ndarray, side: Side) -> list[np.ndarray]:
        """The literals [R, 2] under which each choice holds: a_k and not a_(k+1), with a_0 true and the last false."""
        count = len(self._choices[side])
        tag = {"under": "a", "over": "o"}[side] + ("" if count == 2 else "k")
        ladder = [np.full(len(rows), NO_LITERAL, dtype=np.int32)]
        for k in range(1, count):
            labels = np.column_stack([rows, np.full_like(rows, unit), *([np.full_like(rows, k)] if count > 2 else [])])
            ladder.append(self._sink.columns(f"{tag}.{self._number}", labels, 0, 1) + 1)
        ladder.append(np.full(len(rows), NO_LITERAL, dtype=np.int32))
        return [np.column_stack([ladder[k], -ladder[k + 1]]) for k in range(count)]

    def _shared_z(self, unit: int, rows: np.ndarray, sides: tuple[Side, ...]) -> np.ndarray | None:
        """A column for z where several rows would repeat its sum, or None."""
        if sides != SIDES or not len(rows):
            return None
        labels = np.column_stack([rows, np.full_like(rows, unit)])
        lower, upper = self._bounds.z_lower[rows, unit], self._bounds.z_upper[rows, unit]
        z = self._sink.columns(f"z.{self._number}", labels, lower, upper)
        self._row(unit, rows, z, 1, 1, np.zeros(len(rows), dtype=np.int64), SIDES, None, None)
        return z

    def _line(
        self,
        unit: int,
        rows: np.ndarray,
        h: np.ndarray,
        line: Choice,
        sides: tuple[Side, ...],
        literals: np.ndarray | None,
        z: np.ndarray | None = None,
    ) -> None:
        """literals => h <= (>=, =) slope z + intercept; rows that the bounds of h imply are left out."""
        keep = np.ones(len(rows), dtype=bool)
        if line.slope == 0 and sides == ("under",):
            keep = self._bounds.out_upper[rows, unit] > line.intercept
        elif line.slope == 0 and sides == ("over",):
            keep = self._bounds.out_lower[rows, unit] < line.intercept
        rows, h, z = rows[keep], h[keep], _part(z, keep)
        literals = None if literals is None else literals[keep]
        self._row(unit, rows, h, 1, line.slope, np.full(len(rows), line.intercept), sides, literals, z)

    def _guard(
        self,
        unit: int,
        rows: np.ndarray,
        literals: np.ndarray,
        side: Side,
        bounds: tuple[int, int],
        z: np.ndarray | None = None,
    ) -> None:
        """literals => bounds[0] <= z <= bounds[1]."""

        def build() -> RowBlock:
            total = self._sums(unit, rows, side, z)
            shift = [total.constant if abs(bound) < PLUS_INFINITY else 0 for bound in bounds]
            return RowBlock(
                total.columns, total.coefficients, bounds[0] - shift[0], bounds[1] - shift[1], literals=literals
            )

        self._sink.rows(self._label, len(rows), self._width(z), build)

    def _row(
        self,
        unit: int,
        rows: np.ndarray,
        column: np.ndarray,
        coefficient: int,
        slope: int,
        intercept: np.ndarray,
        sides: tuple[Side, ...],
        literals: np.ndarray | None,
        z: np.ndarray | None,
    ) -> None:
        """literals => coefficient column - slope z <= (>=, =) intercept."""

        def build() -> RowBlock:
            if slope == 0:
                return RowBlock(column[:, None], np.int64(coefficient), *bounds_of(sides, intercept), literals)
            total = self._sums(unit, rows, sides[0], z)
            constant = intercept + slope * total.constant
            scaled = total.times(-slope).plus(column, coefficient)
            return RowBlock(scaled.columns, scaled.coefficients, *bounds_of(sides, constant), literals)

        self._sink.rows(self._label, len(rows), 1 if slope == 0 else 1 + self._width(z), build)

    def _sums(self, unit: int, rows: np.ndarray, side: Side, z: np.ndarray | None) -> Sum:
        if z is None:
            return self._z.sums(unit, rows, side)
        return Sum(z[:, None], np.ones((len(rows), 1), np.int64), np.zeros(len(rows), np.int64))

    def _width(self, z: np.ndarray | None) -> int:
        return 1 if z is not None else self._layer.weights.index.shape[1] + 1

    def _side(self, side: Side) -> Affine:
        return self._under if side == "under" else self._over


def _same_line(a: Choice, b: Choice) -> bool:
    return (a.slope, a.intercept) == (b.slope, b.intercept)


def _part(z: np.ndarray | None, chosen: np.ndarray) -> np.ndarray | None:
    return None if z is None else z[chosen]
