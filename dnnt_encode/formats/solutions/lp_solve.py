"""lp_solve: what ``lp_solve -fmps MODEL -S3`` prints."""

from __future__ import annotations

import re

from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style

_VALUE, _COLUMNS, _ROWS = "Value of objective function:", "Actual values of the variables:", "Actual values of the con"


def _parse(text: SolutionText) -> Solution:
    texts = text.texts
    if any(line.startswith("This problem is infeasible") for line in texts):
        return text.solution("UNSATISFIABLE")
    first = next((k for k, line in enumerate(texts) if line.startswith(_COLUMNS)), None)
    head = next((k for k, line in enumerate(texts) if line.startswith(_VALUE)), None)
    if head is None or first is None:
        return text.solution("UNKNOWN")
    last = next((k for k, line in enumerate(texts) if line.startswith(_ROWS)), None)
    if last is None:
        raise text.cut_off("found no line `Actual values of the constraints:`")
    values = text.table(range(first + 1, last), name=0, value=1, width=2)
    # Where it was stopped it says so before.
    early = any("sub-optimal" in line.lower() for line in texts[:first])
    objective = text.number(texts[head].partition(":")[2].strip(), head)
    return text.solution("SATISFIABLE" if early else "OPTIMUM FOUND", values, objective=objective)


STYLE = Style(
    "lp_solve",
    # The last three are all that it says where it ends without an answer.
    re.compile(
        r"(?m)^(Value of objective function:|This problem is |The model is sub-optimal"
        r"|Timeout$|Accuracy error$|NUMERICAL FAILURE)"
    ),
    _parse,
    gap=1e-9,
    digits=6,
)
