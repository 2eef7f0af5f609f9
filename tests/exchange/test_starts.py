"""MIP starts: foreign solvers accept them, our own readers read them back, and what has none is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from dnnt_encode.cli.export import STARTERS
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.starts import STARTS
from dnnt_encode.instance import Instance
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.decoded import decode
from dnnt_encode.solving.mip_start import completed, export_with_start
from dnnt_encode.solving.start import first_guesses
from tests.random_instances import tiny_instances


def hinge() -> tuple[Instance, Weights]:
    """An instance whose least loss is 4, and weights whose loss is 12."""
    random = np.random.default_rng(1)
    x, y = random.integers(0, 2, (12, 4)).tolist(), random.integers(0, 2, 12).tolist()
    instance = Instance.from_arrays(x, y, hidden=[3], loss="hinge")
    return instance, next(first_guesses(instance, 0))


def written(folder: Path, kind: str, style: str) -> tuple[Path, Path]:
    instance, weights = hinge()
    model, start = folder / f"m.{kind}", folder / f"m{STARTS[style].suffix}"
    _, loss = export_with_start(instance, Question(kind), str(model), weights, style, str(start))
    assert loss == 12
    return model, start


def test_the_command_offers_every_style() -> None:
    assert list(STARTS) == STARTERS


@pytest.mark.parametrize("kind", ["mps", "lp"])
@pytest.mark.parametrize("style", STARTS)
def test_a_start_is_a_solution(style: str, kind: str, tmp_path: Path) -> None:
    model, start = written(tmp_path, kind, style)
    result = decode(hinge()[0], str(start), str(model))
    assert result.status == "SATISFIABLE"
    assert result.loss == 12


HIGHS = """
import sys, highspy
h = highspy.Highs()
assert h.readModel(sys.argv[1]) == h.readSolution(sys.argv[2], 0) == highspy.HighsStatus.kOk
h.setOptionValue("time_limit", 0.0)
h.run()
"""
SCIP = """
import sys, pyscipopt
m = pyscipopt.Model()
m.readProblem(sys.argv[1])
start = m.readSolFile(sys.argv[2])
value = m.getSolObjVal(start)
print(m.addSol(start), value)
"""
GUROBI = """
import sys, gurobipy
m = gurobipy.read(sys.argv[1])
m.read(sys.argv[2])
m.Params.NodeLimit = 0
m.optimize()
"""
ACCEPTED = {
    "highs": ([sys.executable, "-c", HIGHS], "highspy", "MIP start solution is feasible: objective value is 12"),
    "scip": ([sys.executable, "-c", SCIP], "pyscipopt", "True 12.0"),
    "gurobi": ([sys.executable, "-c", GUROBI], "gurobipy", "user MIP start with objective 12"),
    "cbc": (["cbc"], "cbc", "MIPStart provided solution with cost 12"),
}


@pytest.mark.parametrize("kind", ["mps", "lp"])
@pytest.mark.parametrize("style", ACCEPTED)
def test_solvers_accept_it(style: str, kind: str, tmp_path: Path) -> None:
    command, needed, said = ACCEPTED[style]
    if find_spec(needed) is None and shutil.which(needed) is None:
        pytest.skip(f"{needed} is absent")
    model, start = written(tmp_path, kind, style)
    cbc = ["mipstart", str(start), "seconds", "1", "solve"]
    words = cbc if style == "cbc" else [str(start)]
    done = subprocess.run([*command, str(model), *words], capture_output=True, text=True, timeout=60, check=False)
    assert said in done.stdout, done.stdout + done.stderr


@settings(max_examples=15)
@given(instance=tiny_instances(assignments=200))
def test_all_columns_follow_from_the_parameters(instance: Instance) -> None:
    encoded = encode(instance, Question("mps", None, reductions=False, indicators=True))
    file = encoded.model
    assert isinstance(file, LinearFile)
    for weights in first_guesses(instance, 3):
        assignment = Assignment.of(instance.network, weights)
        columns = completed(file.encoded, assignment)
        assert not len(file.encoded.violated(columns))
        decoded = file.encoded.variable_map.decode(columns)
        assert all(np.array_equal(*pair) for pair in zip(decoded.grids(), assignment.grids(), strict=True))
        assert encoded.loss(file.milp.objective(file.values(columns))) == evaluate(instance, weights).loss


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question("dimacs", Fraction(12)), "MIP starts are for --format mps and lp"),
        (Question("opb"), "MIP starts are for --format mps and lp"),
        (Question("mps", Fraction(11)), "found weights of the loss 12, which the threshold 11 excludes"),
    ],
)
def test_what_has_no_start(question: Question, words: str, tmp_path: Path) -> None:
    instance, weights = hinge()
    with pytest.raises(InputError, match=words):
        export_with_start(instance, question, str(tmp_path / "m"), weights, "scip", str(tmp_path / "s"))
    assert not list(tmp_path.iterdir())
