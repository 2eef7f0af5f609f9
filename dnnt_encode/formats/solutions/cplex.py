"""CPLEX: ``.sol``, an XML document with a status and, at its usual level of detail, every column."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from dnnt_encode.errors import InputError
from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style
from dnnt_encode.instance.goal import Status

GAP = 1e-4
"""CPLEX calls an answer optimal within this relative gap, unless told otherwise."""

# By the numbers of CPLEX's callable library: MIP optimal, within the tolerance, infeasible.
_STATUS: dict[str, Status] = {"101": "OPTIMUM FOUND", "102": "OPTIMUM FOUND", "103": "UNSATISFIABLE"}


def _sol(text: SolutionText) -> Solution:
    try:
        root = ElementTree.fromstring("\n".join(text.texts))
        header, columns = root.find("header"), root.findall("variables/variable")
        if header is None:
            raise text.error("found no element `header`; what CPLEX writes has one")
        status = _STATUS.get(header.attrib["solutionStatusValue"], "UNKNOWN")
        if status == "UNSATISFIABLE" or not columns:
            return text.solution(status if status == "UNSATISFIABLE" else "UNKNOWN")
        names = [column.attrib["name"] for column in columns]
        numbers = [text.number(column.attrib["value"], None) for column in columns]
        objective = text.number(header.attrib["objectiveValue"], None)
        level = header.get("writeLevel")
    except InputError:
        raise
    except (ElementTree.ParseError, KeyError) as error:
        raise text.cut_off(f"found no whole XML document of CPLEX ({error})") from None
    values = text.columns(names, numbers)
    return text.solution(
        "SATISFIABLE" if status == "UNKNOWN" else status,
        values,
        objective=objective,
        columns=len(names) if level == "1" else None,
    )


SOL = Style("CPLEX", re.compile(r"\A\s*(<\?xml[^>]*>\s*)?<CPLEXSolution\b"), _sol, missing="zero", gap=GAP)
