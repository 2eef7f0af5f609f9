"""Margins in a linear model, for classes: the sum of those that count, and the least of them.

In the sum every sample that may count as right has a column, at most each difference of outputs where a literal says
that it counts, and 0 where not: leaving a sample out is allowed, and never better. The least margin is one column; here
a sample is left out by a literal that says it is wrong, so it has to be: the difference to some rival is too small.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from dnnt_encode.encoders.linear.loss import LinearSum
from dnnt_encode.encoders.linear.residuals import ResidualBlock
from dnnt_encode.encoders.linear.signals import Sum
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.rationals import INT64_SAFE
from dnnt_encode.instance.stage import Objective
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY

LABEL = "objective: margins"


class MarginEncoder:
    """``blocks``: the residuals, which are the margins' opposites, one block a rival; ``right``: the margin from which
    on a sample counts, and ``scale``: what all of them are multiplied by; ``counts`` [T]: the multiplicities."""

    def __init__(
        self, sink: RowSink, blocks: Sequence[ResidualBlock], right: int, scale: int, counts: np.ndarray
    ) -> None:
        self._sink, self._blocks, self._right, self._scale, self._counts = sink, blocks, right, scale, counts
        # No margin is outside of [least, most], and one that is at least ``right`` counts.
        self._least, self._most = (np.full(len(counts), INT64_SAFE, dtype=np.int64) for _ in range(2))
        for block in blocks:
            self._least[block.targets] = np.minimum(self._least[block.targets], -block.upper)
            self._most[block.targets] = np.minimum(self._most[block.targets], -block.lower)
        self._sure, self._may = self._least >= right, self._most >= right

    def totals(self, objectives: Iterable[Objective]) -> dict[Objective, LinearSum]:
        """The opposites of the objectives that are about margins."""
        parts = {"margins": self._sum, "margin": self._minimum}
        return {objective: parts[objective.name]() for objective in objectives if objective.maximises}

    def _sum(self) -> LinearSum:
        chosen = np.flatnonzero(self._may)
        most, labels = self._most[chosen], chosen[:, None]
        counts = self._counts[chosen]
        if int((counts.astype(object) * most).sum()) >= INT64_SAFE:
            raise ModelTooLarge("the sum of margins passes 2^62, more than a linear model carries")
        paid = self._sink.columns("margin", labels, 0, most)
        counted = self._sink.columns("right", labels, self._sure[chosen].astype(np.int64), 1)
        for factor, low, high in ((most, MINUS_INFINITY, 0), (np.full_like(most, self._right), 0, PLUS_INFINITY)):
            columns, coefficients = np.column_stack([paid, counted]), np.column_stack([np.ones_like(most), -factor])
            block = RowBlock(columns, coefficients, low, high)
            self._sink.rows(LABEL, len(chosen), 2, partial(_same, block))
        column, literal = self._by_target(chosen, paid), self._by_target(chosen, counted + 1)
        for residuals in self._blocks:
            targets = residuals.targets[self._may[residuals.targets]]
            self._above(residuals, targets, column[targets], literal[targets])
        return LinearSum(paid, -counts.astype(np.int64), 0, -INT64_SAFE, Fraction(1, self._scale))

    def _minimum(self) -> LinearSum:
        most = max(0, int(self._most.max(initial=0)))
        least = self._sink.columns("least", np.zeros((1, 1), dtype=np.int64), 0, most)
        open_ = np.flatnonzero(self._may & ~self._sure)
        wrong = self._sink.columns("wrong", open_[:, None], 0, 1)
        literal = self._by_target(open_, -(wrong + 1))
        rivals: list[tuple[np.ndarray, np.ndarray]] = []
        for residuals in self._blocks:
            targets = residuals.targets[self._may[residuals.targets]]
            self._above(residuals, targets, np.repeat(least, len(targets)), literal[targets])
            targets = targets[~self._sure[targets]]
            near = self._sink.columns("near", np.column_stack([targets, np.full_like(targets, residuals.label)]), 0, 1)
            rivals.append((targets, near))
            total = residuals.below(targets)
            self._rows(total, 1 - self._right - total.constant, PLUS_INFINITY, (near + 1)[:, None])
        if len(open_):
            self._some_rival(open_, wrong, rivals)
        if not self._sure.any():
            # Where nothing counts the least margin is 0.
            columns = np.concatenate([least, wrong])[None, :]
            coefficients = np.concatenate([[1], np.full(len(wrong), most)])[None, :]
            block = RowBlock(columns, coefficients, MINUS_INFINITY, most * len(wrong))
            self._sink.rows(LABEL, 1, columns.size, partial(_same, block))
        return LinearSum(least, np.array([-1], dtype=np.int64), 0, -INT64_SAFE, Fraction(1, self._scale))

    def _some_rival(
        self, open_: np.ndarray, wrong: np.ndarray, rivals: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> None:
        columns = np.full((len(open_), 1 + len(rivals)), -1, dtype=np.int32)
        columns[:, 0] = wrong
        for place, (targets, near) in enumerate(rivals, start=1):
            columns[np.searchsorted(open_, targets), place] = near
        coefficients = np.where(columns >= 0, 1, 0)
        coefficients[:, 0] = -1
        block = RowBlock(columns, coefficients, 0)
        self._sink.rows(LABEL, len(open_), columns.shape[1], partial(_same, block))

    def _above(self, residuals: ResidualBlock, targets: np.ndarray, column: np.ndarray, literal: np.ndarray) -> None:
        """literal => column + residual <= 0, for each target; a literal 0 holds in any case."""
        total = residuals.above(targets).plus(column, 1)
        self._rows(total, MINUS_INFINITY, -total.constant, literal[:, None])

    def _rows(self, total: Sum, low: int | np.ndarray, high: int | np.ndarray, literals: np.ndarray) -> None:
        block = RowBlock(total.columns, total.coefficients, low, high, literals)
        self._sink.rows(LABEL, len(total.constant), total.width, partial(_same, block))

    def _by_target(self, targets: np.ndarray, values: np.ndarray) -> np.ndarray:
        found = np.zeros(len(self._counts), dtype=np.int32)
        found[targets] = values
        return found


def _same(block: RowBlock) -> RowBlock:
    return block
