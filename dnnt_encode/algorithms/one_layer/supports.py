"""Supports: which inputs get a weight other than 0, all sets of one size at once, with what each costs at least.

Rows that agree in a support cannot be told apart by it, so opposed targets among them are lost to the lesser of both.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from dnnt_encode.algorithms.one_layer.grouping import Grouping
from dnnt_encode.algorithms.one_layer.unit import Unit

MAX_SUPPORTS = 10**6
"""More supports than this are not looked at one by one."""

_ELEMENTS = 2**20
_ROOM = 2**62


class Supports:
    """The supports of a unit. ``always``: inputs that have a weight to choose and no 0 among them; ``optional``: those
    that have both. ``base``: what the weights that are fixed add to every row, ``base_price`` to the objective."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.always = [k for k in unit.free if not unit.optional[k]]
        self.optional = [k for k in unit.free if unit.optional[k]]
        fixed = [k for k, table in enumerate(unit.tables) if len(table) == 1]
        values = np.array([unit.tables[k][0] for k in fixed], dtype=unit.x.dtype)
        self.base = (unit.x[:, fixed] * values).sum(axis=1, dtype=unit.x.dtype)
        self.base_price = sum(int(unit.prices[k][0]) for k in fixed)
        # What every support costs, and what the cheapest weight other than 0 of each optional input does.
        self._price = self.base_price + sum(int(unit.prices[k].min()) for k in self.always)
        self._prices = np.array([self._cheapest(k) for k in self.optional], dtype=np.int64)
        # How many optional inputs each limit leaves.
        self._limits = [
            (mask[self.optional], int(room) - int(mask[self.always].sum()))
            for (mask, _), room in zip(unit.limits, unit.room, strict=True)
        ]
        self.possible = all(most >= 0 for _, most in self._limits)

    def _cheapest(self, k: int) -> int:
        return int(np.delete(self._unit.prices[k], self._unit.zero[k]).min())

    @property
    def largest(self) -> int:
        """No support has more optional inputs than this."""
        bounds = [most + int((~mask).sum()) for mask, most in self._limits]
        return min([len(self.optional), *bounds])

    def price(self, size: int) -> int:
        """No support with so many optional inputs costs less."""
        return self._price + int(np.sort(self._prices)[:size].sum())

    def count(self, sizes: int) -> int:
        """About how many supports there are of up to so many optional inputs."""
        return sum(math.comb(len(self.optional), size) for size in range(sizes + 1))

    def of_size(self, size: int, cutoff: int) -> tuple[np.ndarray, np.ndarray]:
        """The supports [S, size], as sorted inputs, whose objective may be below ``cutoff``, and a lower bound [S] on
        it, least first."""
        optional = np.array(self.optional, dtype=np.int64)
        combinations = itertools.combinations(range(len(optional)), size)
        total = math.comb(len(optional), size)
        flat = np.fromiter(itertools.chain.from_iterable(combinations), dtype=np.int16, count=total * size)
        chosen = flat.reshape(total, size)
        for mask, most in self._limits:
            chosen = chosen[mask[chosen].sum(axis=1) <= most]
        bounds = self._unit.loss_price * np.maximum(self._unit.floor, self._conflicts(chosen))
        bounds += self._price + self._prices[chosen].sum(axis=1)
        kept = np.flatnonzero(bounds < cutoff)
        order = kept[np.argsort(bounds[kept], kind="stable")]
        return optional[chosen[order]], bounds[order]

    def _conflicts(self, chosen: np.ndarray) -> np.ndarray:
        """What opposed targets of rows that agree lose at least (int64 [S])."""
        opposed = self._unit.loss.opposed()
        losses = np.zeros(len(chosen), dtype=np.int64)
        grouping = Grouping(self._unit.x[:, self.optional])
        rest = Grouping(np.column_stack([self._unit.x[:, self.always], self.base]))
        start = rest.by(range(len(self.always) + 1))
        room = (int(start.max()) + 1) * math.prod(sorted(grouping.sizes)[len(grouping.sizes) - chosen.shape[1] :])
        if opposed is None or room * len(start) >= _ROOM:
            return losses
        step = max(1, _ELEMENTS // len(start))
        for first in range(0, len(chosen), step):
            losses[first : first + step] = self._lost(chosen[first : first + step], grouping, start, opposed)
        return losses

    @staticmethod
    def _lost(
        chosen: np.ndarray, grouping: Grouping, start: np.ndarray, opposed: tuple[np.ndarray, np.ndarray]
    ) -> np.ndarray:
        sizes = np.array(grouping.sizes, dtype=np.int64)
        code = np.broadcast_to(start, (len(chosen), len(start)))
        for k in range(chosen.shape[1]):
            code = code * sizes[chosen[:, k]][:, None] + grouping.ranks[:, chosen[:, k]].T
        code = code * len(start) + np.arange(len(start))
        code.sort(axis=1)
        row, group = code % len(start), code // len(start)
        new = np.ones(code.shape, dtype=bool)
        new[:, 1:] = group[:, 1:] != group[:, :-1]
        starts = np.flatnonzero(new)
        sides = [np.add.reduceat(weight[row].ravel(), starts) for weight in opposed]
        first_group = np.searchsorted(starts, np.arange(0, code.size, len(start)))
        return np.asarray(np.add.reduceat(np.minimum(*sides), first_group))
