"""Standard streams that are closed, full, gone or of another alphabet; answers whose file cannot be written."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.cli.main import run
from dnnt_encode.parsers import load_instance
from tests.cli.process import DNNT, XOR, environment, write
from tests.parsers.test_outputs import in_a_namespace

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
VALUES = "v w 1.0.0 = "


@pytest.fixture
def xor(tmp_path: Path) -> Path:
    """An instance whose name needs an alphabet."""
    return write(tmp_path / "xor.json", json.dumps({**XOR, "name": "xör ☃"}, ensure_ascii=False))


def shell(
    redirection: str,
    *arguments: object,
    cwd: Path | None = None,
    variables: dict[str, str] | None = None,
    before: Callable[[], Any] | None = None,
) -> tuple[int, bytes, bytes]:
    """Exit code and outputs of `dnnt` with its streams redirected; no run may show a traceback."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *DNNT, *map(str, arguments)],
        capture_output=True,
        cwd=cwd,
        env={**environment(), **(variables or {})},
        stdin=subprocess.DEVNULL,
        preexec_fn=before,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def weights_of(path: Path) -> list[Any]:
    layers: list[Any] = json.loads(path.read_text())["layers"]
    return layers


def test_a_closed_output_is_no_matter_where_there_is_a_file(xor: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.json"
    for redirection in (">&-", "<&- >&- 2>&-", "1</dev/null"):
        assert shell(redirection, "solve", xor, "--minimize", "--backend", "cpsat", "-o", out)[0] == 30
        assert len(weights_of(out)) == 2
        out.unlink()


@pytest.mark.parametrize("arguments", [["solve"], ["solve", "--json"], ["export", "--format", "opb", "-o", "-"]])
def test_a_closed_output_that_is_needed_is_said_at_once(xor: Path, arguments: list[str]) -> None:
    assert shell(">&-", *arguments, xor) == (1, b"", b"dnnt: error: <stdout>: it is closed; name a file with -o\n")


def test_other_closed_streams(xor: Path) -> None:
    for arguments in (["info", xor], ["generate", "colouring"]):
        code, _, err = shell(">&-", *arguments)
        assert code == 1
        assert err.splitlines()[-1].startswith(b"dnnt: error: <stdout>: ")
    code, out, err = shell("<&-", "solve", "-")
    assert (code, err) == (1, b"dnnt: error: <stdin>: cannot be read: it is closed\n")
    code, out, err = shell("2>&-", "solve", "none.json")
    assert (code, out, err) == (1, b"", b"")


@FULL
@pytest.mark.parametrize("options", [[], ["-o", "-"], ["--json"]])
def test_what_a_full_output_does_not_take_is_on_standard_error(xor: Path, options: list[str]) -> None:
    code, _, err = shell("> /dev/full", "solve", xor, *options)
    lines = err.decode().splitlines()
    assert code == 1
    assert lines[-1] == "dnnt: error: <stdout>: cannot be written: No space left on device"
    assert any(line.startswith("s ") for line in lines)
    assert any(line.startswith(VALUES) for line in lines)


@FULL
def test_a_full_output_beside_a_file(xor: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.json"
    code, _, err = shell("> /dev/full", "solve", xor, "-o", out)
    assert (code, len(weights_of(out))) == (1, 2)
    assert err == b"dnnt: error: <stdout>: cannot be written: No space left on device\n"


def rescued(code: int, out: bytes, err: bytes, reason: str) -> list[str]:
    """The lines of an answer whose file could not be written."""
    lines = out.decode().splitlines()
    assert code == 1
    assert err.decode().splitlines()[-1].endswith(f"cannot be written: {reason}")
    assert "s SATISFIABLE" in lines
    assert sum(line.startswith("v ") for line in lines) == 9
    assert not any(line.startswith("c weights: ") for line in lines)
    return lines


@FULL
def test_weights_whose_file_cannot_be_written_are_printed(xor: Path) -> None:
    rescued(*shell("", "solve", xor, "-o", "/dev/full"), "No space left on device")
    code, out, _ = shell("", "solve", xor, "-o", "/dev/full", "--json")
    assert (code, len(json.loads(out)["weights"]["layers"])) == (1, 2)


@FULL
def test_decode_prints_what_it_cannot_write_too(xor: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.cnf"
    assert shell("", "export", xor, "--format", "dimacs", "-o", model)[0] == 0
    from pysat.formula import CNF
    from pysat.solvers import Solver

    with Solver(name="minisat22", bootstrap_with=CNF(from_file=str(model)).clauses) as solver:
        assert solver.solve()
        values = " ".join(map(str, solver.get_model()))
    (tmp_path / "s.txt").write_text(f"s SATISFIABLE\nv {values} 0\n")
    arguments = ["decode", xor, "--model", model, "--solution", tmp_path / "s.txt", "-o", "/dev/full"]
    rescued(*shell("", *arguments), "No space left on device")


def test_a_limit_on_the_size_of_files(xor: Path, tmp_path: Path) -> None:
    out = write(tmp_path / "w.json", "what was there")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # noqa: E731
    rescued(*shell("", "solve", xor, "-o", out, before=limit), "File too large")
    assert out.read_text() == "what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.json", "xor.json"]


def test_a_full_disk(xor: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    fill = f"mount -t tmpfs -o size=16k none {disk} && head -c 12288 /dev/zero > {disk}/filler && : > {disk}/w.json"
    arguments = ["solve", xor, "-o", disk / "w.json"]
    done = in_a_namespace(fill, *DNNT, *arguments)
    assert done.returncode == 10
    full = f"{fill} && head -c 4096 /dev/zero >> {disk}/filler"
    done = in_a_namespace(full, *DNNT, *arguments)
    rescued(done.returncode, done.stdout.encode(), done.stderr.encode(), "No space left on device")
    done = in_a_namespace(full, *DNNT, *arguments[:-1], disk / "new.json")
    # Nothing was done before it was said.
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("new.json: cannot be written: No space left on device\n")


def test_a_full_place_for_temporary_files(tmp_path: Path) -> None:
    """The model of a command has no room: the best answer so far is delivered, and why it stopped is said."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=16k none {disk} && export TMPDIR={disk}"
    value = {**XOR, "dataset": {"x": [[k, k % 5] for k in range(30)], "y": [[k % 3] for k in range(30)]}}
    del value["threshold"]
    instance, out = write(tmp_path / "instance.json", value), tmp_path / "w.json"
    for file in ("cnf", "mps"):
        done = in_a_namespace(mount, *DNNT, "solve", instance, "--backend", f"cmd:cat {{{file}}}", "-o", out)
        assert done.returncode == 10, done.stderr
        assert "s SATISFIABLE" in done.stdout.splitlines()
        assert done.stderr.startswith("dnnt: warning: cat: No space left on device")
        assert f"temporary files are in {disk}; TMPDIR names another place" in done.stderr
        assert len(weights_of(out)) == 2
        out.unlink()


@pytest.mark.skipif(os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="root alone gives up rights")
def test_a_folder_without_permission(xor: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    out = write(folder / "w.json", "what was there")
    out.chmod(0o666)
    os.chown(folder, 65534, -1)

    def without_rights() -> None:
        """Permissions count for us as for anybody (PR_CAPBSET_DROP of CAP_DAC_OVERRIDE)."""
        ctypes.CDLL(None).prctl(24, 1)

    code, _, err = shell("", "solve", xor, "-o", out, before=without_rights)
    assert (code, err) == (10, b"")
    assert len(weights_of(out)) == 2
    code, printed, err = shell("", "solve", xor, "-o", folder / "new.json", before=without_rights)
    assert (code, printed) == (1, b"")
    assert err.endswith(b"new.json: cannot be written: Permission denied\n")
    assert [path.name for path in folder.iterdir()] == ["w.json"]


def test_a_named_pipe(xor: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*DNNT, "solve", str(xor), "-o", str(pipe)], env=environment()) as process:
        assert len(weights_of(pipe)) == 2
    assert process.returncode == 10
    assert pipe.is_fifo()


def test_a_reader_that_goes_away(xor: Path, tmp_path: Path) -> None:
    def piped(*arguments: object) -> tuple[int, bytes]:
        with subprocess.Popen(
            [*DNNT, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            err = process.stderr.read()
        return process.returncode, err

    # Whoever stops reading lines has seen enough; whoever wants an object has not got it.
    assert piped("solve", xor) == (10, b"")
    assert piped("solve", xor, "-o", tmp_path / "w.json") == (10, b"")
    for options in (["--json"], ["-o", "-"]):
        code, err = piped("solve", xor, *options)
        assert (code, VALUES.encode() in err) == (1, True)
        assert err.splitlines()[-1] == b"dnnt: error: <stdout>: cannot be written: Broken pipe"


ALPHABETS = [
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("variables", ALPHABETS, ids=lambda each: next(iter(each.values())))
def test_a_terminal_of_another_alphabet(xor: Path, variables: dict[str, str]) -> None:
    shown = "xör \\u2603".encode("latin-1") if "latin-1" in variables.values() else b"x\\xf6r \\u2603"
    code, out, err = shell("", "info", xor, variables=variables)
    assert (code, shown in out, err) == (0, True, b"")
    # What is a file, or JSON, is UTF-8 wherever it goes.
    code, out, err = shell("", "solve", xor, "-o", "-", variables=variables)
    assert (code, shown in err, len(json.loads(out.decode())["layers"])) == (10, True, 2)
    assert json.loads(shell("", "info", xor, "--json", variables=variables)[1].decode())["name"] == "xör ☃"


def odd(text: str) -> str:
    """A file's name that is no text."""
    return os.fsdecode(text.encode() + b"\xff")


def test_names_of_files_that_are_no_text(xor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / odd("i")).write_bytes(xor.read_bytes())
    (tmp_path / odd("t")).write_text("a,b,y\n0,0,no\n0,1,yes\n1,0,yes\n1,1,no\n")
    (tmp_path / odd("g")).write_text("p edge 2 1\ne 1 2\n")
    (tmp_path / odd("s")).write_text("s UNKNOWN\n")
    for arguments, code in (
        (["solve", odd("i"), "-o", odd("w")], 10),
        (["verify", odd("i"), odd("w")], 10),
        (["export", odd("i"), "--format", "dimacs", "-o", odd("m")], 0),
        (["decode", odd("i"), "--model", odd("m"), "--solution", odd("s")], 0),
        (["import-csv", odd("t"), "--target", "y", "-o", odd("j")], 0),
        (["generate", "colouring", "--input", odd("g"), "-o", odd("k")], 0),
        (["info", odd("none")], 1),
    ):
        assert run(arguments) == code
    assert load_instance(odd("j")).name == "t�"
    assert load_instance(odd("k")).source["parameters"]["input"] == "g�"
    before = sorted(path.name for path in tmp_path.iterdir())
    assert run(["import-csv", odd("t"), "--target", "y", "-o", odd("n"), "--npz"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("variables", [{}, ALPHABETS[-1]], ids=["UTF-8", "C"])
def test_what_is_said_of_files_whose_names_are_no_text(xor: Path, tmp_path: Path, variables: dict[str, str]) -> None:
    (tmp_path / odd("s")).write_text("s UNKNOWN\n")
    code, out, err = shell("", "solve", xor, "-o", odd("w"), cwd=tmp_path, variables=variables)
    assert (code, b"c weights: w\xff\n" in out, err) == (10, True, b"")
    code, _, err = shell("", "info", odd("none"), cwd=tmp_path, variables=variables)
    assert (code, err) == (1, b"dnnt: error: none\xff: there is no such file\n")
    code, out, _ = shell("", "decode", xor, "--solution", odd("s"), "--json", cwd=tmp_path, variables=variables)
    assert json.loads(out.decode())["backend"]["name"] == "file s\udcff"
