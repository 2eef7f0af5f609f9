"""How a file is cut into lines and cells: its encoding, the lines that do not count, the separator, and whether the
first line is a header."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Sequence

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import decode_text, wrong_byte
from dnnt_encode.parsers.notation import MISSING, resembles_number
from dnnt_encode.parsers.places import shorten

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
"""Separators by name; any other single character is one by itself."""

_SAMPLE_LINES = 50
_SAMPLE_ROWS = 1000
_MOSTLY = 0.8


def text_of(data: bytes, encoding: str | None, name: str) -> str:
    """The text of a file; without ``encoding``: in UTF-16 where its byte order mark says so, else in UTF-8. Raises
    InputError naming the line of the first wrong byte."""
    if encoding is None and data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    if encoding is None:
        try:
            return decode_text(data, name)
        except InputError as error:
            remedy = "or name its encoding: --encoding cp1252 for Western Windows"
            raise InputError(f"{error.message}, {remedy}", error.place) from None
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise wrong_byte(error, name, f"is not in the encoding {encoding}") from None
    except (LookupError, UnicodeError, ValueError):
        raise InputError(
            f"found the encoding {shorten(repr(encoding))}; known are utf-8, utf-16, cp1252, latin-1 and whatever else "
            f"Python has",
            place=name,
        ) from None


def without_lines(text: str, skip_rows: int, comment: str | None, name: str) -> str:
    """The text with its first ``skip_rows`` lines and those that begin with ``comment`` made empty, so that the others
    keep their numbers."""
    if comment is not None:
        if not comment.strip() or "\n" in comment:
            raise InputError(f"found {comment[:20]!r} as the sign of a comment; a character is needed", place=name)
        text = re.sub(rf"(?m)^[ \t]*{re.escape(comment)}[^\n]*", "", text)
    if skip_rows:
        lines = text.split("\n", skip_rows)
        text = "\n" * skip_rows + (lines[skip_rows] if len(lines) > skip_rows else "")
    return text


def sniff_separator(text: str, decimal: str | None = None) -> str:
    """The separator that cuts the first lines into the most cells, as many on each; a comma where none does. The comma
    is none where it stands only inside numbers between other separators, as in ``1,5;2,5``."""
    lines = list(itertools.islice((line for line in io.StringIO(text, newline="") if line.strip()), _SAMPLE_LINES))
    cut: dict[str, list[list[str]]] = {}
    for separator in SEPARATORS.values():
        try:
            rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
        except csv.Error:
            continue
        if len(set(map(len, rows))) == 1 and len(rows[0]) > 1:
            cut[separator] = rows
    # A space inside text cells must not win against a real separator.
    if len(cut) > 1:
        cut.pop(" ", None)
    others = [separator for separator in cut if separator != ","]
    if "," in cut and any(decimal == "," or _only_in_numbers(",", cut[separator]) for separator in others):
        del cut[","]
    if cut:
        return max(cut, key=lambda separator: len(cut[separator][0]))
    # Ragged everywhere: the header decides, and the reader names the line that disagrees.
    counts = {separator: lines[0].count(separator) for separator in SEPARATORS.values() if separator != " "}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] else ","


def _only_in_numbers(sign: str, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the sign stands in no cell but those of numbers, below the first line, which may hold names."""
    return all(resembles_number(cell.strip()) for row in rows[1:] for cell in row if sign in cell)


def looks_headless(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first line of a table is most likely a row: numbers stand above all columns of numbers, and above the
    columns whose texts repeat stands one of those texts. One name above such a column makes it a header."""
    rows = rows[:_SAMPLE_ROWS]
    likely = False
    for position, cell in enumerate(first):
        below = [row[position] for row in rows if position < len(row) and row[position].lower() not in MISSING]
        if not below:
            continue
        if sum(map(resembles_number, below)) >= _MOSTLY * len(below):
            # A column without a name that counts the rows is how data frames are saved; other gaps say nothing.
            named = cell.lower() not in MISSING or (not cell and below[:3] == [str(k) for k in range(len(below[:3]))])
            if named and not resembles_number(cell):
                return False
            likely = likely or resembles_number(cell)
        elif 2 * len(set(below)) <= len(below):
            if cell not in below:
                return False
            likely = True
    return likely
