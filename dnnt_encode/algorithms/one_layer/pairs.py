"""Which steps of a group exclude each other, for many nodes at once: nested pairs of parentheses.

Rows of a group get the same from the open weights, so that among them a lower step at v and an upper step at v' < v
(values less partial sums) cannot both be won. In the order of their values upper steps open a parenthesis and lower
steps close one; where values are equal the lower steps come first, since those do not exclude each other.

The matching is found by two sorts. The first puts the units of each group into order; a running sum then gives every
parenthesis its level, and the second sort brings those of one level together, where they take turns. Keys are packed
into integers of 32 bits where they fit, which sort fastest.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.steps import StepLosses

_INT32, _INT64 = 2**31, 2**62


class UnitPairs:
    """Units of equal weight in groups that have both kinds of steps. ``steps``: the step of each unit, ``group`` its
    group; ``low``, ``high`` [units]: what the open weights add, the same in a whole group."""

    def __init__(self, steps: StepLosses, group: np.ndarray, low: np.ndarray, high: np.ndarray, biases: Biases) -> None:
        order = np.argsort(group, kind="stable")
        steps, group, low, high = steps.take(order), group[order], low[order], high[order]
        self._biases = biases
        self._row, self._upper, self._value = steps.row, steps.upper.astype(np.int64), steps.value.astype(np.int64)
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        self._group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(group)]))
        # From the least bias at which a lower step is not lost for certain to the least at which an upper one is.
        self._high, self._gap = high.astype(np.int64), (high - low + 1).astype(np.int64)
        # Levels of different groups are kept apart, and none is below 0.
        units, levels = len(group), 2 * len(group) + 2
        self._bits = (units - 1).bit_length()
        room = (levels * (len(starts) + 1)) << self._bits
        self._packs, self._place = room < _INT64, np.dtype(np.int32 if room < _INT32 else np.int64)
        self._turns = np.full(units, -1, dtype=self._place)
        self._turns[starts] += levels
        self._turns[0] -= units
        self._position = np.arange(units, dtype=self._place)

    def __len__(self) -> int:
        return len(self._row)

    def left(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The units that stay alone for partial sums [N, m]: their nodes, ranks among the biases, and whether they are
        upper ones. Units that are not among them cost 1 for each two, whatever the bias."""
        nodes, units = len(sums), len(self._row)
        lowest = int(self._value.min()) - int(sums.max())
        span = 2 * (int(self._value.max()) - int(sums.min()) - lowest + 1)
        keys = span * (int(self._group[-1]) + 1)
        if not self._packs or keys >= _INT64:
            ranks = self._biases.below(
                self._value - self._high + self._upper * self._gap - sums.take(self._row, axis=1)
            )
            return np.repeat(np.arange(nodes), units), ranks.ravel(), np.tile(self._upper, nodes)
        kind = np.dtype(np.int32 if keys < _INT32 and sums.dtype == np.int32 else np.int64)
        start = self._group * span
        key = (2 * (self._value - lowest) + self._upper + start).astype(kind)
        key = key - (sums << 1).astype(kind).take(self._row, axis=1)
        key.sort(axis=1)
        upper = key & 1
        key >>= 1
        key += (lowest - start // 2 - self._high).astype(kind)
        ranks = self._biases.below(key + upper * self._gap.astype(kind))
        code = self._nested((ranks << 1) | upper)
        # Partners whose biases meet cost 1 together at every bias; others may both be lost.
        single = np.flatnonzero(code >= 0)
        code = code.ravel()[single]
        return single // units, code >> 1, code & 1

    def _nested(self, code: np.ndarray) -> np.ndarray:
        """Ranks and sides (2 rank + 1 for upper units) in the order of their levels, -1 for both of a pair in which the
        upper step is not lost before the lower one is won."""
        nodes, units = code.shape
        upper = (code & 1).astype(self._place)
        place = np.cumsum((upper << 1) + self._turns, axis=1, dtype=self._place)
        place -= upper
        place <<= self._bits
        place |= self._position
        place.sort(axis=1)
        origin = (place & ((1 << self._bits) - 1)).astype(np.int64)
        origin += np.arange(0, nodes * units, units)[:, None]
        code = code.ravel().take(origin)
        pairs = (place[:, 1:] ^ place[:, :-1]) < (1 << self._bits)
        pairs &= (code[:, :-1] & 1).astype(bool)
        pairs &= code[:, 1:] < code[:, :-1]
        paired = np.zeros(code.shape, dtype=bool)
        paired[:, 1:] = pairs
        paired[:, :-1] |= pairs
        code[paired] = -1
        return code
