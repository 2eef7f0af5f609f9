"""SCIP: ``write solution``, or ``writeBestSol`` of PySCIPOpt, which leaves the status out."""

from __future__ import annotations

import re

from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style
from dnnt_encode.instance.goal import Status


def _parse(text: SolutionText) -> Solution:
    status: Status = "UNKNOWN"
    for index, line in enumerate(text.texts):
        key, colon, rest = line.partition(":")
        key, rest = key.strip().lower(), rest.strip()
        if key == "solution status" and colon:
            if rest.startswith("optimal"):
                status = "OPTIMUM FOUND"
            elif rest.startswith("infeasible"):
                return text.solution("UNSATISFIABLE")
        elif key == "objective value" and colon:
            values = text.table(range(index + 1, len(text.lines)), name=0, value=1, width=3)
            found: Status = "SATISFIABLE" if status == "UNKNOWN" else status
            return text.solution(found, values, objective=text.number(rest, index))
        elif line.lower().startswith("no solution available"):
            return text.solution("UNKNOWN")
        else:
            break
    raise text.cut_off("found no line `objective value:`")


STYLE = Style(
    "SCIP",
    re.compile(r"(?i)\A\s*(solution status:|objective value:|no solution available)"),
    _parse,
    missing="zero",
    gap=1e-9,
)
