"""One clock for a whole run: wall time from the start, seconds by stage, the deadline."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTime(BaseException):
    """Raised by ``Clock.alarm`` at the deadline. Not an Exception: nothing on the way may swallow it."""


FOREVER = 1e9
"""Seconds that no run takes: a limit of more, or of infinity, is none."""


class Clock:
    """``started`` is on ``time.monotonic()``'s clock (default: now); ``limit`` in seconds from then, None for none."""

    def __init__(self, limit: float | None = None, started: float | None = None) -> None:
        self.started = time.monotonic() if started is None else started
        self.limit = None if limit is None or limit > FOREVER else limit
        self.stages: dict[str, float] = {}
        self._inner = 0.0

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def left(self) -> float | None:
        """Until the deadline; None where there is none."""
        return None if self.limit is None else self.limit - self.seconds()

    def out_of_time(self) -> bool:
        left = self.left()
        return left is not None and left <= 0

    def search_deadline(self) -> float | None:
        """When to ask a solver to stop, so that its last answer can still be verified in time."""
        return None if self.limit is None else self.started + self.limit - min(0.3, 0.05 * self.limit)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to a stage, without that of stages inside it."""
        begin, before = time.monotonic(), self._inner
        self._inner = 0.0
        try:
            yield
        finally:
            spent = time.monotonic() - begin
            self.stages[name] = self.stages.get(name, 0.0) + max(0.0, spent - self._inner)
            self._inner = before + spent

    @contextmanager
    def alarm(self) -> Iterator[None]:
        """Raise OutOfTime inside at the deadline: for stages that do not look at the clock themselves.

        Works in the main thread of systems with SIGALRM that nobody else uses; elsewhere it only checks on entry."""
        left = self.left()
        if left is not None and left <= 0:
            raise OutOfTime
        usable = (
            left is not None
            and hasattr(signal, "setitimer")
            and threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, None)
        )
        if not usable or left is None:
            yield
            return
        armed = True

        def ring(number: int, frame: FrameType | None) -> None:
            if armed:
                raise OutOfTime

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, left)
        try:
            yield
        finally:
            armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
