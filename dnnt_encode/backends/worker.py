"""The child process: reads one job from standard input, runs it, and streams messages back on standard output.

A message is an 8-byte length and a pickle. After the job, standard input carries only the wish to stop; its end means
that the parent is gone, and so is this process. What the solver's C++ prints to file descriptor 1 goes to standard
error, so that it cannot break the stream.
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

LENGTH = struct.Struct(">Q")


class Channel:
    """The child's end: ``send`` messages, see ``stopping``, or be called at once by ``on_stop``. Thread-safe."""

    def __init__(self, output: int) -> None:
        self.stopping = threading.Event()
        self._output = output
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def send(self, message: object) -> None:
        data = pickle.dumps(message, protocol=5)
        with self._lock:
            write_all(self._output, LENGTH.pack(len(data)) + data)

    def on_stop(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when the parent asks to stop; at once if it already has."""
        with self._lock:
            self._callbacks.append(callback)
            late = self.stopping.is_set()
        if late:
            callback()

    def _watch(self, source: int) -> None:
        if not os.read(source, 1):
            os._exit(1)
        with self._lock:
            self.stopping.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()
        while os.read(source, 4096):
            pass
        os._exit(1)


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


def main() -> None:
    """Run the job that standard input brings: first ``(module, function)``, then what to call it with.

    The module is imported before the payload arrives, so that a child started in advance is warm."""
    die_with_parent()
    output = os.dup(1)
    os.dup2(2, 1)
    source = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    known, target = read_message(source)
    if not known:
        os._exit(1)
    channel = Channel(output)
    try:
        function = getattr(importlib.import_module(target[0]), target[1])
        known, payload = read_message(source)
        if not known:
            os._exit(1)
        threading.Thread(target=channel._watch, args=(source,), daemon=True).start()
        function(payload, channel)
    except Exception as error:
        channel.send(ChildFailed(error))
    # No interpreter shutdown: solver threads may still be winding down.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
