"""What MILP and pseudo-Boolean solvers wrote on a tiny model, captured in ``data``, and what they might have."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.formats.solutions.solution import Solution, parse_solution

DATA = Path(__file__).parent / "data"
COLUMNS = ["w.1.0.0", "a.name.that.is.rather.long", "b.1.0", "zero"]
STYLES = KINDS["mps"].styles
SOLVED = [
    "cbc", "glpk-w", "glpk-o", "highs-raw", "highs-pretty", "highs-sparse", "highs-glpk-w", "highs-glpk-o", "scip",
    "scip-best", "gurobi", "cplex", "lp_solve",
]  # fmt: skip
EXACT = KINDS["opb"].styles


def parse(text: str | bytes) -> Solution:
    return parse_solution(text.encode() if isinstance(text, str) else text, "f", 4, STYLES)


def values(solution: Solution) -> dict[str, float]:
    assert solution.values is not None
    keys = [COLUMNS[key - 1] if not isinstance(key, str) else key for key in solution.values.keys]
    assert len(set(keys)) == len(keys) == len(solution.values.lines)
    return {key: value for key, value in zip(keys, solution.values.numbers.tolist(), strict=True) if value}


@pytest.mark.parametrize("name", [*(f"{name}-tiny.sol" for name in SOLVED), "gurobi-tiny.json"])
def test_what_solvers_wrote(name: str) -> None:
    solution = parse((DATA / name).read_bytes())
    silent = name in ("gurobi-tiny.sol", "scip-best-tiny.sol")
    assert solution.status == ("SATISFIABLE" if silent else "OPTIMUM FOUND")
    assert values(solution) in list(optima())
    assert solution.objective == 4
    told = name in ("highs-raw-tiny.sol", "highs-pretty-tiny.sol", "highs-sparse-tiny.sol", "gurobi-tiny.json")
    assert solution.bound == (4 if told else None)
    assert solution.columns in (None, 4)
    assert solution.rows in (None, 4 if name.startswith("highs-glpk") else 3)
    assert solution.style.missing == "zero" or len(solution.values.lines) == 4  # type: ignore[union-attr]


def optima() -> list[dict[str, float]]:
    """The least objective is 4, whatever the second column's partner b."""
    return [{"w.1.0.0": 2, "a.name.that.is.rather.long": 1, "b.1.0": b} for b in (-1, -2, -3)]


@pytest.mark.parametrize(
    "name",
    [*(f"{name}-none.sol" for name in SOLVED if name not in ("scip-best", "gurobi", "cplex")), "gurobi-none.json"],
)
def test_what_solvers_wrote_of_a_model_without_solutions(name: str) -> None:
    solution = parse((DATA / name).read_bytes())
    assert (solution.status, solution.values) == ("UNSATISFIABLE", None)


CPLEX = (DATA / "cplex-tiny.sol").read_text(encoding="utf-8")


