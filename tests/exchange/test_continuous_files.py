"""MPS and LP files of continuous training through foreign solvers and back, against our own exact answer."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.analysis.view import View
from dnnt_encode.cli.info import describe, text_of
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.export import export
from dnnt_encode.exchange.question import Question
from dnnt_encode.exchange.sizes import exported_sizes
from dnnt_encode.instance import Instance
from dnnt_encode.instance.parameters import Interval
from dnnt_encode.solving.decoded import decode
from tests.foreign import solvers

REAL = Interval(-1, 1)
X, Y = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 1]], [[0], [1], [1], [0], [3]]
LEAST = Fraction(3, 2)


def instance(**change: Any) -> Instance:
    arguments = {"hidden": [2], "loss": "l1", "weights": REAL, "biases": REAL, **change}
    return Instance.from_arrays(X, Y, **arguments)


@pytest.mark.parametrize("kind", ["mps", "lp"])
@pytest.mark.parametrize(("name", "run"), solvers("cbc", "glpk-o", "highs", "scip", "gurobi"))
def test_there_and_back(name: str, run: Callable[[Path, Path], None], kind: str, tmp_path: Path) -> None:
    model, solution = tmp_path / f"m.{kind}", tmp_path / "m.sol"
    written = export(instance(), Question(kind), str(model))
    assert written.size == exported_sizes(View(instance()), None).of[kind]
    run(model, solution)
    found = decode(instance(), str(solution), str(model))
    # A solver in doubles proves nothing of reals; its literals give the best weights exactly.
    assert found.status == "SATISFIABLE"
    assert found.loss == LEAST
    assert found.bound == 0
    run_again = decode(instance(), str(solution), Question(kind))
    assert run_again.loss == LEAST


@pytest.mark.parametrize(("name", "run"), solvers("scip"))
def test_thresholds(name: str, run: Callable[[Path, Path], None], tmp_path: Path) -> None:
    for threshold, status in ((LEAST, "SATISFIABLE"), (LEAST - Fraction(1, 10), "UNSATISFIABLE")):
        export(instance(), Question("mps", threshold), str(tmp_path / "m.mps"))
        run(tmp_path / "m.mps", tmp_path / "m.sol")
        found = decode(instance(), str(tmp_path / "m.sol"), str(tmp_path / "m.mps"))
        assert found.status == status, name
        assert found.loss is None or found.loss <= threshold
        assert "floating-point word" in found.certificate.detail or status == "SATISFIABLE"


def test_values_that_break_a_row_are_refused(tmp_path: Path) -> None:
    model = export(instance(), Question("mps"), str(tmp_path / "m.mps"))
    values = "\n".join(f"{name} 0" for name in model.names())
    (tmp_path / "m.sol").write_text(f"# Objective value = 0\n{values}\n", encoding="ascii")
    with pytest.raises(InputError, match="found values at which the row r"):
        decode(instance(), str(tmp_path / "m.sol"), str(tmp_path / "m.mps"))


@pytest.mark.parametrize(
    ("question", "change", "words"),
    [
        (Question("wcnf"), {}, "real numbers; wcnf files have none"),
        (Question("opb"), {}, "real numbers; opb files have none"),
        (Question("mps", indicators=True), {}, "no conditional rows"),
        (Question("mps"), {"loss": "l2"}, "the loss l2 has squares, which a linear program does not have"),
        (Question("lp"), {"hidden": [2, 2]}, "the network needs one hidden layer"),
    ],
)
def test_what_is_refused(question: Question, change: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        export(instance(**change), question, str(tmp_path / "m"))
    assert not list(tmp_path.iterdir())


def test_info() -> None:
    view = View(instance())
    sizes = exported_sizes(view, None)
    text = text_of(describe(view, sizes), sizes)
    assert "search space   intervals" in text
    assert "opb            refused: found parameters from intervals" in text
    assert "mps            60 columns, 94 rows" in text
    squares = exported_sizes(View(instance(loss="l2")), None)
    assert "has squares" in str(squares.of["lp"])
