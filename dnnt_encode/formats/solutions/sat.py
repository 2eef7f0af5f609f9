"""SAT and MaxSAT solvers: a status, the values of the variables, a cost. Which of the styles it is, the file itself
says.

    SAT solvers (cadical, kissat, ...)   s SATISFIABLE          v 1 -2 3 ... 0      over as many v lines as they like
    MaxSAT, until 2019                   s OPTIMUM FOUND, o 7   v 1 -2 3 ...        every variable, mostly without the 0
    MaxSAT, since 2020                   s OPTIMUM FOUND, o 7   v 0110...           one digit a variable
    MiniSat's result file                SAT                    1 -2 3 ... 0
    a bare model                         (nothing)              v lines, or the literals alone

Solvers that report as they go write several o lines and models: the last one counts. Whatever does not belong into such
a file, ends in its middle or speaks of variables that the model does not have is an error that names its line.
"""

from __future__ import annotations

import re

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style, Values, shown
from dnnt_encode.instance.goal import Status

_STATUS: dict[str, Status] = {
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

_Lines = list[tuple[int, list[str]]]


def _parse(text: SolutionText) -> Solution:
    status: Status | None = None
    cost: int | None = None
    values: _Lines = []
    for index, (number, line) in enumerate(text.lines):
        kind, rest = _split(line)
        if kind == "s":
            status = text.status(" ".join(rest.split()), _STATUS, status, index)
        elif kind == "o":
            try:
                cost = int(rest)
            except ValueError:
                raise text.error(f"found the cost {shown(rest)}; an integer is needed", index) from None
        elif kind == "v":
            values.append((number, rest.split()))
        elif kind == "?":
            raise text.error(
                f"found {shown(line)}; a line of a solution file is a comment (c), a status (s), a cost (o) or values "
                "(v). MiniSat's values are in the result file that is its second argument",
                index,
            )
    if not any(tokens for _, tokens in values):
        return _without_values(text, status, cost, values)
    if status == "UNSATISFIABLE":
        raise InputError("found values although the status is UNSATISFIABLE", f"{text.name}, line {values[0][0]}")
    found = _bits(values, text.count, text.name)
    if found is None:
        found = _literals(values, text.count, text.name)
    return text.solution(status or "SATISFIABLE", found, objective=cost)


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


def _without_values(text: SolutionText, status: Status | None, cost: int | None, lines: _Lines) -> Solution:
    if status in ("UNSATISFIABLE", "UNKNOWN"):
        return text.solution(status, objective=cost)
    if lines:
        raise InputError("found no values on this line; the file is cut off", f"{text.name}, line {lines[0][0]}")
    if status is None and cost is None:
        raise text.error("found neither a status nor values; is this what a solver wrote?")
    if status is None:
        return text.solution("UNKNOWN", objective=cost)
    raise text.error(f"found {status} without values; the file is cut off, or the solver was told to keep them")


def _bits(lines: _Lines, variables: int, name: str) -> Values | None:
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
    numbers = (np.frombuffer(text.encode(), dtype=np.uint8) == ord("1")).astype(np.float64)
    return Values(np.arange(1, variables + 1), numbers, [last] * variables)


def _literals(lines: _Lines, variables: int, name: str) -> Values:
    """Values as literals; each 0 ends a model, and the last model counts."""
    numbers: list[np.ndarray] = []
    for number, tokens in lines:
        try:
            part = np.array([int(token) for token in tokens], dtype=np.int64)
        except (ValueError, OverflowError):
            wrong = next(
                token for token in tokens if not token.lstrip("-").isdecimal() or len(token) > _LONGEST_LITERAL
            )
            raise InputError(f"found {shown(wrong)} among the values", f"{name}, line {number}") from None
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
    # The same literal twice says nothing new.
    chosen = np.unique(literals[first:])
    chosen = chosen[chosen != 0]
    keys, counts = np.unique(np.abs(chosen), return_counts=True)
    last = lines[-1][0]
    if not whole and len(keys) < variables:
        raise InputError(
            f"the values end without a 0, and {len(keys)} of {variables} variables have one; the file is cut off",
            f"{name}, line {last}",
        )
    both = keys[counts > 1]
    if len(both):
        raise InputError(f"found both {both[0]} and {-both[0]} among the values", f"{name}, line {last}")
    return Values(keys, np.isin(keys, chosen).astype(np.float64), [last] * len(keys))


STYLE = Style("a SAT or MaxSAT solver", re.compile(r""), _parse, missing="free")
