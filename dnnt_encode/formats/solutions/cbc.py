"""CBC: ``solution FILE``. Columns outside their bounds are marked by two stars."""

from __future__ import annotations

import re

from dnnt_encode.formats.solutions.solution import Claim, Solution, SolutionText, Style


def _parse(text: SolutionText) -> Solution:
    status, _, rest = text.texts[0].partition(" - objective value ")
    if "infeasible" in status.lower():
        return text.solution("UNSATISFIABLE")
    if "no integer solution" in status or not rest:
        return text.solution("UNKNOWN")
    claim: Claim = "OPTIMUM FOUND" if status == "Optimal" else "SATISFIABLE"
    plain = [(number, line.replace("**", "  ", 1)) for number, line in text.lines]
    body = SolutionText(text.name, text.style, plain, text.count)
    values = body.table(range(1, len(plain)), name=1, value=2, width=4)
    return text.solution(claim, values, objective=text.number(rest.split()[0], 0))


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
