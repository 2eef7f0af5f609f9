"""Losses that count: every sample is right on one interval of pre-activations and costs its multiplicity outside.

The loss is a sum of steps: a lower step costs its weight where z is below a value, an upper one where z is above. Two
bounds on what a node's open weights can do are combined here.

* Row by row: a step that is lost whatever the open weights are, for a given bias. One histogram over the biases.
* Group by group: rows that agree in all open inputs get the same from them, whatever it is. Among themselves they are
  ordered by their partial sums alone, and steps that exclude each other in that order are paired (see ``pairs``).
  Nested pairs are as many as any threshold of the group's own has to lose: the greatest matching within a window of
  thresholds consists of the nested pairs inside it.

Together: at a bias b a pair costs 1, and 2 where both steps are lost for certain. The sum over pairs and single steps
is the least loss of thresholds of their own, one a group, each within what the open weights allow at b. The least over
all b is the bound. Heavy steps are cut into units of one weight; what is left of them counts row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.grouping import Grouping
from dnnt_encode.algorithms.one_layer.pairs import UnitPairs
from dnnt_encode.algorithms.one_layer.relaxation import DistinctRows, Level, UnitLoss
from dnnt_encode.algorithms.one_layer.steps import StepLosses
from dnnt_encode.errors import ModelTooLarge

UNITS = 2048
"""Into about so many units the steps of a level are cut, or two a step where that is more."""

_EXACT = 2**53


class SteppedLoss(UnitLoss):
    """``steps`` whose rows are the distinct inputs, ``inputs`` of them; ``constant``: what is lost in any case. Raises
    ModelTooLarge."""

    def __init__(self, inputs: int, steps: StepLosses, constant: int) -> None:
        self._inputs, self.steps, self.constant = inputs, steps, constant
        self.unit = Fraction(1)
        self.largest = constant + int(steps.weight.astype(object).sum())
        if self.largest >= _EXACT:
            raise ModelTooLarge(f"the loss may reach {self.largest.bit_length()} bits; this search counts to 53")

    def on(self, columns: np.ndarray, base: np.ndarray, biases: Biases) -> DistinctRows:
        return _SteppedRows(self, columns, base, biases)

    def opposed(self) -> tuple[np.ndarray, np.ndarray] | None:
        values = [np.unique(self.steps.value[side]) for side in (~self.steps.upper, self.steps.upper)]
        if len(values[0]) != 1 or len(values[1]) != 1 or values[0][0] <= values[1][0]:
            return None
        return self.steps.sides(self.steps.row, self._inputs)


class _SteppedRows(DistinctRows):
    def __init__(self, loss: SteppedLoss, columns: np.ndarray, base: np.ndarray, biases: Biases) -> None:
        super().__init__(columns, base)
        self._biases, self._constant = biases, loss.constant
        steps, row = loss.steps, self.group_of[loss.steps.row]
        same = Grouping(np.column_stack([row, steps.value, steps.upper])).by(range(3))
        first = np.unique(same, return_index=True)[1]
        weight = np.bincount(same, steps.weight, len(first)).astype(np.int64)
        self._steps = StepLosses(row[first], steps.value[first].astype(base.dtype), steps.upper[first], weight)
        self._opposed = loss.opposed() is not None

    def level(self, rest: Sequence[int], low: np.ndarray, high: np.ndarray) -> Level:
        steps, constant = self._steps, self._constant
        if not rest:
            return _SteppedLevel(steps, None, low, high, constant, self._biases)
        if self._opposed:
            # Of two opposed steps of one row one is lost: what both weigh counts at once.
            both = np.minimum(*steps.sides(steps.row, len(self.base)))
            constant += int(both.sum())
            steps = StepLosses(steps.row, steps.value, steps.upper, steps.weight - both[steps.row])
            steps = steps.take(steps.weight > 0)
        return _SteppedLevel(steps, self._grouping.by(rest)[steps.row], low, high, constant, self._biases)


class _SteppedLevel(Level):
    """``group``: the group of each step, None where nothing is open and each step counts by itself."""

    def __init__(
        self,
        steps: StepLosses,
        group: np.ndarray | None,
        low: np.ndarray,
        high: np.ndarray,
        constant: int,
        biases: Biases,
    ) -> None:
        self._biases, self._bins = biases, biases.count + 1
        self._constant = constant + int(steps.weight[~steps.upper].sum())
        low, high = low[steps.row], high[steps.row]
        # The least bias at which a lower step is not lost for certain, and at which an upper one is.
        edge = steps.value + np.where(steps.upper, 1 - low, -high).astype(steps.value.dtype)
        units = np.zeros(len(steps), dtype=np.int64)
        self._quantum, self._pairs = 1, None
        if group is not None:
            self._quantum, units = _cut(steps, group)
            of = np.repeat(np.arange(len(steps)), units)
            if len(of):
                self._pairs = UnitPairs(steps.take(of), group[of], low[of], high[of], biases)
        weight = steps.weight - units * self._quantum
        single = weight > 0
        self._row, self._edge = steps.row[single], edge[single]
        self._signed = np.where(steps.upper, weight, -weight)[single].astype(np.float64)
        self.width = self._bins + len(self._row) + int(units.sum())

    def least(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nodes = len(sums)
        changes = np.zeros(nodes * self._bins)
        if len(self._row):
            ranks = self._biases.below(self._edge - sums.take(self._row, axis=1))
            ranks = ranks + np.arange(0, nodes * self._bins, self._bins)[:, None]
            changes += np.bincount(ranks.ravel(), np.broadcast_to(self._signed, ranks.shape).ravel(), len(changes))
        if self._pairs is not None:
            node, rank, upper = self._pairs.left(sums)
            signed = np.where(upper, float(self._quantum), -float(self._quantum))
            changes += np.bincount(node * self._bins + rank, signed, len(changes))
        losses = np.cumsum(changes.reshape(nodes, self._bins)[:, :-1], axis=1)
        where = losses.argmin(axis=1)
        return self._constant + losses[np.arange(nodes), where].astype(np.int64), where


def _cut(steps: StepLosses, group: np.ndarray) -> tuple[int, np.ndarray]:
    """The weight of a unit, and into how many each step is cut (int64 [K]): none in groups without both kinds."""
    lower, upper = steps.sides(group, int(group.max(initial=0)) + 1)
    mixed = ((lower > 0) & (upper > 0))[group]
    weight = np.where(mixed, steps.weight, 0)
    quantum = max(1, -(-int(weight.sum()) // max(UNITS, 2 * int(mixed.sum()))))
    return quantum, weight // quantum
