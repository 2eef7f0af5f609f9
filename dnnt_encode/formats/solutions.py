"""What solvers write: a status, the values of the variables, a cost. Which of the styles it is, the file itself says.

    SAT solvers (cadical, kissat, ...)   s SATISFIABLE          v 1 -2 3 ... 0      over as many v lines as they like
    MaxSAT, until 2019                   s OPTIMUM FOUND, o 7   v 1 -2 3 ...        every variable, mostly without the 0
    MaxSAT, since 2020                   s OPTIMUM FOUND, o 7   v 0110...           one digit a variable
    MiniSat's result file                SAT                    1 -2 3 ... 0
    a bare model                         (nothing)              v lines, or the literals alone

Solvers that report as they go write several o lines and models: the last one counts. Whatever does not belong into such
a file, ends in its middle or speaks of variables that the model does not have is an error that names its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.formats.streams import reading, stream_name

Claim = Literal["OPTIMUM FOUND", "SATISFIABLE", "UNSATISFIABLE", "UNKNOWN"]

_STATUS: dict[str, Claim] = {
    "SAT": "SATISFIABLE",
    "SATISFIABLE": "SATISFIABLE",
    "UNSAT": "UNSATISFIABLE",
    "UNSATISFIABLE": "UNSATISFIABLE",
    "OPTIMUM FOUND": "OPTIMUM FOUND",
    "INDET": "UNKNOWN",
    "INDETERMINATE": "UNKNOWN",
    "UNKNOWN": "UNKNOWN",
}
_LONGEST_LITERAL = 11
_SHOWN = 40


@dataclass(frozen=True, eq=False)
class Solution:
    """What a file claims. ``truth`` (bool [variables + 1], variable v at v) and ``given`` (which variables have a
    value) are None where it has no values; ``cost`` is the last o line, None where there is none."""

    claim: Claim
    truth: np.ndarray | None = None
    given: np.ndarray | None = None
    cost: int | None = None


def read_solution(source: str, variables: int) -> Solution:
    """The solution in a file (packed or not, ``-`` for standard input) for a model of so many variables.

    Raises InputError."""
    with reading(source) as stream:
        data = stream.read()
    return parse_solution(data, variables, stream_name(source))


def parse_solution(data: bytes, variables: int, name: str) -> Solution:
    """The solution in the content of a file that messages call ``name``. Raises InputError."""
    claim: Claim | None = None
    cost: int | None = None
    values: list[tuple[int, list[str]]] = []
    for number, line in enumerate(data.decode("latin-1").splitlines(), start=1):
        kind, rest = _split(line)
        place = f"{name}, line {number}"
        if kind == "s":
            word = " ".join(rest.split())
            if word not in _STATUS:
                raise InputError(f"found the status {word[:_SHOWN]!r}; known are {', '.join(_STATUS)}", place)
            if claim not in (None, _STATUS[word]):
                raise InputError(f"found a second status, {word}, after {claim}", place)
            claim = _STATUS[word]
        elif kind == "o":
            try:
                cost = int(rest)
            except ValueError:
                raise InputError(f"found the cost {rest.strip()[:_SHOWN]!r}; an integer is needed", place) from None
        elif kind == "v":
            values.append((number, rest.split()))
        elif kind == "?":
            shown = "".join(letter if letter.isprintable() else "?" for letter in line.strip()[:_SHOWN])
            raise InputError(
                f"found {shown!r}; a line of a solution file is a comment (c), a status (s), a cost (o) or values (v). "
                "MiniSat's values are in the result file that is its second argument",
                place,
            )
    if not any(tokens for _, tokens in values):
        return _without_values(claim, cost, values, name)
    if claim == "UNSATISFIABLE":
        raise InputError("found values although the status is UNSATISFIABLE", f"{name}, line {values[0][0]}")
    truth, given = _bits(values, variables, name) or _literals(values, variables, name)
    return Solution(claim or "SATISFIABLE", truth, given, cost)


def _split(line: str) -> tuple[str, str]:
    """The kind of a line (``s o v`` or nothing; ``?`` for what belongs to no solution file) and what follows."""
    text = line.strip()
    letter, rest = text[:1], text[1:]
    if not text or (letter == "c" and not rest[:1].strip()):
        return "", ""
    if letter in "sov" and not rest[:1].strip():
        return letter, rest
    if letter == "v" and rest.replace(" ", "").lstrip("-").isdecimal():
        return "v", rest
    if text in _STATUS:
        return "s", text
    if letter.isdecimal() or letter == "-":
        return "v", text
    return "?", ""


def _without_values(claim: Claim | None, cost: int | None, lines: list[tuple[int, list[str]]], name: str) -> Solution:
    if claim in ("UNSATISFIABLE", "UNKNOWN"):
        return Solution(claim, cost=cost)
    if lines:
        raise InputError("found no values on this line; the file is cut off", f"{name}, line {lines[0][0]}")
    if claim is None and cost is None:
        raise InputError("found neither a status nor values; is this what a solver wrote?", name)
    if claim is None:
        return Solution("UNKNOWN", cost=cost)
    raise InputError(f"found {claim} without values; the file is cut off, or the solver was told to keep them", name)


def _bits(lines: list[tuple[int, list[str]]], variables: int, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Values in the style of one digit a variable, None where they are in the other."""
    texts = [(number, "".join(tokens)) for number, tokens in lines if tokens]
    if any(set(text) - {"0", "1"} for _, text in texts) or any(len(tokens) > 1 for _, tokens in lines):
        return None
    last, text = texts[-1]
    if len(text) != variables:
        # One string over several lines; two digits could still be two literals, so only what fits is taken.
        text = "".join(text for _, text in texts)
    if len(text) != variables:
        if len(text) <= _LONGEST_LITERAL or any(len(each) <= 1 for _, each in texts):
            return None
        what = "the file is cut off" if len(text) < variables else "it is of another model"
        raise InputError(f"found {len(text)} digits for {variables} variables; {what}", f"{name}, line {last}")
    truth = np.zeros(variables + 1, dtype=bool)
    truth[1:] = np.frombuffer(text.encode(), dtype=np.uint8) == ord("1")
    return truth, np.ones(variables + 1, dtype=bool)


