"""Running the solvers of other houses on model files, where they are installed."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

SECONDS = 3
"""What each run may take; some do not come to an end where numbers are huge."""

# In processes of their own: highspy and ortools cannot share one. Each takes the seconds, an option, pairs of files.
_HIGHS = """
import sys, highspy
for model, solution in zip(sys.argv[3::2], sys.argv[4::2]):
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("time_limit", float(sys.argv[1]))
    assert h.readModel(model) == highspy.HighsStatus.kOk
    h.run()
    h.writeSolution(solution, int(sys.argv[2]))
"""
_SCIP = """
import sys, pyscipopt
for model, solution in zip(sys.argv[3::2], sys.argv[4::2]):
    m = pyscipopt.Model()
    m.hideOutput()
    m.setParam("limits/time", float(sys.argv[1]))
    m.readProblem(model)
    m.optimize()
    status = {"optimal": "optimal solution found"}.get(m.getStatus(), m.getStatus())
    if m.getNSols():
        m.writeBestSol(solution)
    text = open(solution).read() if m.getNSols() else "no solution available\\n"
    open(solution, "w").write(f"solution status: {status}\\n{text}")
"""
_GUROBI = """
import os, sys, gurobipy
parameters = {"OutputFlag": 0, "JSONSolDetail": 0, "TimeLimit": float(sys.argv[1])}
for model, solution in zip(sys.argv[3::2], sys.argv[4::2]):
    m = gurobipy.read(model, gurobipy.Env(params=parameters))
    m.optimize()
    if m.SolCount or sys.argv[2] == ".json":
        m.write(f"{solution}{sys.argv[2]}")
        os.rename(f"{solution}{sys.argv[2]}", solution)
"""

Program = Callable[[Sequence[tuple[Path, Path]]], None]


def _command(*words: str) -> Program:
    """A program for one model at a time; without ``SOLUTION`` among its words it prints its answer. One that fails or
    does not keep its limit leaves none."""

    def run(pairs: Sequence[tuple[Path, Path]]) -> None:
        for model, solution in pairs:
            free = "--lp" if model.suffix == ".lp" else "--freemps"
            names = {"MODEL": str(model), "SOLUTION": str(solution), "FREE": free}
            called = [names.get(word, word) for word in words]
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = subprocess.run(called, capture_output=True, timeout=2 * SECONDS, check=False)
                if "SOLUTION" not in words:
                    solution.write_bytes(done.stdout)

    return run


def _script(text: str, option: str = "") -> Program:
    def run(pairs: Sequence[tuple[Path, Path]]) -> None:
        files = [str(path) for pair in pairs for path in pair]
        called = [sys.executable, "-c", text, str(SECONDS), option, *files]
        done = subprocess.run(called, capture_output=True, text=True, timeout=60 + SECONDS * len(pairs), check=False)
        assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]

    return run


_PROGRAMS: dict[str, tuple[Program, str]] = {
    "cbc": (_command("cbc", "MODEL", "seconds", str(SECONDS), "solve", "solution", "SOLUTION"), "cbc"),
    "glpk-w": (_command("glpsol", "--tmlim", str(SECONDS), "FREE", "MODEL", "-w", "SOLUTION"), "glpsol"),
    "glpk-o": (_command("glpsol", "--tmlim", str(SECONDS), "FREE", "MODEL", "-o", "SOLUTION"), "glpsol"),
    "lp_solve": (_command("lp_solve", "-fmps", "MODEL", "-timeout", str(SECONDS), "-S3"), "lp_solve"),
    "clasp": (_command("clasp", f"--time-limit={SECONDS}", "MODEL"), "clasp"),
    "highs": (_script(_HIGHS, "0"), "highspy"),
    "highs-pretty": (_script(_HIGHS, "1"), "highspy"),
    "highs-glpk-w": (_script(_HIGHS, "2"), "highspy"),
    "highs-glpk-o": (_script(_HIGHS, "3"), "highspy"),
    "highs-sparse": (_script(_HIGHS, "4"), "highspy"),
    "scip": (_script(_SCIP), "pyscipopt"),
    "gurobi": (_script(_GUROBI, ".sol"), "gurobipy"),
    "gurobi-json": (_script(_GUROBI, ".json"), "gurobipy"),
}


def installed(name: str) -> bool:
    """Whether what ``name`` stands for is there: a program, or a package."""
    needed = _PROGRAMS[name][1]
    return shutil.which(needed) is not None or importlib.util.find_spec(needed) is not None


def run_all(name: str, pairs: Sequence[tuple[Path, Path]]) -> None:
    """Solve model files and write solution files, as few processes as it takes."""
    _PROGRAMS[name][0](pairs)
