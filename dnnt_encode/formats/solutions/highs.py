"""HiGHS, in its own styles: raw (0), pretty (1) and sparse (4). The styles 2 and 3 are those of GLPK."""

from __future__ import annotations

import re

from dnnt_encode.formats.solutions.solution import Solution, SolutionText, Style
from dnnt_encode.instance.goal import Status

GAP = 1e-4
"""HiGHS calls an answer optimal within this relative gap, unless told otherwise."""

_STATUS: dict[str, Status] = {"Optimal": "OPTIMUM FOUND", "Infeasible": "UNSATISFIABLE"}


def _raw(text: SolutionText) -> Solution:
    texts = text.texts
    status = _STATUS.get(texts[1] if len(texts) > 1 else "", "UNKNOWN")
    if status == "UNSATISFIABLE":
        return text.solution(status)
    if "# Primal solution values" not in texts:
        raise text.cut_off("found no line `# Primal solution values`")
    start = texts.index("# Primal solution values")
    feasible = texts[start + 1 : start + 2] == ["Feasible"]
    if not feasible and status == "OPTIMUM FOUND":
        raise text.cut_off("found the status Optimal without a feasible solution")
    if not feasible:
        return text.solution("UNKNOWN")
    facts: dict[str, float] = {}
    for index in range(start, len(texts)):
        words = texts[index].split()
        if words[0] in ("Objective", "Objective_bound") and len(words) == 2:
            facts[words[0]] = text.number(words[1], index)
        elif words[:2] == ["#", "Columns"] and len(words) > 2 and words[2].lstrip("-").isdecimal():
            sparse, count = words[3:] == ["sparse"], abs(int(words[2]))
            after = index + 1 + count
            if len(texts) < after or (len(texts) > after and not texts[after].startswith("#")):
                raise text.error(f"found other than the {count} columns that the file announces; is it cut off?")
            values = text.table(range(index + 1, after), name=0, value=1, width=3 if sparse else 2)
            rows = texts[after].split() if len(texts) > after else []
            whole = rows[:2] == ["#", "Rows"] and len(rows) == 3 and rows[2].isdecimal()
            return text.solution(
                "SATISFIABLE" if status == "UNKNOWN" else status,
                values,
                objective=facts.get("Objective"),
                bound=facts.get("Objective_bound"),
                columns=None if sparse else count,
                rows=int(rows[2]) if whole else None,
            )
    raise text.cut_off("found no line `# Columns N`")


def _pretty(text: SolutionText) -> Solution:
    texts = text.texts
    facts = {key: rest.strip() for key, _, rest in (line.partition(":") for line in texts[-8:])}
    if "Model status" not in facts:
        raise text.cut_off("found no line `Model status:`")
    status = _STATUS.get(facts["Model status"], "UNKNOWN")
    if status == "UNSATISFIABLE":
        return text.solution(status)
    heads = [index for index, line in enumerate(texts) if line in ("Columns", "Rows")]
    if len(heads) != 2 or len(texts) < heads[0] + 2:
        raise text.cut_off("found no tables `Columns` and `Rows`")
    # Cells are blank where there is nothing to say: of a MILP, a status and a dual value; without a solution, the rest.
    lines = range(heads[0] + 2, heads[1])
    if any(len(texts[index].split()) < len(("Index", "Lower", "Upper", "Primal", "Type", "Name")) for index in lines):
        return text.solution("UNKNOWN")
    values = text.table(lines, name=-1, value=3, width=6)
    end = next((k for k in range(heads[1] + 2, len(texts)) if not texts[k][0].isdecimal()), len(texts))
    numbers = {key: text.number(facts[key], None) for key in ("Objective value", "Objective bound") if key in facts}
    return text.solution(
        "SATISFIABLE" if status == "UNKNOWN" else status,
        values,
        objective=numbers.get("Objective value"),
        bound=numbers.get("Objective bound"),
        columns=heads[1] - heads[0] - 2,
        rows=end - heads[1] - 2,
    )


SPARSE = Style(
    "HiGHS", re.compile(r"\A\s*Model status\s[\s\S]*\n# Columns -?[0-9]+ sparse"), _raw, missing="zero", gap=GAP
)
RAW = Style("HiGHS", re.compile(r"\A\s*Model status\s"), _raw, gap=GAP)
PRETTY = Style("HiGHS", re.compile(r"\A\s*Columns\s"), _pretty, gap=GAP, digits=6)
