"""CSV tables: a header, cells as text, and the line each row starts on, so that errors can name it.

Cells are stripped of surrounding blanks; blank lines are skipped. What the cells mean is the business of ``notation``.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import Source, read_bytes, source_name, write_text
from dnnt_encode.parsers.frames import frame_records, is_frame
from dnnt_encode.parsers.layout import SEPARATORS, looks_headless, sniff_separator, text_of, without_lines
from dnnt_encode.parsers.limits import MAX_NUMBERS
from dnnt_encode.parsers.notation import UNSAID, Notation
from dnnt_encode.parsers.places import shorten


@dataclass(frozen=True)
class Table:
    """``columns`` are distinct names; ``rows`` hold one stripped text a column; ``lines`` is the line of the file on
    which each row starts, from 1; ``header`` is whether the names came from the file; ``notation`` is what is known of
    how the cells write numbers."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    separator: str
    header: bool = True
    notation: Notation = UNSAID

    def column(self, name: str) -> list[str]:
        """The cells of one column."""
        position = self.columns.index(name)
        return [row[position] for row in self.rows]

    def present(self, name: str) -> Counter[str]:
        """The distinct texts of a column that stand for a value, in their order, and how often each is there."""
        if name not in self._present:
            self._present[name] = self.notation.present(self.column(name))
        return self._present[name]

    @cached_property
    def _present(self) -> dict[str, Counter[str]]:
        return {}

    def take(self, rows: Sequence[int]) -> Table:
        """The table of the chosen rows, in that order."""
        return replace(self, rows=tuple(self.rows[row] for row in rows), lines=tuple(self.lines[row] for row in rows))

    def place(self, row: int, column: str) -> str:
        """The place of a cell in an error message."""
        return f"{self.name}, line {self.lines[row]}, column {column!r}"

    def find(self, key: str) -> str:
        """The column of that name, else of that index (from 0; negative ones count from the end). Raises InputError."""
        if key in self.columns:
            return key
        if re.fullmatch(r"-?[0-9]{1,9}", key) and -len(self.columns) <= int(key) < len(self.columns):
            return self.columns[int(key)]
        raise InputError(f"found no column {shorten(repr(key))}; the columns are {_listed(self.columns)}", self.name)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(shorten(repr(name)) for name in names[:20])
    return f"{shown}, ... ({len(names)} in all)" if len(names) > 20 else shown


def read_table(
    source: Source,
    separator: str | None = None,
    header: bool | None = None,
    *,
    encoding: str | None = None,
    skip_rows: int = 0,
    comment: str | None = None,
    notation: Notation = UNSAID,
) -> Table:
    """The table of a CSV file: a path, ``-`` or an open file. Without ``separator`` it is found by looking. Parquet
    and ``.xlsx``, by content or name, are read by ``frames``.

    Without a header (``header=False``) the columns are called ``c0``, ``c1``, ..., and so is a column without a name in
    the header; None takes the first line for a header, and refuses one that looks like a row. ``encoding`` is that of
    the text (default: UTF-8, or what a byte order mark says); the first ``skip_rows`` lines and those that begin with
    ``comment`` do not count.

    Raises InputError, with the line, for a file that is empty, not in its encoding, has ragged rows, unfinished quotes,
    or a column name twice.
    """
    name = source_name(source)
    data = read_bytes(source)
    if is_frame(name, data):
        said = {"--separator": separator, "--encoding": encoding, "--comment": comment}
        for option, value in said.items():
            if value is not None:
                raise InputError(f"{option} is for tables that are text", place=name)
        records, chosen = frame_records(data, name, skip_rows), ","
        notation = notation if notation.decimal or notation.thousands else replace(notation, decimal=".")
    else:
        text = text_of(data, encoding, name)
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise InputError("found a NUL character; this is no text file", place=f"{name}, line {line}")
        text = without_lines(text, skip_rows, comment, name)
        if not text.strip():
            raise InputError("the file is empty; a header and at least one row are needed", place=name)
        chosen = _separator(separator, name) if separator is not None else sniff_separator(text, notation.decimal)
        records = _records(text, chosen, name)
    if not records:
        raise InputError("found no rows; a header and at least one row are needed", place=name)
    if header is None:
        _refuse_headless(records, name)
    if header is not False:
        line, first = records.pop(0)
        columns = _check_names(first, f"{name}, line {line}")
    else:
        columns = tuple(f"c{number}" for number in range(len(records[0][1])))
    for line, row in records:
        if len(row) != len(columns):
            raise InputError(
                f"found {len(row)} cells; the {'first row' if header is False else 'header'} has {len(columns)} "
                f"(separator {chosen!r})",
                place=f"{name}, line {line}",
            )
    rows = tuple(tuple(row) for _, row in records)
    return Table(name, columns, rows, tuple(line for line, _ in records), chosen, header is not False, notation)


def _separator(text: str, name: str) -> str:
    chosen = SEPARATORS.get(text, "\t" if text == "\\t" else text)
    if len(chosen) != 1 or chosen in '"\r\n' or chosen.isalnum():
        known = ", ".join(SEPARATORS)
        raise InputError(f"found the separator {shorten(repr(text))}; one character is needed, or {known}", place=name)
    return chosen


def _refuse_headless(records: Sequence[tuple[int, list[str]]], name: str) -> None:
    line, first = records[0]
    if looks_headless(first, [row for _, row in records[1:]]):
        raise InputError(
            f"the first line looks like a row, not like the names of columns: {shorten(', '.join(first))}. Put names "
            f"above it, or say --no-header (columns are then called c0, c1, ...), or --header if these are names",
            place=f"{name}, line {line}",
        )


def _records(text: str, separator: str, name: str) -> list[tuple[int, list[str]]]:
    """Every row that is not blank, with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    records = []
    start, total = 1, 0
    try:
        for row in reader:
            total += len(row)
            if total > MAX_NUMBERS:
                raise InputError(f"found more than {MAX_NUMBERS} cells, the limit", place=f"{name}, line {start}")
            cells = [cell.strip() for cell in row]
            if any(cells) or len(cells) > 1:
                records.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"cannot be read as CSV: {error}", place=f"{name}, line {start}") from None
    return records


def _check_names(names: Sequence[str], place: str) -> tuple[str, ...]:
    known: dict[str, None] = {}
    for position, written in enumerate(names):
        # Tables saved with their row numbers have a first column without a name.
        column = written or f"c{position}"
        if column in known:
            raise InputError(f"found the column name {shorten(repr(column))} twice; names are distinct", place=place)
        known[column] = None
    return tuple(known)


def write_table(table: Table, target: Source) -> None:
    """Writes a table as CSV to a path (whole or not at all), to ``-`` or to an open file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=table.separator, lineterminator="\n")
    if table.header:
        writer.writerow(table.columns)
    writer.writerows(table.rows)
    write_text(target, buffer.getvalue())
