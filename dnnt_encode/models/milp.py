"""A mixed-integer linear program as every solver knows it: rows of one sense, bounded columns, a cost for each column.

Rows may carry an indicator, a literal under which alone they bind, for the solvers that have such rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.models.linear import ColumnGroup

EQUAL, AT_LEAST, AT_MOST = ord("E"), ord("G"), ord("L")

_PORTABLE = {"e": "miss"}
"""Prefixes under another name: in an LP file a name that starts with e may be read as an exponent."""


@dataclass(frozen=True, eq=False)
class MilpModel:
    """Columns [C], rows [R] in compressed form (as in LinearModel), minimise ``cost @ columns``; no constant anywhere.

    ``integer`` [C]: which columns are integer. ``row_sense`` (uint8 [R]): ``EQUAL``, ``AT_LEAST`` or ``AT_MOST`` the
    number in ``row_rhs``. ``indicator`` (int32 [R]): 0, or the literal (``c + 1``: column c is 1; ``-(c + 1)``: it is
    0) under which the row binds. ``added``: how many columns at the end are lowering's own. ``warnings``: what a user
    should know about the numbers.
    """

    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray
    cost: np.ndarray
    row_start: np.ndarray
    row_columns: np.ndarray
    row_coefficients: np.ndarray
    row_sense: np.ndarray
    row_rhs: np.ndarray
    indicator: np.ndarray
    column_groups: tuple[ColumnGroup, ...]
    added: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def columns(self) -> int:
        return len(self.lower)

    @property
    def rows(self) -> int:
        return len(self.row_rhs)

    @property
    def terms(self) -> int:
        return len(self.row_columns)

    def names(self) -> list[str]:
        """The name of every column: distinct, of letters, digits, dots and underscores, safe in MPS and LP files."""
        names = []
        for group in self.column_groups:
            prefix, *rest = group.prefix.split(".")
            renamed = ColumnGroup(".".join((_PORTABLE.get(prefix, prefix), *rest)), group.start, group.labels)
            names += renamed.names()
        return names

    def activity(self, values: np.ndarray) -> np.ndarray:
        """The left-hand side of every row at integer values (int64; the model's numbers stay below 2^53)."""
        return row_sums(values[self.row_columns] * self.row_coefficients, self.row_start)

    def violated(self, values: np.ndarray) -> np.ndarray:
        """The rows that integer values break, in order; column bounds are not looked at."""
        activity, sense = self.activity(values), self.row_sense
        wrong = ((sense != AT_MOST) & (activity < self.row_rhs)) | ((sense != AT_LEAST) & (activity > self.row_rhs))
        kept = np.flatnonzero(self.indicator)
        literal = self.indicator[kept]
        wrong[kept] &= values[np.abs(literal) - 1] == (literal > 0)
        return np.flatnonzero(wrong)

    def allows(self, values: np.ndarray) -> bool:
        """Whether integer values meet every row and bound."""
        inside = (values >= self.lower) & (values <= self.upper)
        return bool(inside.all()) and not len(self.violated(values))


def row_sums(terms: np.ndarray, row_start: np.ndarray) -> np.ndarray:
    """The sum of one value a term over each row."""
    rows = len(row_start) - 1
    padded = np.concatenate([terms, np.zeros(1, dtype=terms.dtype)])
    sums = np.add.reduceat(padded, row_start[:-1]) if rows else padded[:0]
    return np.asarray(np.where(np.diff(row_start) > 0, sums, 0))


def filled(
    start: np.ndarray, columns: np.ndarray, coefficients: np.ndarray, rhs: np.ndarray, column: int, coefficient: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows in which every empty one has the term ``coefficient`` times ``column``, a column fixed at 1 where the
    coefficient counts: 0 >= 5 becomes one >= 6."""
    empty = np.flatnonzero(np.diff(start) == 0)
    extra = np.zeros(len(start), dtype=np.int64)
    extra[empty + 1] = 1
    rhs = rhs.copy()
    rhs[empty] += coefficient
    return (
        start + np.cumsum(extra),
        np.insert(columns, start[empty], column),
        np.insert(coefficients, start[empty], coefficient),
        rhs,
    )
