"""A mixed-integer linear program as every solver knows it: rows of one sense, bounded columns, a cost for each column.

Rows may carry an indicator, a literal under which alone they bind, for the solvers that have such rows. Solvers compute
in doubles and stop at relative gaps, so the numbers are kept small: a column counts from its own bound, and what the
objective has in any case stands beside the program, not in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dnnt_encode.models.linear import ColumnGroup

SAFE_ACTIVITY = 1e7
"""Past this a tolerance of 1e-6 on an integer column is worth ten units of a row."""

TOO_LARGE = "the numbers of the model are too large for a proof in doubles"

BOUND_SLACK, RELATIVE_SLACK = 1e-4, 1e-9
"""A bound that is claimed in doubles, 2.9999 or 3.0001, means 3."""

EQUAL, AT_LEAST, AT_MOST = ord("E"), ord("G"), ord("L")

_PORTABLE = {"e": "miss"}
"""Prefixes under another name: in an LP file a name that starts with e may be read as an exponent."""


@dataclass(frozen=True, eq=False)
class MilpModel:
    """Columns [C], rows [R] in compressed form (as in LinearModel), minimise ``cost @ columns``.

    ``integer`` [C]: which columns are integer. ``row_sense`` (uint8 [R]): ``EQUAL``, ``AT_LEAST`` or ``AT_MOST`` the
    number in ``row_rhs``. ``indicator`` (int32 [R]): 0, or the literal (``c + 1``: column c is 1; ``-(c + 1)``: it is
    0) under which the row binds.

    In a program that stands for another model: ``offset`` is what that one's objective has beyond the cost; column c is
    its column c less ``shift[c]`` (None: all 0), and ``added`` columns at the end are lowering's own. ``reach``: the
    greatest absolute activity that a row may have; ``warnings``: what a user should know about the numbers.
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
    offset: int = 0
    shift: np.ndarray | None = None
    added: int = 0
    reach: float = 0.0
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

    @property
    def safe(self) -> bool:
        """Whether the numbers are so small that a solver's tolerances are worth less than a unit of any row."""
        return self.reach < SAFE_ACTIVITY

    def objective(self, values: np.ndarray) -> int:
        """The objective at integer values, offset included."""
        return int(self.cost @ values) + self.offset

    def bound(self, claimed: float) -> int:
        """The least objective, offset included, that a lower bound on the cost leaves, as a solver claims it in
        doubles. The cost of integer columns is a multiple of the costs' common divisor."""
        slack = max(BOUND_SLACK, RELATIVE_SLACK * abs(claimed))
        return self.step * math.ceil((claimed - slack) / self.step) + self.offset

    @cached_property
    def step(self) -> int:
        """What divides the cost at all integer values."""
        return int(np.gcd.reduce(self.cost)) or 1

    def original(self, values: np.ndarray) -> np.ndarray:
        """The values of the model that this one stands for."""
        own = values[: self.columns - self.added]
        return own if self.shift is None else own + self.shift[: len(own)]

    def shifted(self, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The values here of some columns of the model that this one stands for."""
        return values if self.shift is None else values - self.shift[columns]

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
