"""Pseudo-Boolean solvers, which compute with integers: ``s OPTIMUM FOUND``, ``o 1``, ``v x1 -x2 ...``."""

from __future__ import annotations

import re

import numpy as np

from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style, Values, shown
from dnnt_encode.instance.goal import Status

_STATUS: dict[str, Status] = {
    "OPTIMUM FOUND": "OPTIMUM FOUND",
    "SATISFIABLE": "SATISFIABLE",
    "UNSATISFIABLE": "UNSATISFIABLE",
    "UNKNOWN": "UNKNOWN",
    "UNSUPPORTED": "UNKNOWN",
}


def _parse(text: SolutionText) -> Solution:
    status: Status | None = None
    objective: int | None = None
    found: dict[int, tuple[float, int]] = {}
    for index, (number, line) in enumerate(text.lines):
        letter, rest = line[:1], line[1:].strip()
        if letter == "s":
            status = text.status(rest, _STATUS, status, index)
        elif letter == "o":
            try:
                objective = int(rest)
            except ValueError:
                raise text.error(f"found the objective {shown(rest)}; an integer is needed", index) from None
        elif letter == "v":
            for word in rest.split():
                if not re.fullmatch(r"-?x[1-9][0-9]{0,9}", word):
                    if word == "0":
                        continue
                    raise text.error(f"found {shown(word)} among the values; x1 or -x1 is needed", index)
                variable = int(word.lstrip("-x"))
                if variable in found:
                    raise text.error(f"found x{variable} twice among the values", index)
                found[variable] = 0.0 if word.startswith("-") else 1.0, number
        elif letter != "c":
            raise text.error(f"found {shown(line)}; a line begins with c, s, o or v", index)
    if status is None:
        raise text.cut_off("found no status line")
    if status == "UNSATISFIABLE" and found:
        raise text.error("found values although the status is UNSATISFIABLE")
    if not found and status in ("OPTIMUM FOUND", "SATISFIABLE"):
        raise text.cut_off(f"found {status} without values")
    if not found:
        return text.solution(status)
    numbers = np.array([value for value, _ in found.values()], dtype=np.float64)
    values = Values(np.array([*found], dtype=np.int64), numbers, [line for _, line in found.values()])
    return text.solution(status, values, objective=objective)


VALUES = re.compile(r"(?m)^v\s+-?x[0-9]")
"""What only these solvers write."""

STYLE = Style("a pseudo-Boolean solver", re.compile(r"\A\s*[csov]\b"), _parse, missing="free")
