"""What MILP solvers write: one of these, which the file itself shows.

    HiGHS     Model status, Optimal ... # Columns 43, then ``name value`` lines       every column
    SCIP      solution status: ..., objective value: ..., ``name value (obj:1)``      a missing column is 0
    CBC       Optimal - objective value 1, ``3 name value reduced-cost``              a missing column is 0
    GLPK -w   c Status: ..., s mip ROWS COLUMNS o OBJECTIVE, ``j 3 value``, e o f      every column, by its number
    GLPK -o   Problem: ... Status: INTEGER OPTIMAL, a table                            every column
    Gurobi    # Solution for model ..., # Objective value = 1, ``name value``          every column
    PB        s OPTIMUM FOUND, o 1, v x1 -x2 ...                                       every variable

Numbers are doubles as printed; what they mean is for the reader of the reader to check.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dnnt_encode.errors import InputError
from dnnt_encode.formats.solutions import Claim

TOLERANCE = 1e-4
"""How far a value may be from its integer."""

_SHOWN = 40


@dataclass(frozen=True, eq=False)
class MipSolution:
    """What a file claims. Values are by name, or by the column's number from 1; None where there are none. ``sparse``:
    a missing column is 0; ``columns``: how many the solver counted, where it says so."""

    claim: Claim
    program: str
    by_name: Mapping[str, float] | None = None
    by_number: Mapping[int, float] | None = None
    objective: float | None = None
    sparse: bool = False
    columns: int | None = None

    @property
    def has_values(self) -> bool:
        return self.by_name is not None or self.by_number is not None

    def integer(self, number: int, name: str, place: str) -> int:
        """The value of the column with this number and name. Raises InputError where there is none, or no integer."""
        if self.by_number is not None:
            found = self.by_number.get(number)
        else:
            assert self.by_name is not None
            found = self.by_name.get(name)
        if found is None:
            if self.sparse:
                return 0
            raise InputError(
                f"found none for the column {name}, and {self.program} writes every column: the file is cut off, or of "
                "another model",
                place,
            )
        if abs(found - round(found)) > TOLERANCE:
            raise InputError(f"found {found} for the column {name}; an integer is needed", place)
        return round(found)


@dataclass(eq=False)
class _Lines:
    """The lines of a file that is not blank, with their numbers; ``name`` is what messages call the file."""

    name: str
    lines: list[tuple[int, str]] = field(default_factory=list)

    def error(self, message: str, index: int | None = None) -> InputError:
        place = self.name if index is None else f"{self.name}, line {self.lines[index][0]}"
        return InputError(message, place)

    def pairs(self, first: int, last: int, program: str, at: int = 0, width: int = 2) -> dict[str, float]:
        """``name value`` from word ``at`` on, in lines of at least ``width`` words."""
        found: dict[str, float] = {}
        for index in range(first, last):
            words = self.lines[index][1].split()
            if len(words) < width:
                raise self.error(
                    f"found {_shown(self.lines[index][1])} among {program}'s values; is it cut off?", index
                )
            if words[at] in found:
                raise self.error(f"found the column {_shown(words[at])} twice", index)
            found[words[at]] = self.number(words[at + 1], index)
        return found

    def number(self, word: str, index: int | None) -> float:
        try:
            value = float(word)
        except ValueError:
            raise self.error(f"found {_shown(word)}; a number is needed", index) from None
        if not math.isfinite(value) or abs(value) >= 2.0**53:
            raise self.error(f"found {_shown(word)}; a finite number below 2^53 is needed", index)
        return value


def parse_mip_solution(data: bytes, name: str) -> MipSolution:
    """The solution in the content of a file that messages call ``name``. Raises InputError."""
    rows = enumerate(data.decode("latin-1").splitlines(), start=1)
    lines = _Lines(name, [(number, line) for number, line in rows if line.strip()])
    if not lines.lines:
        raise InputError("found an empty file; is this what a solver wrote?", name)
    head = lines.lines[0][1].strip()
    for pattern, parse in _FORMATS:
        if pattern.match(head):
            return parse(lines)
    raise lines.error(
        f"found {_shown(head)}; the head of a solution file of HiGHS (raw style), SCIP, CBC, GLPK, Gurobi or a "
        "pseudo-Boolean solver is needed",
        0,
    )


def looks_like_mip_solution(data: bytes) -> bool:
    """Whether a file begins like one of a MILP solver (those of pseudo-Boolean solvers begin like those of SAT)."""
    head = next((line.strip() for line in data.decode("latin-1").splitlines() if line.strip()), "")
    return any(pattern.match(head) for pattern, _ in _FORMATS[:-1])


def looks_pseudo_boolean(data: bytes) -> bool:
    """Whether a file has values like those of a pseudo-Boolean solver."""
    return re.search(rb"(?m)^v -?x[0-9]", data) is not None


def _highs(lines: _Lines) -> MipSolution:
    texts = [line.strip() for _, line in lines.lines]
    status = texts[1] if len(texts) > 1 else ""
    claim: Claim = {"Optimal": "OPTIMUM FOUND", "Infeasible": "UNSATISFIABLE"}.get(status, "UNKNOWN")  # type: ignore[assignment]
    if claim == "UNSATISFIABLE":
        return MipSolution(claim, "HiGHS")
    if "# Primal solution values" not in texts:
        raise lines.error("found no line `# Primal solution values`; the file is cut off, or not in HiGHS's raw style")
    index = texts.index("# Primal solution values")
    if texts[index + 1 : index + 2] != ["Feasible"]:
        if claim == "OPTIMUM FOUND":
            raise lines.error("found the status Optimal without a feasible solution; the file is cut off")
        return MipSolution("UNKNOWN", "HiGHS")
    objective: float | None = None
    for place in range(index, len(texts)):
        words = texts[place].split()
        if words[0] == "Objective" and len(words) == 2:
            objective = lines.number(words[1], place)
        if words[:2] == ["#", "Columns"] and len(words) == 3 and words[2].isdecimal():
            count = int(words[2])
            end = place + 1 + count
            if len(texts) <= end or not texts[end].startswith("# Rows"):
                raise lines.error(f"found less than the {count} columns that the file announces; it is cut off")
            values = lines.pairs(place + 1, end, "HiGHS")
            return MipSolution(_found(claim), "HiGHS", values, objective=objective, columns=count)
    raise lines.error("found no line `# Columns N`; the file is cut off")


def _scip(lines: _Lines) -> MipSolution:
    claim: Claim = "UNKNOWN"
    objective: float | None = None
    for index, (_, line) in enumerate(lines.lines):
        key, colon, rest = line.partition(":")
        key, rest = key.strip().lower(), rest.strip()
        if key == "solution status" and colon:
            if rest.startswith("optimal"):
                claim = "OPTIMUM FOUND"
            elif rest.startswith("infeasible"):
                return MipSolution("UNSATISFIABLE", "SCIP")
        elif key == "objective value" and colon:
            objective = lines.number(rest, index)
            values = lines.pairs(index + 1, len(lines.lines), "SCIP", width=3)
            return MipSolution(_found(claim), "SCIP", values, objective=objective, sparse=True)
        elif line.strip().lower().startswith("no solution available"):
            return MipSolution("UNKNOWN", "SCIP")
        else:
            break
    raise lines.error("found no line `objective value:`; the file is cut off")


def _cbc(lines: _Lines) -> MipSolution:
    status, _, rest = lines.lines[0][1].strip().partition(" - objective value ")
    if "infeasible" in status.lower():
        return MipSolution("UNSATISFIABLE", "CBC")
    if "no integer solution" in status or not rest:
        return MipSolution("UNKNOWN", "CBC")
    claim: Claim = "OPTIMUM FOUND" if status == "Optimal" else "SATISFIABLE"
    # Lines of columns outside their bounds begin with two stars.
    lines.lines = [(number, line.replace("**", "  ", 1)) for number, line in lines.lines]
    values = lines.pairs(1, len(lines.lines), "CBC", at=1, width=4)
    return MipSolution(claim, "CBC", values, objective=lines.number(rest.split()[0], 0), sparse=True)


def _glpk(lines: _Lines) -> MipSolution:
    claim: Claim = "UNKNOWN"
    objective: float | None = None
    count: int | None = None
    values: dict[int, float] = {}
    for index, (_, line) in enumerate(lines.lines):
        words = line.split()
        try:
            if words[:2] == ["s", "mip"]:
                count, letter, objective = int(words[3]), words[4], float(words[5])
                if letter == "n":
                    return MipSolution("UNSATISFIABLE", "GLPK")
                claim = {"o": "OPTIMUM FOUND", "f": "SATISFIABLE"}.get(letter, "UNKNOWN")  # type: ignore[assignment]
                if claim == "UNKNOWN":
                    return MipSolution("UNKNOWN", "GLPK")
            elif words[0] == "s":
                raise lines.error(f"found a solution of kind {_shown(words[1])}; one of kind mip is needed", index)
            elif words[0] == "j":
                values[int(words[1])] = lines.number(words[2], index)
            elif words == ["e", "o", "f"]:
                if count is None or len(values) != count:
                    raise lines.error(f"found {len(values)} columns of {count}")
                return MipSolution(claim, "GLPK", by_number=values, objective=objective, columns=count)
            elif words[0] not in ("c", "i"):
                raise ValueError
        except InputError:
            raise
        except (ValueError, IndexError):
            raise lines.error(f"found {_shown(line)} in a solution of GLPK; is it cut off?", index) from None
    raise lines.error("found no line `e o f` at the end; the file is cut off")


_GLPK_STATUS: dict[str, Claim] = {
    "INTEGER OPTIMAL": "OPTIMUM FOUND",
    "INTEGER NON-OPTIMAL": "SATISFIABLE",
    "INTEGER EMPTY": "UNSATISFIABLE",
}


def _glpk_table(lines: _Lines) -> MipSolution:
    """The table for humans: a long name has its numbers on the next line."""
    facts: dict[str, str] = {}
    index = 0
    while index < len(lines.lines) and not lines.lines[index][1].lstrip().startswith("No."):
        key, _, rest = lines.lines[index][1].partition(":")
        facts[key.strip()] = rest.strip()
        index += 1
    claim = _GLPK_STATUS.get(facts.get("Status", ""), "UNKNOWN")
    if claim in ("UNSATISFIABLE", "UNKNOWN"):
        return MipSolution(claim, "GLPK")
    try:
        count = int(facts["Columns"].split()[0])
        objective = lines.number(facts["Objective"].split("=")[1].split()[0], None)
    except InputError:
        raise
    except (KeyError, IndexError, ValueError):
        raise lines.error("found no `Columns:` and `Objective:` at the head; the file is cut off") from None
    texts = [line for _, line in lines.lines]
    first = next((k for k, text in enumerate(texts) if text.lstrip().startswith("No. Column name")), len(texts))
    last = next((k for k, text in enumerate(texts) if text.startswith("Integer feasibility conditions")), None)
    if last is None:
        raise lines.error("found no line `Integer feasibility conditions` at the end; the file is cut off")
    table = [word for text in texts[first + 2 : last] for word in (*text.split(), "\n")]
    values: dict[str, float] = {}
    expected = 1
    for k, word in enumerate(table):
        if word == str(expected) and (k == 0 or table[k - 1] == "\n") and k + 2 < len(table):
            after = [other for other in table[k + 2 : k + 6] if other not in ("\n", "*")]
            values[table[k + 1]] = lines.number(after[0] if after else "", None)
            expected += 1
    if len(values) != count:
        raise lines.error(f"found {len(values)} columns of {count}; the file is cut off")
    return MipSolution(claim, "GLPK", values, objective=objective, columns=count)


def _gurobi(lines: _Lines) -> MipSolution:
    objective: float | None = None
    first = 0
    for first, (_, line) in enumerate(lines.lines):
        if not line.startswith("#"):
            break
        if line.startswith("# Objective value = "):
            objective = lines.number(line.split("=")[1].strip(), first)
    else:
        return MipSolution("UNKNOWN", "Gurobi")
    values = lines.pairs(first, len(lines.lines), "Gurobi")
    # The file does not say whether this is proved best.
    return MipSolution("SATISFIABLE", "Gurobi", values, objective=objective)


_PB_STATUS: dict[str, Claim] = {
    "OPTIMUM FOUND": "OPTIMUM FOUND",
    "SATISFIABLE": "SATISFIABLE",
    "UNSATISFIABLE": "UNSATISFIABLE",
    "UNKNOWN": "UNKNOWN",
    "UNSUPPORTED": "UNKNOWN",
}


def _pseudo_boolean(lines: _Lines) -> MipSolution:
    claim: Claim | None = None
    objective: float | None = None
    values: dict[int, float] = {}
    for index, (_, line) in enumerate(lines.lines):
        letter, rest = line[:1], line[1:].strip()
        if letter == "s":
            if rest not in _PB_STATUS:
                raise lines.error(f"found the status {_shown(rest)}", index)
            claim = _PB_STATUS[rest]
        elif letter == "o":
            objective = lines.number(rest, index)
        elif letter == "v":
            for word in rest.split():
                if re.fullmatch(r"-?x[1-9][0-9]{0,9}", word):
                    values[int(word.lstrip("-x"))] = 0.0 if word.startswith("-") else 1.0
                elif word != "0":
                    raise lines.error(f"found {_shown(word)} among the values; x1 or -x1 is needed", index)
        elif letter != "c":
            raise lines.error(f"found {_shown(line)}; a line begins with c, s, o or v", index)
    if claim is None:
        raise lines.error("found no status line; the file is cut off")
    if claim in ("UNSATISFIABLE", "UNKNOWN") and not values:
        return MipSolution(claim, "a pseudo-Boolean solver")
    if not values:
        raise lines.error(f"found {claim} without values; the file is cut off")
    return MipSolution(claim, "a pseudo-Boolean solver", by_number=values, objective=objective)


def _found(claim: Claim) -> Claim:
    return "SATISFIABLE" if claim == "UNKNOWN" else claim


def _shown(text: str) -> str:
    return repr("".join(letter if letter.isprintable() else "?" for letter in text.strip()[:_SHOWN]))


_FORMATS: tuple[tuple[re.Pattern[str], Callable[[_Lines], MipSolution]], ...] = (
    (re.compile(r"Model status$"), _highs),
    (re.compile(r"(?i)(solution status:|objective value:|no solution available)"), _scip),
    (
        re.compile(r"(Optimal|Infeasible|Integer infeasible|Unbounded|Stopped|Feasible|Unknown).* - objective value"),
        _cbc,
    ),
    (re.compile(r"c Problem:"), _glpk),
    (re.compile(r"Problem:"), _glpk_table),
    (re.compile(r"# (Solution for model|Objective value)"), _gurobi),
    (re.compile(r"[csov]\b"), _pseudo_boolean),
)
