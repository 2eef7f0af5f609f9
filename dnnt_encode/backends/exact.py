"""The backends that run our own exact algorithms in this process: ``brute`` enumerates every assignment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from dnnt_encode._version import __version__
from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Capabilities,
    Controls,
    Event,
    Finished,
    InstanceTask,
    Session,
    Task,
    Tick,
)


class BruteBackend:
    """Brute force, in blocks of a fraction of a second."""

    name = "brute"
    capabilities = Capabilities(model="instance", incumbents=True, seed=True, certificate="exhaustive")

    def version(self) -> str | None:
        return __version__

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Session]:
        yield BruteSession(controls)


class BruteSession:
    """An enumeration that looks at the clock between blocks."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def run(self, task: Task) -> Iterator[Event]:
        """Candidates in falling order of loss; see InstanceTask. Raises ModelTooLarge past the enumeration's limit."""
        if not isinstance(task, InstanceTask):
            raise TypeError("brute solves instances")
        enumeration = Enumeration(task.instance)
        best: int | None = None
        met = complete = False
        seen = 0
        for first, losses in enumeration.blocks():
            where = int(losses.argmin())
            if best is None or losses[where] < best:
                best = int(losses[where])
                loss = best * enumeration.unit
                yield Candidate(enumeration.weights(first + where), loss)
                met = task.threshold is not None and loss <= task.threshold
            else:
                yield Tick()
            seen = first + len(losses)
            complete = seen == enumeration.total
            if (met or best == 0) and not task.exhaustive:
                break
            if not complete and self._controls.should_stop():
                break
        assert best is not None
        total = enumeration.total
        detail = f"all {total} parameter assignments were evaluated" if complete else f"{seen} of {total} assignments"
        yield from ending(task, best * enumeration.unit, met, complete, detail)


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
