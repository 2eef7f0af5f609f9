"""Signals and killed processes: the best verified answer, or one error, and nothing left behind."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

from dnnt_encode.solving.result import result_schema
from tests.cli.process import (
    DNNT,
    SIGNALS,
    XOR,
    children_of,
    dnnt,
    environment,
    hard,
    interrupted,
    kill_children,
    started,
    state,
    write,
)


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_delivers_the_best_verified_weights(tmp_path: Path, signum: int) -> None:
    instance, out = hard(tmp_path / "hard.json"), tmp_path / "w.json"
    code, text, err = interrupted(signum, lambda line: line.startswith("o "), "solve", instance, "-o", out)
    assert (code, err) == (10, ""), text
    lines = text.splitlines()
    assert "s SATISFIABLE" in lines
    assert "c stopped early: interrupted" in lines
    loss = [line for line in lines if line.startswith("o ")][-1]
    assert loss in dnnt("verify", instance, out).stdout.splitlines()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_again_and_again_is_one(tmp_path: Path, signum: int) -> None:
    """A terminal that is closed sends SIGHUP, and so does its shell; a supervisor repeats SIGTERM."""
    instance, out = hard(tmp_path / "hard.json"), tmp_path / "w.json"
    code, text, _ = interrupted(signum, lambda line: line.startswith("o "), "solve", instance, "-o", out, times=20)
    assert code == 10
    assert "s SATISFIABLE" in text.splitlines()
    assert dnnt("verify", instance, out).returncode == 10


def test_a_signal_that_we_are_to_ignore_stays_ignored(tmp_path: Path) -> None:
    """As nohup has it."""
    xor = write(tmp_path / "xor.json", XOR)
    command = "trap '' HUP; \"$@\" & sleep 0.5; kill -HUP $!; wait $!"
    done = subprocess.run(
        ["sh", "-c", command, "sh", *DNNT, "solve", "--backend", "cpsat", "--minimize", str(xor)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert (done.returncode, "s OPTIMUM FOUND" in done.stdout.splitlines()) == (30, True), done.stderr


def hung_up(folder: Path, *arguments: object) -> None:
    """Run `dnnt` in a terminal that is closed once there are some weights."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(DNNT[0], [*DNNT, *map(str, arguments)], environment())
    seen = b""
    while b"\no " not in seen:
        seen += os.read(terminal, 1000)
    os.close(terminal)
    deadline = time.monotonic() + 30
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline, "it still runs"
        time.sleep(0.05)


def test_a_terminal_that_is_closed(tmp_path: Path) -> None:
    instance = hard(tmp_path / "hard.json")
    hung_up(tmp_path, "solve", instance, "-o", "w.json")
    assert dnnt("verify", instance, tmp_path / "w.json").returncode == 10
    hung_up(tmp_path, "solve", instance)
    (left,) = tmp_path.glob("dnnt-weights-*.json")
    assert dnnt("verify", instance, left).returncode == 10


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_during_enumeration(tmp_path: Path, signum: int) -> None:
    value = json.loads(hard(tmp_path / "hard.json").read_text())
    value["network"]["layers"] = [
        {"units": 1, "activation": "relu", "weights": [-1, 0, 1], "biases": [0]},
        {"units": 1, "activation": "identity", "weights": [-1, 0, 1], "biases": [-1, 0, 1]},
    ]
    value["dataset"]["x"] *= 50
    value["dataset"]["y"] *= 50
    value["dataset"].pop("multiplicity", None)
    instance = write(tmp_path / "wide.json", value)
    code, text, _ = interrupted(
        signum, lambda line: line.startswith("o "), "solve", instance, "--backend", "brute", "--minimize"
    )
    assert code == 10
    assert "s SATISFIABLE" in text.splitlines()
    assert "v b 2.0 = " in text


