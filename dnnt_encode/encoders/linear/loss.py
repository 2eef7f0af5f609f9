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
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.encoders.linear.squares import squares
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY

LABEL = "loss"


@dataclass(frozen=True, eq=False)
class LinearSum:
    """``sum coefficients * columns + constant``, never below ``lower``; one is worth ``unit`` of loss."""

    columns: np.ndarray
    coefficients: np.ndarray
    constant: int
    lower: int
    unit: Fraction


class LossEncoder:
    """Writes the penalties of all residual blocks; ``encode`` returns the objective."""

    def __init__(
        self, sink: RowSink, loss: Loss, scale: ResidualScale, samples: MergedSamples, threshold: Fraction | None
    ) -> None:
        self._sink, self._loss, self._samples = sink, loss, samples
        self._penalty = loss.scaled(scale.unit)
        self._unit = self._penalty.unit
        # No loss that a linear model carries lies outside of this range.
        self._gamma = None if threshold is None else max(-1, min(math.floor(threshold / self._unit), INT64_SAFE))
        self._columns: list[np.ndarray] = []
        self._coefficients: list[np.ndarray] = []
        self._constant = 0

    @property
    def gamma(self) -> int | None:
        """The threshold in units of the objective, rounded down; -1 for a negative one, at most 2^62."""
        return self._gamma

    def encode(self, blocks: list[ResidualBlock]) -> LinearSum:
        if self._loss.counts:
            self._any(blocks)
        elif self._loss.reduction == "max":
            self._slack(0, blocks)
        else:
            for block in blocks:
                self._slack(block.label, [block])
        return self._objective()

    def _any(self, blocks: list[ResidualBlock]) -> None:
        low, high = self._penalty.within(0)
        count = len(self._samples.input_of)
        met, failed = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
        for block in blocks:
            met[block.targets[_outside(block.lower, block.upper, low, high)]] = False
            failed[block.targets[_outside(block.upper, block.lower, low, high)]] = True
        self._constant += int(self._samples.multiplicity[failed].astype(object).sum())
        open_ = np.flatnonzero(~met & ~failed)
        e = np.full(count, -1, dtype=np.int32)
        e[open_] = self._sink.columns("e", open_[:, None], 0, 1)
        self._pay(e[open_], self._samples.multiplicity[open_])
        for block in blocks:
            may_fail = _outside(block.lower, block.upper, low, high)
            targets = block.targets[may_fail & (e[block.targets] >= 0)]
            if not len(targets):
                continue
            literals = -(e[targets] + 1)[:, None]
            if low is not None:
                total = block.below(targets)
                self._rows(total, low - total.constant, PLUS_INFINITY, literals)
            if high is not None:
                total = block.above(targets)
                self._rows(total, MINUS_INFINITY, high - total.constant, literals)
        if self._loss.exclusive:
            self._conflicts(e, failed)

    def _rows(self, total: Sum, low: int | np.ndarray, high: int | np.ndarray, literals: np.ndarray | None) -> None:
        """literals => low <= total <= high, the total's constant left out."""
        self._sink.rows(
            LABEL,
            len(total.constant),
            total.width,
            lambda: RowBlock(total.columns, total.coefficients, low, high, literals),
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

    def _slack(self, label: int, blocks: list[ResidualBlock]) -> None:
        """A column t a target, at least every penalty of its residuals in the blocks, and its square where the loss
        asks for it."""
        count = len(self._samples.input_of)
        least, most = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
        for block in blocks:
            low, high = self._penalty.range(block.lower, block.upper)
            least[block.targets] = np.maximum(least[block.targets], low)
            most[block.targets] = np.maximum(most[block.targets], high)
        sure = (most == least) & (most >= 0)
        paid = least[sure].astype(object) ** self._penalty.power
        self._constant += int((self._samples.multiplicity[sure].astype(object) * paid).sum())
        targets = np.flatnonzero(most > least)
        lower, multiplicity = least[targets], self._samples.multiplicity[targets]
        upper = self._cut(lower, most[targets], multiplicity)
        labels = np.column_stack([targets, np.full_like(targets, label)])
        t = self._sink.columns("t", labels, lower, upper)
        column = np.full(count, -1, dtype=np.int32)
        column[targets] = t
        for block in blocks:
            chosen = block.targets[column[block.targets] >= 0]
            for slope, intercept in (*self._penalty.rising, *self._penalty.falling):
                residual = (block.above if slope > 0 else block.below)(chosen)
                row = residual.times(-slope).plus(column[chosen], 1)
                self._rows(row, intercept - row.constant, PLUS_INFINITY, None)
        if self._penalty.power == 2:
            if len(upper) and int(upper.max()) ** 2 >= INT64_SAFE:
                raise ModelTooLarge(f"the loss: the square of a residual up to {int(upper.max())} passes 2^62")
            t = squares(self._sink, LABEL, labels, t, lower, upper)
        self._pay(t, multiplicity)

    def _cut(self, lower: np.ndarray, upper: np.ndarray, multiplicity: np.ndarray) -> np.ndarray:
        """Upper bounds that the threshold implies for a single penalty, never below the lower bound."""
        if self._gamma is None:
            return upper
        most = [max(self._gamma, 0) // int(count) for count in multiplicity]
        if self._penalty.power == 2:
            most = [math.isqrt(value) for value in most]
        cut = np.array([min(int(a), b) for a, b in zip(upper, most, strict=True)], dtype=np.int64)
        return np.asarray(np.maximum(lower, cut))

    def _pay(self, columns: np.ndarray, coefficients: np.ndarray) -> None:
        self._columns.append(columns)
        self._coefficients.append(coefficients)

    def _objective(self) -> LinearSum:
        columns = np.concatenate([np.zeros(0, np.int32), *self._columns])
        coefficients = np.concatenate([np.zeros(0, np.int64), *self._coefficients])
        lower = max(self._constant, math.ceil(self._samples.lower_bound / self._unit))
        if max(lower, int(coefficients.astype(object).sum()) + self._constant) >= INT64_SAFE:
            raise ModelTooLarge("the loss may pass 2^62, more than a linear model carries; smaller multiplicities help")
        coefficients = coefficients.astype(np.int64)
        if lower > self._constant and not self._loss.counts:
            self._objective_row(columns, coefficients, lower - self._constant, PLUS_INFINITY)
        if self._gamma is not None:
            self._objective_row(columns, coefficients, MINUS_INFINITY, self._gamma - self._constant)
        return LinearSum(columns, coefficients, self._constant, lower, self._unit)

    def _objective_row(self, columns: np.ndarray, coefficients: np.ndarray, lower: int, upper: int) -> None:
        self._sink.rows(
            f"{LABEL}: bound", 1, len(columns), lambda: RowBlock(columns[None, :], coefficients[None, :], lower, upper)
        )


def _outside(lower: np.ndarray, upper: np.ndarray, low: int | None, high: int | None) -> np.ndarray:
    """Where ``lower`` is below ``low``, or ``upper`` above ``high``."""
    below = lower < low if low is not None else np.zeros(lower.shape, dtype=bool)
    return np.asarray(below | (upper > high) if high is not None else below)


def _same(block: RowBlock) -> RowBlock:
    return block
