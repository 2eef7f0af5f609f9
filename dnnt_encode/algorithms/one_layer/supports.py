"""Supports: which inputs get a weight other than 0, all sets of one size at once, with what each costs at least.

Rows that agree in a support cannot be told apart by it, so opposed targets among them are lost to the lesser of both.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.one_layer.grouping import Grouping
from dnnt_encode.algorithms.one_layer.unit import Unit

MAX_SUPPORTS = 3 * 10**6
"""So many supports are put into one order. More of them are looked at one by one only where limits leave no other
way."""

_ELEMENTS = 2**18
_SHORT, _ROOM = 2**31, 2**62


@dataclass(frozen=True, eq=False)
class SupportBlock:
    """Supports [S, size], as sorted inputs, and a rising lower bound [S] on their objectives. ``later``: one on those
    of the same size that come in later blocks, None where this is the last."""

    supports: np.ndarray
    bounds: np.ndarray
    later: int | None


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

    @property
    def limited(self) -> bool:
        """Whether some sets of optional inputs are too large to be used."""
        return self.largest < len(self.optional)

    def count(self, size: int) -> int:
        """How many sets there are of so many optional inputs."""
        return math.comb(len(self.optional), size)

    def of_size(self, size: int, cutoff: int) -> Iterator[SupportBlock | None]:
        """The supports with so many optional inputs whose objective may be below ``cutoff``. None stands for a pause,
        a few milliseconds apart."""
        inputs = np.array(self.optional, dtype=np.int64)
        combinations = itertools.combinations(range(len(inputs)), size)
        total = self.count(size)
        lost = self._conflicts(size)
        step = max(1, _ELEMENTS // len(self._unit.x))
        block: list[tuple[np.ndarray, np.ndarray]] = []
        for first in range(0, total, step):
            count = min(step, total - first)
            flat = itertools.chain.from_iterable(itertools.islice(combinations, count))
            chosen = np.fromiter(flat, dtype=np.int16, count=count * size).reshape(count, size)
            for mask, most in self._limits:
                chosen = chosen[mask[chosen].sum(axis=1) <= most]
            bounds = self._unit.loss_price * np.maximum(self._unit.floor, lost(chosen))
            bounds = bounds + self._price + self._prices[chosen].sum(axis=1)
            kept = bounds < cutoff
            block.append((chosen[kept], bounds[kept]))
            yield None
            if first + count == total or sum(len(part) for _, part in block) >= MAX_SUPPORTS:
                chosen, bounds = (np.concatenate(parts) for parts in zip(*block, strict=True))
                order = np.argsort(bounds, kind="stable")
                block = []
                later = None if first + count == total else self._unit.loss_price * self._unit.floor + self.price(size)
                yield SupportBlock(inputs[chosen[order]], bounds[order], later)

    def _conflicts(self, size: int) -> Callable[[np.ndarray], np.ndarray]:
        """What opposed targets of rows that agree lose at least, for supports of a size (int64 [S] of [S, size])."""
        opposed = self._unit.loss.opposed()
        grouping = Grouping(self._unit.x[:, self.optional])
        always = Grouping(np.column_stack([self._unit.x[:, self.always], self.base]))
        start = always.by(range(len(self.always) + 1))
        groups = (int(start.max()) + 1) * math.prod(sorted(grouping.sizes)[len(grouping.sizes) - size :])
        if opposed is None or groups * len(start) >= _ROOM:
            return lambda chosen: np.zeros(len(chosen), dtype=np.int64)
        # The lesser of two sums is half of what their sum is more than their difference.
        weight, total = (opposed[0] - opposed[1]).astype(np.float64), int(opposed[0].sum() + opposed[1].sum())
        differences = _by_counting if groups <= 4 * len(start) else _by_sorting
        kind = np.int32 if groups * len(start) < _SHORT else np.int64
        ranks, sizes = grouping.ranks.T.astype(kind), np.array(grouping.sizes, dtype=kind)

        def codes(chosen: np.ndarray) -> np.ndarray:
            """The groups of all rows [S, n]; supports that begin alike stand together, and share that."""
            if not chosen.shape[1]:
                return np.broadcast_to(start.astype(kind), (len(chosen), len(start)))
            begins = chosen[:, :-1]
            new = np.r_[True, (begins[1:] != begins[:-1]).any(axis=1)][: len(chosen)]
            shared, last = codes(begins[new]), chosen[:, -1]
            return np.asarray(shared[np.cumsum(new) - 1] * sizes[last][:, None] + ranks[last])

        def lost(chosen: np.ndarray) -> np.ndarray:
            return np.asarray((total - differences(codes(chosen), groups, weight).astype(np.int64)) // 2)

        return lost


def _by_counting(code: np.ndarray, groups: int, weight: np.ndarray) -> np.ndarray:
    """For each row of group numbers [S, n] below ``groups`` the sum over the groups of the magnitude of what their
    members weigh."""
    code = code + np.arange(0, len(code) * groups, groups)[:, None]
    sums = np.bincount(code.ravel(), np.broadcast_to(weight, code.shape).ravel(), len(code) * groups)
    return np.asarray(np.abs(sums).reshape(len(code), groups).sum(axis=1))


def _by_sorting(code: np.ndarray, groups: int, weight: np.ndarray) -> np.ndarray:
    """The same, where there are many groups."""
    if not len(code):
        return np.zeros(0)
    members = code.shape[1]
    code = np.sort(code * code.dtype.type(members) + np.arange(members, dtype=code.dtype), axis=1)
    group = code // members
    new = np.ones(code.shape, dtype=bool)
    new[:, 1:] = group[:, 1:] != group[:, :-1]
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(weight[code % members].ravel(), starts)
    return np.asarray(np.add.reduceat(np.abs(sums), np.searchsorted(starts, np.arange(0, code.size, members))))
