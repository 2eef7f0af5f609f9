"""The loss of many outputs at once, in integers: what the two-layer algorithms end with."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs


class IntegerLoss:
    """The loss of integer outputs [B, n, m] at scale ``out_scale`` that are at most ``bound`` in magnitude; a loss is
    ``unit`` times an integer. Raises ModelTooLarge where int64 could not hold it, or, with ``ranks``, the sums of the
    penalties that ``ranked`` gives beside it."""

    def __init__(
        self, loss: Loss, samples: MergedSamples, out_scale: int, outputs: int, bound: int, *, ranks: bool = False
    ) -> None:
        self._loss, self._input_of = loss, samples.input_of
        scale = ResidualScale.of(loss, out_scale, samples)
        if isinstance(samples.y, ExactArray):
            targets = samples.y.scaled(scale.unit)
            self._margin = 0
            residual = bound * scale.factor + max_abs(targets)
        else:
            targets = samples.y
            self._margin = math.ceil(loss.margin * scale.unit)
            residual = 2 * bound * scale.factor + self._margin
        self._factor = scale.factor
        self.unit = Fraction(1, scale.unit**loss.degree)
        total = int(samples.multiplicity.astype(object).sum())
        power = max(loss.degree, 1) if ranks else loss.degree
        terms = outputs if ranks or loss.reduction == "sum" else 1
        largest = max(residual, residual**power * total * terms, total)
        if max(largest, self._factor) >= INT64_SAFE:
            raise ModelTooLarge(f"the loss may reach {largest.bit_length()} bits; this algorithm carries 62")
        self._targets = targets.astype(np.int64)
        self._counts = samples.multiplicity.astype(np.int64)

    def __call__(self, outputs: np.ndarray) -> np.ndarray:
        """The losses [B] of outputs [B, n, m] on the n distinct inputs."""
        return self._reduced(self._penalties(outputs))

    def ranked(self, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses [B], and what ranks equal ones: the sum of the penalties where a loss only counts, else itself."""
        penalty = self._penalties(outputs)
        losses = self._reduced(penalty)
        if self._loss.reduction != "any":
            return losses, losses
        return losses, np.asarray(penalty.sum(axis=2) @ self._counts)

    def _reduced(self, penalty: np.ndarray) -> np.ndarray:
        """The losses [B] from penalties [B, T, k] before squaring."""
        if self._loss.reduction == "any":
            return np.asarray((penalty > 0).any(axis=2) @ self._counts)
        if self._loss.degree == 2:
            penalty = penalty * penalty
        each = penalty.max(axis=2) if self._loss.reduction == "max" else penalty.sum(axis=2)
        return np.asarray(each @ self._counts)

    def _penalties(self, outputs: np.ndarray) -> np.ndarray:
        r = self._residuals(outputs[:, self._input_of] * np.int64(self._factor))
        return np.asarray(np.maximum(r, 0) if self._loss.one_sided else np.abs(r))

    def _residuals(self, f: np.ndarray) -> np.ndarray:
        """The residuals [B, T, k]; see ``losses``. A class's own residual is left out by a value that costs nothing."""
        if self._targets.ndim == 2:
            return np.asarray(f - self._targets[None])
        if f.shape[2] == 1:
            signs = np.where(self._targets == 1, -1, 1)[None, :, None]
            return np.asarray(self._margin + f * signs)
        rows = np.arange(f.shape[1])
        own = f[:, rows, self._targets][:, :, None]
        result = f - own + self._margin
        result[:, rows, self._targets] = 0
        return np.asarray(result)
