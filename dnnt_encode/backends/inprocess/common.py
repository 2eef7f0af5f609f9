"""What the backends have in common that run our own algorithms on the instance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from fractions import Fraction
from typing import TypeVar

from dnnt_encode._version import __version__
from dnnt_encode.backends.protocol import Bound, Candidate, Capabilities, Controls, Finished, InstanceTask, Say, Task
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate

T = TypeVar("T")


class InProcessBackend(ABC):
    """A backend that is always there, in our own version; a subclass says what it is and how it solves a task."""

    name: str
    capabilities: Capabilities

    def version(self) -> str | None:
        return __version__

    @abstractmethod
    def memory(self, model_bytes: int, threads: int) -> int:
        """See ``protocol.Backend``."""

    def warm(self) -> None:  # noqa: B027 (a choice, not an omission)
        """Nothing to import."""

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, InstanceTask):
            raise TypeError(f"{self.name} solves instances")
        return self.solve(task, controls, say)

    @abstractmethod
    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        """Solve a task; look at the clock a few times a second."""


def finished(work: Generator[object, None, T], controls: Controls) -> tuple[bool, T | None]:
    """Run an algorithm block by block; (True, what it returned), or (False, None) where it had to stop before."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return True, end.value
        if controls.should_stop():
            return False, None


def propose(task: InstanceTask, assignment: Assignment, say: Say) -> Fraction:
    """Say an assignment with its exact loss, and return that."""
    instance = task.view.instance
    loss = evaluate(instance, assignment.weights(instance)).loss
    say(Candidate(assignment, loss))
    return loss


def ending(task: InstanceTask, best: Fraction, complete: bool, detail: str, say: Say) -> Finished:
    """What follows from the least loss found and from whether everything was looked at."""
    if complete:
        say(Bound(best))
    if task.goal.met_by(best):
        return Finished("answered", detail, complete)
    if complete or (task.goal.minimises and best == 0):
        return Finished("exhausted", detail, complete)
    return Finished("stopped", detail)
