"""A process that serves piece after piece: the next may come at any moment, and news goes to the piece it is about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from dnnt_encode import Instance
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.protocol import Controls, Event, Finished, Stop, Task
from dnnt_encode.backends.registry import backend
from dnnt_encode.instance.goal import LEAST
from dnnt_encode.solving.attempt import serve
from dnnt_encode.solving.executors import Local
from dnnt_encode.solving.work import Built, Ended, Known, Work
from tests.solving.scripted import Scripted

VIEW = View(Instance.from_arrays([[0, 1], [1, 0], [1, 1]], [0, 1, 1], hidden=[1]))


class Wire:
    """A channel that gives the next piece, and then news of it, in the very moment in which one has ended."""

    def __init__(self, works: list[Work]) -> None:
        self.works, self.ended, self.stop = works, [], Stop()  # type: ignore[var-annotated]
        self.printed: Callable[[str], object] = print

    def hear(self, callback: Callable[[Any], object]) -> None:
        self._hear = callback
        self._next()

    def send(self, message: object) -> None:
        if isinstance(message, Ended):
            self.ended.append(message)
            self._next()

    def _next(self) -> None:
        if self.works:
            work = self.works.pop(0)
            self._hear(work)
            self._hear(Known(Fraction(work.id + 7)))


def test_no_piece_and_no_news_is_lost_between_two_pieces() -> None:
    heard: list[Any] = []

    def notes(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        heard.append(controls.news.below)
        yield Finished("gave_up", "done")

    chatty = Scripted("instance", notes, news=True, below=True)
    works = [Work(k, 0, VIEW, LEAST, chatty, kept=k < 9) for k in range(10)]
    wire = Wire(works)
    thread = threading.Thread(target=serve, args=(chatty, wire), daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert len(wire.ended) == 10
    assert heard == [k + 7 for k in range(10)]


def test_a_process_serves_many_pieces() -> None:
    solver = backend("sat:minisat22")
    work = Work(0, 0, VIEW, LEAST, solver, kept=True)
    ended: list[Ended] = []
    built = 0
    with Local() as executor:
        executor.start(work)
        deadline = time.monotonic() + 50
        while len(ended) < 12 and time.monotonic() < deadline:
            for number, claim in executor.claims(0.05):
                built += isinstance(claim, Built)
                if isinstance(claim, Ended):
                    ended.append(claim)
                    if number < 11:
                        executor.start(replace(work, id=number + 1))
        assert len(executor._ready) == 1
    assert [claim.outcome for claim in ended] == ["exhausted"] * 12
    assert built == 12
