"""Run a solver in a child process that can always be ended: by a message, by a signal, or by our own death.

The child is a fresh interpreter that imports only what the solver needs (so a program using the library needs no
``__main__`` guard), in a session of its own (so that Ctrl-C in the terminal is ours alone to handle). It is asked
politely to stop, then terminated, then killed; what it found before has already arrived.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any

from dnnt_encode.backends.protocol import Controls, Event, Finished, Tick
from dnnt_encode.backends.worker import LENGTH, ChildFailed, read_message, write_all
from dnnt_encode.errors import BackendError, DnntError

BEHIND = 10
"""How much nicer a process that steps back is: eight threads of it weigh less than one of another."""

TICK = 0.1
STOP_GRACE = 0.8
TERMINATE_GRACE = 0.4

# The child sees the very modules that we see, and nothing that happens to lie in the working directory.
_BOOT = (
    "import sys; sys.path[:] = sys.argv[1].split('\\n'); del sys.argv[1:]; "
    "from dnnt_encode.backends.worker import main; main()"
)


class Child:
    """A child process for one job. ``what`` names the solver in messages; ``module`` and ``function`` say what to run;
    ``patient``: whether it is asked to stop and given time for it, as it may still have something to say.

    Use as a context manager: leaving it ends the process. Raises BackendError where it cannot be started.
    """

    def __init__(self, what: str, module: str, function: str, patient: bool = True) -> None:
        self.what, self._patient = what, patient
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._messages: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._asked_at: float | None = None
        self._forced = False
        self._delivered = threading.Event()
        self._delivery: threading.Thread | None = None
        here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        path = [*sys.path, here]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, "\n".join(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            self._stderr.close()
            raise BackendError(f"{what}: cannot start a child process: {error.strerror or error}") from error
        self._send((module, function))
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, payload: object, controls: Controls) -> Iterator[Event]:
        """Send the job and yield the child's events, and ticks while there are none, up to ``Finished``.

        On ``controls.stop``, at the deadline, and on KeyboardInterrupt while waiting, which sets ``controls.stop``, the
        child is stopped, and what it still has to say is passed on. Raises BackendError where the child crashed.
        """
        # In a thread: a large job must not make us deaf to the clock while the child still imports its solver.
        self._delivery = threading.Thread(target=self._deliver, args=(payload,), daemon=True)
        self._delivery.start()
        while True:
            if self._asked_at is None and controls.should_stop():
                self.ask_to_stop()
            self._enforce()
            try:
                alive, message = self._messages.get(timeout=TICK)
            except queue.Empty:
                yield Tick()
                continue
            except KeyboardInterrupt:
                if self._asked_at is not None:
                    raise
                controls.stop.set()
                self.ask_to_stop()
                continue
            if not alive:
                if self._asked_at is None:
                    raise BackendError(self._crash())
                yield Finished("stopped", "stopped by force" if self._forced else "stopped on request")
                return
            if isinstance(message, ChildFailed):
                raise self._failure(message)
            yield message
            if isinstance(message, Finished):
                return

    def ask_to_stop(self) -> None:
        """Ask the child to end; force follows after a grace."""
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            if not self._patient or not self._delivered.is_set():
                self._forced = True
                self._process.kill()
                return
            with contextlib.suppress(OSError):
                assert self._process.stdin is not None
                os.write(self._process.stdin.fileno(), b"s")

    def step_back(self) -> None:
        """Lower the priority of the process, that is, on Linux, of each of its threads."""
        threads = [str(self.pid)]
        with contextlib.suppress(OSError):
            threads = os.listdir(f"/proc/{self.pid}/task")
        for thread in threads:
            with contextlib.suppress(OSError):
                behind = os.getpriority(os.PRIO_PROCESS, int(thread)) + BEHIND
                os.setpriority(os.PRIO_PROCESS, int(thread), min(behind, 19))

    def close(self) -> None:
        """End the process at once and free everything; safe to call again."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        # The child is gone, so a pending write fails at once; it must, before its descriptor may be used again.
        if self._delivery is not None:
            self._delivery.join()
        for stream in (self._process.stdin, self._stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _enforce(self) -> None:
        if self._asked_at is None or self._process.poll() is not None:
            return
        waited = time.monotonic() - self._asked_at
        if waited > STOP_GRACE + TERMINATE_GRACE:
            self._process.kill()
        elif waited > STOP_GRACE and not self._forced:
            self._forced = True
            self._process.terminate()

    def _deliver(self, payload: object) -> None:
        # Where the pipe is broken the child has ended, and the reader tells.
        with contextlib.suppress(OSError, ValueError, BackendError):
            self._send(payload)
            self._delivered.set()

    def _send(self, message: object) -> None:
        data = pickle.dumps(message, protocol=5)
        assert self._process.stdin is not None
        try:
            write_all(self._process.stdin.fileno(), LENGTH.pack(len(data)))
            write_all(self._process.stdin.fileno(), data)
        except BrokenPipeError:
            raise BackendError(self._crash()) from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        with self._process.stdout:
            while True:
                try:
                    alive, message = read_message(descriptor)
                except Exception:
                    alive, message = False, None
                self._messages.put((alive, message))
                if not alive:
                    return

    def _failure(self, message: ChildFailed) -> DnntError:
        if isinstance(message.error, DnntError):
            return message.error
        return BackendError(f"{self.what} failed: {_last_lines(message.text, 3)}")

    def _crash(self) -> str:
        """How the process ended, in words, with the end of what it wrote to standard error."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            how = f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
        else:
            how = f"ended with exit code {code}"
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - 4000))
        text = _last_lines(self._stderr.read().decode("utf-8", "replace"), 3)
        return f"{self.what}: its process {how} before it had an answer" + (f": {text}" if text else "")


def _last_lines(text: str, count: int) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-count:])
