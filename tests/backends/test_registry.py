"""What is there, and what auto chooses."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from dnnt_encode.backends import registry
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.errors import BackendError
from dnnt_encode.instance import Instance

SMALL = Instance.from_arrays([[0, 0], [0, 1]], [0, 1], hidden=[1])
ROWS = np.arange(600).reshape(30, 20) * 37 % 11
LARGE = Instance.from_arrays(ROWS, [0] * 30, hidden=[5])
MIDDLE = Instance.from_arrays(ROWS[:, :3], [0] * 30, hidden=[3])
FEW_SAMPLES = Instance.from_arrays([[0] * 20] * 30, [0] * 30, hidden=[5])


def test_auto_enumerates_what_is_quickly_enumerated() -> None:
    assert registry.backend("auto", SMALL).name == "brute"
    assert registry.backend("auto", LARGE).name == "cpsat"
    assert registry.backend("auto", MIDDLE).name == "cpsat"
    assert registry.backend("auto", FEW_SAMPLES).name == "dp"


def test_without_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CpsatBackend, "version", lambda self: None)
    assert registry.backend("auto", SMALL).name == "brute"
    with pytest.raises(BackendError, match="pip install"):
        registry.backend("auto", LARGE)
    with pytest.raises(BackendError, match="not installed"):
        registry.backend("cpsat", SMALL)


def test_an_unknown_name() -> None:
    with pytest.raises(BackendError, match="found the backend 'gurobi'; known are auto, brute, dp, dictionary, cpsat"):
        registry.backend("gurobi", SMALL)


def test_detection_imports_no_solver() -> None:
    code = (
        "import sys; from dnnt_encode.backends.registry import backends\n"
        "assert [b.version() for b in backends()]\n"
        "assert 'ortools' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
