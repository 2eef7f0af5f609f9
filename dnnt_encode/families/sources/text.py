"""Lines of words, for the small text formats that source problems come in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import Source, decode_text, read_bytes, source_name, text_lines

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")


class SourceLine:
    """One line: its words and its place in messages."""

    def __init__(self, words: list[str], place: str) -> None:
        self.words, self.place = words, place

    def fail(self, message: str) -> NoReturn:
        raise InputError(message, self.place)

    def refuse_count(self, counted: str, item: str) -> NoReturn:
        """A line that reads as how much data follows, which would be data itself."""
        shown = " ".join(self.words)[:40]
        self.fail(
            f"found {shown!r}, which reads as {counted}; delete the line, or, if it is {item}, do not put it first"
        )

    def integers(self, start: int = 0) -> list[int]:
        """The words from ``start`` on as integers. Raises InputError naming the first that is none."""
        for word in self.words[start:]:
            if not _INTEGER.fullmatch(word):
                self.fail(f"found {word[:40]!r}; an integer is needed")
        return [int(word) for word in self.words[start:]]


def refuse_counts(rows: list[SourceLine], largest: int, counted: str, item: str) -> None:
    """Raises InputError where the first line, which would be data, says how much of it follows: a number that no other
    line passes (``largest``), and the number of the other lines, or half of it where each stands there twice."""
    first, others = rows[0].integers(), len(rows) - 1
    if len(first) == 2 and first[0] >= largest and first[1] > 0 and others in (first[1], 2 * first[1]):
        rows[0].refuse_count(counted, item)


def lines(source: Source, comments: tuple[str, ...] = ("#",)) -> Iterator[SourceLine]:
    """The lines of a file that are neither empty nor comments. Raises InputError for unreadable files."""
    name = source_name(source)
    text = decode_text(read_bytes(source), name)
    for number, line in enumerate(text_lines(text), start=1):
        words = line.split()
        if words and not any(words[0] == mark or (mark == "#" and words[0].startswith("#")) for mark in comments):
            yield SourceLine(words, f"{name}, line {number}")
