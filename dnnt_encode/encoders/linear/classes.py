"""Several classes: products of the difference of two output weights (one product a pair, not two).

f_y - f_k = sum_j D_j h_j + b_y - b_k with D_j = w_yj - w_kj. A pair of outputs shares the selectors of D_j over the
sumset; [D_j = v] => p <= v h_j. Where h_j is a literal, two rows linear in both weights do.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from dnnt_encode.encoders.linear.parameters import LayerColumns
from dnnt_encode.encoders.linear.products import selected_rows
from dnnt_encode.encoders.linear.signals import Needs, Signals, Sum
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink

MAX_DIFFERENCES = 64
"""Sumsets larger than this leave the difference form unused."""


class ClassDifferences:
    """Lower bounds on f_y - f_k, as sums over the hidden units."""

    def __init__(self, sink: RowSink, number: int, parameters: LayerColumns, sources: Signals) -> None:
        self._sink, self._number, self._parameters, self._sources = sink, number, parameters, sources
        self._selectors: dict[tuple[int, int, int], dict[int, int]] = {}

    @staticmethod
    def values(parameters: LayerColumns, own: int, other: int, unit: int) -> np.ndarray:
        """The values D may take, sorted."""
        grid = parameters.weights.grid
        a, b = grid.tables[int(grid.index[own, unit])], grid.tables[int(grid.index[other, unit])]
        return np.unique(np.subtract.outer(a, b))

    @staticmethod
    def suits(tables: tuple[np.ndarray, ...]) -> bool:
        """Whether the sets of output weights have small sumsets."""
        longest = max(len(a) for a in tables)
        if longest**2 <= MAX_DIFFERENCES:
            return True
        # A sumset is no smaller than its larger set.
        if longest > MAX_DIFFERENCES or len(tables) > 16:
            return False
        return max(len(np.unique(np.subtract.outer(a, b))) for a in tables for b in tables) <= MAX_DIFFERENCES

    @staticmethod
    def needs(
        w_lower: np.ndarray, w_upper: np.ndarray, pairs: list[tuple[int, int, np.ndarray]], shape: tuple[int, int]
    ) -> Needs:
        """Which sides of the hidden units the differences read: ``pairs`` are (own, other, inputs)."""
        under, over = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        for own, other, rows in pairs:
            under[rows] |= w_upper[own] - w_lower[other] > 0
            over[rows] |= w_lower[own] - w_upper[other] < 0
        return Needs(under, over)

    def below(self, own: int, other: int, rows: np.ndarray) -> Sum:
        """Expressions that never exceed f_own - f_other on the given inputs, and reach it."""
        weights, biases, sources = self._parameters.weights, self._parameters.biases, self._sources
        columns: list[np.ndarray] = []
        coefficients: list[np.ndarray] = []
        constant = np.full(len(rows), biases.offset[own] - biases.offset[other])

        def add(column: np.ndarray, coefficient: np.ndarray) -> None:
            columns.append(column)
            coefficients.append(coefficient)

        for sign, output in ((1, own), (-1, other)):
            present = biases.column[output] >= 0
            add(np.full(len(rows), biases.column[output]), np.full(len(rows), sign * present * biases.step[output]))
        for unit in range(sources.lower.shape[1]):
            values = self.values(self._parameters, own, other, unit)
            fixed_value = int(values[0]) if len(values) == 1 else None
            is_constant = sources.under.is_constant[rows, unit]
            level = sources.under.constant[rows, unit]
            if fixed_value is not None:
                side = sources.under if fixed_value > 0 else sources.over
                add(side.column[rows, unit], fixed_value * side.coefficient[rows, unit])
                constant = constant + fixed_value * side.constant[rows, unit]
                continue
            g = np.where(is_constant, level, 0)
            for sign, output in ((1, own), (-1, other)):
                present = weights.column[output, unit] >= 0
                add(
                    np.full(len(rows), weights.column[output, unit]),
                    sign * present * weights.step[output, unit] * g,
                )
                constant = constant + sign * weights.offset[output, unit] * g
            product = np.full(len(rows), -1, dtype=np.int32)
            varying = np.flatnonzero(~is_constant)
            if len(varying):
                product[varying] = self._products(own, other, unit, rows[varying], values)
            add(product, (~is_constant).astype(np.int64))
        return Sum(np.column_stack(columns), np.column_stack(coefficients), constant)

    def _products(self, own: int, other: int, unit: int, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Columns p <= D h on inputs where h varies."""
        sources = self._sources
        low, high = sources.lower[rows, unit], sources.upper[rows, unit]
        corners = (low * values[0], low * values[-1], high * values[0], high * values[-1])
        label = f"layer {self._number}: products"
        p = self._sink.columns(
            f"d.{self._number}.{own}.{other}",
            np.column_stack([rows, np.full_like(rows, unit)]),
            np.minimum.reduce(corners),
            np.maximum.reduce(corners),
        )
        binary = sources.binary[rows, unit]
        self._literal_rows(label, own, other, unit, rows[binary], p[binary])
        rows, general = rows[~binary], p[~binary]
        if len(rows):
            where = rows, np.full_like(rows, unit)
            for value, literal in self._difference(own, other, unit, values).items():
                v = np.full(len(rows), value, dtype=np.int64)
                literals = np.full(len(rows), literal, dtype=np.int32)
                selected_rows(self._sink, label, general, literals, v, sources, where, ("under",))
        return p

    def _literal_rows(self, label: str, own: int, other: int, unit: int, rows: np.ndarray, p: np.ndarray) -> None:
        """[h = g] => p <= g (w_own - w_other), for both values g of a literal h."""
        weights, affine = self._parameters.weights, self._sources.under
        column = affine.column[rows, unit]
        literal = np.where(column >= 0, column, self._sources.over.column[rows, unit]) + 1
        for sign, g in (
            (-1, affine.constant[rows, unit]),
            (1, affine.constant[rows, unit] + affine.coefficient[rows, unit]),
        ):
            terms = [(p, np.ones(len(rows), dtype=np.int64))]
            constant = np.zeros(len(rows), dtype=np.int64)
            for factor, output in ((1, own), (-1, other)):
                present = weights.column[output, unit] >= 0
                terms.append(
                    (
                        np.full(len(rows), weights.column[output, unit]),
                        -factor * present * weights.step[output, unit] * g,
                    )
                )
                constant = constant + factor * weights.offset[output, unit] * g
            self._sink.rows(label, len(rows), 3, partial(_three_terms, terms, constant, sign * literal))

    def _difference(self, own: int, other: int, unit: int, values: np.ndarray) -> dict[int, int]:
        """The selector literal of every value of D = w_own - w_other; the pair (other, own) shares them, negated."""
        first, second = sorted((own, other))
        if (first, second, unit) not in self._selectors:
            self._selectors[first, second, unit] = self._new_difference(first, second, unit)
        chosen = self._selectors[first, second, unit]
        factor = 1 if own == first else -1
        return {int(value): chosen[factor * int(value)] for value in values}

    def _new_difference(self, own: int, other: int, unit: int) -> dict[int, int]:
        values = self.values(self._parameters, own, other, unit)
        labels = np.column_stack([np.full(len(values), unit), np.arange(len(values))])
        selectors = self._sink.columns(f"sd.{self._number}.{own}.{other}", labels, 0, 1)
        weights = self._parameters.weights
        columns, coefficients, constant = list(selectors), list(values), 0
        for sign, output in ((-1, own), (1, other)):
            constant -= sign * int(weights.offset[output, unit])
            if weights.column[output, unit] >= 0:
                columns.append(weights.column[output, unit])
                coefficients.append(sign * weights.step[output, unit])
        label = f"layer {self._number}: differences of weights"
        ones = np.ones((1, len(selectors)), dtype=np.int64)
        self._sink.rows(label, 1, len(selectors), lambda: RowBlock(selectors[None, :], ones, 1, 1))
        self._sink.rows(
            label, 1, len(columns), lambda: RowBlock(np.array([columns]), np.array([coefficients]), constant, constant)
        )
        return {int(value): int(column) + 1 for value, column in zip(values, selectors, strict=True)}


def _three_terms(terms: list[tuple[np.ndarray, np.ndarray]], constant: np.ndarray, literal: np.ndarray) -> RowBlock:
    """literal => the sum of the terms <= constant."""
    return RowBlock(
        np.column_stack([column for column, _ in terms]),
        np.column_stack([coefficient for _, coefficient in terms]),
        upper=constant,
        literals=literal[:, None],
    )
