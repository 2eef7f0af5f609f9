"""What a solution file claims, whatever its style: a status, values, an objective, a bound.

Nothing is judged here but that the file is whole and says each thing once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.goal import Status

_SHOWN = 40


@dataclass(frozen=True)
class Style:
    """How some solvers write what they found, and what is known of those that write so.

    ``signature``: found in a text of this style. ``missing``: what a column without a value has: ``zero``; ``free``,
    any value that the model allows; ``error``, as the style writes every column. ``gap``: the relative gap at which
    these solvers call an answer optimal unless told otherwise; None for those that compute with integers, whose word is
    exact. ``objective_row_gap``: the same of those that count the objective as a row, where there are such. ``digits``:
    significant digits of printed values, ``objective_digits`` of the objective."""

    program: str
    signature: re.Pattern[str]
    parse: Callable[[SolutionText], Solution]
    missing: Literal["zero", "free", "error"] = "error"
    gap: float | None = None
    digits: int = 15
    objective_digits: int = 15
    objective_row_gap: float | None = None


@dataclass(frozen=True, eq=False)
class Values:
    """``numbers`` (float64 [K]) of the columns called ``keys``, or of the columns with the numbers ``keys`` (int64,
    from 1), each once; ``lines`` [K] say where they stand."""

    keys: Sequence[str] | np.ndarray
    numbers: np.ndarray
    lines: Sequence[int]


@dataclass(frozen=True, eq=False)
class Solution:
    """What a file that messages call ``name`` claims. ``bound``: the lower bound of the objective that it proves, says
    its solver; ``columns`` and ``rows``: how many the solver counted, where it says so."""

    name: str
    style: Style
    status: Status
    values: Values | None = None
    objective: int | float | None = None
    bound: float | None = None
    columns: int | None = None
    rows: int | None = None


@dataclass(frozen=True, eq=False)
class SolutionText:
    """The lines that are not blank, with their numbers, of a file that messages call ``name``; ``count``: the columns
    or variables of the model that it should be of."""

    name: str
    style: Style
    lines: list[tuple[int, str]]
    count: int

    @property
    def texts(self) -> list[str]:
        """The lines without surrounding blanks."""
        return [line.strip() for _, line in self.lines]

    def solution(
        self,
        status: Status,
        values: Values | None = None,
        *,
        objective: int | float | None = None,
        bound: float | None = None,
        columns: int | None = None,
        rows: int | None = None,
    ) -> Solution:
        """A solution of this text."""
        return Solution(self.name, self.style, status, values, objective, bound, columns, rows)

    def error(self, message: str, index: int | None = None) -> InputError:
        """An error in the line with this index."""
        place = self.name if index is None else f"{self.name}, line {self.lines[index][0]}"
        return InputError(message, place)

    def status(self, word: str, known: Mapping[str, Status], before: Status | None, index: int) -> Status:
        """What a status line says, where it is known and agrees with the one before."""
        if word not in known:
            raise self.error(f"found the status {shown(word)}; known are {', '.join(known)}", index)
        if before not in (None, known[word]):
            raise self.error(f"found a second status, {word}, after {before}", index)
        return known[word]

    def cut_off(self, message: str, index: int | None = None) -> InputError:
        """An error that comes of a file without its end."""
        return self.error(f"{message}; the file is cut off", index)

    def number(self, word: str, index: int | None) -> float:
        """A finite number that a double holds exactly where it is an integer."""
        try:
            value = float(word)
        except ValueError:
            raise self.error(f"found {shown(word)}; a number is needed", index) from None
        if not math.isfinite(value) or abs(value) >= 2.0**53:
            raise self.error(f"found {shown(word)}; a finite number below 2^53 is needed", index)
        return value

    def columns(self, names: list[str], numbers: list[float]) -> Values:
        """The columns of a document without lines of its own for each."""
        known: set[str] = set()
        for name in names:
            if name in known:
                raise self.error(f"found the column {shown(name)} twice")
            known.add(name)
        return Values(names, np.array(numbers, dtype=np.float64), [self.lines[0][0]] * len(names))

    def table(self, indices: Iterable[int], name: int, value: int, width: int) -> Values:
        """Columns from lines of at least ``width`` words: their names and values are the words with these numbers."""
        keys: list[str] = []
        numbers: list[float] = []
        lines: list[int] = []
        known: set[str] = set()
        for index in indices:
            words = self.lines[index][1].split()
            if len(words) < width:
                raise self.cut_off(f"found {shown(self.lines[index][1])} among the values", index)
            if words[name] in known:
                raise self.error(f"found the column {shown(words[name])} twice", index)
            known.add(words[name])
            keys.append(words[name])
            numbers.append(self.number(words[value], index))
            lines.append(self.lines[index][0])
        return Values(keys, np.array(numbers, dtype=np.float64), lines)


def parse_solution(data: bytes, name: str, count: int, styles: Sequence[Style]) -> Solution:
    """The solution in the content of a file, for a model of ``count`` columns or variables. Raises InputError."""
    text = data.decode("latin-1")
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise InputError("found an empty file; is this what a solver wrote?", name)
    style = next((style for style in styles if style.signature.search(text)), None)
    if style is None:
        known = ", ".join(dict.fromkeys(style.program for style in styles))
        raise InputError(
            f"found {shown(lines[0][1])}; the head of a solution by {known} is needed", f"{name}, line {lines[0][0]}"
        )
    return style.parse(SolutionText(name, style, lines, count))


def shown(text: str) -> str:
    """The beginning of some text, for messages."""
    return repr("".join(letter if letter.isprintable() else "?" for letter in text.strip()[:_SHOWN]))
