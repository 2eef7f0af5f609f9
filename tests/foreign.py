"""Running the MILP solvers of other houses on files, where they are installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# In processes of their own: highspy and ortools cannot share one.
_HIGHS = """
import sys, highspy
h = highspy.Highs()
h.setOptionValue("output_flag", False)
assert h.readModel(sys.argv[1]) == highspy.HighsStatus.kOk
h.run()
h.writeSolution(sys.argv[2], 0)
"""
_SCIP = """
import sys, pyscipopt
m = pyscipopt.Model()
m.hideOutput()
m.readProblem(sys.argv[1])
m.optimize()
status = {"optimal": "optimal solution found"}.get(m.getStatus(), m.getStatus())
if m.getNSols():
    m.writeBestSol(sys.argv[2])
text = open(sys.argv[2]).read() if m.getNSols() else "no solution available\\n"
open(sys.argv[2], "w").write(f"solution status: {status}\\n{text}")
"""
_GUROBI = """
import sys, gurobipy
m = gurobipy.read(sys.argv[1], gurobipy.Env(params={"OutputFlag": 0}))
m.optimize()
m.write(sys.argv[2])
"""


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]


def _cbc(model: Path, solution: Path) -> None:
    _run("cbc", str(model), "solve", "solution", str(solution))


def _glpk(option: str) -> Callable[[Path, Path], None]:
    def run(model: Path, solution: Path) -> None:
        _run("glpsol", "--freemps" if model.suffix == ".mps" else "--lp", str(model), option, str(solution))

    return run


def _script(text: str) -> Callable[[Path, Path], None]:
    def run(model: Path, solution: Path) -> None:
        _run(sys.executable, "-c", text, str(model), str(solution))

    return run


def _solver(
    name: str, run: Callable[[Path, Path], None], present: bool
) -> tuple[str, Callable[[Path, Path], None], bool]:
    return name, run, present


def _package(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


_ALL = {
    "cbc": _solver("cbc", _cbc, shutil.which("cbc") is not None),
    "glpk-w": _solver("glpk-w", _glpk("-w"), shutil.which("glpsol") is not None),
    "glpk-o": _solver("glpk-o", _glpk("-o"), shutil.which("glpsol") is not None),
    "highs": _solver("highs", _script(_HIGHS), _package("highspy")),
    "scip": _solver("scip", _script(_SCIP), _package("pyscipopt")),
    "gurobi": _solver("gurobi", _script(_GUROBI), _package("gurobipy")),
}


def solvers(*names: str) -> list[object]:
    """Parameters (name, run(model, solution)) for pytest; what is absent is skipped."""
    return [
        pytest.param(name, _ALL[name][1], id=name, marks=[] if _ALL[name][2] else pytest.mark.skip(f"{name} is absent"))
        for name in names
    ]
