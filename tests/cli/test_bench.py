"""`dnnt bench`: rows as they come, none made twice, what is wrong beside what is right, and what the rows say."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from dnnt_encode.bench import report
from dnnt_encode.bench.rows import FAILED, Row, append, read_rows
from tests.cli.process import XOR, hard, interrupted, write
from tests.command_line import dnnt


def test_every_instance_with_every_backend_and_no_run_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, rows = tmp_path / "in", tmp_path / "rows.jsonl"
    folder.mkdir()
    write(folder / "xor.json", XOR)
    write(folder / "copy.json", {**XOR, "name": XOR["name"]})
    write(folder / "wrong.json", {})
    words = ["bench", folder, "-b", "cpsat", "-b", "brute", "--seeds", "1,2", "--threads", 1, "-o", rows]
    first = dnnt(capsys, *words)
    assert first.code == 1
    assert "1 of 4 runs failed" in first.err
    found = [json.loads(line) for line in rows.read_text().splitlines()]
    # Brute force heeds no seed, and the copy is the same instance.
    assert sorted((row["side"], row["seed"]) for row in found[1:]) == [("brute", None), ("cpsat", 1), ("cpsat", 2)]
    assert found[0]["error"].endswith("'format': 'dnnt-instance' is needed")
    assert all(row["status"] == "SATISFIABLE" and row["loss"] == "0" and row["cpu"] > 0 for row in found[1:])
    table = [line.split()[:4] for line in first.out.splitlines()[-3:]]
    assert table == [["side", "runs", "solved", "proved"], ["cpsat", "2", "2", "0"], ["brute", "2", "2", "0"]]
    again = dnnt(capsys, *words)
    assert again.out.count("(kept)") == 3
    assert len(rows.read_text().splitlines()) == 4
    assert dnnt(capsys, *words, "--time-limit", 30, "-b", "brute").out.count("(kept)") == 0
    compared = dnnt(capsys, "bench", "--compare", rows, rows)
    assert "gained: none; lost: none" in compared.out


def test_plots_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    rows = tmp_path / "rows.jsonl"
    append(str(rows), [row("a"), row("b", seconds=3.0), row("a", instance="j"), row("b", "UNKNOWN", instance="j")])
    drawn = dnnt(capsys, "bench", "--compare", rows, rows, "--plot", tmp_path / "plots")
    assert drawn.code == 0, drawn.err
    assert {path.name for path in (tmp_path / "plots").iterdir()} >= {"cactus.svg", "scatter-1.svg"}
    assert "runs solved" in (tmp_path / "plots" / "cactus.svg").read_text()


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_there(tmp_path: Path) -> None:
    easy, rows = write(tmp_path / "xor.json", XOR), tmp_path / "rows.jsonl"
    words = ["bench", easy, hard(tmp_path / "hard.json"), "-b", "cpsat", "--threads", 1, "-o", rows]
    code, out, err = interrupted(signal.SIGINT, lambda line: line.startswith("c 1/2"), *words)
    assert code == 1
    assert "interrupted" in err
    assert out.splitlines()[-1].split()[:3] == ["cpsat", "1", "1"]
    assert [each.instance for each in read_rows(str(rows)).values()] == [str(easy)]


@pytest.mark.parametrize(
    "words",
    [["-b", "nobody"], ["--time-limit", "inf"], ["--compare"], ["--seeds", "x"], ["-o", "xor.json"]],
)
def test_what_cannot_be_asked(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = dnnt(capsys, "bench", write(tmp_path / "xor.json", XOR), *words)
    assert run.code in (1, 2)
    assert "Traceback" not in run.err


def row(
    side: str,
    status: str = "OPTIMUM FOUND",
    loss: str | None = "3",
    bound: str = "3",
    seconds: float = 1.0,
    instance: str = "i",
    threshold: str | None = None,
) -> Row:
    return Row(instance, None, side, 60.0, 1, None, status, loss, bound, threshold, seconds, seconds)


def test_the_summary_counts_compares_and_names() -> None:
    rows = [
        *(row("before", seconds=8, instance=name) for name in "ad"),
        row("before", "SATISFIABLE", "4", "0", 60, "c"),
        row("ours", seconds=2, instance="a"),
        row("ours", seconds=30, instance="c"),
        row("ours", "SATISFIABLE", "4", "0", 60, "d"),
    ]
    table = report.table_of(rows)
    found = report.versus(table, "ours", "before")
    assert (found.gained, found.lost) == (("c",), ("d",))
    assert found.cpu == pytest.approx(1 / 4)
    assert found.seconds == pytest.approx((1 / 4 * 60 / 8 * 30 / 60) ** (1 / 3))
    assert report.wins(table) == {"before": 1, "ours": 2}
    cells = [line.split() for line in report.summary(table)]
    assert cells[1] == ["before", "3", "2", "2", "0", f"{136 / 3:.1f}", "76.0", "1"]
    assert cells[2][:6] == ["ours", "3", "2", "2", "0", f"{152 / 3:.1f}"]


def test_what_settles_a_question_depends_on_it() -> None:
    assert row("a", "SATISFIABLE", threshold="3").solved
    assert not row("a", "SATISFIABLE").solved
    assert row("a", "UNSATISFIABLE", None).proved


def test_contradictions_are_found() -> None:
    assert report.contradictions([row("a", loss="3", bound="3"), row("b", loss="2", bound="2")]) == ["i"]
    assert report.contradictions([row("a", bound="2"), row("b", "UNSATISFIABLE", None, "0", threshold="3")]) == ["i"]
    assert not report.contradictions([row("a", loss="3", bound="2"), row("b", loss="2", bound="1/2")])
    assert not report.contradictions([row("a", loss=None, bound="0"), row("b", loss="2", bound="2")])


def test_a_line_that_was_cut_off_is_none_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append(str(path), [row("a")])
    with path.open("a") as file:
        file.write('{"instance": "i", "si')
    assert len(read_rows(str(path))) == 1
    append(str(path), [row("b"), row("c", FAILED)])
    assert [each.side for each in read_rows(str(path)).values()] == ["a", "b", "c"]
    write(path, '{"instance": "i", "side": "a", "status": "UNKNOWN", "loss": "x"}\n')
    with pytest.raises(ValueError, match="line 1"):
        read_rows(str(path))
