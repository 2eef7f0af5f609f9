"""Independent readers of MPS, LP and OPB files, word by word, into one plain form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Program:
    """``rows``: terms by column, sense, right-hand side, and the indicator (column, value) or None."""

    cost: dict[str, int] = field(default_factory=dict)
    rows: dict[str, tuple[dict[str, int], str, int, tuple[str, int] | None]] = field(default_factory=dict)
    bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    integer: set[str] = field(default_factory=set)
    order: list[str] = field(default_factory=list)


def read_mps(text: str) -> Program:
    """Free MPS with explicit bounds."""
    program, section, whole = Program(), "", False
    sense: dict[str, str] = {}
    terms: dict[str, dict[str, int]] = {}
    rhs: dict[str, int] = {}
    low: dict[str, int] = {}
    high: dict[str, int] = {}
    indicators: dict[str, tuple[str, int]] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            continue
        words = line.split()
        if not line.startswith(" "):
            section = words[0]
            continue
        if section == "ROWS":
            sense[words[1]], terms[words[1]] = words[0], {}
        elif section == "COLUMNS" and words[1] == "'MARKER'":
            whole = words[2] == "'INTORG'"
        elif section == "COLUMNS":
            column, row, value = words
            if column not in program.order:
                program.order.append(column)
            assert column not in terms[row]
            terms[row][column] = int(value)
            if whole:
                program.integer.add(column)
        elif section == "RHS":
            rhs[words[1]] = int(words[2])
        elif section == "BOUNDS":
            kind, _, column = words[:3]
            value = "1" if kind == "BV" else words[3]
            if kind == "BV":
                low[column] = 0
            if kind in ("LO", "FX"):
                low[column] = int(value)
            if kind in ("UP", "FX", "BV"):
                high[column] = int(value)
        elif section == "INDICATORS":
            indicators[words[1]] = (words[2], int(words[3]))
    assert section == "ENDATA"
    free = [row for row, kind in sense.items() if kind == "N"]
    assert len(free) == 1
    program.cost = {column: value for column, value in terms.pop(free[0]).items() if value}
    program.rows = {row: (terms[row], sense[row], rhs.get(row, 0), indicators.get(row)) for row in terms}
    program.bounds = {column: (low[column], high[column]) for column in program.order}
    return program


_SENSES = {"=": "E", ">=": "G", "<=": "L"}


def read_lp(text: str) -> Program:
    """The LP format, in one row a statement."""
    body = "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("\\"))
    found = re.fullmatch(
        r"Minimize\n(.*?)Subject To\n(.*?)Bounds\n(.*?)(?:General\n(.*?))?End\n", body, flags=re.DOTALL
    )
    assert found is not None
    objective, rows, bounds, general = found.groups()
    program = Program(cost={c: v for c, v in _terms(objective.partition(":")[2]).items() if v})
    for name, rest in re.findall(r"(\w+): ([^:]*?)(?=\n \w+:|\Z)", rows, flags=re.DOTALL):
        indicator = None
        if "->" in rest:
            column, _, value, _, rest = rest.split(maxsplit=4)
            indicator = (column, int(value))
        left, sense, right = re.split(r"(<=|>=|=)", rest)
        program.rows[name] = ({c: v for c, v in _terms(left).items() if v}, _SENSES[sense], int(right), indicator)
    for line in bounds.splitlines():
        words = line.split()
        if words[1] == "=":
            program.bounds[words[0]] = (int(words[2]), int(words[2]))
        else:
            program.bounds[words[2]] = (int(words[0]), int(words[4]))
    program.integer = set((general or "").split())
    return program


def _terms(text: str) -> dict[str, int]:
    words = text.split()
    assert len(words) % 2 == 0
    result = {column: int(value) for value, column in zip(words[::2], words[1::2], strict=True)}
    assert len(result) == len(words) // 2
    return result


def read_opb(text: str) -> tuple[int, dict[int, int], list[tuple[dict[int, int], str, int]]]:
    """The number of variables, the costs, and the rows (terms by variable, sense, right-hand side)."""
    head = re.match(r"\* #variable= (\d+) #constraint= (\d+)\n", text)
    assert head is not None
    body = " ".join(line for line in text.splitlines() if not line.startswith("*"))
    cost: dict[int, int] = {}
    rows = []
    for statement in body.split(";")[:-1]:
        words = statement.split()
        if words[0] == "min:":
            cost = _numbered(words[1:])
        else:
            assert words[-2] in (">=", "=")
            rows.append((_numbered(words[:-2]), words[-2], int(words[-1])))
    assert body.split(";")[-1].strip() == ""
    assert len(rows) == int(head[2])
    return int(head[1]), cost, rows


def _numbered(words: list[str]) -> dict[int, int]:
    return {int(name.removeprefix("x")): int(value) for value, name in zip(words[::2], words[1::2], strict=True)}
