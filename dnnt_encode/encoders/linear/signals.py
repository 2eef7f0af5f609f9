"""Signals: what a layer offers its readers, as affine expressions of one column.

For every input s and unit u there is an expression that never exceeds the true output (``under``) and one that never
falls below it (``over``); each is there only where somebody needs it, and both are the same where the output is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.linear.choices import Side
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.rationals import INT64_SAFE, max_abs

MISSING = -2
"""The column of a side that nobody needs; using it is a programming error, caught when rows are built."""


@dataclass(frozen=True, eq=False)
class Affine:
    """``coefficient * column + constant``, arrays [n, units]; column -1 (with coefficient 0) where it is constant."""

    column: np.ndarray
    coefficient: np.ndarray
    constant: np.ndarray

    @staticmethod
    def constants(values: np.ndarray) -> Affine:
        return Affine(np.full(values.shape, -1, dtype=np.int32), np.zeros(values.shape, dtype=np.int64), values)

    @property
    def is_constant(self) -> np.ndarray:
        return np.asarray(self.column == -1)


@dataclass(frozen=True, eq=False)
class Signals:
    """Both sides of a layer's outputs, bounds on them, and where they are a mere literal (``binary``)."""

    under: Affine
    over: Affine
    lower: np.ndarray
    upper: np.ndarray
    binary: np.ndarray

    @staticmethod
    def of_inputs(x: np.ndarray) -> Signals:
        exact = Affine.constants(x)
        return Signals(exact, exact, x, x, np.zeros(x.shape, dtype=bool))

    def side(self, side: Side) -> Affine:
        return self.under if side == "under" else self.over


@dataclass(frozen=True, eq=False)
class Needs:
    """Which sides of a layer's outputs are needed: boolean arrays [n, units]."""

    under: np.ndarray
    over: np.ndarray

    def side(self, side: Side) -> np.ndarray:
        return self.under if side == "under" else self.over

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.under | other.under, self.over | other.over)

    def where(self, mask: np.ndarray) -> Needs:
        return Needs(self.under & mask, self.over & mask)


def joined(parts: list[Signals]) -> Signals:
    """Several layers' signals side by side, as a reader of all of them sees them."""
    if len(parts) == 1:
        return parts[0]

    def affine(pieces: list[Affine]) -> Affine:
        return Affine(
            np.concatenate([piece.column for piece in pieces], axis=1),
            np.concatenate([piece.coefficient for piece in pieces], axis=1),
            np.concatenate([piece.constant for piece in pieces], axis=1),
        )

    return Signals(
        affine([part.under for part in parts]),
        affine([part.over for part in parts]),
        np.concatenate([part.lower for part in parts], axis=1),
        np.concatenate([part.upper for part in parts], axis=1),
        np.concatenate([part.binary for part in parts], axis=1),
    )


def needs_of_sources(needs: Needs, w_lower: np.ndarray, w_upper: np.ndarray) -> Needs:
    """What a layer with these needs [n, units] needs of its sources [n, fan_in], for weights within [w_lower, w_upper]
    ([units, fan_in]): the same side where a weight may be positive, the other one where it may be negative."""
    under, over = needs.under.astype(np.int64), needs.over.astype(np.int64)
    positive, negative = (w_upper > 0).astype(np.int64), (w_lower < 0).astype(np.int64)
    return Needs(
        under=(under @ positive + over @ negative) > 0,
        over=(over @ positive + under @ negative) > 0,
    )


@dataclass(frozen=True, eq=False)
class Sum:
    """R linear expressions: ``sum coefficients * columns + constant``, arrays [R, k] and [R]."""

    columns: np.ndarray
    coefficients: np.ndarray
    constant: np.ndarray

    @property
    def width(self) -> int:
        return int(self.columns.shape[1])

    def plus(self, column: np.ndarray, coefficient: int | np.ndarray) -> Sum:
        """With one more term a row."""
        return Sum(
            np.column_stack([self.columns, column]),
            np.column_stack([self.coefficients, np.broadcast_to(coefficient, column.shape)]),
            self.constant,
        )

    def times(self, factor: int | np.ndarray) -> Sum:
        """Every row times its factor. Raises ModelTooLarge where a product would pass 2^62: a coefficient may be far
        larger than every value that the sum takes."""
        column = np.asarray(factor, dtype=np.int64).reshape(-1, 1)
        if max(max_abs(self.coefficients), max_abs(self.constant)) * max_abs(column) >= INT64_SAFE:
            raise ModelTooLarge(
                "the product of two layers' weights passes 2^62, more than a linear model carries. A smaller scale of "
                "inputs or weights, or a SAT backend, helps"
            )
        return Sum(self.columns, self.coefficients * column, self.constant * column[:, 0])

    def minus(self, other: Sum) -> Sum:
        return Sum(
            np.concatenate([self.columns, other.columns], axis=1),
            np.concatenate([self.coefficients, -other.coefficients], axis=1),
            self.constant - other.constant,
        )
