"""Ctrl-C and SIGTERM: both interrupt, and a search is asked to stop instead.

While ``graceful(event)`` is entered and ``polling`` is true, that is, while somebody looks at the event several times a
second, the first signal sets it and nothing is raised in the middle of anything. The second one, and any signal
elsewhere, raises KeyboardInterrupt.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

polling = False

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
    global _event, polling
    before, _event = _event, event
    try:
        yield
    finally:
        _event = before
        polling = False


def _handle(number: int, frame: FrameType | None) -> None:
    if _event is None or not polling or _event.is_set():
        raise KeyboardInterrupt
    _event.set()
