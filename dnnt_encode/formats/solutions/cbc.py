"""CBC: ``solution FILE``. Columns outside their bounds are marked by two stars."""

from __future__ import annotations

import re

from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style
from dnnt_encode.instance.goal import Status


def _parse(text: SolutionText) -> Solution:
    told, _, rest = text.texts[0].partition(" - objective value ")
    if "infeasible" in told.lower():
        return text.solution("UNSATISFIABLE")
    if "no integer solution" in told or not rest:
        return text.solution("UNKNOWN")
    status: Status = "OPTIMUM FOUND" if told == "Optimal" else "SATISFIABLE"
    plain = [(number, line.replace("**", "  ", 1)) for number, line in text.lines]
    body = SolutionText(text.name, text.style, plain, text.count)
    values = body.table(range(1, len(plain)), name=1, value=2, width=4)
    return text.solution(status, values, objective=text.number(rest.split()[0], 0))


STYLE = Style(
    "CBC",
    re.compile(
        r"\A\s*(Optimal|Infeasible|Integer infeasible|Unbounded|Stopped|Feasible|Unknown|Status unknown)"
        r".* - objective value"
    ),
    _parse,
    missing="zero",
    gap=1e-9,
    digits=8,
)
