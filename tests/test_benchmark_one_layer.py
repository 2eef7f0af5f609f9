"""The benchmark without hidden layers: all sides have the same optimum, with penalties and limits and without."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmarks.one_layer.__main__ import main
from benchmarks.one_layer.instances import Problem, Spec
from benchmarks.one_layer.run import SIDES

RNG = np.random.default_rng(3)
X = RNG.integers(0, 4, (14, 2))
Y = (X @ [1, -1] + RNG.integers(-1, 2, 14) > 0).astype(np.int64)


@pytest.mark.parametrize(
    "spec",
    [Spec("plain", "", 3), Spec("penalties", "", 3, 1, Fraction("0.5"), Fraction("0.01")), Spec("limit", "", 5, 1)],
    ids=lambda spec: spec.name,
)
def test_all_sides_have_the_same_optimum(spec: Spec) -> None:
    outcomes = [side(Problem(spec, X, Y), 60) for side in SIDES.values()]
    proved = [outcome for outcome in outcomes if outcome is not None]
    assert len(proved) == (4 if spec.plain else 2)
    assert all(outcome.proved for outcome in proved)
    assert len({outcome.objective for outcome in proved}) == 1


def test_tables_that_are_not_there_are_skipped(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DNNT_DATA", str(tmp_path))
    monkeypatch.setattr("benchmarks.textbook.instances.DATA_NEARBY", tmp_path)
    assert main([]) == 0
    assert capsys.readouterr().out.count("skipped: no ") == 8
