"""The loss of many outputs at once, in integers: what the two-layer algorithms end with."""

from __future__ import annotations

from copy import copy

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs


class IntegerLoss:
    """The loss of integer outputs [B, n, m] at scale ``out_scale`` that are at most ``bound`` in magnitude; a loss is
    ``unit`` times an integer of at most ``largest``. Raises ModelTooLarge where int64 could not hold it, or, with
    ``ranks``, the sums of the penalties that ``ranked`` gives beside it."""

    def __init__(
        self, loss: Loss, samples: MergedSamples, out_scale: int, outputs: int, bound: int, *, ranks: bool = False
    ) -> None:
        self._loss, self._input_of = loss, samples.input_of
        scale = ResidualScale.of(loss, out_scale, samples.y)
        self._factor, self._penalty = scale.factor, loss.scaled(scale.unit)
        self.unit = self._penalty.unit
        targets = samples.y.scaled(scale.unit) if isinstance(samples.y, ExactArray) else samples.y
        other = max_abs(targets) if loss.targets == "vector" else bound * scale.factor
        residual = self._penalty.reach(bound * scale.factor + other)
        total = int(samples.multiplicity.astype(object).sum())
        power = max(loss.degree, 1) if ranks else loss.degree
        terms = outputs if ranks or loss.reduction == "sum" else 1
        self.largest = residual**loss.degree * total * (outputs if loss.reduction == "sum" else 1)
        largest = max(residual, residual**power * total * terms, total)
        if max(largest, self._factor) >= INT64_SAFE:
            raise ModelTooLarge(f"the loss may reach {largest.bit_length()} bits; this algorithm carries 62")
        self._targets = targets.astype(np.int64)
        self._counts = samples.multiplicity.astype(np.int64)

    def restricted(self, targets: np.ndarray, counts: np.ndarray) -> IntegerLoss:
        """The loss of outputs [B, k, m], one row for each of k targets, each counted anew; measured alike."""
        part = copy(self)
        part._input_of = np.arange(len(targets), dtype=np.int64)
        part._targets, part._counts = self._targets[targets], counts.astype(np.int64)
        return part

    def __call__(self, outputs: np.ndarray) -> np.ndarray:
        """The losses [B] of outputs [B, n, m] on the n distinct inputs."""
        return self._reduced(self._penalties(outputs))

    def ranked(self, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses [B], and what ranks equal ones: the sum of the penalties where a loss only counts, else itself."""
        penalty = self._penalties(outputs)
        losses = self._reduced(penalty)
        if not self._loss.counts:
            return losses, losses
        return losses, np.asarray(penalty.sum(axis=2) @ self._counts)

    def each(self, outputs: np.ndarray) -> np.ndarray:
        """The losses [B, T] of one copy of every target."""
        return self._each(self._penalties(outputs))

    def _reduced(self, penalty: np.ndarray) -> np.ndarray:
        """The losses [B] from penalties [B, T, k] before their power."""
        return np.asarray(self._each(penalty) @ self._counts)

    def _each(self, penalty: np.ndarray) -> np.ndarray:
        if self._loss.counts:
            return np.asarray((penalty > 0).any(axis=2))
        penalty = self._penalty.raised(penalty)
        return np.asarray(penalty.max(axis=2) if self._loss.reduction == "max" else penalty.sum(axis=2))

    def _penalties(self, outputs: np.ndarray) -> np.ndarray:
        """Those of the residuals, [B, T, k]; see ``losses``. A class's own one is 0."""
        f = outputs[:, self._input_of] * np.int64(self._factor)
        if self._targets.ndim == 2:
            return self._penalty.linear(f - self._targets[None])
        if f.shape[2] == 1:
            return self._penalty.linear(f * np.where(self._targets == 1, -1, 1)[None, :, None])
        rows = np.arange(f.shape[1])
        result = self._penalty.linear(f - f[:, rows, self._targets][:, :, None])
        result[:, rows, self._targets] = 0
        return result
