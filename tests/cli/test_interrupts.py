"""Ctrl-C, SIGTERM and a killed child: the best verified answer, or one error, and nobody left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

from dnnt_encode.solving.result import result_schema
from tests.cli.process import DNNT, SIGNALS, child_of, dnnt, environment, hard, interrupted, started, state, write


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_delivers_the_best_verified_weights(tmp_path: Path, signum: int) -> None:
    instance, out = hard(tmp_path / "hard.json"), tmp_path / "w.json"
    code, text, err = interrupted(signum, lambda line: line.startswith("o "), "solve", instance, "-o", out)
    assert (code, err) == (10, "")
    lines = text.splitlines()
    assert "s SATISFIABLE" in lines
    assert "c stopped early: interrupted" in lines
    loss = [line for line in lines if line.startswith("o ")][-1]
    assert loss in dnnt("verify", instance, out).stdout.splitlines()


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
    with started("solve", hard(tmp_path / "hard.json", layers=3), "--backend", "cpsat") as process:
        os.kill(child_of(process.pid), signal.SIGKILL)
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
        os.kill(child_of(process.pid), signal.SIGKILL)
        text, err = process.communicate(timeout=60)
    assert process.returncode == 10
    assert "killed by SIGKILL" in err
    assert "s SATISFIABLE" in text.splitlines()
    assert dnnt("verify", instance, out).returncode == 10


@linux
def test_a_killed_dnnt_leaves_no_solver_behind(tmp_path: Path) -> None:
    with started("solve", hard(tmp_path / "hard.json")) as process:
        child = child_of(process.pid)
    deadline = time.monotonic() + 20
    with contextlib.suppress(OSError):
        while state(child)[0] != "Z":
            assert time.monotonic() < deadline, "the solver still runs"
            time.sleep(0.05)
