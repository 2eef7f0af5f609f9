"""The backend ``brute``: enumeration of every assignment, in this process."""

from __future__ import annotations

from collections.abc import Iterator

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.in_process import InProcessBackend, ending
from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Event, InstanceTask, Tick


class BruteBackend(InProcessBackend):
    """Brute force, in blocks of a fraction of a second."""

    name = "brute"
    capabilities = Capabilities(model="instance", incumbents=True, seed=True, certificate="exhaustive")

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def solve(self, task: InstanceTask, controls: Controls) -> Iterator[Event]:
        """Candidates in falling order of loss; see InstanceTask. Raises ModelTooLarge past the enumeration's limit."""
        enumeration = Enumeration(task.instance)
        best: int | None = None
        met = complete = False
        seen = 0
        for first, losses in enumeration.blocks():
            where = int(losses.argmin())
            if best is None or losses[where] < best:
                best = int(losses[where])
                loss = best * enumeration.unit
                yield Candidate(enumeration.assignment(first + where), loss)
                met = task.threshold is not None and loss <= task.threshold
            else:
                yield Tick()
            seen = first + len(losses)
            complete = seen == enumeration.total
            if (met or best == 0) and not task.exhaustive:
                break
            if not complete and controls.should_stop():
                break
        assert best is not None
        total = enumeration.total
        detail = f"all {total} parameter assignments were evaluated" if complete else f"{seen} of {total} assignments"
        yield from ending(task, best * enumeration.unit, met, complete, detail)
