"""Commands as solvers: foreign ones where they are installed, and little scripts that behave, lie, hang or fail."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends.registry import backend, known
from dnnt_encode.errors import BackendError
from dnnt_encode.instance import Instance
from tests.solving.scripted import alone

RNG = np.random.default_rng(3)
INSTANCE = Instance.from_arrays(RNG.integers(-1, 2, (15, 3)), RNG.integers(0, 2, 15), hidden=[2])
LEAST = min(enumerate_losses(INSTANCE).fractions())

FOREIGN = [
    "cmd:cadical -q {cnf}",
    "cmd:minisat {cnf} {out}",
    "cmd:kissat -q {cnf}",
    "cmd:glucose -model {cnf}",
    "cmd:picosat {cnf}",
    "cmd:cryptominisat5 --verb 0 {cnf}",
    "cmd:clasp --verbose=0 {cnf}",
]


def script(folder: Path, body: str) -> str:
    """A command that runs some shell lines with the formula as $1."""
    file = folder / "solver"
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"cmd:{file} {{cnf}}"


@pytest.mark.parametrize("command", FOREIGN)
def test_foreign_solvers(command: str) -> None:
    program = command.removeprefix("cmd:").split()[0]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    result = alone(INSTANCE, command, time_limit=60)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST)
    assert alone(INSTANCE, command, threshold=LEAST).status == "SATISFIABLE"
    assert alone(INSTANCE, command, threshold=LEAST - 1).status == "UNSATISFIABLE"


def test_what_is_no_command() -> None:
    assert known("cmd:anything {cnf}")
    with pytest.raises(BackendError, match=r"the command needs one of \{cnf\}"):
        backend("cmd:kissat", INSTANCE)
    with pytest.raises(BackendError, match="cannot read the command"):
        backend("cmd:kissat '{cnf}", INSTANCE)
    with pytest.raises(BackendError, match="no such program on the PATH"):
        backend("cmd:no-such-solver {cnf}", INSTANCE)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("echo 's SATISFIABLE'; echo 'v 1 2 3'", "cut off"),
        ("echo 's SATISFIABLE'", "without values"),
        ("echo 'this is no solver'", "line 1: found 'this is no solver'"),
        ("exit 0", "found an empty file"),
        ("echo 'out of luck' >&2; exit 7", r"exit code 7\); it said: out of luck"),
        ("echo 's SATISFIABLE'; echo 'v 9999999 0'", "another model"),
    ],
)
def test_what_a_command_may_not_say(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(BackendError, match=words):
        alone(INSTANCE, script(tmp_path, body), threshold=LEAST)


def test_a_lie_is_found_out(tmp_path: Path) -> None:
    everything = 'awk \'/^p/ { for (v = 1; v <= $3; v++) print "v " v; print "v 0" }\' $1'
    lie = script(tmp_path, f"echo s SATISFIABLE; {everything}")
    with pytest.raises(dnnt_encode.DnntError):
        alone(INSTANCE, lie, threshold=LEAST - 1)
    certified = alone(INSTANCE, script(tmp_path, "echo s UNSATISFIABLE"), threshold=LEAST - 1)
    assert certified.status == "UNSATISFIABLE"
    with pytest.raises(dnnt_encode.NotVerified):
        alone(INSTANCE, script(tmp_path, "echo s UNSATISFIABLE"), threshold=LEAST, certify=True)


def test_unknown_is_no_answer(tmp_path: Path) -> None:
    assert alone(INSTANCE, script(tmp_path, "echo s UNKNOWN"), threshold=LEAST).status == "UNKNOWN"


def test_the_whole_group_is_killed_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pids = tmp_path / "pids"
    command = script(tmp_path, f"sleep 100 & echo $! >> {pids}; echo $$ >> {pids}; wait")
    begin = time.monotonic()
    result = alone(INSTANCE, command, threshold=LEAST, time_limit=2)
    assert time.monotonic() - begin < 4
    assert result.status == "UNKNOWN"
    for pid in pids.read_text(encoding="ascii").split():
        assert not alive(int(pid))
    assert not list(tmp_path.glob("dnnt-*"))


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not yet collected by its parent does not."""
    for _ in range(20):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if state.stdout.strip().startswith("Z"):
            return False
        time.sleep(0.05)
    return True


def test_the_log_is_what_the_program_prints_but_its_solution(tmp_path: Path) -> None:
    command = script(tmp_path, 'echo "c working"; echo "on it" >&2; sleep 0.3; echo "s UNSATISFIABLE"; echo "v 1 0"')
    lines: list[str] = []
    dnnt_encode.solve(INSTANCE, backend=command, threshold=LEAST - 1, log=lines.append)
    assert {"c working", "on it", "s UNSATISFIABLE"} <= set(lines)
    assert "v 1 0" not in lines
