"""The files of a command: none overwrites another, and what could not be written is said before anything is done."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dnnt_encode.cli.main import run
from tests.cli.process import DNNT, XOR, environment, write

TABLE = "a,b,y\n0,0,no\n0,1,yes\n1,0,yes\n1,1,no\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, in which we are, with an instance, its other names, a table, weights, a graph and a model's answer."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.json", XOR)
    (tmp_path / "link.json").symlink_to("a.json")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "far.json").symlink_to(tmp_path / "link.json")
    os.link(tmp_path / "a.json", tmp_path / "hard.json")
    (tmp_path / "dangling.json").symlink_to("new.json")
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "g.col").write_text("p edge 2 1\ne 1 2\n")
    (tmp_path / "s.txt").write_text("s UNKNOWN\n")
    assert run(["solve", "a.json", "-o", "w.json", "--self-contained", "-q"]) == 10
    assert run(["export", "a.json", "--format", "dimacs", "-o", "m.cnf"]) == 0
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "arguments",
    [
        "solve a.json -o a.json",
        "solve a.json -o ./a.json",
        "solve a.json -o inner/../a.json",
        "solve a.json -o link.json",
        "solve inner/far.json -o hard.json",
        "solve a.json --start w.json -o w.json",
        "solve a.json -o new.json --proof ./new.json",
        "solve a.json -o dangling.json --proof new.json",
        "solve a.json -o p.cnf --proof p",
        "solve a.json --proof a.json",
        "solve a.json -o new.json --journal new.json",
        "solve a.json --journal link.json",
        "export a.json --format opb -o a.json",
        "decode a.json --solution s.txt -o s.txt",
        "decode a.json --solution s.txt --model m.cnf -o m.cnf",
        "decode a.json --solution s.txt --model m.cnf -o link.json",
        "predict w.json t.csv -o t.csv",
        "predict w.json t.csv -o w.json",
        "predict w.json t.csv --instance a.json -o link.json",
        "import-csv t.csv --target y --rows 2 --test-out ./t.csv -o new.json",
        "import-csv t.csv --target y -o t.csv",
        "import-csv t.csv --target y --rows 2 --test-out dangling.json -o new.json",
        "import-csv t.csv --target y -o s.npz --npz",
        "generate colouring --input g.col -o g.col",
    ],
)
def test_no_output_overwrites_anything(files: Path, capsys: pytest.CaptureFixture[str], arguments: str) -> None:
    before = contents(files)
    capsys.readouterr()
    assert run(arguments.split()) == 2
    printed = capsys.readouterr()
    assert "both are the file" in printed.err
    assert "would overwrite" in printed.err or "collide" in printed.err
    assert printed.out == ""
    assert contents(files) == before


@pytest.mark.parametrize(
    "command",
    [
        '"$@" - -o a.json < a.json',
        '"$@" a.json -o w.json > w.json',
        '"$@" a.json -o w.json 2> w.json',
        '"$@" a.json -o new.json >> a.json',
        '"$@" a.json -o new.json 2>> link.json',
    ],
)
def test_redirections_are_files_too(files: Path, command: str) -> None:
    instance = (files / "a.json").read_bytes()
    done = subprocess.run(
        ["sh", "-c", command, "sh", *DNNT, "solve"], cwd=files, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 2
    # Standard error goes to the file where it is the file in question.
    assert (files / "a.json").read_bytes().startswith(instance)
    assert not (files / "new.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("solve - --start -", "INSTANCE and --start cannot both be standard input"),
        ("decode - --solution - --model m.cnf", "cannot both be standard input"),
        ("verify - -", "cannot both be standard input"),
        ("predict - -", "cannot both be standard input"),
        ("solve a.json --json -o -", "-o and --json cannot both be standard output"),
        ("solve a.json --json -o /dev/stdout", "-o and --json cannot both be standard output"),
        ("decode a.json --solution s.txt --json -o -", "cannot both be standard output"),
        ("import-csv t.csv --target y --rows 2 --test-out - -o -", "cannot both be standard output"),
        ("solve a.json --proof -", "not about standard output"),
        ("solve a.json --certificate -", "not about standard output"),
        ("solve a.json --certificate inner -o inner/w.json", "put the file of -o elsewhere"),
        ("solve a.json --certificate c --proof p", "exclude each other"),
        ("check -", "a certificate is a folder"),
        ("solve a.json --journal /dev/stdout", "not about standard output"),
    ],
)
def test_standard_streams_serve_one_file(
    files: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    capsys.readouterr()
    assert run(arguments.split()) == 2
    assert words in capsys.readouterr().err


def test_what_is_no_conflict(files: Path) -> None:
    for arguments, code in (
        ("solve a.json -o /dev/null --start w.json -q", 10),
        ("verify a.json w.json", 10),
        ("solve a.json -o dangling.json -q", 10),
        ("predict w.json - -o new.csv", 1),
    ):
        assert run(arguments.split()) == code
    assert (files / "new.json").exists()
    both = 'exec "$@" a.json -o w.json > log 2>&1'
    assert subprocess.run(["sh", "-c", both, "sh", *DNNT, "solve"], cwd=files, env=environment()).returncode == 10
    own = 'exec "$@" a.json -o /dev/stdout > log'
    assert subprocess.run(["sh", "-c", own, "sh", *DNNT, "solve"], cwd=files, env=environment()).returncode == 10
    assert (files / "log").read_text().startswith('{"format": "dnnt-weights"')


@pytest.mark.parametrize(
    "arguments",
    [
        "solve a.json -o none/w.json",
        "solve a.json --proof none/p",
        "export a.json --format mps -o none/m.mps",
        "decode a.json --solution s.txt -o none/w.json",
        "import-csv t.csv --target y -o none/i.json",
        "import-csv t.csv --target y --rows 2 --test-out none/t.csv -o i.json",
        "predict w.json t.csv -o none/p.csv",
        "generate colouring -o none/i.json",
    ],
)
def test_what_cannot_be_written_is_said_at_once(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    def unread(*_: object, **__: object) -> None:
        raise AssertionError("something was done before")

    monkeypatch.setattr("dnnt_encode.parsers.files.read_bytes", unread)
    monkeypatch.setattr("dnnt_encode.parsers.json_text.read_bytes", unread)
    before = contents(files)
    capsys.readouterr()
    assert run(arguments.split()) == 1
    assert "there is no such folder" in capsys.readouterr().err
    assert contents(files) == before
