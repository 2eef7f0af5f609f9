"""The linear model: bounded integer columns, rows ``[literals =>] lower <= sum a_i v_i <= upper``, one objective.

Everything is a flat numpy array. A literal is ``c + 1`` for "column c is 1" and ``-(c + 1)`` for "column c is 0"; a row
binds where all its literals hold. CP-SAT takes the model as it is; a MILP needs big-M or indicators.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.models.variable_map import VariableMap

MINUS_INFINITY = -(2**63)
PLUS_INFINITY = 2**63 - 1


@dataclass(frozen=True, eq=False)
class ColumnGroup:
    """Consecutive columns ``start`` to ``start + len(labels)`` that mean the same kind of thing: column ``start + i``
    is called ``prefix.labels[i, 0].labels[i, 1]...``."""

    prefix: str
    start: int
    labels: np.ndarray

    def names(self) -> list[str]:
        return [".".join((self.prefix, *map(str, row))) for row in self.labels.tolist()]


@dataclass(frozen=True)
class RowGroup:
    """Rows ``start`` to ``stop``, which state one thing, such as ``layer 2: products``."""

    label: str
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Columns [C], rows [R] in compressed form, T terms and E enforcement literals.

    ``loss = loss_unit * (sum objective_coefficients * columns + objective_constant)``; the sum with its constant is
    never below ``objective_lower``, and at most ``threshold`` where that is given (it is already a row).
    """

    lower: np.ndarray
    upper: np.ndarray
    row_start: np.ndarray
    row_columns: np.ndarray
    row_coefficients: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    enforce_start: np.ndarray
    enforce_literals: np.ndarray
    objective_columns: np.ndarray
    objective_coefficients: np.ndarray
    objective_constant: int
    objective_lower: int
    loss_unit: Fraction
    threshold: int | None
    variable_map: VariableMap
    column_groups: tuple[ColumnGroup, ...]
    row_groups: tuple[RowGroup, ...]
    instance_sha256: str

    @property
    def columns(self) -> int:
        return len(self.lower)

    @property
    def rows(self) -> int:
        return len(self.row_lower)

    @property
    def terms(self) -> int:
        return len(self.row_columns)

    @property
    def bytes(self) -> int:
        """The size of all arrays."""
        return sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray))

    def names(self) -> list[str]:
        """The name of every column; distinct, and portable between solvers and file formats."""
        return [name for group in self.column_groups for name in group.names()]

    def row_label(self, row: int) -> str:
        """What a row states, for messages."""
        return next((group.label for group in self.row_groups if group.start <= row < group.stop), f"row {row}")

    def objective_value(self, values: np.ndarray) -> int:
        """The objective at some column values, constant included."""
        chosen = values[self.objective_columns].astype(object)
        return int((chosen * self.objective_coefficients).sum()) + self.objective_constant

    def loss(self, objective: int) -> Fraction:
        """The loss that an objective value (constant included) means."""
        return self.loss_unit * objective

    def magnitudes(self) -> np.ndarray:
        """For every row a bound on the absolute value of each of its partial sums, in doubles (float64 [R])."""
        reach = np.maximum(np.abs(self.lower.astype(np.float64)), np.abs(self.upper.astype(np.float64)))
        return self._row_sums(np.abs(self.row_coefficients.astype(np.float64)) * reach[self.row_columns])

    def coefficient_sums(self) -> np.ndarray:
        """The sum of the absolute coefficients of every row, in doubles (float64 [R])."""
        return self._row_sums(np.abs(self.row_coefficients.astype(np.float64)))

    def violated(self, values: np.ndarray) -> np.ndarray:
        """The rows that some column values break, in order; column bounds are not looked at."""
        activity = self._row_sums(values[self.row_columns].astype(object) * self.row_coefficients)
        literals = self.enforce_literals
        false = values[np.abs(literals) - 1] != (literals > 0)
        off = np.zeros(self.rows, dtype=bool)
        off[np.repeat(np.arange(self.rows), np.diff(self.enforce_start))[false]] = True
        low = (self.row_lower != MINUS_INFINITY) & (activity < self.row_lower)
        high = (self.row_upper != PLUS_INFINITY) & (activity > self.row_upper)
        return np.flatnonzero((low | high).astype(bool) & ~off)

    def _row_sums(self, terms: np.ndarray) -> np.ndarray:
        """The sum of one value a term over each row."""
        padded = np.concatenate([terms, np.zeros(1, dtype=terms.dtype)])
        sums = np.add.reduceat(padded, self.row_start[:-1]) if self.rows else padded[:0]
        return np.asarray(np.where(np.diff(self.row_start) > 0, sums, 0))
