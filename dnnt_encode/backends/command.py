"""Running somebody else's program: its words, its output, and the end of all its processes."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

from dnnt_encode.backends.process import TICK
from dnnt_encode.backends.protocol import Controls, Event, Finished, Say
from dnnt_encode.errors import BackendError

PREFIX = "cmd:"

# The program replaces this interpreter, which first asks the kernel to end it when we end, however that happens.
_LAUNCH = (
    "import os, sys, ctypes, signal\n"
    "try: ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "except Exception: pass\n"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


def heard(events: Iterator[Event | Finished | None], say: Say) -> Finished:
    """Say all events, and return the end."""
    for event in events:
        if isinstance(event, Finished):
            return event
        if event is not None:
            say(event)
    return Finished("stopped")


def command_words(name: str) -> list[str]:
    """The words of the command that a backend's name has. Raises BackendError."""
    try:
        words = shlex.split(name.removeprefix(PREFIX))
    except ValueError as error:
        raise BackendError(f"cannot read the command of {name!r}: {error}") from None
    if not words:
        raise BackendError(f"found {name!r}; a command is needed")
    return words


def run_program(words: list[str], printed: Path, controls: Controls) -> Generator[None, None, int | None]:
    """Run the words, their output into a file; the exit code, None where the time was up. The whole process group is
    gone afterwards."""
    with printed.open("wb") as output, printed.with_suffix(".err").open("wb") as errors:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCH, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise BackendError(f"{words[0]}: cannot be started: {error.strerror or error}") from None
    try:
        while True:
            try:
                return process.wait(timeout=TICK)
            except subprocess.TimeoutExpired:
                if controls.should_stop():
                    return None
                yield None
    finally:
        # The leader may be gone while its children go on.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fill(word: str, names: dict[str, str]) -> str:
    """A word with its placeholders replaced."""
    for name, value in names.items():
        word = word.replace(name, value)
    return word


def tail(path: Path) -> str:
    """The last lines of a file, in one."""
    text = path.read_bytes()[-300:].decode("utf-8", "replace")
    return " | ".join(line.strip() for line in text.splitlines()[-3:] if line.strip())
