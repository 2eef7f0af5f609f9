"""It is fair only if the textbook model answers the same question, and honest only if the table says what happened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ortools.sat.python import cp_model

from benchmarks.proofs import places
from benchmarks.proofs.__main__ import main
from benchmarks.proofs.instances import QUICK, SPECS
from benchmarks.side_by_side import chosen
from benchmarks.textbook.model import Textbook
from dnnt_encode import Instance
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.library.tables import DataMissing


@pytest.mark.parametrize("loss", ["misclassification", "zero_one", "l1"])
@pytest.mark.parametrize(
    ("hidden", "activation"), [([1], "relu"), ([1, 1], "relu"), ([1], "sign"), ([1], "step"), ([], "relu")]
)
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_textbook_model_has_the_least_loss(loss: str, hidden: list[int], activation: str, outputs: int) -> None:
    rng = np.random.default_rng(len(hidden) + outputs)
    x = rng.integers(-2, 3, (6, 2))
    if loss == "misclassification":
        y = rng.integers(0, max(2, outputs), 6)
        y[: max(2, outputs)] = range(max(2, outputs))
    else:
        y = rng.integers(-1, 2, (6, outputs))
    biases = (-1, 1) if outputs == 3 else (-1, 0, 1)
    weights = [(-1, 1)] * (len(hidden) + 1) if outputs == 3 else None
    instance = Instance.from_arrays(
        x, y, hidden=hidden, activation=activation, loss=loss, biases=biases, layer_weights=weights
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(Textbook(instance).model) == cp_model.OPTIMAL
    assert round(solver.objective_value) == min(enumerate_losses(instance).fractions())


def test_there_are_at_least_forty_fixed_instances_of_every_kind() -> None:
    names = [spec.name for spec in SPECS]
    assert len(names) == len(set(names)) >= 40
    assert {spec.kind for spec in SPECS} == {"table", "teacher", "deep", "classes", "sign", "onelayer"}
    assert [spec.name for spec in chosen(SPECS, None, QUICK)] == [name for name in names if name in QUICK]
    assert {spec.kind for spec in chosen(SPECS, "deep-,sign-")} == {"deep", "sign"}


def test_an_instance_is_the_same_every_time() -> None:
    built = 0
    for spec in SPECS[::5]:
        try:
            first, second = spec.build(), spec.build()
        except DataMissing:
            continue
        built += 1
        assert first.sha256 == second.sha256
    assert built


def test_rows_that_are_there_are_not_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    words = [
        "--only",
        "teacher-zero_one-d8-n40-h2-e4",
        "--sides",
        "ours,textbook",
        "--limit",
        "30",
        "--rows",
        str(rows),
    ]
    assert main(words) == 0
    first = [json.loads(line) for line in rows.read_text().splitlines()]
    assert [row["side"] for row in first] == ["ours", "textbook"]
    assert all(row["cpu"] > 0 and row["loss"] == "4" for row in first)
    assert main(words) == 0
    assert len(rows.read_text().splitlines()) == 2
    assert "ours / textbook: mean CPU ratio" in capsys.readouterr().out


def test_parts_are_proved_on_one_core_and_on_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert places.main(["--only", "teacher-zero_one-d8-n40-h,sign-breast-d10-n80", "--limit", "5"]) == 0
    told = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in told[1:]}
    assert (rows["teacher-zero_one-d8-n40-h3-e0"][:2], rows["teacher-zero_one-d8-n40-h2-e4"][1]) == (["4", "0"], "too")
    assert rows["sign-breast-d10-n80-h2"][0] in ("6", "skipped:")
