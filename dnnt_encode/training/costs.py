"""What outputs cost: the exact loss, and the energy that a search goes down.

Outputs are arrays [..., K, n] of floats that hold integers. Residuals [..., k, n], penalties and reductions are those of
``instance.losses``; a class's own residual stands in its place and is 0. The energy of a sample is its loss; where the
loss only counts, it is ``count`` for a violated sample plus its largest penalty up to ``cap``: a small slope towards the
samples that are nearly right, and an integer all the same.
"""

from __future__ import annotations

import copy

import numpy as np

from dnnt_encode.instance.losses import Loss
from dnnt_encode.training.buffers import Buffers

SOFT_SHARE = 0.1
"""What a penalty of typical size adds to the 1 of a violated sample."""

SOFT_CAP = 3
"""The penalties of a count are cut at so many times the typical one."""


class Costs:
    """``factor`` times an output, minus ``targets`` ([n, K] integers) or compared with the classes ``targets`` ([n]) and
    the integer ``margin``, is a residual; ``counts`` [n] are the multiplicities."""

    def __init__(
        self, loss: Loss, targets: np.ndarray, margin: int, factor: int, counts: np.ndarray, outputs: int, dtype: type
    ) -> None:
        self.loss, self.factor, self.margin, self.outputs = loss, float(factor), float(margin), outputs
        self.dtype = dtype
        self.counting = loss.reduction == "any"
        self.by_class = loss.targets == "class"
        # Per sample, samples last.
        self.targets = targets if self.by_class else np.ascontiguousarray(targets.T.astype(dtype))
        self.counts = counts.astype(np.float64)
        self._prepare()
        self.cap, self.count = float(SOFT_CAP), 1 / SOFT_SHARE

    def _prepare(self) -> None:
        n = len(self.counts)
        self.total = float(self.counts.sum())
        self.even = bool((self.counts == self.counts[0]).all())
        self._weights = self.counts.astype(self.dtype)
        if self.by_class and self.outputs == 1:
            self.signs = np.where(self.targets == 1, 1, -1).astype(self.dtype)
            self._slope = self.dtype(-self.factor) * self.signs[None]
        elif self.by_class:
            self._own = self.targets * n + np.arange(n)
            self._others = np.ones((self.outputs, n), dtype=self.dtype)
            self._others.reshape(-1)[self._own] = 0

    def part(self, rows: np.ndarray) -> Costs:
        """The costs of some samples."""
        made = copy.copy(self)
        made.targets, made.counts = self.targets[..., rows], self.counts[rows]
        made._prepare()
        return made

    def softened(self, outputs: np.ndarray) -> Costs:
        """The same loss, with an energy that takes the median penalty of the violated samples for a typical one."""
        penalty = self._exact_penalties(outputs).max(axis=0)
        typical = np.rint(np.median(penalty[penalty > 0])) if (penalty > 0).any() else 1.0
        made = copy.copy(self)
        made.cap, made.count = SOFT_CAP * float(typical), float(np.rint(typical / SOFT_SHARE))
        return made

    def temperature_unit(self, loss: int) -> float:
        """What a sample counts in the energy at some loss: a violated one where losses count, else the mean."""
        if self.counting:
            return self.count * float(np.median(self.counts))
        return max(1.0, loss / self.total)

    def residuals(self, f: np.ndarray) -> np.ndarray:
        """The residuals of outputs [..., K, n], in place of them."""
        real = f.dtype.type
        if not self.by_class:
            if self.factor != 1:
                f *= real(self.factor)
            f -= self.targets
        elif self.outputs == 1:
            f *= self._slope
            f += real(self.margin)
        else:
            own = f.reshape(*f.shape[:-2], -1).take(self._own, axis=-1)
            f -= own[..., None, :]
            if self.factor != 1:
                f *= real(self.factor)
            f += real(self.margin)
            f *= self._others
        return f

    def directions(self, change: np.ndarray) -> np.ndarray:
        """How the residuals change for each column of ``change`` [K, u] of the outputs: [u, k, n], or [u, k, 1]."""
        factor = change.dtype.type(self.factor)
        if not self.by_class:
            return (change.T * factor)[:, :, None]
        if self.outputs == 1:
            return change.T[:, :, None] * self._slope
        return (change.T[:, :, None] - change.T.take(self.targets, axis=1)[:, None]) * factor

    def energies(self, r: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The energy of every sample with its multiplicity [..., n], a buffer; destroys the residuals [..., k, n]."""
        shape, real = (*r.shape[:-2], r.shape[-1]), r.dtype.type
        result = buffers.get("energies", shape, r.dtype)
        if self.loss.one_sided:
            penalty = np.maximum(r, buffers.full(0.0, r.shape, r.dtype), out=r)
        else:
            penalty = np.abs(r, out=r)
        if self.counting:
            worst = penalty[..., 0, :]
            if penalty.shape[-2] > 1:
                worst = np.maximum.reduce(penalty, axis=-2, out=buffers.get("worst", shape, r.dtype))
            np.minimum(worst, buffers.full(1.0, shape, r.dtype), out=result)
            result *= real(self.count)
            result += np.minimum(worst, buffers.full(self.cap, shape, r.dtype), out=worst)
        else:
            if self.loss.degree == 2:
                penalty *= penalty
            reduced = np.maximum if self.loss.reduction == "max" else np.add
            reduced.reduce(penalty, axis=-2, out=result)
        if not self.even:
            result *= self._weights
        elif self.counts[0] != 1:
            result *= self._weights[0]
        return result

    def loss_of(self, energies: np.ndarray) -> int:
        """The loss that energies [n] of the samples stand for, exact."""
        if not self.counting:
            return int(energies.sum(dtype=np.float64))
        if self.even:
            return int(np.count_nonzero(energies)) * int(self.counts[0])
        return int((energies > 0) @ self.counts)

    def exact(self, outputs: np.ndarray) -> int:
        """The loss of outputs [K, n], exact."""
        penalty = self._exact_penalties(outputs)
        if self.counting:
            return int((penalty > 0).any(axis=0) @ self.counts)
        if self.loss.degree == 2:
            penalty *= penalty
        each = penalty.max(axis=0) if self.loss.reduction == "max" else penalty.sum(axis=0)
        return int(each @ self.counts)

    def rank(self, outputs: np.ndarray) -> float:
        """The sum of all penalties of outputs [K, n]: it tells apart equal losses that only count."""
        return float(self._exact_penalties(outputs).sum(axis=0) @ self.counts)

    def _exact_penalties(self, outputs: np.ndarray) -> np.ndarray:
        """The penalties [k, n] before squaring."""
        r = self.residuals(outputs.astype(np.float64))
        return np.maximum(r, 0) if self.loss.one_sided else np.abs(r)
