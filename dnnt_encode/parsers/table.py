"""CSV tables: a header, cells as text, and the line each row starts on, so that errors can name it.

Cells are stripped of surrounding blanks; blank lines are skipped; a cell is missing where it is empty, ``?``, ``NA``,
``N/A``, ``nan`` or ``null`` in any case.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import Source, decode_text, read_bytes, source_name, write_text
from dnnt_encode.parsers.places import shorten

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
"""The texts of a missing value, in lower case."""

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
"""Separators by name; any other single character is one by itself."""

_SAMPLE_LINES = 50


def is_missing(cell: str) -> bool:
    """Whether a cell stands for no value."""
    return cell.lower() in MISSING


@dataclass(frozen=True)
class Table:
    """``columns`` are distinct names; ``rows`` hold one stripped text a column; ``lines`` is the line of the file on
    which each row starts, from 1; ``header`` is whether the names came from the file."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    separator: str
    header: bool = True

    def column(self, name: str) -> list[str]:
        """The cells of one column."""
        position = self.columns.index(name)
        return [row[position] for row in self.rows]

    def take(self, rows: Sequence[int]) -> Table:
        """The table of the chosen rows, in that order."""
        return Table(
            self.name,
            self.columns,
            tuple(self.rows[row] for row in rows),
            tuple(self.lines[row] for row in rows),
            self.separator,
            self.header,
        )

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


def read_table(source: Source, separator: str | None = None, header: bool = True) -> Table:
    """The table of a CSV file: a path, ``-`` or an open file. Without ``separator`` it is found by looking.

    Without ``header`` the columns are called ``c0``, ``c1``, ..., and so is a column without a name in the header.
    Raises InputError, with the line, for a file that is empty, not UTF-8, has ragged rows, unfinished quotes, or a
    column name twice.
    """
    name = source_name(source)
    text = decode_text(read_bytes(source), name)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("found a NUL character; this is no text file", place=f"{name}, line {line}")
    if not text.strip():
        raise InputError("the file is empty; a header and at least one row are needed", place=name)
    chosen = _separator(separator, name) if separator is not None else sniff_separator(text)
    records = _records(text, chosen, name)
    if not records:
        raise InputError("found no rows; a header and at least one row are needed", place=name)
    if header:
        line, first = records.pop(0)
        columns = _check_names(first, f"{name}, line {line}")
    else:
        columns = tuple(f"c{number}" for number in range(len(records[0][1])))
    for line, row in records:
        if len(row) != len(columns):
            raise InputError(
                f"found {len(row)} cells; the {'header' if header else 'first row'} has {len(columns)} "
                f"(separator {chosen!r})",
                place=f"{name}, line {line}",
            )
    return Table(
        name, columns, tuple(tuple(row) for _, row in records), tuple(line for line, _ in records), chosen, header
    )


def _separator(text: str, name: str) -> str:
    chosen = SEPARATORS.get(text, "\t" if text == "\\t" else text)
    if len(chosen) != 1 or chosen in '"\r\n' or chosen.isalnum():
        known = ", ".join(SEPARATORS)
        raise InputError(f"found the separator {shorten(repr(text))}; one character is needed, or {known}", place=name)
    return chosen


def sniff_separator(text: str) -> str:
    """The separator that cuts the first lines into the most cells, as many on each; a comma where none does."""
    lines = []
    for line in text.splitlines():
        if line.strip():
            lines.append(line)
        if len(lines) == _SAMPLE_LINES:
            break
    best, most = ",", 1
    for separator in SEPARATORS.values():
        try:
            rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
        except csv.Error:
            continue
        widths = {len(row) for row in rows}
        # A space inside text cells must not win against a real separator.
        if len(widths) == 1 and (width := widths.pop()) > most and (separator != " " or (best == "," and most == 1)):
            best, most = separator, width
    if most == 1:
        # Ragged everywhere: the header decides, and the reader names the line that disagrees.
        counts = {separator: lines[0].count(separator) for separator in SEPARATORS.values() if separator != " "}
        best = max(counts, key=lambda separator: counts[separator])
        best = best if counts[best] else ","
    return best


def _records(text: str, separator: str, name: str) -> list[tuple[int, list[str]]]:
    """Every row that is not blank, with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    records = []
    start = 1
    try:
        for row in reader:
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
