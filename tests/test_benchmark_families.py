"""The benchmark of the families: its table, and what it refuses."""

import pytest

from benchmarks.families.__main__ import LADDERS, Run, main, table
from dnnt_encode.families.catalogue import family


def test_ladders_name_parameters() -> None:
    for name, (parameter, _, fixed) in LADDERS.items():
        known = {each.name for each in family(name).parameters}
        assert {parameter, *fixed} <= known


def test_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["k-sum", "--backends", "brute,dp", "--limit", "20"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("| k-sum | length 64 |")
    assert len([line for line in lines if line.startswith("| k-sum")]) == 4


def test_what_did_not_end_has_no_seconds() -> None:
    found = [Run("parity", 2, "dp", None, "refused"), Run("parity", 2, "cpsat", 1.234, "OPTIMUM FOUND")]
    assert table(found, ("dp", "cpsat")).splitlines()[-1] == "| parity | bits 2 | refused | 1.23 |"
    with pytest.raises(SystemExit):
        main(["sudoku"])
