"""Ctrl-C and SIGTERM: both interrupt, and a search is asked to stop instead.

While ``graceful(event)`` is entered, the first signal sets the event and nothing is raised in the middle of anything;
the second one, and any signal elsewhere, raises KeyboardInterrupt.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_event: threading.Event | None = None


def install() -> None:
    """Handle both signals; does nothing outside the main thread."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, _handle)


@contextlib.contextmanager
def graceful(event: threading.Event) -> Iterator[None]:
    """Inside, the first signal sets ``event``."""
    global _event
    before, _event = _event, event
    try:
        yield
    finally:
        _event = before


def _handle(number: int, frame: FrameType | None) -> None:
    if _event is None or _event.is_set():
        raise KeyboardInterrupt
    _event.set()
