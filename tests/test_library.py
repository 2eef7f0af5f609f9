"""The library as a program meets it: its names, what importing it costs, arrays in numpy, what prints, errors."""

import ast
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import dnnt_encode as dnnt
from dnnt_encode.errors import InputErrors

ROOT = Path(__file__).parents[1]
XOR = dnnt.Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2", name="xor")


def test_every_name_is_there_for_programs_and_for_type_checkers() -> None:
    tree = ast.parse((ROOT / "dnnt_encode/__init__.py").read_text(encoding="utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert typed == {name: f"dnnt_encode.{module}" for name, module in dnnt._HOME.items()}
    eager = {"__version__", "BackendError", "DnntError", "InputError", "ModelTooLarge", "NotVerified"}
    assert sorted(dnnt.__all__) == sorted({*typed, *eager})
    for name in dnnt.__all__:
        assert getattr(dnnt, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dnnt.nothing


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import dnnt_encode", {"numpy", "click", "ortools", "pysat"}),
        ("from dnnt_encode import *", {"click", "ortools", "pysat", "highspy", "pyscipopt", "gurobipy"}),
    ],
)
def test_importing_is_cheap(code: str, absent: set[str]) -> None:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not absent & set(done.stdout.split())


def test_exact_arrays_behave_in_numpy() -> None:
    halves = dnnt.ExactArray.from_values([[1, "1/2"], [0, -2]])
    assert halves[0, 1] == Fraction(1, 2)
    assert repr(halves[1]) == "ExactArray([0, -2])"
    assert [list(row) for row in halves] == [[1, Fraction(1, 2)], [0, -2]]
    assert np.asarray(halves[1]).dtype == np.int64
    assert np.asarray(halves).tolist() == [[1, Fraction(1, 2)], [0, -2]]
    assert np.asarray(halves, dtype=float).tolist() == [[1.0, 0.5], [0.0, -2.0]]
    with pytest.raises(ValueError, match="only integers fit"):
        np.asarray(halves, dtype=int)
    assert dnnt.ExactArray.from_values(np.asarray(halves)).equals(halves)
    assert dnnt.ExactArray.from_values([halves[0], halves[1]]).equals(halves)
    big = dnnt.ExactArray.from_values([2**70, 1])
    assert np.asarray(big).tolist() == list(big) == [2**70, 1]
    assert np.asarray(big).dtype == object


def test_exact_arrays_compare_element_by_element() -> None:
    halves = dnnt.ExactArray.from_values([[1, "1/2"], [0, -2]])
    assert (halves == [[1, 0.5], [0, -2]]).all()
    assert (halves == 0).tolist() == [[False, False], [True, False]]
    assert (halves != np.array([1, 2])).tolist() == [[False, True], [True, True]]
    assert (np.array([0.0, -2.0]) == halves).tolist() == [[False, False], [True, True]]
    assert halves[halves == 0].shape == (1,)
    assert halves != "text"
    np.testing.assert_array_equal(halves, halves.fractions())
    with pytest.raises(TypeError, match="unhashable"):
        hash(halves)


def test_what_prints_is_short() -> None:
    result = dnnt.solve(XOR.with_threshold(Fraction(1)), threads=1)
    assert repr(XOR) == "Instance('xor', 2-2-1, 4 samples, misclassification)"
    assert repr(result) == f"Result(SATISFIABLE, loss {result.loss}, bound {result.bound}, threshold 1, brute)"
    assert repr(result.weights) == "Weights(2-2-1, 9 parameters)"
    many = dnnt.ExactArray.from_values(np.zeros((10, 30), dtype=int))
    assert repr(many) == "ExactArray of shape (10, 30)"


def test_input_errors_keep_the_place_that_they_name() -> None:
    with (
        pytest.raises(dnnt.InputError, match=r"^outside: found 'x'; a number or a string p/q is needed$"),
        InputErrors("outside"),
    ):
        dnnt.parameter_set("x")
    with pytest.raises(dnnt.InputError, match=r"^inside: found it$"), InputErrors("outside"):
        raise dnnt.InputError("found it", "inside")
    with pytest.raises(KeyError), InputErrors("outside"):
        raise KeyError("another")


def test_programs_that_use_the_library_see_its_types(tmp_path: Path) -> None:
    """As mypy --strict sees it from outside: nothing is untyped, and what is wrong is told."""
    program = tmp_path / "program.py"
    program.write_text(
        "import dnnt_encode as dnnt\n"
        "instance: dnnt.Instance = dnnt.load_instance('x')\n"
        "result = dnnt.solve(instance, log=print)\n"
        "if result.weights is not None and result.loss is not None:\n"
        "    reveal_type(result.loss + dnnt.evaluate(instance, result.weights).loss)\n"
        "dnnt.export(instance, dnnt.Question('mps'), 'x.mps')\n"
        "dnnt.decode(instance, 3, 'x.mps')\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = [line.partition("program.py:")[2] for line in done.stdout.splitlines() if ": error: " in line]
    assert 'Revealed type is "fractions.Fraction"' in done.stdout
    assert len(told) == 1
    assert told[0].startswith('7: error: Argument 2 to "decode"')
