"""What a threshold demands of the outputs on every single sample.

The least that each sample can cost, by the bounds of the outputs, is paid in any case. What is then left of the
threshold bounds the penalties of one sample, and so its residuals and its outputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import single_samples
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import ScaledPenalty
from dnnt_encode.instance.rationals import ExactArray, max_abs
from dnnt_encode.reduce.reduced import Contradiction

FAR = 2**60
"""Ends of intervals where nothing is demanded; what is demanded is of smaller numbers."""

NEAR = 2**54
"""Instances with larger numbers than this are left alone, so that sums and products with ``FAR`` stay in int64."""


@dataclass(frozen=True, eq=False)
class Demands:
    """The outputs that keep every sample within the threshold: int64 [n, outputs], at the outputs' scale."""

    low: np.ndarray
    high: np.ndarray

    @property
    def any(self) -> bool:
        return bool((self.low > -FAR).any() or (self.high < FAR).any())


def demands(instance: Instance, unrolled: Unrolled) -> Demands | Contradiction | None:
    """None where the numbers are too large."""
    threshold, loss = instance.threshold, instance.loss
    assert threshold is not None
    samples = single_samples(instance)
    scale = ResidualScale.of(loss, unrolled.scaled.output_scale, samples)
    penalty, f = loss.scaled(scale.unit), unrolled.layers[-1]
    reach = 2 * max(max_abs(f.out_lower), max_abs(f.out_upper)) * scale.factor
    reach += max_abs(samples.y.scaled(scale.unit)) if isinstance(samples.y, ExactArray) else 0
    if max(penalty.reach(reach), reach, scale.factor) >= NEAR:
        return None
    residuals = _ResidualBounds(instance, unrolled, scale)
    least, _ = penalty.range(residuals.low, residuals.high)
    least = np.where(residuals.exists, least, 0).astype(object)
    counts = instance.dataset.multiplicity.astype(object)
    gamma = math.floor(threshold / penalty.unit)
    if loss.counts:
        paid, each = counts * (least > 0).any(axis=1), (least > 0).astype(object)
    else:
        each = least**penalty.power
        paid = counts * (each.max(axis=1) if loss.reduction == "max" else each.sum(axis=1))
    left = gamma - int(paid.sum())
    if left < 0:
        worst = int(np.argmax(paid))
        return Contradiction(
            f"no assignment is within the threshold {threshold}: by bounds alone the samples cost more, sample {worst} "
            "most of it",
            worst,
        )
    # What one residual may cost beside the least of all others.
    room = (left + paid) // counts
    if loss.reduction == "sum":
        room = room[:, None] - each.sum(axis=1)[:, None] + each
    else:
        room = np.broadcast_to(room[:, None], each.shape)
    # No penalty passes NEAR, so that more room is no demand.
    limit = 1 if loss.counts else NEAR
    most = np.minimum(room, limit).astype(np.int64)
    demanding = residuals.exists & (most < limit)
    return residuals.demanded(penalty, np.where(demanding, _root(most, penalty.power), FAR))


class _ResidualBounds:
    """Bounds on the residuals [n, k] of every sample; which of them ``exists`` (a class has none against itself)."""

    def __init__(self, instance: Instance, unrolled: Unrolled, scale: ResidualScale) -> None:
        y, bounds = instance.dataset.y, unrolled.layers[-1]
        self._factor, self._lower, self._upper = scale.factor, bounds.out_lower, bounds.out_upper
        low, high = self._lower * scale.factor, self._upper * scale.factor
        self.exists = np.ones(low.shape, dtype=bool)
        self._class: np.ndarray | None = None
        if isinstance(y, ExactArray):
            self._shift, self._sign = -y.scaled(scale.unit).astype(np.int64), np.ones(len(low), dtype=np.int64)
            self.low, self.high = low + self._shift, high + self._shift
        elif low.shape[1] == 1:
            self._shift, self._sign = np.zeros(low.shape, dtype=np.int64), np.where(y == 1, -1, 1)
            flip = (self._sign < 0)[:, None]
            self.low, self.high = np.where(flip, -high, low), np.where(flip, -low, high)
        else:
            rows = np.arange(len(y))
            self._class, self.exists[rows, y] = y, False
            self.low, self.high = low - high[rows, y][:, None], high - low[rows, y][:, None]

    def demanded(self, penalty: ScaledPenalty, cut: np.ndarray) -> Demands:
        """The outputs for which every penalty, before its power, is at most ``cut`` [n, k]."""
        low, high = np.full(cut.shape, -FAR), np.full(cut.shape, FAR)
        for slope, intercept in penalty.rising:
            high = np.where(cut < FAR, np.minimum(high, (cut - intercept) // slope), high)
        for slope, intercept in penalty.falling:
            low = np.where(cut < FAR, np.maximum(low, -((cut - intercept) // -slope)), low)
        f = self._factor
        if self._class is None:
            low, high = (np.where(abs(end) < FAR, end - self._shift, end) for end in (low, high))
            flip = (self._sign < 0)[:, None]
            low, high = np.where(flip, -high, low), np.where(flip, -low, high)
            return Demands(_over(low, f, up=True), _over(high, f, up=False))
        # low <= f (a_k - a_y) <= high for every k but the own class y.
        gap_low, gap_high = _over(low, f, up=True), _over(high, f, up=False)
        rows, own = np.arange(len(cut)), self._class
        own_low, own_high = self._lower[rows, own][:, None], self._upper[rows, own][:, None]
        below = np.where(gap_low > -FAR, own_low + gap_low, -FAR)
        above = np.where(gap_high < FAR, own_high + gap_high, FAR)
        below[rows, own] = np.where(gap_high < FAR, self._lower - gap_high, -FAR).max(axis=1)
        above[rows, own] = np.where(gap_low > -FAR, self._upper - gap_low, FAR).min(axis=1)
        return Demands(below, above)


def _over(values: np.ndarray, factor: int, *, up: bool) -> np.ndarray:
    """Values over a factor, rounded up or down; ``FAR`` stays far."""
    divided = -(-values // factor) if up else values // factor
    return np.where(abs(values) < FAR, divided, values)


def _root(values: np.ndarray, power: int) -> np.ndarray:
    """The largest integers whose power is at most the values, which are at least 0 and at most ``NEAR``."""
    if power == 1:
        return values
    root = np.sqrt(values.astype(np.float64)).astype(np.int64)
    root -= root * root > values
    return np.asarray(root + ((root + 1) * (root + 1) <= values))
