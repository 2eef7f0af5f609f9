"""Temporary folders and the programs that run in them: nothing is left of either, whoever is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnnt_encode.backends.protocol import Controls
from dnnt_encode.backends.scratch import Scratch
from dnnt_encode.errors import BackendError

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="descendants that move away are found on Linux")

RUNAWAYS = """
note() { echo "$1" >> "$0.pids"; }
(note "$(exec sh -c 'echo $PPID')"; sleep 600) &
setsid sh -c 'echo $$ >> "$1.pids"; sleep 600' sh "$0" &
timeout 600 sh -c 'echo $$ >> "$1.pids"; sleep 600' sh "$0" &
sh -c 'setsid sh -c "echo \\$\\$ >> \\"$1.pids\\"; sleep 600" sh "$1" & ' sh "$0"
note $$
while [ "$(wc -l < "$0.pids")" -lt 5 ]; do sleep 0.02; done
echo started
"""
"""A shell script whose descendants stay in its group, and leave it in three ways; each notes its number."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary folders go; nothing may be left there in the end."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert not list(place.iterdir())


def run(scratch: Scratch, *words: str, controls: Controls | None = None) -> tuple[int | None, bytes, bytes]:
    """The exit code of a program, its output and its errors."""
    printed = scratch.path / "printed"
    work = scratch.run(list(words), printed, controls or Controls())
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value, printed.read_bytes(), printed.with_suffix(".err").read_bytes()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def runaways(file: Path, then: str = "") -> Path:
    file.write_text(f"#!/bin/sh\n{RUNAWAYS}{then}\n")
    file.chmod(0o755)
    return file


def pids(script: Path) -> list[int]:
    return [int(line) for line in Path(f"{script}.pids").read_text().split()]


def test_programs_run(folder: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(b"a\n\xff b")
    with Scratch("a test") as scratch:
        assert scratch.path.parent == folder
        assert scratch.path.stat().st_mode & 0o777 == 0o700
        assert run(scratch, "sh", "-c", 'cat; printf "%s" "$1"; echo bad >&2; exit 7', "sh", odd) == (
            7,
            os.fsencode(odd),
            b"bad\n",
        )
        assert run(scratch, "sh", "-c", "pwd")[:2] == (0, f"{Path.cwd()}\n".encode())
        for name in ("TERM", "INT", "HUP", "PIPE", "KILL"):
            assert run(scratch, "sh", "-c", f"kill -{name} $$")[0] == -getattr(signal, f"SIG{name}")
        code, _, errors = run(scratch, "no-such-program")
        assert (code, errors) == (127, b"no-such-program: No such file or directory\n")
        assert run(scratch, str(tmp_path))[0] == 127
        (scratch.path / "inner" / "most").mkdir(parents=True)
        (scratch.path / "inner" / "most" / "file").write_bytes(b"x")
        (scratch.path / "link").symlink_to(tmp_path)
    assert tmp_path.is_dir()


@linux
def test_a_program_that_ends_leaves_nobody(folder: Path, tmp_path: Path) -> None:
    script = runaways(tmp_path / "script")
    with Scratch("a test") as scratch:
        assert run(scratch, str(script))[:2] == (0, b"started\n")
        assert len(pids(script)) == 5
        assert not any(map(alive, pids(script)))


@linux
@pytest.mark.parametrize("how", ["stop", "deadline", "leave"])
def test_a_program_that_is_ended_leaves_nobody(folder: Path, tmp_path: Path, how: str) -> None:
    script = runaways(tmp_path / "script", "sleep 600")
    controls = Controls(deadline=time.monotonic() + 2 if how == "deadline" else None)
    with Scratch("a test") as scratch:
        printed = scratch.path / "printed"
        work = scratch.run([str(script)], printed, controls)
        next(work)
        wait_until(lambda: printed.read_bytes() == b"started\n")
        if how == "stop":
            controls.stop.set()
        elif how == "leave":
            work.close()
        assert list(work) == [] or how == "deadline"
        assert not any(map(alive, pids(script)))
        # The next one runs as if nothing had been.
        assert run(scratch, "echo", "well")[:2] == (0, b"well\n")


OWNER = """
import signal, sys, threading, tempfile
from pathlib import Path
from dnnt_encode.backends.protocol import Controls
from dnnt_encode.backends.scratch import Scratch

tempfile.tempdir = sys.argv[1]
with Scratch("a test") as scratch:
    (scratch.path / "formula").write_bytes(bytes(100_000))
    work = scratch.run(sys.argv[2:], scratch.path / "printed", Controls()) if sys.argv[2:] else iter([None])
    next(work)
    while sys.argv[2:] and (scratch.path / "printed").read_bytes() != b"started\\n":
        pass
    print(scratch.path, scratch._process.pid, flush=True)
    threading.Event().wait()
"""


def owner(place: Path, *words: object) -> subprocess.Popen[str]:
    """A process that has a scratch folder in which a program runs."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", textwrap.dedent(OWNER), str(place), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)


@linux
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_owner_leaves_nothing(folder: Path, tmp_path: Path, signum: signal.Signals) -> None:
    script = runaways(tmp_path / "script", "sleep 600")
    with owner(folder, script) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().split()[0])
        assert path.parent == folder
        assert all(map(alive, pids(script)))
        # Those of its group, as a terminal sends it, too.
        os.killpg(process.pid, signum)
    wait_until(lambda: not path.exists())
    assert not any(map(alive, pids(script)))


def test_an_owner_killed_before_it_runs_anything(folder: Path) -> None:
    with owner(folder) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().split()[0])
        assert (path / "formula").exists()
        process.kill()
    wait_until(lambda: not path.exists())


@linux
def test_a_killed_keeper_is_one_error(folder: Path, tmp_path: Path) -> None:
    def use(scratch: Scratch) -> None:
        work = scratch.run(["sleep", "600"], scratch.path / "printed", Controls())
        next(work)
        os.kill(scratch._process.pid, signal.SIGKILL)
        list(work)

    with Scratch("a test") as scratch:
        path = scratch.path
        with pytest.raises(BackendError, match="a test: the process that keeps its temporary files was killed"):
            use(scratch)
        with pytest.raises(BackendError, match="was killed"):
            run(scratch, "echo")
    # Nobody is left to remove it.
    shutil.rmtree(path, ignore_errors=True)


def test_where_there_can_be_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with Scratch("a test") as scratch, pytest.raises(BackendError, match=r"a test: .*/none: No such file or directory"):
        run(scratch, "echo")


def test_an_error_of_the_system_is_one_of_the_backend(folder: Path) -> None:
    def fill(scratch: Scratch) -> None:
        with Path("/dev/full").open("wb") as stream:
            stream.write(bytes(100_000))

    def missing(scratch: Scratch) -> None:
        (scratch.path / "none").read_bytes()

    def odd_output(scratch: Scratch) -> None:
        list(scratch.run(["echo"], scratch.path, Controls()))

    def used(use: object) -> None:
        with Scratch("a test") as scratch:
            use(scratch)  # type: ignore[operator]

    for use, words in (
        (fill, "a test: No space left on device .temporary files are in .*; TMPDIR names another place"),
        (missing, "a test: .*/none: No such file or directory"),
        (odd_output, "a test: Is a directory"),
    ):
        with pytest.raises(BackendError, match=words):
            used(use)
