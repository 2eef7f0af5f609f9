"""Running the solvers of other houses on model files, where they are installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Run = Callable[[Path, Path], None]
"""Solve a model file, and write a solution file."""

# In processes of their own: highspy and ortools cannot share one. Each takes pairs of files.
_HIGHS = """
import sys, highspy
for model, solution in zip(sys.argv[2::2], sys.argv[3::2]):
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    assert h.readModel(model) == highspy.HighsStatus.kOk
    h.run()
    h.writeSolution(solution, int(sys.argv[1]))
"""
_SCIP = """
import sys, pyscipopt
for model, solution in zip(sys.argv[2::2], sys.argv[3::2]):
    m = pyscipopt.Model()
    m.hideOutput()
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
for model, solution in zip(sys.argv[2::2], sys.argv[3::2]):
    m = gurobipy.read(model, gurobipy.Env(params={"OutputFlag": 0, "JSONSolDetail": 0}))
    m.optimize()
    m.write(f"{solution}{sys.argv[1]}")
    os.rename(f"{solution}{sys.argv[1]}", solution)
"""

Program = Callable[[Sequence[tuple[Path, Path]]], None]


def _call(words: Sequence[str], codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in codes, done.stdout[-500:] + done.stderr[-500:]
    return done.stdout


def _command(*words: str) -> Program:
    """A program for one model at a time; without ``SOLUTION`` among its words it prints its answer."""

    def run(pairs: Sequence[tuple[Path, Path]]) -> None:
        for model, solution in pairs:
            free = "--lp" if model.suffix == ".lp" else "--freemps"
            names = {"MODEL": str(model), "SOLUTION": str(solution), "FREE": free}
            printed = _call([names.get(word, word) for word in words], (0, 10, 20, 30))
            if "SOLUTION" not in words:
                solution.write_text(printed, encoding="ascii")

    return run


def _script(text: str, option: str = "") -> Program:
    def run(pairs: Sequence[tuple[Path, Path]]) -> None:
        _call([sys.executable, "-c", text, option, *(str(path) for pair in pairs for path in pair)])

    return run


_PROGRAMS: dict[str, tuple[Program, str]] = {
    "cbc": (_command("cbc", "MODEL", "solve", "solution", "SOLUTION"), "cbc"),
    "glpk-w": (_command("glpsol", "FREE", "MODEL", "-w", "SOLUTION"), "glpsol"),
    "glpk-o": (_command("glpsol", "FREE", "MODEL", "-o", "SOLUTION"), "glpsol"),
    "clasp": (_command("clasp", "MODEL"), "clasp"),
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


def _run(name: str) -> Run:
    return lambda model, solution: run_all(name, [(model, solution)])


def solvers(*names: str) -> list[object]:
    """Parameters (name, run(model, solution)) for pytest; what is absent is skipped."""
    return [
        pytest.param(name, _run(name), id=name, marks=[] if installed(name) else pytest.mark.skip(f"{name} is absent"))
        for name in names
    ]
