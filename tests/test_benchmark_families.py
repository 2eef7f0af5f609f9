"""The benchmark of the families: its table, and what it refuses."""

import pytest

from benchmarks.families import teachers
from benchmarks.families.__main__ import LADDERS, Run, main, reached, sizes, table
from dnnt_encode.families.catalogue import families, family


def test_ladders_name_parameters() -> None:
    assert set(LADDERS) == set(families()) - {"slp"}
    for name, (parameter, _, fixed) in LADDERS.items():
        known = {each.name for each in family(name).parameters}
        assert {parameter, *fixed} <= known
        assert family(name).generate(1, **{parameter: next(sizes(name))}, **fixed).dataset.total > 0


def test_a_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.families.__main__.STEPS", 3)
    main(["k-sum", "--backends", "brute,dp", "--limit", "20"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[2].strip() for line in lines if line.startswith("| k-sum | length ")][:3] == [
        "length 8",
        "length 12",
        "length 18",
    ]
    assert lines[-1] == "| k-sum | length | 18+ | 18+ |"


def test_what_did_not_end_has_no_seconds() -> None:
    found = [Run("parity", 2, "dp", None, "refused"), Run("parity", 2, "cpsat", 1.234, "OPTIMUM FOUND")]
    assert table(found, ("dp", "cpsat")).splitlines()[-1] == "| parity | bits 2 | refused | 1.23 |"
    assert reached(found, ("dp", "cpsat")).splitlines()[-1] == "| parity | bits | - | 2+ |"
    with pytest.raises(SystemExit):
        main(["sudoku"])


def test_teachers(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--samples", "12", "--inputs", "2", "--hidden", "2", "--seeds", "2", "--backends", "dictionary"]
    teachers.main(small)
    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "2", "of", "2"]
    teachers.main([*small, "--changed"])
    assert capsys.readouterr().out.count("refuted") == 2
