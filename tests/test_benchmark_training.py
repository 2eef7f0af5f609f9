"""The benchmark of the trainer: its rows, its workers that share what they find, and its table."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.training import __main__ as benchmark
from benchmarks.training import baselines, report
from benchmarks.training.rows import ROWS, Row
from benchmarks.training.runner import Incumbent, train
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.library.tables import DataMissing

WINE = next(row for row in ROWS if row.data == "wine")


def test_rows_have_names_of_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_workers_share_what_they_find_and_end() -> None:
    instance = WINE.instance()
    found = train(instance, seconds=2, workers=2, seed=0)
    assert [incumbent.seconds for incumbent in found] == sorted(incumbent.seconds for incumbent in found)
    for incumbent in found:
        assert evaluate(instance, incumbent.assignment.weights(instance)).loss == incumbent.loss
    assert found[-1].loss <= 2


def test_a_linear_model_rounded_networks_and_absent_tables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = baselines.baselines(WINE, WINE.instance())
    assert found["linear"].loss == 0
    assert found["network"].loss <= found["rounded"].loss

    def absent(row: Row) -> None:
        raise DataMissing("no table")

    monkeypatch.setattr(Row, "instance", absent)
    assert benchmark.main(["--only", "wine"]) == 0
    assert "skipped: no table" in capsys.readouterr().out
    assert benchmark.main(["--only", "nothing"]) == 2


def test_a_table_takes_medians_and_says_what_is_reached() -> None:
    nowhere = Assignment(((np.zeros((1, 1), dtype=np.int64), np.zeros(1, dtype=np.int64)),))
    runs = [[Incumbent(1.0, Fraction(9), nowhere), Incumbent(8.0, Fraction(last), nowhere)] for last in (3, 4, 8)]
    row = Row("wine", (8,), goals={10: 5})
    measured = report.Measured(row, (2.0, 10.0), runs, {"linear": baselines.Baseline(4)}, None, 0)
    assert [measured.loss(mark) for mark in (2.0, 10.0)] == [9, 4]
    assert measured.goals == {10.0: 4}
    assert measured.reached == {10.0: True}
    assert " ok" in report.line(measured)
    assert json.loads(report.record(measured))["incumbents"] == 6
