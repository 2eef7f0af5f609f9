"""What is there."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from dnnt_encode.backends import registry
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.errors import BackendError


def test_an_unknown_name_and_one_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackendError, match="backend: found 'nothing like it'; known are auto, brute, dp, dictionary"):
        registry.backend("nothing like it")
    monkeypatch.setattr(CpsatBackend, "version", lambda self: None)
    assert registry.installed("cpsat") is None
    with pytest.raises(BackendError, match="not installed"):
        registry.backend("cpsat")


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("kissat", "'cmd:kissat -q {cnf}'"),
        ("CBC", "'cmd:cbc {mps} solve solution {sol}'"),
        ("glpk", "'cmd:glpsol --freemps {mps} -w {sol}'"),
        ("gurobi", "milp:gurobi"),
        ("HiGHS", "milp:highs"),
        ("cadical195", "sat:cadical195"),
        ("cpsatt", "cpsat"),
    ],
)
def test_a_name_that_is_nearly_right_is_answered_with_what_would_be(name: str, right: str) -> None:
    assert right in registry.remedy(name)
    assert registry.known(right.strip("'"))


def test_every_backend_pickles() -> None:
    for backend in registry.backends():
        again = pickle.loads(pickle.dumps(backend))
        assert (again.name, again.capabilities) == (backend.name, backend.capabilities)


def test_detection_imports_no_solver() -> None:
    code = (
        "import sys; from dnnt_encode.backends.registry import backends\n"
        "assert [b.version() for b in backends()]\n"
        "assert 'ortools' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
