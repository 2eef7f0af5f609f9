"""What outputs cost: the exact loss, and the energy that a search goes down.

Outputs are arrays [..., K, n] of floats that hold integers. Residuals [..., k, n] are those of ``instance.losses``,
less ``free``, a residual that costs nothing; a class's own residual stands in its place and is 0. Penalties are the
greatest of some lines. The energy of a sample is its loss; where the loss only counts, it is ``count`` for a missed
sample plus its largest penalty up to ``cap``: a slope towards the samples that are nearly right, and an integer
all the same.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from dnnt_encode.instance.losses import Loss, ScaledPenalty
from dnnt_encode.instance.rationals import INT64_SAFE, max_abs
from dnnt_encode.training.buffers import Buffers

SOFT_SHARE = 0.5
"""What a penalty of typical size adds to the 1 of a missed sample."""

SOFT_CAP = 2
"""The penalties of a count are cut at so many times the typical one."""


class Costs:
    """``factor`` times an output, minus ``targets`` ([n, K] integers) or compared with that of the classes ``targets``
    ([n]), is a residual; ``counts`` [n] are the multiplicities. ``lines`` are those of the penalty of residuals less
    ``free``."""

    def __init__(
        self, loss: Loss, penalty: ScaledPenalty, targets: np.ndarray, factor: int, counts: np.ndarray, outputs: int,
        dtype: Any,
    ) -> None:  # fmt: skip
        self.counting, self.by_class, self.reduction = loss.counts, loss.targets == "class", loss.reduction
        self.power, self.factor, self.outputs, self.dtype = penalty.power, float(factor), outputs, dtype
        self.free = float(nothing(penalty))
        self.lines = [(float(a), float(a * nothing(penalty) + b)) for a, b in penalty.lines]
        # Per sample, samples last.
        self.targets = targets if self.by_class else np.ascontiguousarray(targets.T.astype(dtype))
        self._penalty, self._exact_counts = penalty, counts
        self.counts = counts.astype(np.float64)
        self.cap, self.count = float(SOFT_CAP), 1 / SOFT_SHARE
        self._prepare()

    def _prepare(self) -> None:
        n = len(self.counts)
        self.total = float(self.counts.sum())
        self._even = bool((self.counts == self.counts[0]).all())
        self._weights = self.counts.astype(self.dtype)
        if self.by_class and self.outputs == 1:
            self._slope = self.dtype(self.factor) * self.signs()
        elif self.by_class:
            self._own = self.targets * n + np.arange(n)
            self._others = np.ones((self.outputs, n), dtype=self.dtype)
            self._others.reshape(-1)[self._own] = 0

    def signs(self) -> np.ndarray:
        """With one output, the sign that makes a residual of it: -1 for class 1, else +1 [n]."""
        return np.where(self.targets == 1, -1, 1).astype(self.dtype)

    def part(self, rows: np.ndarray) -> Costs:
        """The costs of some samples."""
        made = copy.copy(self)
        made.targets, made.counts = self.targets[..., rows], self.counts[rows]
        made._exact_counts = self._exact_counts[rows]
        made._prepare()
        return made

    def softened(self, outputs: np.ndarray) -> Costs:
        """The same loss, with an energy that takes the median penalty of the missed samples for a typical one."""
        penalty = self._linear(self.residuals(outputs.copy()), Buffers()).max(axis=0)
        typical = max(1.0, float(np.rint(np.median(penalty[penalty > 0])))) if (penalty > 0).any() else 1.0
        made = copy.copy(self)
        made.cap, made.count = SOFT_CAP * typical, float(np.rint(typical / SOFT_SHARE))
        return made

    def temperature_unit(self, loss: float) -> float:
        """What a sample counts in the energy at some loss: a missed one where losses count, else the mean."""
        if self.counting:
            return self.count * float(np.median(self.counts))
        return max(1.0, loss / self.total)

    def residuals(self, f: np.ndarray) -> np.ndarray:
        """The residuals of outputs [..., K, n], in place of them."""
        real = f.dtype.type
        if self.by_class and self.outputs == 1:
            f *= self._slope
        elif self.by_class:
            f -= f.reshape(*f.shape[:-2], -1).take(self._own, axis=-1)[..., None, :]
        if self.factor != 1 and not (self.by_class and self.outputs == 1):
            f *= real(self.factor)
        if not self.by_class:
            f -= self.targets
        if self.free:
            f -= real(self.free)
        if self.by_class and self.outputs > 1:
            f *= self._others
        return f

    def directions(self, change: np.ndarray) -> np.ndarray:
        """How the residuals change when the outputs change by ``change`` [K]: [k, n], or [k, 1]."""
        if self.by_class and self.outputs == 1:
            return np.asarray(change[:, None] * self._slope)
        scaled = change * change.dtype.type(self.factor)
        if not self.by_class:
            return np.asarray(scaled[:, None])
        return np.asarray(scaled[:, None] - scaled.take(self.targets))

    def energies(self, r: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The energy of every sample with its multiplicity [..., n], a buffer; destroys the residuals [..., k, n]."""
        result = self._reduced(self._linear(r, buffers), buffers)
        if self.counting:
            worst = buffers.get("worst", result.shape, result.dtype)
            np.minimum(result, buffers.full(self.cap, result.shape, result.dtype), out=worst)
            np.minimum(result, buffers.full(1.0, result.shape, result.dtype), out=result)
            result *= result.dtype.type(self.count)
            result += worst
        if not self._even:
            result *= self._weights
        elif self.counts[0] != 1:
            result *= self._weights[0]
        return result

    def _linear(self, r: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The penalties before the power, in place of the residuals."""
        real = r.dtype.type
        if self.lines == [(1, 0), (-1, 0)]:
            return np.asarray(np.abs(r, out=r))
        if self.lines == [(1, 0), (0, 0)]:
            return np.asarray(np.maximum(r, buffers.full(0.0, r.shape, r.dtype), out=r))
        given, line = (buffers.get(name, r.shape, r.dtype) for name in ("penalty", "line"))
        np.copyto(given, r)
        for k, (slope, intercept) in enumerate(self.lines):
            np.multiply(given, real(slope), out=line if k else r)
            if k:
                line += real(intercept)
                np.maximum(r, line, out=r)
            else:
                r += real(intercept)
        return r

    def _reduced(self, penalty: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The largest penalty, or the sum of their powers, of every sample [..., n], a buffer."""
        result = buffers.get("energies", (*penalty.shape[:-2], penalty.shape[-1]), penalty.dtype)
        if self.power == 2 and not self.counting:
            penalty *= penalty
        (np.add if self.reduction == "sum" else np.maximum).reduce(penalty, axis=-2, out=result)
        return result

    def loss_of(self, energies: np.ndarray) -> float:
        """The loss that energies [n] of the samples stand for, up to the rounding of floats."""
        if not self.counting:
            return float(energies.sum(dtype=np.float64))
        if self._even:
            return float(np.count_nonzero(energies)) * float(self.counts[0])
        return float((energies > 0) @ self.counts)

    def exact(self, outputs: np.ndarray) -> int:
        """The loss of outputs [K, n], exact however large it is."""
        r = self.residuals(outputs.astype(np.float64)).astype(np.int64) + int(self.free)
        penalties = self._penalty.apply(r)
        counts = self._exact_counts
        if self.counting:
            return int((penalties > 0).any(axis=0).astype(counts.dtype) @ counts)
        terms = len(r) if self.reduction == "sum" else 1
        if max_abs(penalties) * terms * int(counts.sum(dtype=object)) >= INT64_SAFE:
            penalties, counts = penalties.astype(object), counts.astype(object)
        each = penalties.sum(axis=0) if self.reduction == "sum" else penalties.max(axis=0)
        return int(each @ counts)

    def rank(self, outputs: np.ndarray) -> float:
        """The sum of the penalties of outputs [K, n]: it tells apart equal losses that only count."""
        penalty = self._linear(self.residuals(outputs.astype(np.float64)), Buffers())
        return float(penalty.sum(axis=0) @ self.counts)


def nothing(penalty: ScaledPenalty) -> int:
    """A residual that costs nothing, the one nearest to 0."""
    low, high = penalty.within(0)
    if high is not None and high < 0:
        return high
    return max(0, low or 0)
