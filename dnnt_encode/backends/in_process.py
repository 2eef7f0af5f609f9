"""What the backends have in common that run our own algorithms on the instance, in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeVar

from dnnt_encode._version import __version__
from dnnt_encode.backends.protocol import (
    Bound,
    Capabilities,
    Controls,
    Event,
    Finished,
    InstanceTask,
    Session,
    Task,
    Tick,
)

Found = TypeVar("Found")


class InProcessBackend(ABC):
    """A backend that is always there, in our own version; a subclass says what it is and how it solves a task."""

    name: str
    capabilities: Capabilities

    def version(self) -> str | None:
        return __version__

    @abstractmethod
    def memory(self, model_bytes: int, threads: int) -> int:
        """See ``protocol.Backend``."""

    @abstractmethod
    def solve(self, task: InstanceTask, controls: Controls) -> Iterator[Event]:
        """The events of one task, ``Finished`` last; looks at the clock a few times a second."""

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Session]:
        yield InProcessSession(self, controls)


class InProcessSession:
    """Nothing to start and nothing to end: the algorithm runs while its events are read."""

    def __init__(self, backend: InProcessBackend, controls: Controls) -> None:
        self._backend, self._controls = backend, controls

    def run(self, task: Task) -> Iterator[Event]:
        if not isinstance(task, InstanceTask):
            raise TypeError(f"{self._backend.name} solves instances")
        yield from self._backend.solve(task, self._controls)


def followed(
    work: Generator[object, None, Found], controls: Controls
) -> Generator[Event, None, tuple[bool, Found | None]]:
    """Run an algorithm block by block, with a tick between blocks; returns (True, what it returned), or (False, None)
    where it had to stop before."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return True, end.value
        if controls.should_stop():
            return False, None
        yield Tick()


def ending(task: InstanceTask, best: Fraction, met: bool, complete: bool, detail: str) -> Iterator[Event]:
    """What follows from the least loss found and from whether everything was looked at."""
    if complete:
        yield Bound(best)
    if task.threshold is not None and met:
        yield Finished("satisfied", detail, complete)
    elif task.threshold is not None:
        yield Finished("infeasible" if complete else "stopped", detail, complete)
    else:
        yield Finished("optimal" if complete or best == 0 else "stopped", detail, complete)
