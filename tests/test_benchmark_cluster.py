"""The simulation of a cluster: list schedules, and a run that goes on from its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster.__main__ import main, makespan
from dnnt_encode import Instance, save


def test_list_schedules() -> None:
    assert makespan([3, 1, 1, 1], 1) == 6
    assert makespan([3, 1, 1, 1], 2) == 3
    assert makespan([1, 1, 1, 3], 2) == 4
    assert makespan([1, 1, 1, 3], 9) == 3


def test_a_run_goes_on_from_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], name="xor"), tmp_path / "i")
    rows = tmp_path / "rows"
    arguments = [str(tmp_path / "i"), "--threshold", "-1", "--number", "9", "--rows", str(rows), "--whole"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "cubes, 0 with a solution" in told
    before = rows.read_text(encoding="ascii")
    assert main(arguments) == 0
    assert rows.read_text(encoding="ascii") == before
