"""It is fair only if both sides answer the same question, and honest only if the table says what happened."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.textbook import instances, report, run
from benchmarks.textbook.__main__ import main
from benchmarks.textbook.instances import Problem

TERNARY_PARAMETERS = list(itertools.product((-1, 0, 1), repeat=5))


def least_errors(x: np.ndarray, y: np.ndarray) -> int:
    """The optimum of one hidden unit over two inputs, by trying all 3^5 networks."""
    sign = np.where(y == 1, 1, -1)
    return min(
        int((sign * (v * np.maximum(0, x @ np.array([w0, w1]) + b) + c) < 1).sum())
        for w0, w1, b, v, c in TERNARY_PARAMETERS
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_textbook_model_finds_the_least_number_of_errors(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = Problem("tiny", random.choice([-1, 1], size=(7, 2)), random.integers(0, 2, size=7), hidden=1)
    outcome = run.run_textbook(problem, limit=30.0, workers=1)
    assert outcome.proved
    assert outcome.loss == least_errors(problem.x, problem.y)


def test_a_textbook_run_past_its_limit_is_open_and_counts_as_the_limit() -> None:
    random = np.random.default_rng(0)
    problem = Problem("hard", random.choice([-1, 1], size=(60, 20)), random.integers(0, 2, size=60), hidden=3)
    outcome = run.run_textbook(problem, limit=1.0, workers=1)
    assert not outcome.proved
    assert outcome.seconds == 1.0


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


def outcome(seconds: float, loss: int | None, bound: int) -> run.Outcome:
    return run.Outcome(seconds, loss, bound, workers=2)


def test_rows_that_say_nothing_about_speed_are_left_out_of_the_mean() -> None:
    both_open = report.Row("a", outcome(60, 5, 0), outcome(60, 4, 1))
    both_short = report.Row("b", outcome(1.9, 5, 5), outcome(0.1, 5, 5))
    one_open = report.Row("c", outcome(60, 5, 0), outcome(1.0, 4, 4))
    slower = report.Row("d", outcome(2.0, 3, 3), outcome(4.0, 3, 3))
    rows = [both_open, both_short, one_open, slower]
    assert [row.counts for row in rows] == [False, False, True, True]
    assert report.geometric_mean([one_open, slower]) == pytest.approx((60 * 0.5) ** 0.5)
    assert report.summary(rows)[0] == "proved optimal: textbook 2, ours 3, of 4"


def test_a_bound_above_the_other_sides_loss_is_a_contradiction() -> None:
    assert report.Row("a", outcome(3, 5, 5), outcome(3, 4, 4)).contradiction
    assert report.Row("a", outcome(60, 3, 0), outcome(3, 4, 4)).contradiction
    assert not report.Row("a", outcome(60, None, 0), outcome(3, 4, 4)).contradiction


def test_a_contradiction_fails_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("benchmarks.textbook.__main__.problem", lambda spec: SimpleNamespace(name=spec.name, x=[0]))
    monkeypatch.setattr("benchmarks.textbook.__main__.run_textbook", lambda *_: outcome(3, 5, 5))
    monkeypatch.setattr("benchmarks.textbook.__main__.run_ours", lambda *_: outcome(3, 4, 4))
    assert main(["--only", "heart-d10"]) == 1
    assert "CONTRADICTION" in capsys.readouterr().out
