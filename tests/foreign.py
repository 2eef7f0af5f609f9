"""The solvers of other houses as parameters of tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.milp.foreign import installed, run_all

Run = Callable[[Path, Path], None]
"""Solve a model file, and write a solution file."""


def _run(name: str) -> Run:
    return lambda model, solution: run_all(name, [(model, solution)])


def solvers(*names: str) -> list[object]:
    """Parameters (name, run(model, solution)) for pytest; what is absent is skipped."""
    return [
        pytest.param(name, _run(name), id=name, marks=[] if installed(name) else pytest.mark.skip(f"{name} is absent"))
        for name in names
    ]
