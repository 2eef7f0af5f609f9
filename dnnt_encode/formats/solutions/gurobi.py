"""Gurobi: ``.sol``, which does not say whether its solution is best, and ``.json``, which says it and the bound."""

from __future__ import annotations

import json
import re
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style
from dnnt_encode.instance.goal import Status

GAP = 1e-4
_STATUS: dict[Any, Status] = {2: "OPTIMUM FOUND", 3: "UNSATISFIABLE", 4: "UNSATISFIABLE"}


def _sol(text: SolutionText) -> Solution:
    objective: float | None = None
    first = 0
    for first, line in enumerate(text.texts):
        if not line.startswith("#"):
            break
        if line.startswith("# Objective value = "):
            objective = text.number(line.split("=")[1].strip(), first)
    else:
        return text.solution("UNKNOWN")
    values = text.table(range(first, len(text.lines)), name=0, value=1, width=2)
    return text.solution("SATISFIABLE", values, objective=objective)


def _json(text: SolutionText) -> Solution:
    try:
        facts = json.loads("\n".join(line for _, line in text.lines))
        info, columns = facts["SolutionInfo"], facts.get("Vars", [])
        status = _STATUS.get(info["Status"], "UNKNOWN")
        names = [str(column["VarName"]) for column in columns]
        numbers = [text.number(str(column["X"]), None) for column in columns]
        bound, objective = info.get("ObjBound"), info.get("ObjVal")
        bound = None if bound is None or abs(float(bound)) >= 2.0**53 else float(bound)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise text.cut_off("found no whole JSON object with SolutionInfo, and Vars with VarName and X") from None
    # With all values 0 there may be no columns at all.
    if status == "UNSATISFIABLE" or not info.get("SolCount", len(columns)) or objective is None:
        return text.solution(status if status == "UNSATISFIABLE" else "UNKNOWN", bound=bound)
    values = text.columns(names, numbers)
    found: Status = "SATISFIABLE" if status == "UNKNOWN" else status
    return text.solution(found, values, objective=text.number(str(objective), None), bound=bound)


SOL = Style("Gurobi", re.compile(r"\A\s*# (Solution for model|Objective value)"), _sol, gap=GAP)
JSON = Style("Gurobi", re.compile(r'\A\s*\{\s*"SolutionInfo"'), _json, missing="zero", gap=GAP)
