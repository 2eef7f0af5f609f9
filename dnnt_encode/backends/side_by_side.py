"""Jobs side by side, each in a thread that waits for a process of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from dnnt_encode.backends.process import TICK

T = TypeVar("T")

LAST_WORDS = 2.0
"""Seconds that jobs have to end after they were asked to."""


def side_by_side(
    jobs: Iterable[Callable[[], T]], most: int, tick: Callable[[], object], stop: Callable[[], object]
) -> Generator[T, None, None]:
    """What jobs return, in the order in which they end; at most ``most`` run at a time.

    A job is taken when there is room for it, so whatever making one takes is not spent before. ``tick`` is called a few
    times a second. Where a job raises, or nobody listens any more, ``stop`` is called: it asks those that run to
    end. What a job raises is raised here."""
    ended: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()

    def run(job: Callable[[], T]) -> None:
        try:
            result = job()
        except BaseException as error:
            caught = error

            def fail() -> T:
                raise caught

            ended.put(fail)
        else:
            ended.put(lambda: result)

    waiting, running = iter(jobs), 0
    try:
        while True:
            job = next(waiting, None) if running < most else None
            if job is not None:
                threading.Thread(target=run, args=(job,), daemon=True).start()
                running += 1
                continue
            if not running:
                return
            try:
                outcome = ended.get(timeout=TICK)
            except queue.Empty:
                tick()
                continue
            running -= 1
            yield outcome()
    finally:
        if running:
            stop()
        until = time.monotonic() + LAST_WORDS
        while running and time.monotonic() < until:
            try:
                ended.get(timeout=TICK)
            except queue.Empty:
                continue
            running -= 1