def _literals(lines: list[tuple[int, list[str]]], variables: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values as literals; each 0 ends a model, and the last model counts."""
    numbers: list[np.ndarray] = []
    for number, tokens in lines:
        try:
            part = np.array([int(token) for token in tokens], dtype=np.int64)
        except (ValueError, OverflowError):
            wrong = next(
                token for token in tokens if not token.lstrip("-").isdecimal() or len(token) > _LONGEST_LITERAL
            )
            raise InputError(f"found {wrong[:_SHOWN]!r} among the values", f"{name}, line {number}") from None
        over = np.flatnonzero(np.abs(part) > variables)
        if len(over):
            raise InputError(
                f"found the literal {part[over[0]]}; the model has {variables} variables: this is a solution of "
                "another model",
                f"{name}, line {number}",
            )
        numbers.append(part)
    literals = np.concatenate(numbers)
    ends = np.flatnonzero(literals == 0)
    first = 0
    whole = len(ends) > 0 and ends[-1] == len(literals) - 1
    if whole:
        first = int(ends[-2]) + 1 if len(ends) > 1 else 0
    elif len(ends):
        first = int(ends[-1]) + 1
    chosen = literals[first:]
    chosen = chosen[chosen != 0]
    truth = np.zeros(variables + 1, dtype=bool)
    given = np.zeros(variables + 1, dtype=bool)
    given[np.abs(chosen)] = True
    if not whole and int(given[1:].sum()) < variables:
        raise InputError(
            f"the values end without a 0, and {int(given[1:].sum())} of {variables} variables have one; "
            "the file is cut off",
            f"{name}, line {lines[-1][0]}",
        )
    truth[chosen[chosen > 0]] = True
    both = chosen[(chosen < 0) & truth[np.abs(chosen)]]
    if len(both):
        raise InputError(f"found both {-both[0]} and {both[0]} among the values", f"{name}, line {lines[-1][0]}")
    return truth, given
