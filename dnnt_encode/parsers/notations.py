"""Which notation a table's numbers are written in, found by looking.

Every candidate notation is tried on every column. A column of numbers is one that some candidate reads in four cells of
five; the table's notation is one that reads all those columns. It is sure where every such notation gives the same
numbers: ``1,5`` has a decimal comma whatever else is possible. Where they differ (``1,234`` alone), or where no
notation reads all columns, the table is refused with the options that say it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.notation import ALIKE, Notation, resembles_number
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.table import Table

MOSTLY = Fraction(4, 5)
"""A column in which this share of the cells are numbers is one of numbers, perhaps with mistakes."""

CANDIDATES = [(".", ""), (".", ","), (".", " "), (".", "'"), (",", ""), (",", "."), (",", " "), (",", "'")]
"""Decimal sign and thousands separator of the notations that are tried; of equals the first is taken."""


@dataclass(frozen=True)
class FoundNotation:
    """A notation, and where it was found by other cells than plain numbers: each of its signs, in words, with a cell
    that has it, and the column of that cell."""

    notation: Notation
    signs: tuple[tuple[str, str, str], ...] = ()


def find_notation(table: Table, names: Iterable[str]) -> FoundNotation:
    """The notation of the numbers in the named columns, within what the table's notation says already. Raises
    InputError where the columns leave more than one, or none."""
    said = table.notation
    tried = [
        replace(said, decimal=decimal, thousands=thousands)
        for decimal, thousands in CANDIDATES
        if said.decimal in (None, decimal) and said.thousands in (None, thousands)
    ]
    if not tried:
        decimal = said.decimal or ("," if said.thousands == "." else ".")
        tried = [replace(said, decimal=decimal, thousands=said.thousands or "")]
    if len(tried) == 1:
        return FoundNotation(tried[0])
    columns = {name: table.present(name) for name in names}
    usual = tried[0]
    # Most tables are plain: the others are tried only where they read more of a column of numbers.
    asking = [name for name, counts in columns.items() if _reads_more(counts, tried[1:], usual)]
    if not asking:
        return FoundNotation(usual)
    read = {name: [n for n in tried if _mostly_read(counts, n)] for name, counts in columns.items()}
    readers = {name: able for name, able in read.items() if able}
    common = [n for n in tried if all(n in able for able in readers.values())]
    first = asking[0]
    if not common:
        _refuse_two_ways(table, first, readers, columns)
    # The one that reads the most cells, and of equals the one that supposes least.
    chosen = max(common, key=lambda n: sum(_count(columns[name], n) for name in readers))
    for name in readers:
        for cell in columns[name]:
            values: dict[str, Notation] = {}
            for n in common:
                if (text := n.plain(cell)) is not None:
                    values.setdefault(text, n)
            if len(values) > 1:
                _refuse_two_readings(table, name, cell, values)
    return FoundNotation(chosen, tuple(_signs(chosen, {name: columns[name] for name in readers})))


def _signs(notation: Notation, columns: dict[str, Counter[str]]) -> Iterator[tuple[str, str, str]]:
    decimal, thousands = notation.signs
    signs = [(decimal, f"the decimal sign {decimal!r}")] if decimal != "." else []
    signs += [(thousands, f"{thousands!r} between thousands")] if thousands else []
    for sign, words in signs:
        alike = set(ALIKE.get(sign, sign))
        shows = ((cell, name) for name, counts in columns.items() for cell in counts if alike & set(cell))
        for cell, name in itertools.islice(((c, n) for c, n in shows if notation.number(c)), 1):
            yield words, cell, name


def _count(counts: Counter[str], notation: Notation) -> int:
    number = notation.number
    return sum(count for cell, count in counts.items() if number(cell))


def _reads_more(counts: Counter[str], others: Sequence[Notation], usual: Notation) -> bool:
    few = _count(counts, usual)
    return few < counts.total() and any(_mostly_read(counts, n) and _count(counts, n) > few for n in others)


def _mostly_read(counts: Counter[str], notation: Notation) -> bool:
    return bool(counts) and _count(counts, notation) >= MOSTLY * counts.total()


def number_in_some_notation(cell: str) -> bool:
    """Whether some candidate reads a cell as a number."""
    return resembles_number(cell) and any(Notation(*signs).number(cell) for signs in CANDIDATES)


def _refuse_two_readings(table: Table, name: str, cell: str, values: dict[str, Notation]) -> None:
    told = " or ".join(f"{text} ({_options(notation)})" for text, notation in values.items())
    raise InputError(f"found {shorten(repr(cell))}, which may be {told}: say which", _place(table, name, cell))


def _refuse_two_ways(
    table: Table, first: str, readers: dict[str, list[Notation]], columns: dict[str, Counter[str]]
) -> None:
    other = next(
        (name for name, able in readers.items() if not set(able) & set(readers[first])),
        next(name for name in readers if name != first),
    )
    one, two = (_unlike(columns[name], readers[name]) for name in (first, other))
    raise InputError(
        f"found {shorten(repr(one))}, and {shorten(repr(two))} in the column {other!r}: the numbers of a table are "
        f"written in one way. Say it with --decimal and --thousands, and correct the other column, declare it "
        f"categorical or exclude it",
        _place(table, first, one),
    )


def _unlike(counts: Counter[str], readers: Sequence[Notation]) -> str:
    """A cell that shows why a column is read by these notations and not by others."""
    others = [Notation(*signs) for signs in CANDIDATES if not any((n.decimal, n.thousands) == signs for n in readers)]
    shows = (cell for cell in counts if not all(n.number(cell) for n in others))
    return next(shows, next(iter(counts)))


def _options(notation: Notation) -> str:
    options = [f"--decimal {notation.decimal}"] if notation.decimal != "." or not notation.thousands else []
    return " ".join(options + ([f"--thousands {notation.thousands!r}"] if notation.thousands else []))


def _place(table: Table, name: str, cell: str) -> str:
    return table.place(table.column(name).index(cell), name)
