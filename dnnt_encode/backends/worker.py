"""The child process: reads one job from standard input, runs it, and streams messages back on standard output.

A message is an 8-byte length and a pickle. After the job, standard input carries what the parent still has to tell, and
``None`` for its wish to stop; its end means that the parent is gone, and so is this process. What is printed to file
descriptor 1, by a solver's C++ too, becomes lines for the job, so that it cannot break the stream.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from dnnt_encode.backends.protocol import Stop

LENGTH = struct.Struct(">Q")


class Channel:
    """The child's end: ``send`` messages; ``stop`` is the parent's wish; ``hear`` what it tells; ``printed`` is called
    with every line that somebody prints. Thread-safe."""

    def __init__(self, output: int) -> None:
        self.stop = Stop()
        self.printed: Callable[[str], object] = lambda line: print(line, file=sys.stderr)
        self._output = output
        self._lock = threading.Lock()
        self._told: list[Any] = []
        self._hear: Callable[[Any], object] = self._told.append
        self._hearing = threading.Lock()

    def send(self, message: object) -> None:
        data = pickle.dumps(message, protocol=5)
        with self._lock:
            write_all(self._output, LENGTH.pack(len(data)) + data)

    def hear(self, callback: Callable[[Any], object]) -> None:
        """Call ``callback`` with what the parent has told since the last call, and will tell."""
        with self._hearing:
            for message in self._told:
                callback(message)
            self._told.clear()
            self._hear = callback

    def listen(self, source: int) -> None:
        """Follow the parent until it is gone, and end this process then."""
        while True:
            alive, message = read_message(source)
            if not alive:
                os._exit(1)
            if message is None:
                self.stop.set()
            else:
                with self._hearing:
                    self._hear(message)

    def follow(self, source: int) -> None:
        """Pass on the lines that arrive on a pipe."""
        with os.fdopen(source, "r", encoding="utf-8", errors="replace", newline="\n") as lines:
            for line in lines:
                self.printed(line.rstrip("\r\n"))


class ChildFailed:
    """The last message of a job that raised: a refusal of the toolkit's own (kept), or a traceback."""

    def __init__(self, error: Exception) -> None:
        self.error = error if type(error).__module__ == "dnnt_encode.errors" else None
        self.text = "".join(traceback.format_exception(type(error), error, error.__traceback__))


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_exactly(descriptor: int, size: int) -> bytes | None:
    """``size`` bytes, or None where the stream ends before."""
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


def read_message(descriptor: int) -> tuple[bool, Any]:
    """(True, message), or (False, None) at the end of the stream."""
    head = read_exactly(descriptor, LENGTH.size)
    data = read_exactly(descriptor, LENGTH.unpack(head)[0]) if head else None
    return (False, None) if data is None else (True, pickle.loads(data))


def die_with_parent() -> None:
    """On Linux, let the kernel end this process when its parent ends, however that happens."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(Exception):
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _print_lines() -> int:
    """Let file descriptor 1 lead into a pipe, line by line; where it can be read."""
    reading, writing = os.pipe()
    os.dup2(writing, 1)
    os.close(writing)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with contextlib.suppress(Exception):
        import ctypes

        libc, line_buffered = ctypes.CDLL(None), 1
        libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, line_buffered, 0)
    return reading


def main() -> None:
    """Run the job that standard input brings: first ``(module, function)``, then what to call it with.

    The module is imported before the payload arrives, so that a child started in advance is warm."""
    die_with_parent()
    output = os.dup(1)
    channel = Channel(output)
    threading.Thread(target=channel.follow, args=(_print_lines(),), daemon=True).start()
    source = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    known, target = read_message(source)
    if not known:
        os._exit(1)
    try:
        function = getattr(importlib.import_module(target[0]), target[1])
        known, payload = read_message(source)
        if not known:
            os._exit(1)
        threading.Thread(target=channel.listen, args=(source,), daemon=True).start()
        function(payload, channel)
    except Exception as error:
        channel.send(ChildFailed(error))
    # No interpreter shutdown: solver threads may still be winding down.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
