"""Later stages in files: foreign solvers find the best of the last objective, and it comes back verified."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from dnnt_encode.analysis.top import last_stage
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.export import export
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance import Instance, number_json
from dnnt_encode.instance.stage import objectives_of
from dnnt_encode.parsers.instance_json import save_instance
from dnnt_encode.solving.decoded import decode
from tests.command_line import dnnt
from tests.stages import best

XOR = Instance.from_arrays(
    [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], weights=[-1, 1], biases=[-1, 0, 1]
)
ASKED = [
    "loss,nonzeros+biases",
    "loss,nonzeros+biases,units",
    "loss,margins",
    "loss,margins,margin",
    "loss,weight+biases",
]


def values(asked: str, most: Fraction) -> tuple[Question, list[Fraction]]:
    objectives = objectives_of(asked.split(","))
    found = best(XOR, objectives[1:], most)
    limits = {str(each): value for each, value in zip(objectives[1:-1], found[1:-1], strict=True)}
    return Question("mps", most, stage=last_stage(XOR, objectives, limits)), found


@pytest.mark.skipif(shutil.which("glpsol") is None, reason="glpsol is not installed")
@pytest.mark.parametrize("asked", ASKED)
def test_a_foreign_solver_of_a_linear_model(asked: str, tmp_path: Path) -> None:
    question, expected = values(asked, Fraction(2))
    model, solution = tmp_path / "model.mps", tmp_path / "model.sol"
    export(XOR, question, str(model))
    subprocess.run(["glpsol", "--freemps", model, "-w", solution], check=True, capture_output=True)
    found = decode(XOR, str(solution), str(model))
    assert (found.status, found.threshold) == ("OPTIMUM FOUND", 2)
    assert (found.stages[-1].value, found.stages[-1].bound) == (expected[-1], expected[-1])
    assert found.loss is not None
    assert found.loss <= 2
    assert found.weights is not None
    assert found.weights.instance_sha256 == XOR.sha256


@pytest.mark.parametrize(
    ("first", "last"), [("nonzeros+biases", "units"), ("nonzeros+biases", "margins"), ("margins", "margin")]
)
def test_a_foreign_solver_of_a_formula(
    first: str, last: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, model, solution = tmp_path / "xor.json", tmp_path / "model.wcnf", tmp_path / "model.sol"
    save_instance(XOR, instance)
    _, expected = values(f"loss,{first},{last}", Fraction(2))
    limit = f"{first}={number_json(expected[1])}"
    asked = ["--objective", f"loss,{first},{last}", "--limit", limit, "--threshold", "2"]
    assert dnnt(capsys, "export", instance, "--format", "wcnf", "-o", model, *asked).code == 0
    with RC2(WCNF(from_file=str(model))) as solver:
        truth = solver.compute()
        assert truth is not None
        bits = "".join("1" if literal > 0 else "0" for literal in truth)
        solution.write_text(f"o {solver.cost}\ns OPTIMUM FOUND\nv {bits}\n")
    told = dnnt(capsys, "decode", instance, "--model", model, "--solution", solution)
    assert told.code == 30
    assert f"{last} {expected[2]}, verified exactly; bound {expected[2]}" in told.out


@pytest.mark.parametrize(
    ("kind", "threshold", "asked", "message"),
    [
        ("dimacs", 1, "loss,units", "can ask for an optimum"),
        ("mps", None, "loss,units", "under a threshold"),
        ("mps", 1, "loss,units,weight", "--limit units=VALUE"),
    ],
)
def test_what_no_file_asks(kind: str, threshold: int | None, asked: str, message: str, tmp_path: Path) -> None:
    most = None if threshold is None else Fraction(threshold)
    with pytest.raises((InputError, ValueError), match=message):
        export(
            XOR, Question(kind, most, stage=last_stage(XOR, objectives_of(asked.split(",")), {})), str(tmp_path / "m")
        )
