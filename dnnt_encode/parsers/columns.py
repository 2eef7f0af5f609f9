"""Columns of a table, numeric or categorical, with their values exact and their missing cells marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.parsers.numbers import decimal_array, decimal_fraction, exact_array, fraction_text
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.table import Table, is_missing

Kind = Literal["numeric", "categorical"]

_PLAIN = re.compile(r"[+-]?[0-9]{1,100}(?:\.[0-9]{0,100})?")

MOSTLY = Fraction(4, 5)
"""A column in which this share of the cells, but not all, are numbers is taken for a mistake, not for categories."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column [n]: ``numbers`` of a numeric one, else ``labels``; where ``missing`` holds, the value is a filler."""

    name: str
    missing: np.ndarray
    numbers: ExactArray | None = None
    labels: tuple[str, ...] | None = None

    @property
    def kind(self) -> Kind:
        return "categorical" if self.numbers is None else "numeric"

    def __len__(self) -> int:
        return len(self.missing)

    def take(self, rows: np.ndarray) -> Column:
        """The column of the chosen rows."""
        return Column(
            self.name,
            self.missing[rows],
            None if self.numbers is None else self.numbers.take(rows),
            None if self.labels is None else tuple(self.labels[row] for row in rows.tolist()),
        )

    def texts(self) -> list[str]:
        """The values as labels: equal numbers have equal texts."""
        if self.labels is not None:
            return list(self.labels)
        assert self.numbers is not None
        return [fraction_text(value) for value in self.numbers.fractions().tolist()]


def label(cell: str) -> str:
    """A cell as a category: numbers that are equal, such as 1 and 1.0, are one category. Codes such as 007 stay.

    >>> label("1.0"), label("007"), label("red")
    ('1', '007', 'red')
    """
    digits = cell.lstrip("+-")
    if len(cell) > 40 or (len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()):
        return cell
    try:
        number = decimal_fraction(cell)
    except ValueError:
        return cell
    return cell if number is None else fraction_text(number)


def kind_of(table: Table, name: str) -> Kind:
    """Numeric where every cell that is not missing is a number, categorical otherwise. Raises InputError for a column
    that is nearly numeric, naming the first cell that is not."""
    cells = table.column(name)
    present = [row for row, cell in enumerate(cells) if not is_missing(cell)]
    if _plain_decimals([cells[row] for row in present]):
        return "numeric"
    wrong = [row for row in present if _number(cells[row], table, row, name) is None]
    if not wrong:
        return "numeric"
    if len(present) - len(wrong) >= MOSTLY * len(present):
        raise InputError(
            f"found {shorten(repr(cells[wrong[0]]))} in a column where {len(present) - len(wrong)} of {len(present)} "
            f"cells are numbers; correct it, or declare the column categorical",
            place=table.place(wrong[0], name),
        )
    return "categorical"


def _plain_decimals(cells: Sequence[str]) -> bool:
    """Whether all cells are numbers of the kind that is read quickly."""
    return all(map(_PLAIN.fullmatch, cells))


def column_of(table: Table, name: str, kind: Kind) -> Column:
    """The column as the given kind. Raises InputError naming the first cell that is no number in a numeric one."""
    cells = table.column(name)
    missing = np.array([is_missing(cell) for cell in cells], dtype=bool)
    marked = list(zip(cells, missing.tolist(), strict=True))
    if kind == "categorical":
        return Column(name, missing, labels=tuple("" if gone else label(cell) for cell, gone in marked))
    filled = ["0" if gone else cell for cell, gone in marked]
    try:
        numbers = decimal_array(filled)
        if numbers is None:
            values: list[Fraction] = []
            for row, cell in enumerate(filled):
                value = _number(cell, table, row, name)
                if value is None:
                    raise InputError(
                        f"found {shorten(repr(cell))}; a number is needed in this numeric column",
                        place=table.place(row, name),
                    )
                values.append(value)
            numbers = exact_array(values)
    except ValueError as error:
        raise InputError(str(error), place=f"{table.name}, column {name!r}") from None
    return Column(name, missing, numbers=numbers)


def _number(cell: str, table: Table, row: int, name: str) -> Fraction | None:
    try:
        return decimal_fraction(cell)
    except ValueError as error:
        raise InputError(str(error), place=table.place(row, name)) from None


def missing_cells(table: Table, columns: Sequence[Column], rows: Sequence[int]) -> list[str]:
    """The places of the missing cells of the given rows, for messages."""
    return [
        f"line {table.lines[row]} column {column.name!r}" for row in rows for column in columns if column.missing[row]
    ]
