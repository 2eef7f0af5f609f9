"""GLPK: ``-w``, in numbers of columns, and ``-o``, a table for humans. HiGHS writes both too (its styles 2 and 3), but
counts the objective as a row."""

from __future__ import annotations

import re

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.formats.solutions import highs
from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style, Values, shown
from dnnt_encode.instance.goal import Status

_LETTER: dict[str, Status] = {"o": "OPTIMUM FOUND", "f": "SATISFIABLE", "n": "UNSATISFIABLE"}
_STATUS: dict[str, Status] = {
    "INTEGER OPTIMAL": "OPTIMUM FOUND",
    "INTEGER NON-OPTIMAL": "SATISFIABLE",
    "INTEGER EMPTY": "UNSATISFIABLE",
}


def _numbers(text: SolutionText) -> Solution:
    head: tuple[int, int, Status, float] | None = None
    found: dict[str, dict[int, tuple[float, int]]] = {"i": {}, "j": {}}
    for index, (number, line) in enumerate(text.lines):
        words = line.split()
        try:
            if words[0] in found and head is not None:
                place = int(words[1])
                if place in found[words[0]]:
                    raise text.error(f"found the {'row' if words[0] == 'i' else 'column'} {place} twice", index)
                found[words[0]][place] = text.number(words[2], index), number
            elif words[:2] == ["s", "mip"] and head is None:
                head = int(words[2]), int(words[3]), _LETTER.get(words[4], "UNKNOWN"), float(words[5])
                if head[2] in ("UNSATISFIABLE", "UNKNOWN"):
                    return text.solution(head[2])
            elif words[0] == "s":
                raise text.error(f"found a solution of kind {shown(words[1])}; one of kind mip is needed", index)
            elif words == ["e", "o", "f"] and head is not None:
                return _whole(text, head, found["i"], found["j"])
            elif words[0] != "c":
                raise ValueError
        except InputError:
            raise
        except (ValueError, IndexError):
            raise text.error(f"found {shown(line)} in a solution of GLPK; is it cut off?", index) from None
    raise text.cut_off("found no line `e o f` at the end")


def _whole(
    text: SolutionText,
    head: tuple[int, int, Status, float],
    rows: dict[int, tuple[float, int]],
    columns: dict[int, tuple[float, int]],
) -> Solution:
    for what, announced, found in (("rows", head[0], rows), ("columns", head[1], columns)):
        if sorted(found) != list(range(1, announced + 1)) and (found or what == "columns"):
            raise text.error(f"found {len(found)} {what} of {announced}")
    numbers = np.array([value for value, _ in columns.values()], dtype=np.float64)
    keys = np.array([*columns], dtype=np.int64)
    values = Values(keys, numbers, [line for _, line in columns.values()])
    return text.solution(head[2], values, objective=head[3], columns=head[1], rows=head[0])


def _table(text: SolutionText) -> Solution:
    """A long name has its numbers on the next line."""
    facts: dict[str, str] = {}
    index = 0
    while index < len(text.lines) and not text.lines[index][1].lstrip().startswith("No."):
        key, _, rest = text.lines[index][1].partition(":")
        facts[key.strip()] = rest.strip()
        index += 1
    status = _STATUS.get(facts.get("Status", ""), "UNKNOWN")
    if status in ("UNSATISFIABLE", "UNKNOWN"):
        return text.solution(status)
    try:
        rows, count = int(facts["Rows"].split()[0]), int(facts["Columns"].split()[0])
        # ``loss = 7 (MINimum)``; by HiGHS ``0 (MINimum)`` where nothing costs.
        objective = text.number(facts["Objective"].rpartition("=")[2].split()[0], None)
    except InputError:
        raise
    except (KeyError, IndexError, ValueError):
        raise text.cut_off("found no `Rows:`, `Columns:` and `Objective:` at the head") from None
    texts = text.texts
    first = next((k for k, line in enumerate(texts) if line.startswith("No. Column name")), len(texts))
    last = next((k for k, line in enumerate(texts) if line.startswith("Integer feasibility conditions")), None)
    if last is None:
        raise text.cut_off("found no line `Integer feasibility conditions` at the end")
    names: list[str] = []
    numbers: list[float] = []
    lines: list[int] = []
    for k in range(first + 2, last):
        words = texts[k].split()
        if words[0] != str(len(names) + 1) or len(words) == 1:
            continue
        after = [word for word in (*words[2:], *(texts[k + 1].split() if k + 1 < last else ())) if word != "*"]
        names.append(words[1])
        numbers.append(text.number(after[0] if after else "", k))
        lines.append(text.lines[k][0])
    if len(names) != count:
        raise text.cut_off(f"found {len(names)} columns of {count}")
    values = Values(names, np.array(numbers, dtype=np.float64), lines)
    return text.solution(status, values, objective=objective, columns=count, rows=rows)


GAP = 1e-7

NUMBERS = Style("GLPK", re.compile(r"\A\s*c Problem:"), _numbers, gap=GAP, objective_row_gap=highs.GAP)
TABLE = Style(
    "GLPK",
    re.compile(r"\A\s*Problem:"),
    _table,
    gap=GAP,
    objective_row_gap=highs.GAP,
    digits=6,
    objective_digits=10,
)
