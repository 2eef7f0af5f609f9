"""Columns of a table, numeric or categorical, with their values exact and their missing cells marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.parsers.notation import UNSAID, Notation
from dnnt_encode.parsers.notations import MOSTLY, number_in_some_notation
from dnnt_encode.parsers.numbers import decimal_array, decimal_fraction, exact_array, fraction_text
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.table import Table

ColumnKind = Literal["numeric", "categorical"]

FEW_NUMBERS = 10
"""So many different numbers may stand among the texts of a categorical column, or make one up by themselves."""

_DRESSED = re.compile("([^\\w\\s]?) ?([0-9+.,'\u2019\u00a0\u202f-]*[0-9]) ?([^0-9]{0,10})")


@dataclass(frozen=True, eq=False)
class Column:
    """One column [n]: ``numbers`` of a numeric one, else ``labels``; where ``missing`` holds, the value is a filler.
    ``percent`` tells that the numbers were written in percent."""

    name: str
    missing: np.ndarray
    numbers: ExactArray | None = None
    labels: tuple[str, ...] | None = None
    percent: bool = False

    @property
    def kind(self) -> ColumnKind:
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
            self.percent,
        )

    def texts(self) -> list[str]:
        """The values as labels: equal numbers have equal texts."""
        if self.labels is not None:
            return list(self.labels)
        assert self.numbers is not None
        return [fraction_text(value) for value in self.numbers.fractions().tolist()]


def label(cell: str, notation: Notation = UNSAID) -> str:
    """A cell as a category: numbers that are equal, such as 1 and 1.0, are one category. Codes such as 007 stay.

    >>> label("1.0"), label("007"), label("red"), label("1,50", Notation(","))
    ('1', '007', 'red', '1.5')
    """
    digits = cell.lstrip("+-")
    if len(cell) > 40 or cell.endswith("%") or (len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()):
        return cell
    plain = notation.plain(cell)
    if plain is None:
        return cell
    try:
        number = decimal_fraction(plain)
    except ValueError:
        return cell
    return cell if number is None else fraction_text(number)


def kind_of(table: Table, name: str) -> ColumnKind:
    """Numeric where every cell that is not missing is a number, categorical otherwise. Raises InputError for a column
    that is nearly numeric, naming the first cell that is not: numbers are not taken for categories silently."""
    cells, number = table.column(name), table.notation.number
    counts = table.present(name)
    strays = [cell for cell in counts if not number(cell)]
    if not strays:
        return "numeric"
    total, stray = counts.total(), sum(counts[cell] for cell in strays)
    place = table.place(cells.index(strays[0]), name)
    what, remedy = shorten(repr(strays[0])), "correct it, or declare the column categorical"
    if total - stray >= MOSTLY * total or (2 * stray <= total and len(counts) - len(strays) > FEW_NUMBERS):
        gap = len(strays) == 1 and not number_in_some_notation(strays[0])
        none = f", or, where it stands for no value, say --na-values {what}" if gap else ""
        raise InputError(
            f"found {what} in a column where {total - stray} of {total} cells are numbers; {remedy}{none}", place
        )
    if sum(counts[cell] for cell in counts if number_in_some_notation(cell)) >= MOSTLY * total:
        other = next((f" and {shorten(repr(cell))}" for cell in counts if number(cell)), "")
        raise InputError(
            f"found {what}{other}: the numbers of a table are written in one way, which --decimal and --thousands say; "
            f"{remedy}",
            place,
        )
    dressed = Counter(dress for cell in strays if (dress := _dress(cell)) is not None)
    if len(counts) > FEW_NUMBERS and max(dressed.values(), default=0) >= MOSTLY * len(counts):
        before, after = max(dressed, key=lambda dress: dressed[dress])
        raise InputError(
            f"found {what}: numbers with {shorten(repr(f'{before}...{after}'))} around them; take that out of the "
            f"column, or declare it categorical",
            place,
        )
    return "categorical"


def _dress(cell: str) -> tuple[str, str] | None:
    """What stands before and after the number in a cell such as ``$5`` or ``12 kg``; None where it is something else. A
    letter before a number makes it a code."""
    match = _DRESSED.fullmatch(cell)
    return (match[1], match[3]) if match and (match[1] or match[3]) and number_in_some_notation(match[2]) else None


def column_of(table: Table, name: str, kind: ColumnKind, percent: bool | None = None) -> Column:
    """The column as the given kind. Raises InputError naming the first cell that is no number in a numeric one, and for
    numbers with and without a percent sign in one column; ``percent`` says that all are with it, or without it."""
    notation = table.notation
    cells = table.column(name)
    present = table.present(name)
    gaps = set(cells).difference(present)
    missing = np.array([cell in gaps for cell in cells], dtype=bool)
    if kind == "categorical":
        labels = {**{cell: label(cell, notation) for cell in present}, **dict.fromkeys(gaps, "")}
        return Column(name, missing, labels=tuple(labels[cell] for cell in cells))
    plain = {cell: notation.plain(cell) for cell in present}
    wrong = next((cell for cell, text in plain.items() if text is None), None)
    if wrong is not None:
        hint = "; say --decimal or --thousands where it is one" if number_in_some_notation(wrong) else ""
        raise InputError(
            f"found {shorten(repr(wrong))}; a number is needed in this numeric column{hint}",
            place=table.place(cells.index(wrong), name),
        )
    percent = _percent(table, name, cells, list(present), percent)
    texts = {**plain, **dict.fromkeys(gaps, "0")}
    numbers = _numbers(table, name, [texts[cell] or "" for cell in cells])
    if percent:
        numbers = ExactArray.from_scaled(numbers.numerators, numbers.denominator * 100)
    return Column(name, missing, numbers=numbers, percent=percent)


def _percent(table: Table, name: str, cells: list[str], present: list[str], percent: bool | None) -> bool:
    """Whether the numbers of a column have percent signs: all or none, or as ``percent`` says."""
    if percent is None:
        percent = bool(present) and present[0].endswith("%")
    other = next((cell for cell in present if cell.endswith("%") != percent), None)
    if other is not None:
        raise InputError(
            f"found {shorten(repr(other))} in a column of numbers {'with' if percent else 'without'} a percent sign; "
            f"write all of them in one way",
            place=table.place(cells.index(other), name),
        )
    return percent


def _numbers(table: Table, name: str, texts: list[str]) -> ExactArray:
    with InputErrors(f"{table.name}, column {name!r}"):
        numbers = decimal_array(texts)
        if numbers is not None:
            return numbers
        known: dict[str, Fraction] = {}
        for row, text in enumerate(texts):
            if text not in known:
                value = _number(text, table, row, name)
                assert value is not None
                known[text] = value
        return exact_array([known[text] for text in texts])


def _number(text: str, table: Table, row: int, name: str) -> Fraction | None:
    with InputErrors(table.place(row, name)):
        return decimal_fraction(text)


def missing_cells(table: Table, columns: Sequence[Column], rows: Sequence[int]) -> list[str]:
    """The places of the missing cells of the given rows, for messages."""
    return [
        f"line {table.lines[row]} column {column.name!r}" for row in rows for column in columns if column.missing[row]
    ]
