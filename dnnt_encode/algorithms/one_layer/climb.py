"""Local search over the weights of one output unit: good answers before the search begins.

A step computes the objective of all changes of one weight at once, each with its best bias, and makes the best that is
not tabu, better or not. After ``_PATIENCE`` steps without a better answer one weight is redrawn, or becomes 0, and that
``_ROUNDS`` times. The work is bounded in array elements, not in seconds, so that the same seed gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dnnt_encode.algorithms.one_layer.search import UnitFit
from dnnt_encode.algorithms.one_layer.unit import Unit

WORK = 10**7
"""Array elements that a climb may compute."""

_STEP_OVERHEAD = 5000
_MOVE_ELEMENTS = 2**18
_PATIENCE = 20
_ROUNDS = 10
_TENURE = 8


def climb(unit: Unit, seed: int, start: np.ndarray | None = None) -> Iterator[UnitFit]:
    """Ever better answers that keep within the limits, from the positions ``start`` [d] of weights on where they keep
    within them too, else from weights of 0."""
    for chosen in (start, unit.resting):
        if chosen is not None and _Climb(unit, chosen).allowed:
            yield from _Climb(unit, chosen).run(np.random.default_rng(seed))
            return


class _Climb:
    """``chosen``: the present positions [d]. Moves [M] are all pairs of an input and a position of its table."""

    def __init__(self, unit: Unit, chosen: np.ndarray) -> None:
        self._unit, self._chosen = unit, chosen.copy()
        sizes = [len(table) if len(table) > 1 else 0 for table in unit.tables]
        self._input = np.repeat(np.arange(len(sizes)), sizes)
        self._position = np.concatenate([np.arange(size) for size in sizes])
        self._value = self._of_moves(unit.tables, unit.x.dtype)
        self._price = self._of_moves(unit.prices, np.dtype(np.int64))
        self._masks = np.array([mask for mask, _ in unit.limits], dtype=np.int64).reshape(-1, len(sizes))
        self._most = np.array([most for _, most in unit.limits], dtype=np.int64)
        rows = unit.loss.on(unit.x, np.zeros(len(unit.x), dtype=unit.x.dtype), unit.biases)
        nothing = np.zeros(len(rows.base), dtype=unit.x.dtype)
        self._columns, self._exact = rows.columns, rows.level((), nothing, nothing)

    def _of_moves(self, tables: tuple[np.ndarray, ...], kind: np.dtype) -> np.ndarray:
        parts = [table for table in tables if len(table) > 1]
        return np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)

    @property
    def allowed(self) -> bool:
        """Whether the present weights keep within the limits."""
        return bool((self._masks @ (self._values() != 0) <= self._most).all())

    def _values(self) -> np.ndarray:
        tables = zip(self._unit.tables, self._chosen.tolist(), strict=True)
        return np.array([table[position] for table, position in tables], dtype=self._unit.x.dtype)

    def _cost(self) -> int:
        prices = zip(self._unit.prices, self._chosen.tolist(), strict=True)
        return sum(int(price[position]) for price, position in prices)

    def run(self, rng: np.random.Generator) -> Iterator[UnitFit]:
        price = self._unit.loss_price
        loss, bias = self._exact.least((self._columns @ self._values())[None, :])
        best = UnitFit(price * int(loss[0]) + self._cost(), self._chosen.copy(), int(bias[0]))
        yield best
        until = np.zeros(len(self._chosen), dtype=np.int64)
        step, stalled, work = 0, 0, WORK
        while work > 0 and len(self._input) and stalled < _PATIENCE * _ROUNDS:
            values = self._values()
            moves = self._moves(values, rng)
            k = self._input[moves]
            change = self._value[moves] - values[k]
            sums = (self._columns @ values)[None, :] + change[:, None] * self._columns.T[k]
            loss, bias = self._exact.least(sums)
            held = np.array([int(self._unit.prices[j][self._chosen[j]]) for j in range(len(values))], dtype=np.int64)
            total = price * loss + held.sum() - held[k] + self._price[moves]
            work -= sums.size + _STEP_OVERHEAD
            allowed = ((until[k] <= step) & (change != 0)) | (total < best.objective)
            pick = int(np.lexsort((rng.random(len(moves)), total, ~allowed))[0])
            self._chosen[k[pick]] = self._position[moves[pick]]
            step, stalled = step + 1, stalled + 1
            until[k[pick]] = step + int(rng.integers(_TENURE))
            if total[pick] < best.objective:
                best, stalled = UnitFit(int(total[pick]), self._chosen.copy(), int(bias[pick])), 0
                yield best
            if stalled and stalled % _PATIENCE == 0:
                k = rng.choice(self._unit.free)
                redrawn = not len(self._most) and rng.random() < 0.5
                self._chosen[k] = rng.integers(len(self._unit.tables[k])) if redrawn else self._unit.resting[k]
                until[k] = step + _TENURE

    def _moves(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The moves within the limits, or some of them where there are many."""
        more = (self._value != 0).astype(np.int64) - (values[self._input] != 0)
        used = (self._masks @ (values != 0))[:, None] + self._masks[:, self._input] * more
        moves = np.flatnonzero((used <= self._most[:, None]).all(axis=0))
        room = max(1, _MOVE_ELEMENTS // len(self._columns))
        return moves if len(moves) <= room else np.sort(rng.choice(moves, room, replace=False))