@pytest.mark.parametrize(("code", "status"), [(102, "OPTIMUM FOUND"), (103, "UNSATISFIABLE"), (107, "SATISFIABLE")])
def test_what_a_status_of_cplex_means(code: int, status: str) -> None:
    assert parse(CPLEX.replace('"101"', f'"{code}"')).status == status


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</CPLEXSolution>", "", "cut off"),
        ('name="zero"', 'name="b.1.0"', "twice"),
        ('value="2"', 'value="two"', "a number is needed"),
        ("<header", "<quality /> <quality", "header"),
        ('solutionStatusValue="101"', "", "solutionStatusValue"),
    ],
)
def test_what_cplex_does_not_write(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse(CPLEX.replace(old, new))


def test_a_pseudo_boolean_solver() -> None:
    found = parse_solution((DATA / "clasp-tiny.sol").read_bytes(), "f", 4, EXACT)
    assert (found.status, found.objective) == ("OPTIMUM FOUND", 3)
    assert found.style.gap is None
    assert found.values is not None
    assert found.values.numbers.tolist() == [1, 1, 0, 0]
    none = parse_solution((DATA / "clasp-none.sol").read_bytes(), "f", 4, EXACT)
    assert none.status == "UNSATISFIABLE"


CBC = "      0 w.1.0.0   2    1\n      1 b.1.0  -1 0\n"
FREE_TABLE = """Problem: x
Rows: 1
Columns: 1
Status: INTEGER OPTIMAL
Objective:  0 (MINimum)

No. Column name
--- -----------
  1 w * 0 0 2

Integer feasibility conditions:
"""
HIGHS = "Model status\n{}\n\n# Primal solution values\nFeasible\nObjective 4\n# Columns 2\nw.1.0.0 2\nb.1.0 -1\n"


@pytest.mark.parametrize(
    ("text", "status", "has_values"),
    [
        (f"Optimal - objective value 4.00000000\n{CBC}", "OPTIMUM FOUND", True),
        (f"Status unknown - objective value 4.00000000\n{CBC}", "SATISFIABLE", True),
        (f"Stopped on time - objective value 4.00000000\n{CBC}", "SATISFIABLE", True),
        (f"Stopped on time (no integer solution - continuous used) - objective value 3.5\n{CBC}", "UNKNOWN", False),
        (f"Integer infeasible - objective value 0.00000000\n{CBC}", "UNSATISFIABLE", False),
        (f"Unbounded - objective value 4.00000000\n{CBC}", "SATISFIABLE", True),
        # The file may end after the columns.
        (HIGHS.format("Optimal"), "OPTIMUM FOUND", True),
        (HIGHS.format("Optimal").rstrip(), "OPTIMUM FOUND", True),
        (HIGHS.format("Time limit reached"), "SATISFIABLE", True),
        ("Model status\nTime limit reached\n\n# Primal solution values\nNone\n", "UNKNOWN", False),
        ("solution status: time limit reached\nobjective value: 4\nw.1.0.0 2 \t(obj:1)\n", "SATISFIABLE", True),
        ("solution status: unknown\nno solution available\n", "UNKNOWN", False),
        ("c Problem:\ns mip 1 2 f 4\ni 1 0\nj 1 2\nj 2 -1\ne o f\n", "SATISFIABLE", True),
        ("c Problem:\ns mip 1 2 u inf\n", "UNKNOWN", False),
        ('{"SolutionInfo": {"Status": 2, "ObjVal": 0, "ObjBound": 0, "SolCount": 1}}', "OPTIMUM FOUND", True),
        (FREE_TABLE, "OPTIMUM FOUND", True),
        ('{"SolutionInfo": {"Status": 9, "ObjBound": -1e+100, "SolCount": 0}}', "UNKNOWN", False),
        ("Timeout\n", "UNKNOWN", False),
        ("check_solution: Variable x = -1 is below its lower bound 0\n\nAccuracy error\n", "UNKNOWN", False),
    ],
)
def test_other_endings(text: str, status: str, has_values: bool) -> None:
    solution = parse(text)
    assert (solution.status, solution.values is not None) == (status, has_values)


def test_a_table_without_values_has_none() -> None:
    text = (DATA / "highs-pretty-none.sol").read_text(encoding="ascii").replace("Infeasible", "Time limit reached")
    assert (parse(text).status, parse(text).values) == ("UNKNOWN", None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found an empty file"),
        ("hello\n", "the head of a solution by HiGHS, SCIP, CBC, GLPK, Gurobi, CPLEX, lp_solve is needed"),
        (f"Optimal - objective value 4\n{CBC}{CBC}", "line 4: found the column 'w.1.0.0' twice"),
        ("Optimal - objective value 4\n 0 w.1.0.0 2\n", "line 2: found '0 w.1.0.0 2' among the values"),
        ("Optimal - objective value 4\n 0 w.1.0.0 two 0\n", "line 2: found 'two'; a number is needed"),
        ("Optimal - objective value 4\n 0 w.1.0.0 inf 0\n", "a finite number"),
        ("Optimal - objective value 4\n 0 w.1.0.0 1e300 0\n", "below 2\\^53"),
        ("c Problem:\ns bas 3 4 f f 0\n", "of kind mip"),
        ("c Problem:\ns mip 3 4 o 0\nj 1 1\ne o f\n", "1 columns of 4"),
        ("c Problem:\ns mip 1 1 o 0\nj 1 1\nj 1 0\ne o f\n", "line 4: found the column 1 twice"),
        ("c Problem:\ns mip 2 1 o 0\ni 1 0\nj 1 1\ne o f\n", "1 rows of 2"),
        ("c Problem:\ns mip 1 1 o 0\nj 1 1\n", "no line `e o f`"),
        ("c Problem:\ns mip 1 1 o 0\nj 1\n", "is it cut off"),
        (HIGHS.format("Optimal").replace("Columns 2", "Columns 3"), "other than the 3 columns"),
        (HIGHS.format("Optimal").replace("Columns 2", "Columns 1"), "other than the 1 columns"),
        ("Model status\nOptimal\n", "no line `# Primal solution values`"),
        ("Model status\nOptimal\n# Primal solution values\nNone\n", "without a feasible solution"),
        ("solution status: optimal solution found\n", "no line `objective value:`"),
        ('{"SolutionInfo": {"Status": 2', "no whole JSON object"),
        ('{"SolutionInfo": {"Status": 2, "ObjVal": 1}, "Vars": [{"VarName": "a", "X": 1}, {"VarName": "a", "X": 1}]}',
         "found the column 'a' twice"),
    ],
)  # fmt: skip
def test_what_is_no_solution(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s OPTIMUM FOUND\no 1\nv x1 -x1\n", "line 3: found x1 twice"),
        ("s OPTIMUM FOUND\no 1\nv x1 x1\n", "found x1 twice"),
        ("s OPTIMUM FOUND\no 1\n", "OPTIMUM FOUND without values"),
        ("s SATISFIABLE\ns UNSATISFIABLE\n", "a second status"),
        ("s UNSATISFIABLE\nv x1\n", "values although"),
        ("v x1\n", "no status line"),
        ("s SATISFIABLE\nv y1\n", "found 'y1' among the values"),
        ("o 1.5\ns SATISFIABLE\nv x1\n", "an integer is needed"),
    ],
)
def test_what_is_no_pseudo_boolean_solution(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_solution(text.encode(), "f", 4, EXACT)


@given(st.sampled_from(sorted(DATA.glob("*-tiny.*"))), st.data())
def test_cut_or_damaged_files_give_nothing_but_input_errors(path: Path, data: st.DataObject) -> None:
    text = path.read_bytes()
    place = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(place, len(text)))
    with contextlib.suppress(InputError):
        parse(text[:place] + data.draw(st.binary(max_size=5)) + text[end:])
