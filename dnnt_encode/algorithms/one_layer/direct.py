"""Losses that measure: how far a sample's output is from where it should be.

Every activation is monotone, so the loss of a sample falls towards some pre-activation and rises beyond it. Where the
open weights move z within an interval, the least loss of the sample is that of the point of the interval nearest to its
best z. The sum over the samples, for a given bias, is a lower bound, and exact where nothing is open. As a function of
the bias it is convex where activation and loss are, and then found by bisection; else all biases are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.relaxation import DistinctRows, Level, UnitLoss
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.rationals import ExactArray

Measure = Callable[[np.ndarray], np.ndarray]
"""Losses [N] of pre-activations [N, T], one a target."""


class DirectLoss(UnitLoss):
    """``best`` [T]: a pre-activation of least loss for each target. Raises ModelTooLarge."""

    def __init__(
        self,
        loss: IntegerLoss,
        samples: MergedSamples,
        activation: ScaledActivation,
        best: np.ndarray,
        convex: bool,
    ) -> None:
        self._loss, self._activation = loss, activation
        self.samples, self.best, self.convex = samples, best, convex
        self.unit, self.largest = loss.unit, loss.largest

    def measure(self, targets: np.ndarray, counts: np.ndarray) -> Measure:
        """The loss of some targets, each counted so often."""
        loss = self._loss.restricted(targets, counts)
        return lambda z: loss(self._activation.apply(z)[:, :, None])

    def on(self, columns: np.ndarray, base: np.ndarray, biases: Biases) -> DistinctRows:
        return _DirectRows(self, columns, base, biases)


class _DirectRows(DistinctRows):
    def __init__(self, loss: DirectLoss, columns: np.ndarray, base: np.ndarray, biases: Biases) -> None:
        super().__init__(columns, base)
        self._biases, self._convex = biases, loss.convex
        samples = loss.samples
        y = samples.y.numerators[:, 0] if isinstance(samples.y, ExactArray) else samples.y
        of = self.group_of[samples.input_of]
        order = np.lexsort((y, of))
        first = np.flatnonzero(np.r_[True, (of[order][1:] != of[order][:-1]) | (y[order][1:] != y[order][:-1])])
        counts = np.add.reduceat(samples.multiplicity[order].astype(np.int64), first)
        chosen = order[first]
        self._row, self._best = of[chosen], loss.best[chosen]
        self._measure = loss.measure(chosen, counts)

    def level(self, rest: Sequence[int], low: np.ndarray, high: np.ndarray) -> Level:
        reach = low[self._row].astype(np.int64), high[self._row].astype(np.int64)
        return _DirectLevel(self._row, self._best, reach, self._measure, self._biases, self._convex)


class _DirectLevel(Level):
    def __init__(
        self,
        row: np.ndarray,
        best: np.ndarray,
        reach: tuple[np.ndarray, np.ndarray],
        measure: Measure,
        biases: Biases,
        convex: bool,
    ) -> None:
        self._row, self._best, (self._low, self._high) = row, best, reach
        self._measure, self._biases, self._convex = measure, biases.values.astype(np.int64), convex
        self.width = 4 * len(row)

    def least(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own = sums.take(self._row, axis=1).astype(np.int64)
        low, high = own + self._low, own + self._high
        if self._convex:
            return self._bisected(low, high)
        losses = np.full(len(own), np.iinfo(np.int64).max)
        where = np.zeros(len(own), dtype=np.int64)
        for position in range(len(self._biases)):
            found = self._losses(low, high, np.full(len(own), position))
            better = found < losses
            losses[better], where[better] = found[better], position
        return losses, where

    def _bisected(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first bias after which the loss does not fall."""
        first = np.zeros(len(low), dtype=np.int64)
        last = np.full(len(low), len(self._biases) - 1)
        while (first < last).any():
            middle = (first + last) // 2
            after = np.minimum(middle + 1, len(self._biases) - 1)
            falls = self._losses(low, high, after) < self._losses(low, high, middle)
            first, last = np.where(falls & (first < last), middle + 1, first), np.where(falls, last, middle)
        return self._losses(low, high, first), first

    def _losses(self, low: np.ndarray, high: np.ndarray, position: np.ndarray) -> np.ndarray:
        bias = self._biases[position][:, None]
        return self._measure(np.clip(self._best, low + bias, high + bias))
