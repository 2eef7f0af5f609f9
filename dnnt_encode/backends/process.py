"""Run a job in a child process that can always be ended: by a message, by a signal, or by our own death.

The child is a fresh interpreter that imports only what the job needs (so a program using the library needs no
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
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any

from dnnt_encode.backends.protocol import Controls
from dnnt_encode.backends.worker import LENGTH, ChildFailed, read_message, write_all
from dnnt_encode.errors import BackendError, DnntError
from dnnt_encode.parsers.files import text_lines

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

# Each job has its cores; a linear algebra library with threads of its own would take more.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Child:
    """A child process for one job. ``what`` names it in messages; ``module`` and ``function`` say what to run.

    ``hear`` is called, in a thread of its own, with each message of the child, and with None at its end. Leaving the
    context ends the process. Raises BackendError where it cannot be started."""

    def __init__(
        self, what: str, module: str, function: str, hear: Callable[[Any], object], *, patient: bool = True
    ) -> None:
        self.what, self.patient = what, patient
        self.forced = False
        self._hear = hear
        self._asked_at: float | None = None
        self._outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._delivered = threading.Event()
        here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        try:
            self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        except OSError as error:
            raise BackendError(f"{what}: there can be no temporary files: {error.strerror or error}") from error
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, "\n".join([*sys.path, here])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                start_new_session=True,
                bufsize=0,
                env={**os.environ, **_ONE_THREAD},
            )
        except OSError as error:
            self._stderr.close()
            raise BackendError(f"{what}: cannot start a child process: {error.strerror or error}") from error
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()
        self._outbox.put((module, function))
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

    @property
    def asked(self) -> bool:
        """Whether it was asked to stop."""
        return self._asked_at is not None

    @property
    def killed(self) -> bool:
        """Whether it was ended by somebody else: the system where memory is short, or whoever looks after a machine."""
        outside = (-signal.SIGKILL, -signal.SIGTERM)
        return self._asked_at is None and self._process.poll() in outside

    def submit(self, payload: object) -> None:
        """Send the job. In a thread: a large one must not make us deaf while the child still imports its solver."""
        self._outbox.put((payload,))

    def tell(self, message: object) -> None:
        """Send something to the running job."""
        self._outbox.put((message,))

    def ask_to_stop(self) -> None:
        """Ask the child to end; where it is not ``patient``, or has no job yet, end it. See ``enforce``."""
        if self._asked_at is not None:
            return
        self._asked_at = time.monotonic()
        if self.patient and self._delivered.is_set():
            self._outbox.put((None,))
        else:
            self.forced = True
            self._process.kill()

    def enforce(self) -> None:
        """To be called again and again: force follows a wish to stop after a grace."""
        if self._asked_at is None or self._process.poll() is not None:
            return
        waited = time.monotonic() - self._asked_at
        if waited > STOP_GRACE + TERMINATE_GRACE:
            self._process.kill()
        elif waited > STOP_GRACE and not self.forced:
            self.forced = True
            self._process.terminate()

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
        self._outbox.put(None)
        self._writer.join()
        for stream in (self._process.stdin, self._stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def failure(self, failed: ChildFailed | None) -> DnntError:
        """What went wrong, from the child's last message; None: its process ended without one."""
        if failed is None:
            return BackendError(self._crash())
        if isinstance(failed.error, DnntError):
            return failed.error
        return BackendError(f"{self.what} failed: {_last_lines(failed.text, 3)}")

    def _write(self) -> None:
        # Where the pipe is broken the child has ended, and the reader tells.
        with contextlib.suppress(OSError, ValueError):
            self._send(self._outbox.get())
            while (item := self._outbox.get()) is not None:
                self._send(item[0])
                self._delivered.set()

    def _send(self, message: object) -> None:
        data = pickle.dumps(message, protocol=5)
        assert self._process.stdin is not None
        write_all(self._process.stdin.fileno(), LENGTH.pack(len(data)))
        write_all(self._process.stdin.fileno(), data)

    def _read(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        with self._process.stdout:
            while True:
                try:
                    alive, message = read_message(descriptor)
                except Exception:
                    alive, message = False, None
                self._hear(message if alive else None)
                if not alive:
                    return

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


def followed(
    what: str, module: str, function: str, payload: object, controls: Controls, *, patient: bool = True
) -> Iterator[Any]:
    """Run one job to its end and yield its messages, and None a few times a second while there are none.

    On ``controls.stop``, at the deadline, and on KeyboardInterrupt while waiting, which sets ``controls.stop``, the
    child is stopped, and what it still has to say is passed on. Raises BackendError where the child crashed."""
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with Child(what, module, function, messages.put, patient=patient) as child:
        child.submit(payload)
        while True:
            if controls.should_stop():
                child.ask_to_stop()
            child.enforce()
            try:
                message = messages.get(timeout=TICK)
            except queue.Empty:
                yield None
                continue
            except KeyboardInterrupt:
                if child.asked:
                    raise
                controls.stop.set()
                continue
            if isinstance(message, ChildFailed):
                raise child.failure(message)
            if message is None:
                if not child.asked:
                    raise child.failure(None)
                return
            yield message
            if isinstance(message, Done):
                return


class Done:
    """The last message of a job that ``followed`` runs."""


def _last_lines(text: str, count: int) -> str:
    lines = [line.strip() for line in text_lines(text) if line.strip()]
    return " | ".join(lines[-count:])
