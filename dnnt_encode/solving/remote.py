"""Pieces of work on other machines: the same claims as of child processes here, and machines that come and go.

A piece is given to a ``Cluster``, which has it done by a worker somewhere. Where the worker is lost, or the process of
its solver is killed, the piece is given out again, with what is known by then and the time that is left; whatever it
had claimed before has arrived. A wish to stop is followed by force, so that a piece that a bound has made void keeps
nobody busy. What is found and proved lives with the driver alone, in its ledger and its journal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from dnnt_encode.backends.process import STOP_GRACE, TERMINATE_GRACE
from dnnt_encode.errors import BackendError
from dnnt_encode.solving.executors import Busy, Inbox, Inline
from dnnt_encode.solving.work import Claim, Ended, Known, Work

GRACE = STOP_GRACE + TERMINATE_GRACE + 0.5
"""Seconds from a wish to stop to force: a worker uses force itself before."""

PAUSE = 0.2
"""Seconds before a piece that was lost is given out again."""

MOST_LOST = 1000
"""A piece that is lost more often is not given out again: it may be what kills its workers."""


class Lost(Exception):
    """A worker is gone, and with it what it was doing."""


class Worker(Protocol):
    """Somebody who does one piece of work. All methods may be called from several threads."""

    def claims(self) -> Sequence[Claim]:
        """What it has claimed since the last call; waits a little for the first claim. Raises Lost, and BackendError
        where something went wrong that would go wrong again."""

    def stop(self) -> None:
        """Ask it to end."""

    def tell(self, known: Known) -> None:
        """Let it know what others have found."""

    def kill(self) -> None:
        """End it by force, wherever it is; ``claims`` raises Lost from then on."""


class Cluster(Protocol):
    """Machines that do pieces of work. ``cores``: how many there are in all."""

    cores: int

    def begin(self, work: Work) -> Worker:
        """Give out a piece; it may have to wait for a machine. Raises Lost."""

    def close(self) -> None:
        """Let go of the machines."""


class Remote(Inline):
    """Pieces on a cluster; light backends in threads of this process."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def _run(self, work: Work) -> Busy:
        return super()._run(work) if work.backend.capabilities.light else _Away(work, self._cluster, self._inbox)


class _Away:
    """A piece that is done elsewhere, and a thread here that waits for its claims."""

    def __init__(self, work: Work, cluster: Cluster, inbox: Inbox) -> None:
        self.number: int | None = work.id
        self.built = False
        self._work, self._cluster, self._inbox = work, cluster, inbox
        self._known = work.known
        self._deadline = None if work.seconds is None else time.monotonic() + work.seconds
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._asked: float | None = None
        self._lost = 0
        self._closed = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            if self._asked is not None:
                return
            self._asked = time.monotonic()
            worker = self._worker
        if worker is not None:
            worker.stop()

    def tell(self, known: Known) -> None:
        with self._lock:
            self._known, worker = known, self._worker
        if worker is not None:
            worker.tell(known)

    def step_back(self) -> None:
        """Whoever is elsewhere takes nothing from those who are here."""

    def poll(self) -> None:
        now = time.monotonic()
        if self._deadline is not None and now > self._deadline:
            self.stop()
        if self._asked is not None and now > self._asked + GRACE:
            self._kill()

    def ended(self, message: object) -> Ended:
        raise AssertionError("what is done elsewhere ends with a claim")

    def close(self) -> None:
        self._closed.set()
        self._kill()

    def _kill(self) -> None:
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.kill()

    def _follow(self) -> None:
        """Give the piece out, again and again, until it has ended."""
        while not self._closed.is_set():
            try:
                ended = self._attempt()
            except Lost:
                ended = None
            except BackendError as error:
                ended = Ended("failed", str(error), error=error)
            if self._asked is not None and (ended is None or ended.lost):
                ended = Ended("stopped", "stopped by force")
            elif ended is None or ended.lost:
                self._lost += 1
                ended = self._given_up() if self._lost > MOST_LOST else None
                self._closed.wait(PAUSE)
            if ended is not None:
                self._inbox.put((self, ended))
                return

    def _attempt(self) -> Ended:
        """One worker's work on it. Raises Lost."""
        with self._lock:
            left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
            known = self._known
        worker = self._cluster.begin(replace(self._work, known=known, seconds=left, cores=None))
        with self._lock:
            self._worker = worker
            asked, later = self._asked is not None, self._known
        if asked or self._closed.is_set():
            worker.kill()
            raise Lost
        if later is not known:
            worker.tell(later)
        while True:
            for claim in worker.claims():
                if isinstance(claim, Ended):
                    return claim
                self._inbox.put((self, claim))

    def _given_up(self) -> Ended:
        error = BackendError(f"{self._work.backend.name}: its worker was lost {self._lost} times")
        return Ended("failed", str(error), error=error)
