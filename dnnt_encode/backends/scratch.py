"""A folder for the files of a solver, and programs that run in it; nothing is left of either, whatever becomes of us.

Both are kept by a process of their own (see ``keeper``), which ends them when we are done and when we are gone.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import IO

from dnnt_encode.backends import keeper
from dnnt_encode.backends.protocol import Controls
from dnnt_encode.errors import BackendError

TICK = 0.1

# Nothing but the standard library and this one module, wherever it lies: it is there in the time of an empty program.
_KEEP = "import sys; sys.path.append(sys.argv[1]); from keeper import main; main(sys.argv[2])"


class Scratch:
    """A context with a temporary folder; ``what`` names in messages who needs it. An OSError that leaves the context
    becomes a BackendError: for want of room, say, where TMPDIR is.

    Raises BackendError where there can be no folder."""

    def __init__(self, what: str) -> None:
        self._what, self._path = what, Path()
        self._running = False

    def __enter__(self) -> Scratch:
        try:
            self._base = tempfile.gettempdir()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _KEEP, os.path.dirname(keeper.__file__), self._base],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise BackendError(f"{self._what}: there can be no temporary files: {error.strerror or error}") from error
        self._stdin, self._stdout = _stream(self._process.stdin), _stream(self._process.stdout)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stdin.close()
        self._process.wait()
        self._stdout.close()
        if isinstance(error, OSError):
            raise BackendError(f"{self._what}: {self._reason(error)}") from error

    @property
    def path(self) -> Path:
        """The folder. Raises BackendError where it cannot be made."""
        if self._path == Path():
            kind, *words = self._receive()
            if kind == b"failed":
                number = int(words[0])
                error = OSError(number, os.strerror(number), self._base)
                raise BackendError(f"{self._what}: {self._reason(error)}")
            self._path = Path(os.fsdecode(words[0]))
        return self._path

    def run(self, words: list[str], printed: Path, controls: Controls) -> Generator[None, None, int | None]:
        """Run a program, its output into the file ``printed``, its errors into one beside it; yields a few times a
        second. The exit code; None where the time was up. No descendant of the program is there afterwards."""
        files = [os.fsencode(file) for file in (printed, printed.with_suffix(".err"))]
        self.path  # noqa: B018 (the first answer is the folder)
        self._send(b"run", *files, *map(os.fsencode, words))
        self._running = True
        try:
            while not select.select([self._stdout], [], [], TICK)[0]:
                if controls.should_stop():
                    return None
                yield None
            return self._ended()
        finally:
            if self._running:
                self._send(b"stop")
                self._ended()

    def _ended(self) -> int:
        self._running = False
        kind, number = self._receive()
        if kind == b"failed":
            raise OSError(int(number), os.strerror(int(number)))
        return int(number)

    def _send(self, *words: bytes) -> None:
        try:
            keeper.send(self._stdin.fileno(), *words)
        except BrokenPipeError:
            raise self._gone() from None

    def _receive(self) -> list[bytes]:
        words = keeper.receive(self._stdout.fileno())
        if words is None:
            self._running = False
            raise self._gone()
        return words

    def _gone(self) -> BackendError:
        return BackendError(f"{self._what}: the process that keeps its temporary files was killed")

    def _reason(self, error: OSError) -> str:
        where = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        return f"{where}{error.strerror or error} (temporary files are in {self._base}; TMPDIR names another place)"


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
