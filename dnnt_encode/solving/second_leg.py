"""A SAT solver that joins a run of CP-SAT which takes long, and goes before it on the cores that they share.

The two win on different questions, by a lot and not predictably. What either finds or proves counts for both: the SAT
solver begins with the best weights so far and is asked for better ones; whichever closes the gap ends the run.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.backends.process import TICK
from dnnt_encode.backends.protocol import Controls, Event, Finished, Log, Session, Yielding
from dnnt_encode.backends.registry import AUTO, second
from dnnt_encode.errors import BackendError, NotVerified
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.cnf_task import cnf_task
from dnnt_encode.solving.leg import Leg
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.search import Search

JOIN_AFTER = 3.0
"""Seconds that the first solver has for itself: most runs end before."""

MAX_WORK = 10**6
"""With more samples times parameters than this nobody joins: counting the clauses would take long already."""

LEAST_LEFT = 3.0
"""With less time left than this nobody joins."""

MAX_CLAUSES = 3 * 10**6
"""Larger formulas are not worth it: loading one takes longer than most runs."""

SHARE = 4
"""The second solver has a thread for every so many cores, at least one."""


class SecondLeg:
    """The second solver of a run, once it is due; a context that ends it. It counts, encodes and solves in a thread;
    whatever goes wrong there ends it alone, but for a contradiction."""

    def __init__(self, request: Request, first: Leg, session: Session, controls: Controls, search: Search) -> None:
        self._request, self._first, self._search = request, session, search
        self.leg: Leg | None = None
        self._stop = threading.Event()
        self._controls = replace(controls, threads=max(1, controls.threads // SHARE), stop=self._stop)
        self._events: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        work = request.instance.dataset.total * request.instance.network.free_parameters
        suits = request.backend == AUTO and first.backend.name == "cpsat" and work <= MAX_WORK
        self._due = time.monotonic() + JOIN_AFTER if suits and controls.threads > 1 else None

    def __enter__(self) -> SecondLeg:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def events(self) -> Iterator[Event]:
        """What the second solver has said since; starts it when it is due. ``leg`` is set before the first event that
        is not a log's."""
        if self._due is not None and time.monotonic() >= self._due and not self._search.settled:
            self._join()
        while not self._events.empty():
            yield from self._said(self._events.get())

    def rest(self) -> Iterator[Event]:
        """What the second solver says once the first is gone, up to its end; it is not started any more."""
        while self._thread is not None:
            if self._request.stop.is_set():
                self._stop.set()
            try:
                event = self._events.get(timeout=TICK)
            except queue.Empty:
                continue
            yield from self._said(event)

    def _said(self, event: Event | BaseException) -> Iterator[Event]:
        if isinstance(event, NotVerified):
            raise event
        if isinstance(event, BaseException):
            self._thread = None
            yield Log(f"no second solver: {str(event) or type(event).__name__}")
        else:
            if isinstance(event, Finished):
                self._thread = None
            yield event

    def _join(self) -> None:
        left = self._controls.seconds_left()
        self._due = None
        if self._request.stop.is_set() or (left is not None and left < LEAST_LEFT):
            return
        best, loss = (None, None) if self._search.best is None else (self._search.best.weights, self._search.best.loss)
        self._thread = threading.Thread(target=self._work, args=(best, loss), daemon=True)
        self._thread.start()

    def _work(self, best: Weights | None, loss: Fraction | None) -> None:
        try:
            request = self._request
            backend = second()
            task = cnf_task(request, backend, self._controls.threads, best, loss, MAX_CLAUSES)
            if self._stop.is_set():
                raise BackendError("the run has ended")
            with backend.open(self._controls) as session:
                self.leg = Leg(request.instance, backend, task.model)
                # CP-SAT runs more workers than there are cores; they must not crowd out the one thread of the other.
                if isinstance(self._first, Yielding):
                    self._first.step_back()
                for event in session.run(task):
                    self._events.put(event)
        except BaseException as error:
            self._events.put(error)
