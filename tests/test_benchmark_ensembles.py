"""The benchmark of ensembles: its draws, the published vote, and one small row from images to a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ensembles import rows
from benchmarks.ensembles.__main__ import line, main, measure
from dnnt_encode.instance.strategies import sides


def test_the_published_vote() -> None:
    pairs = sides("one-vs-one", "0123456789")
    first = np.full((1, len(pairs)), -1)
    assert rows.published_vote(first).tolist() == [0]
    # The nine votes of 0 less that against 1 are the eight of 1, and their own network is for 1.
    duel = first.copy()
    duel[0, pairs.index(("0", "1"))] = 1
    duel[0, pairs.index(("1", "9"))] = 1
    assert rows.published_vote(duel).tolist() == [1]
    # Against each other 0, 1 and 2 go round.
    around = first.copy()
    around[0, pairs.index(("0", "2"))] = 1
    assert rows.published_vote(around).tolist() == [-1]


@pytest.fixture
def few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve images of each digit, of ten pixels that say which one it is but for a little noise."""
    rng = np.random.default_rng(0)
    digits = np.arange(120) % 10
    inputs = np.eye(10, dtype=np.int64)[digits] ^ (rng.random((120, 10)) < 0.02)
    monkeypatch.setattr(rows, "images", lambda: (inputs, digits))
    monkeypatch.setattr("benchmarks.ensembles.__main__.images", lambda: (inputs, digits))


@pytest.mark.usefixtures("few_pixels")
def test_draws() -> None:
    train, test = rows.drawn(3, seed=1)
    assert np.bincount(rows.images()[1][train]).tolist() == [3] * 10
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(120))
    assert train.tolist() != rows.drawn(3, seed=2)[0].tolist()


@pytest.mark.usefixtures("few_pixels")
def test_a_row() -> None:
    row = rows.Row("small", "one-vs-one", (1,), 1, objective="loss")
    done = measure(row, 2, 0, 2.0, 2)
    assert done["fitted"] >= 40
    assert 0.5 < done["accuracy"] <= 1
    assert abs(done["published_vote"] - done["accuracy"]) <= done["without_class"]
    assert line(row.name, [done]).startswith("small")


def test_what_was_measured_is_not_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    known = {"images": 10, "limit": 8.0, "accuracy": 0.5, "published_vote": 0.25, "fitted": 45, "member_seconds": 8.0}
    file, picture = tmp_path / "rows.jsonl", tmp_path / "p.svg"
    lines = [{**known, "row": "one-vs-one relu", "seed": seed, "stages": []} for seed in range(5)]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    assert main(["--only", "relu", "--rows", str(file), "--draw", str(picture)]) == 0
    assert "50.0 (50.0-50.0)" in capsys.readouterr().out
    assert picture.exists()
