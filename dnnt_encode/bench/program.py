"""A program in a process of its own, measured from its start to its end: seconds, and those of all its processors.

The process has a session of its own, so that Ctrl-C in the terminal is ours alone to handle. Its time is that which the
system counts for it and for those of its children that it waited for.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE = 30.0
"""Seconds beyond its limit after which a program is killed."""

TICK = 0.02


@dataclass(frozen=True)
class Measured:
    """``late``: it was killed since it did not end; ``seconds`` of wall time, ``cpu`` of processors."""

    output: bytes
    errors: str
    late: bool
    seconds: float
    cpu: float


class Interrupted(Exception):
    """The program was ended since its answer is no longer wanted."""


def run_python(words: Sequence[str], limit: float, stop: threading.Event, path: Path | None = None) -> Measured:
    """Run Python with these words, with the package that lies in the folder ``path`` (None: this one). Raises
    Interrupted once ``stop`` is set."""
    here = str(path or Path(__file__).parents[2])
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            # Python looks for modules in the working directory first.
            cwd=path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))},
            start_new_session=True,
        )
        late = False
        try:
            while True:
                pid, _, usage = os.wait4(child.pid, os.WNOHANG)
                if pid:
                    break
                if stop.wait(TICK):
                    raise Interrupted
                late = time.monotonic() > begin + limit + GRACE
                if late:
                    child.kill()
                    _, _, usage = os.wait4(child.pid, 0)
                    break
            child.returncode = 0  # It was waited for above.
        finally:
            _end(child)
        seconds = time.monotonic() - begin
        output.seek(0)
        errors.seek(0)
        return Measured(
            output.read(),
            errors.read().decode(errors="replace").strip(),
            late,
            round(seconds, 3),
            round(usage.ru_utime + usage.ru_stime, 3),
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    """End what still runs: politely, so that it ends what it has started, then by force."""
    if child.returncode is not None:
        return
    with contextlib.suppress(subprocess.TimeoutExpired, ProcessLookupError):
        child.send_signal(signal.SIGTERM)
        child.wait(2)
    if child.poll() is None:
        child.kill()
        child.wait()
