"""Losses that count: every sample is right on one interval of pre-activations and costs its multiplicity outside.

The loss is a sum of steps: a lower step costs its weight where z is below a value, an upper one where z is above. Two
bounds on what a node's open weights can do are combined here.

* Row by row: a step that is lost whatever the open weights are, for a given bias. One histogram over the biases.
* Group by group: rows that agree in all open inputs get the same from them, whatever it is. Among themselves they are
  ordered by their partial sums alone, so a lower step at v and an upper step at v' < v of one group cannot both be
  won. Read in the order of their values as parentheses (upper steps open, lower ones close), nested pairs are such
  conflicts, and they are exactly as many as any threshold of that group's own has to lose: the greatest matching inside
  every window of thresholds consists of the nested pairs inside it.

Together: for a bias b, a pair of one group costs at least 1, and 2 where both are lost for certain. The sum over pairs
and steps that are left alone is the least loss that thresholds of their own, one a group, each within what the open
weights allow at b, can have. The least over all b is the bound. Heavy steps are cut into units of one weight, and what
is left of them counts row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.grouping import Grouping
from dnnt_encode.algorithms.one_layer.relaxation import Level, Rows, UnitLoss
from dnnt_encode.errors import ModelTooLarge

UNITS = 2048
"""Into about so many units the steps of a level are cut, or two a step where that is more."""

_EXACT = 2**53
_INT32, _INT64 = 2**31, 2**62


class SteppedLoss(UnitLoss):
    """``row``: the distinct input of each step; ``value`` and ``upper``: lost where z > value, else where z < value;
    ``weight``: what that costs; ``constant``: what is lost in any case. Raises ModelTooLarge."""

    def __init__(
        self, inputs: int, row: np.ndarray, value: np.ndarray, upper: np.ndarray, weight: np.ndarray, constant: int
    ) -> None:
        self._inputs = inputs
        self.row, self.value, self.upper, self.weight, self.constant = row, value, upper, weight, constant
        self.unit = Fraction(1)
        self.largest = constant + int(weight.astype(object).sum())
        if self.largest >= _EXACT:
            raise ModelTooLarge(f"the loss may reach {self.largest.bit_length()} bits; this search counts to 53")

    def on(self, columns: np.ndarray, base: np.ndarray, biases: Biases) -> Rows:
        return _SteppedRows(self, columns, base, biases)

    def opposed(self) -> tuple[np.ndarray, np.ndarray] | None:
        values = [np.unique(self.value[side]) for side in (~self.upper, self.upper)]
        if len(values[0]) != 1 or len(values[1]) != 1 or values[0][0] <= values[1][0]:
            return None
        counts = [np.bincount(self.row[side], self.weight[side], self._inputs) for side in (~self.upper, self.upper)]
        return counts[0].astype(np.int64), counts[1].astype(np.int64)


class _SteppedRows(Rows):
    def __init__(self, loss: SteppedLoss, columns: np.ndarray, base: np.ndarray, biases: Biases) -> None:
        super().__init__(columns, base)
        self._biases, self._constant = biases, loss.constant
        row = self.group_of[loss.row]
        same = Grouping(np.column_stack([row, loss.value, loss.upper])).by(range(3))
        first = np.unique(same, return_index=True)[1]
        self._row, self._value, self._upper = row[first], loss.value[first].astype(base.dtype), loss.upper[first]
        self._weight = np.bincount(same, loss.weight, len(first)).astype(np.int64)
        self._opposed = loss.opposed() is not None

    def level(self, rest: Sequence[int], low: np.ndarray, high: np.ndarray) -> Level:
        row, upper, weight = self._row, self._upper, self._weight
        constant = self._constant
        if rest and self._opposed:
            # Of two opposed steps of one row one is lost: what both weigh counts at once.
            sides = [np.bincount(row[side], weight[side], len(self.base)) for side in (~upper, upper)]
            both = np.minimum(*sides).astype(np.int64)
            constant += int(both.sum())
            weight = weight - both[row]
        kept = weight > 0
        return _SteppedLevel(
            self._grouping.by(rest) if rest else None,
            (row[kept], self._value[kept], upper[kept], weight[kept]),
            (low, high),
            constant,
            self._biases,
        )


Steps = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Row, value, whether it is an upper step, weight."""