def test_a_signal_while_reading(tmp_path: Path) -> None:
    # Standard input stays open, and nothing comes.
    with subprocess.Popen(
        [*DNNT, "solve", "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        time.sleep(3)
        process.send_signal(signal.SIGTERM)
        out, err = process.stdout.read(), process.stderr.read()
        assert process.wait(30) == 0
    assert err == b""
    result = json.loads(out)
    jsonschema.validate(result, result_schema())
    assert (result["status"], result["instance_sha256"]) == ("UNKNOWN", None)


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the child through /proc")


@linux
def test_a_child_killed_before_anything_is_found(tmp_path: Path) -> None:
    with started("solve", hard(tmp_path / "hard.json", layers=3, scale=2**52), "--backend", "cpsat") as process:
        kill_children(process.pid)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("dnnt: error: cpsat: its process was killed by SIGKILL")
    assert len(err.splitlines()) == 1
    assert "\ns " not in out


@linux
def test_a_child_killed_after_a_solution(tmp_path: Path) -> None:
    instance, out = hard(tmp_path / "hard.json"), tmp_path / "w.json"
    with started("solve", instance, "-o", out, "--backend", "cpsat") as process:
        assert process.stdout is not None
        improved = 0
        while improved < 2:
            line = process.stdout.readline()
            assert line, "it ended"
            improved += line.startswith("o ")
        kill_children(process.pid)
        text, err = process.communicate(timeout=60)
    assert process.returncode == 10
    assert "killed by SIGKILL" in err
    assert "s SATISFIABLE" in text.splitlines()
    assert dnnt("verify", instance, out).returncode == 10


@linux
def test_a_killed_dnnt_leaves_no_solver_behind(tmp_path: Path) -> None:
    with started("solve", hard(tmp_path / "hard.json")) as process:
        children = children_of(process.pid, 2)
    deadline = time.monotonic() + 20
    for child in children:
        with contextlib.suppress(OSError):
            while state(child)[0] != "Z":
                assert time.monotonic() < deadline, "the solver still runs"
                time.sleep(0.05)


OURS = "dnnt-*"
"""Our temporary folders. Python itself writes, and removes, a file where it looks for a place for them."""

WRAPPER = """#!/bin/sh
echo $$ >> "$0.pids"
setsid sh -c 'echo $$ >> "$1.pids"; sleep 600' sh "$0" &
timeout 600 sh -c 'echo $$ >> "$1.pids"; sleep 600' sh "$0"
"""
"""A solver's wrapper: what it starts does not end with it."""


@linux
@pytest.mark.parametrize("backend", ["cmd:WRAPPER {cnf}", "cmd:WRAPPER {mps} {sol}", "milp:gurobi", "milp:scip"])
def test_a_killed_dnnt_leaves_no_programs_and_no_files(tmp_path: Path, backend: str) -> None:
    package = {"milp:gurobi": "gurobipy", "milp:scip": "pyscipopt"}.get(backend)
    if package is not None and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    temporary, wrapper = tmp_path / "temporary", tmp_path / "wrapper"
    temporary.mkdir()
    wrapper.write_text(WRAPPER)
    wrapper.chmod(0o755)
    pids = Path(f"{wrapper}.pids")
    value = {**XOR, "dataset": {"x": [[k, k * k % 7] for k in range(40)], "y": [[k % 3] for k in range(40)]}}
    del value["threshold"]
    instance = write(tmp_path / "instance.json", value)
    arguments = ["solve", instance, "--backend", backend.replace("WRAPPER", str(wrapper))]
    deadline = time.monotonic() + 100

    def killed() -> bool:
        """Whether it was killed while its files were there; those of a library are there for some milliseconds."""
        with subprocess.Popen(
            [*DNNT, *map(str, arguments)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**environment(), "TMPDIR": str(temporary)},
        ) as process:
            while not (any(temporary.glob(OURS)) if package else pids.exists() and len(pids.read_text().split()) == 3):
                assert time.monotonic() < deadline
                if process.poll() is not None:
                    return False
                time.sleep(0.002)
            process.kill()
        return True

    while not killed():
        assert package, "it ended by itself"
    while any(temporary.glob(OURS)):
        assert time.monotonic() < deadline, list(temporary.iterdir())
        time.sleep(0.02)
    for pid in [] if package else pids.read_text().split():
        with contextlib.suppress(OSError):
            assert state(int(pid))[0] == "Z"


@linux
@pytest.mark.parametrize("solver", ["gurobi", "scip"])
def test_a_run_leaves_no_files(tmp_path: Path, solver: str) -> None:
    if importlib.util.find_spec({"gurobi": "gurobipy", "scip": "pyscipopt"}[solver]) is None:
        pytest.skip(f"{solver} is not installed")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    xor = write(tmp_path / "xor.json", XOR)
    done = subprocess.run(
        [*DNNT, "solve", str(xor), "--minimize", "--backend", f"milp:{solver}"],
        capture_output=True,
        env={**environment(), "TMPDIR": str(temporary)},
        check=False,
    )
    assert done.returncode == 30
    deadline = time.monotonic() + 10
    while any(temporary.iterdir()):
        assert time.monotonic() < deadline, list(temporary.iterdir())
        time.sleep(0.02)
