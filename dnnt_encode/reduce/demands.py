"""What a threshold demands of the outputs on every single sample.

The least that each sample can cost, by the bounds of the outputs, is paid in any case. What is then left of the
threshold bounds the penalties of one sample, and so its residuals and its outputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.reach import NEAR, ResidualRanges, residual_scale
from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.unrolled import LayerBounds, Unrolled
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import ScaledPenalty
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.reduce.reduced import Contradiction

FAR = 2**60
"""Ends of intervals where nothing is demanded; what is demanded is of smaller numbers."""


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
    y, outputs, counts = instance.dataset.y, unrolled.layers[-1], instance.dataset.multiplicity.astype(object)
    scale = residual_scale(y, loss, unrolled)
    if scale is None:
        return None
    penalty, residuals = loss.scaled(scale.unit), _DemandedResiduals(y, outputs, scale)
    each, paid = residuals.least_costs(loss, penalty, counts)
    gamma = math.floor(threshold / penalty.unit)
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


class _DemandedResiduals(ResidualRanges):
    """The residuals, and the outputs that keep them small."""

    def __init__(self, y: ExactArray | np.ndarray, outputs: LayerBounds, scale: ResidualScale) -> None:
        super().__init__(y, outputs.out_lower, outputs.out_upper, scale)
        self._factor, self._outputs = scale.factor, outputs

    def demanded(self, penalty: ScaledPenalty, cut: np.ndarray) -> Demands:
        """The outputs for which every penalty, before its power, is at most ``cut`` [n, k]."""
        low, high = np.full(cut.shape, -FAR), np.full(cut.shape, FAR)
        for slope, intercept in penalty.rising:
            high = np.where(cut < FAR, np.minimum(high, (cut - intercept) // slope), high)
        for slope, intercept in penalty.falling:
            low = np.where(cut < FAR, np.maximum(low, -((cut - intercept) // -slope)), low)
        f = self._factor
        if self.classes is None:
            low, high = (np.where(abs(end) < FAR, end - self.shift, end) for end in (low, high))
            flip = (self.sign < 0)[:, None]
            low, high = np.where(flip, -high, low), np.where(flip, -low, high)
            return Demands(_over(low, f, up=True), _over(high, f, up=False))
        # low <= f (a_k - a_y) <= high for every k but the own class y.
        gap_low, gap_high = _over(low, f, up=True), _over(high, f, up=False)
        rows, own = np.arange(len(cut)), self.classes
        own_low, own_high = self._outputs.out_lower[rows, own][:, None], self._outputs.out_upper[rows, own][:, None]
        below = np.where(gap_low > -FAR, own_low + gap_low, -FAR)
        above = np.where(gap_high < FAR, own_high + gap_high, FAR)
        below[rows, own] = np.where(gap_high < FAR, self._outputs.out_lower - gap_high, -FAR).max(axis=1)
        above[rows, own] = np.where(gap_low > -FAR, self._outputs.out_upper - gap_low, FAR).min(axis=1)
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