class _SteppedLevel(Level):
    """``group``: the group of every row, None where nothing is open and each step counts by itself."""

    def __init__(
        self,
        group: np.ndarray | None,
        steps: Steps,
        reach: tuple[np.ndarray, np.ndarray],
        constant: int,
        biases: Biases,
    ) -> None:
        row, value, upper, weight = steps
        low, high = reach
        self._biases, self._bins = biases, biases.count + 1
        self._quantum = 1
        units = np.zeros(len(row), dtype=np.int64)
        if group is not None:
            of = group[row]
            sides = [np.bincount(of[side], minlength=int(group.max(initial=0)) + 1) > 0 for side in (~upper, upper)]
            mixed = (sides[0] & sides[1])[of]
            total = int(weight[mixed].sum())
            self._quantum = max(1, -(-total // max(UNITS, 2 * int(mixed.sum()))))
            units[mixed] = weight[mixed] // self._quantum
        edge = value + np.where(upper, 1 - low[row], -high[row]).astype(value.dtype)
        rest = weight - units * self._quantum
        alone = rest > 0
        self._row, self._edge = row[alone], edge[alone]
        self._signed = np.where(upper, rest, -rest)[alone].astype(np.float64)
        self._constant = constant + int(weight[~upper].sum())
        chosen = np.repeat(np.arange(len(row)), units)
        self._pairs = _Pairs(group, steps, reach, edge, chosen, biases) if len(chosen) else None
        self.width = self._bins + len(self._row) + len(chosen)

    def least(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nodes = len(sums)
        histogram = np.zeros(nodes * self._bins)
        if len(self._row):
            ranks = self._biases.below(self._edge - sums.take(self._row, axis=1))
            ranks = ranks + np.arange(0, nodes * self._bins, self._bins)[:, None]
            signed = np.broadcast_to(self._signed, ranks.shape)
            histogram += np.bincount(ranks.ravel(), signed.ravel(), nodes * self._bins)
        if self._pairs is not None:
            node, rank, upper = self._pairs.left(sums)
            if len(node):
                signed = np.where(upper, float(self._quantum), -float(self._quantum))
                histogram += np.bincount(node * self._bins + rank, signed, nodes * self._bins)
        losses = np.cumsum(histogram.reshape(nodes, self._bins)[:, :-1], axis=1)
        where = losses.argmin(axis=1)
        return self._constant + losses[np.arange(nodes), where].astype(np.int64), where


class _Pairs:
    """Units of steps in groups that have both kinds. ``chosen``: the step of each unit; ``edge``: for each step the least
    bias, partial sum included, at which it is not lost for certain (lower ones), or at which it is (upper ones)."""

    def __init__(
        self,
        group: np.ndarray,
        steps: Steps,
        reach: tuple[np.ndarray, np.ndarray],
        edge: np.ndarray,
        chosen: np.ndarray,
        biases: Biases,
    ) -> None:
        row, value, upper, _ = steps
        chosen = chosen[np.argsort(group[row[chosen]], kind="stable")]
        self._row, self._edge, self._upper = row[chosen], edge[chosen], upper[chosen].astype(value.dtype)
        self._value = value[chosen].astype(np.int64)
        of = group[self._row]
        starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
        self._of = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(of)]))
        # What the open weights can do is the same in a whole group.
        low, high = (ends[self._row[starts]][self._of] for ends in reach)
        self._high, self._gap = high.astype(value.dtype), (high - low + 1).astype(value.dtype)
        self._bits = (len(of) - 1).bit_length()
        levels = 2 * len(of) + 2
        room = (len(starts) * levels + levels) << self._bits
        self._packs = room < _INT64
        self._kind = np.int32 if room < _INT32 else np.int64
        # Levels of parentheses of different groups are kept apart; none is below 0.
        self._steps = np.full(len(of), -1, dtype=self._kind)
        self._steps[starts] += levels
        self._steps[0] -= len(of)
        self._position = np.arange(len(of), dtype=self._kind)
        self._biases = biases

    def left(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The units that have no partner with which they cost 1 together: their nodes, their ranks among the biases,
        and whether they are upper ones."""
        nodes, units = len(sums), len(self._row)
        most, least = int(sums.max()), int(sums.min())
        lowest = int(self._value.min()) - most
        span = 2 * (int(self._value.max()) - least - lowest + 1)
        keys = span * (int(self._of[-1]) + 1)
        if keys >= _INT64 or not self._packs:
            ranks = self._biases.below(self._edge - sums.take(self._row, axis=1))
            upper = np.broadcast_to(self._upper, ranks.shape)
            return np.repeat(np.arange(nodes), units), ranks.ravel(), upper.ravel()
        # Sorted within its group by value less partial sum; where equal, lower steps first: they do not exclude each
        # other.
        kind = np.int32 if keys < _INT32 and sums.dtype == np.int32 else np.int64
        start = self._of * span
        key = (2 * (self._value - lowest) + self._upper + start).astype(kind) - (sums << 1).astype(kind).take(
            self._row, axis=1
        )
        key.sort(axis=1)
        upper = key & 1
        key >>= 1
        key += (lowest - start // 2).astype(kind) - self._high
        rank = self._biases.below(key + upper * self._gap)
        code = (rank << 1) | upper
        # Parentheses: an upper step opens a level, the lower step that closes the level is its partner.
        place = upper.astype(self._kind)
        np.cumsum((place << 1) + self._steps, axis=1, out=(level := np.empty_like(place)))
        level -= place
        level <<= self._bits
        level |= self._position
        level.sort(axis=1)
        position = (level & ((1 << self._bits) - 1)).astype(np.int64)
        position += np.arange(0, nodes * units, units)[:, None]
        code = code.ravel().take(position)
        pairs = (level[:, 1:] ^ level[:, :-1]) < (1 << self._bits)
        pairs &= (code[:, :-1] & 1).astype(bool)
        pairs &= code[:, 1:] < code[:, :-1]
        single = np.ones(code.shape, dtype=bool)
        np.logical_not(pairs, out=pairs)
        single[:, 1:] &= pairs
        single[:, :-1] &= pairs
        left = np.flatnonzero(single)
        code = code.ravel()[left]
        return left // units, code >> 1, code & 1
