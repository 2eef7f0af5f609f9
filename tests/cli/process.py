"""Run the command line as a process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dnnt_encode import Instance, save
from tests.parsers.samples import xor

ROOT = Path(__file__).parents[2]
DNNT = [sys.executable, "-m", "dnnt_encode"]

XOR: dict[str, Any] = xor()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def dnnt(*arguments: object, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run `dnnt` to its end. No run may show a traceback."""
    done = subprocess.run(
        [*DNNT, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(),
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done


def interrupted(signum: int, ready: Callable[[str], bool], *arguments: object, times: int = 1) -> tuple[int, str, str]:
    """Run `dnnt`, send a signal once a line of its output is ``ready``, and return exit code and both outputs."""
    with subprocess.Popen(
        [*DNNT, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
        # Whoever runs the tests in the background has them ignore Ctrl-C, and so would we.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if ready(line):
                break
        for _ in range(times):
            process.send_signal(signum)
            time.sleep(0.05 if times > 1 else 0)
        begin = time.monotonic()
        out, err = process.communicate(timeout=60)
        assert time.monotonic() - begin < 30
    assert "Traceback" not in err
    return process.returncode, "".join(lines) + out, err


def write(path: Path, value: object) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def hard(path: Path, layers: int = 1, scale: int = 1) -> Path:
    """An instance whose optimum nobody proves in a minute: random labels. Local search takes no sums of 53 bits, as a
    ``scale`` of the inputs makes them, nor several layers of any such."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, (80, 14)), rng.integers(0, 2, 80)
    save(Instance.from_arrays(x * scale, y, hidden=[5] * layers, name="hard"), path)
    return path


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A running `dnnt` that is killed in the end, whatever happens."""
    with subprocess.Popen(
        [*DNNT, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def children_of(pid: int, count: int = 1) -> list[int]:
    """The child processes of a process, once it has so many (Linux)."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and int(state(int(entry.name))[1]) == pid:
                    found.append(int(entry.name))
        if len(found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError(f"there are no {count} child processes")


def kill_children(pid: int) -> None:
    """Kill a solver and the local search beside it."""
    for child in children_of(pid, 2):
        os.kill(child, signal.SIGKILL)


def state(pid: int) -> list[str]:
    """State, parent and so on of a process (Linux). Raises OSError where there is none."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
