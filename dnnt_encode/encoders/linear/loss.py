"""The loss: penalties of the residuals, and the objective that sums them with their multiplicities.

``any``: a literal e a target, not e => every residual is met. ``sum`` and ``max``: a slack t at least every penalty.
Squares are columns of their own (see ``squares``). Nothing forces a slack down but the objective or the threshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.encoders.linear.residuals import ResidualBlock
from dnnt_encode.encoders.linear.signals import Sum
from dnnt_encode.encoders.linear.sink import RowBlock, Sink
from dnnt_encode.encoders.linear.squares import squares
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE
from dnnt_encode.models.linear import PLUS_INFINITY

LABEL = "loss"


@dataclass(frozen=True, eq=False)
class Objective:
    """``sum coefficients * columns + constant``, never below ``lower``; one is worth ``unit`` of loss."""

    columns: np.ndarray
    coefficients: np.ndarray
    constant: int
    lower: int
    unit: Fraction


class LossEncoder:
    """Writes the penalties of all residual blocks; ``encode`` returns the objective."""

    def __init__(
        self, sink: Sink, loss: Loss, scale: ResidualScale, samples: MergedSamples, threshold: Fraction | None
    ) -> None:
        self._sink, self._loss, self._samples = sink, loss, samples
        self._unit = Fraction(1, scale.unit**loss.degree)
        # No loss that a linear model carries lies outside of this range.
        self._gamma = None if threshold is None else max(-1, min(math.floor(threshold / self._unit), INT64_SAFE))
        self._columns: list[np.ndarray] = []
        self._coefficients: list[np.ndarray] = []
        self._constant = 0

    @property
    def gamma(self) -> int | None:
        """The threshold in units of the objective, rounded down; -1 for a negative one, at most 2^62."""
        return self._gamma

    def encode(self, blocks: list[ResidualBlock]) -> Objective:
        if self._loss.reduction == "any":
            self._any(blocks)
        elif self._loss.reduction == "max":
            self._max(blocks)
        else:
            for block in blocks:
                self._slack(block.targets, block.label, [block], *self._penalty_bounds(block))
        return self._objective()

    def _any(self, blocks: list[ResidualBlock]) -> None:
        two_sided = not self._loss.one_sided
        count = len(self._samples.input_of)
        met, failed = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
        for block in blocks:
            may_fail = (block.upper > 0) | (two_sided & (block.lower < 0))
            met[block.targets[may_fail]] = False
            failed[block.targets[(block.lower > 0) | (two_sided & (block.upper < 0))]] = True
        self._constant += int(self._samples.multiplicity[failed].astype(object).sum())
        open_ = np.flatnonzero(~met & ~failed)
        e = np.full(count, -1, dtype=np.int32)
        e[open_] = self._sink.columns("e", open_[:, None], 0, 1)
        self._pay(e[open_], self._samples.multiplicity[open_])
        for block in blocks:
            may_fail = (block.upper > 0) | (two_sided & (block.lower < 0))
            targets = block.targets[may_fail & (e[block.targets] >= 0)]
            literals = -(e[targets] + 1)[:, None]
            if two_sided:
                self._rows(block, targets, literals, lower=True)
            self._rows(block, targets, literals, lower=False)
        self._conflicts(e, failed)

    def _rows(self, block: ResidualBlock, targets: np.ndarray, literals: np.ndarray, *, lower: bool) -> None:
        """literals => r <= 0, or r >= 0."""
        if not len(targets):
            return
        total = (block.below if lower else block.above)(targets)  # type: ignore[misc]
        low, high = (-total.constant, PLUS_INFINITY) if lower else (-PLUS_INFINITY - 1, -total.constant)
        self._sink.rows(
            LABEL, len(targets), total.width, lambda: RowBlock(total.columns, total.coefficients, low, high, literals)
        )

    def _conflicts(self, e: np.ndarray, failed: np.ndarray) -> None:
        """Of different targets of one input at most one can be met."""
        input_of = self._samples.input_of
        sizes = np.bincount(input_of)
        for size in np.unique(sizes[sizes > 1]).tolist():
            inputs = np.flatnonzero(sizes == size)
            first = np.searchsorted(input_of, inputs)
            group = first[:, None] + np.arange(size)
            columns = e[group]
            needed = size - 1 - failed[group].sum(axis=1)
            kept = (columns >= 0).any(axis=1) & (needed > 0)
            block = RowBlock(columns[kept], (columns[kept] >= 0).astype(np.int64), lower=needed[kept])
            self._sink.rows(f"{LABEL}: conflicts", int(kept.sum()), size, partial(_same, block))

    def _max(self, blocks: list[ResidualBlock]) -> None:
        bounds = [self._penalty_bounds(block) for block in blocks]
        lower = np.maximum.reduce([low for low, _ in bounds])
        upper = np.maximum.reduce([high for _, high in bounds])
        self._slack(blocks[0].targets, 0, blocks, lower, upper)

    def _penalty_bounds(self, block: ResidualBlock) -> tuple[np.ndarray, np.ndarray]:
        """Bounds on |r|, or on the positive part of r."""
        if self._loss.one_sided:
            return np.maximum(block.lower, 0), np.maximum(block.upper, 0)
        low = np.maximum(np.maximum(block.lower, -block.upper), 0)
        return low, np.maximum(block.upper, -block.lower)

    def _slack(
        self, targets: np.ndarray, label: int, blocks: list[ResidualBlock], lower: np.ndarray, upper: np.ndarray
    ) -> None:
        """A column t >= every penalty of these targets, and its square where the loss asks for it."""
        multiplicity = self._samples.multiplicity[targets]
        sure = upper == lower
        paid = lower[sure].astype(object) ** (2 if self._loss.degree == 2 else 1)
        self._constant += int((multiplicity[sure].astype(object) * paid).sum())
        kept = np.flatnonzero(~sure)
        targets, lower, multiplicity = targets[kept], lower[kept], multiplicity[kept]
        upper = self._cut(lower, upper[kept], multiplicity)
        labels = np.column_stack([targets, np.full_like(targets, label)])
        t = self._sink.columns("t", labels, lower, upper)
        for block in blocks:
            self._at_least(t, block.above(targets))
            if not self._loss.one_sided:
                assert block.below is not None
                self._at_least(t, block.below(targets).times(-1))
        if self._loss.degree == 2:
            if len(upper) and int(upper.max()) ** 2 >= INT64_SAFE:
                raise ModelTooLarge(f"the loss: the square of a residual up to {int(upper.max())} passes 2^62")
            t = squares(self._sink, LABEL, labels, t, lower, upper)
        self._pay(t, multiplicity)

    def _cut(self, lower: np.ndarray, upper: np.ndarray, multiplicity: np.ndarray) -> np.ndarray:
        """Upper bounds that the threshold implies for a single penalty, never below the lower bound."""
        if self._gamma is None:
            return upper
        most = [max(self._gamma, 0) // int(count) for count in multiplicity]
        if self._loss.degree == 2:
            most = [math.isqrt(value) for value in most]
        cut = np.array([min(int(a), b) for a, b in zip(upper, most, strict=True)], dtype=np.int64)
        return np.asarray(np.maximum(lower, cut))

    def _at_least(self, t: np.ndarray, penalty: Sum) -> None:
        total = penalty.times(-1).plus(t, 1)
        self._sink.rows(
            LABEL, len(t), total.width, lambda: RowBlock(total.columns, total.coefficients, lower=penalty.constant)
        )

    def _pay(self, columns: np.ndarray, coefficients: np.ndarray) -> None:
        self._columns.append(columns)
        self._coefficients.append(coefficients)

    def _objective(self) -> Objective:
        columns = np.concatenate([np.zeros(0, np.int32), *self._columns])
        coefficients = np.concatenate([np.zeros(0, np.int64), *self._coefficients])
        lower = max(self._constant, math.ceil(self._samples.lower_bound / self._unit))
        if max(lower, int(coefficients.astype(object).sum()) + self._constant) >= INT64_SAFE:
            raise ModelTooLarge("the loss may pass 2^62, more than a linear model carries; smaller multiplicities help")
        coefficients = coefficients.astype(np.int64)
        if lower > self._constant and self._loss.reduction != "any":
            self._objective_row(columns, coefficients, lower - self._constant, PLUS_INFINITY)
        if self._gamma is not None:
            self._objective_row(columns, coefficients, -PLUS_INFINITY - 1, self._gamma - self._constant)
        return Objective(columns, coefficients, self._constant, lower, self._unit)

    def _objective_row(self, columns: np.ndarray, coefficients: np.ndarray, lower: int, upper: int) -> None:
        self._sink.rows(
            f"{LABEL}: bound", 1, len(columns), lambda: RowBlock(columns[None, :], coefficients[None, :], lower, upper)
        )


def _same(block: RowBlock) -> RowBlock:
    return block
