"""Commands with linear model files: real ones where they are installed, and ones that lie, crash or never end."""

from __future__ import annotations

import shutil
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given, settings

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.registry import backend
from dnnt_encode.errors import BackendError
from dnnt_encode.instance import Instance
from dnnt_encode.solving.solve import solve
from tests.random_instances import tiny_instances
from tests.solving.scripted import alone

COMMANDS = [
    "cmd:cbc {mps} solve solution {sol}",
    "cmd:cbc {lp} solve solution {sol}",
    "cmd:glpsol --freemps {mps} -w {sol}",
    "cmd:glpsol --lp {lp} -o {sol}",
]
XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])


@pytest.mark.parametrize("command", COMMANDS)
@settings(max_examples=3)
@given(instance=tiny_instances())
def test_commands_agree_with_enumeration(command: str, instance: Instance) -> None:
    if shutil.which(command.split()[0].removeprefix("cmd:")) is None:
        pytest.skip("the program is not installed")
    enumeration = Enumeration(instance)
    least = min(int(block.min()) for _, block in enumeration.blocks()) * enumeration.unit
    result = solve(instance, backend=command, threshold=None, threads=1)
    assert result.status == "OPTIMUM FOUND"
    assert result.loss == least
    if least > 0:
        assert solve(instance, backend=command, threshold=least - 1, threads=1).status == "UNSATISFIABLE"


def program(tmp_path: Path, body: str) -> str:
    """A command that runs a shell script; $1 is the model, $2 the solution."""
    path = tmp_path / "solver.sh"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return f"cmd:{path} {{mps}} {{sol}}"


def test_a_wrong_claim_is_refused(tmp_path: Path) -> None:
    command = program(tmp_path, 'echo "Infeasible - objective value 0" > $2')
    result = solve(XOR, backend=command)
    assert result.status == "SATISFIABLE"
    assert result.stopped is not None
    assert "every assignment of parameters is one" in result.stopped
    command = program(tmp_path, 'echo "Optimal - objective value 0" > $2')
    with pytest.raises(BackendError, match=r"the row r1 is 0; it has to be exactly 1; is this .* of another model"):
        alone(XOR, command)


def test_a_command_that_writes_nothing_or_nonsense(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"wrote no solution .exit code 3.; it said: no licence"):
        alone(XOR, program(tmp_path, "echo no licence; exit 3"))
    with pytest.raises(BackendError, match="found 'nonsense'"):
        alone(XOR, program(tmp_path, "echo nonsense > $2"))
    with pytest.raises(BackendError, match=r"one of \{cnf\}, .* where the file's name goes"):
        backend("cmd:cbc {mps} {lp}", XOR)


def test_a_command_that_never_ends_is_ended(tmp_path: Path) -> None:
    start = time.monotonic()
    result = alone(XOR, program(tmp_path, "sleep 60"), time_limit=1.5)
    assert time.monotonic() - start < 10
    assert result.status == "SATISFIABLE"
    assert result.stopped == "time limit"
