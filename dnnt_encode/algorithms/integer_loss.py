"""The loss of many outputs at once, in integers: what the exact two-layer algorithms end with."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs
from dnnt_encode.presolve.samples import MergedSamples


class IntegerLoss:
    """The loss of integer outputs at scale ``out_scale`` that are at most ``bound`` in magnitude; a loss is ``unit``
    times an integer. Raises ModelTooLarge where int64 could not hold it."""

    def __init__(self, loss: Loss, samples: MergedSamples, out_scale: int, bound: int) -> None:
        self._loss, self._input_of = loss, samples.input_of
        if isinstance(samples.y, ExactArray):
            scale = math.lcm(out_scale, samples.y.denominator)
            targets = samples.y.scaled(scale)
            self._margin = 0
            residual = bound * (scale // out_scale) + max_abs(targets)
        else:
            scale = math.lcm(out_scale, loss.margin.denominator)
            targets = samples.y
            self._margin = int(loss.margin * scale)
            residual = 2 * bound * (scale // out_scale) + self._margin
        self._factor = scale // out_scale
        self.unit = Fraction(1, scale**loss.degree)
        total = int(samples.multiplicity.astype(object).sum())
        outputs = targets.shape[1] if targets.ndim == 2 else 2 * len(targets)
        largest = max(residual, residual**loss.degree * total * (outputs if loss.reduction == "sum" else 1), total)
        if max(largest, self._factor) >= INT64_SAFE:
            raise ModelTooLarge(f"the loss may reach {largest.bit_length()} bits; this algorithm carries 62")
        self._targets = targets.astype(np.int64)
        self._counts = samples.multiplicity.astype(np.int64)

    def __call__(self, outputs: np.ndarray) -> np.ndarray:
        """The losses [B] of outputs [B, n, m] on the n distinct inputs."""
        f = outputs[:, self._input_of] * np.int64(self._factor)
        r = self._residuals(f)
        penalty = np.maximum(r, 0) if self._loss.one_sided else np.abs(r)
        if self._loss.reduction == "any":
            return np.asarray((penalty > 0).any(axis=2) @ self._counts)
        if self._loss.degree == 2:
            penalty = penalty * penalty
        each = penalty.max(axis=2) if self._loss.reduction == "max" else penalty.sum(axis=2)
        return np.asarray(each @ self._counts)

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
