"""It is fair only if both sides answer the same question, and honest only if the table says what happened."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.textbook import instances
from benchmarks.textbook.__main__ import main
from dnnt_encode.bench.rows import Row
from dnnt_encode.bench.runs import Trial


def test_there_are_at_least_fifteen_fixed_instances_with_names_of_their_own() -> None:
    names = [spec.name for spec in instances.SPECS]
    assert len(names) == len(set(names)) >= 15
    assert set(instances.QUICK) < set(names)


def test_an_instance_is_the_same_every_time() -> None:
    pytest.importorskip("sklearn")
    spec = instances.SPECS[0]
    first, second = instances.problem(spec), instances.problem(spec)
    assert first.x.shape == (spec.samples, spec.columns)
    assert set(np.unique(first.x)) == {-1, 1}
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.y, second.y)


def test_an_absent_table_is_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DNNT_DATA", str(tmp_path))
    monkeypatch.setattr(instances, "DATA_NEARBY", tmp_path)
    assert main(["--only", "heart"]) == 0
    assert "skipped: no heart.csv" in capsys.readouterr().out


def test_the_better_of_two_runs_of_the_textbook_counts_and_a_contradiction_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def made(trial: Trial, stop: object) -> Row:
        loss, seconds = {"ours": ("4", 3.0), "textbook 2": ("5", 9.0), "textbook 8": ("5", 6.0)}[trial.side.name]
        return replace(trial.row, status="OPTIMUM FOUND", loss=loss, bound=loss, seconds=seconds, cpu=seconds)

    pytest.importorskip("sklearn")
    monkeypatch.setattr(Trial, "made", made)
    assert main(["--only", "breast-d10-n50"]) == 1
    out = capsys.readouterr().out
    assert "CONTRADICTION" in out
    assert "ours / textbook: mean CPU ratio where both solve 0.50" in out
