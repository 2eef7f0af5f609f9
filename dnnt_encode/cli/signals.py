"""Ctrl-C, SIGTERM and SIGHUP: all three interrupt, and a search is asked to stop instead.

While ``graceful(event)`` is entered and ``polling`` is true, that is, while somebody looks at the event several times a
second, the first signal sets it and nothing is raised in the middle of anything; elsewhere it raises KeyboardInterrupt.
After the first one SIGTERM and SIGHUP say nothing new (a terminal that is closed sends SIGHUP, and so does its shell),
but Ctrl-C raises KeyboardInterrupt. While an answer is ``delivered``, the first Ctrl-C waits, too.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

polling = False

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_event: threading.Event | None = None
_interrupted = False
_patient = False


def install() -> None:
    """Handle the signals, but for those that whoever started us has told us to ignore, as nohup does. Does nothing
    outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def ignore() -> None:
    """All is said: from here on no signal may turn the exit code into its own. (An interpreter that shuts down goes
    back to the system's handlers, but for what it ignores.)"""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is _handle:
            signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def graceful(event: threading.Event) -> Iterator[None]:
    """Inside, the first signal sets ``event``. What comes out is to be ``delivered``, and is safe from now on."""
    global _event, _patient, polling
    before, _event = _event, event
    try:
        yield
        _patient = True
    finally:
        _event = before
        polling = False


@contextlib.contextmanager
def delivered() -> Iterator[None]:
    """Inside, an answer is written that must not get lost by the first signal."""
    global _patient
    _patient = True
    try:
        yield
    finally:
        _patient = False


def _handle(number: int, frame: FrameType | None) -> None:
    global _interrupted, _patient
    again, _interrupted = _interrupted, True
    if _patient:
        _patient = False
    elif _event is not None and polling and not _event.is_set():
        _event.set()
    elif number == signal.SIGINT or not again:
        raise KeyboardInterrupt
