"""The backend ``brute``: enumeration of every assignment."""

from __future__ import annotations

import numpy as np

from dnnt_encode.algorithms.brute_force import OUTSIDE, Enumeration
from dnnt_encode.algorithms.brute_stages import StagedEnumeration
from dnnt_encode.backends.inprocess.common import InProcessBackend, ending
from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Finished, InstanceTask, Say
from dnnt_encode.instance.stage import EVERY


class BruteBackend(InProcessBackend):
    """Brute force, in blocks of a fraction of a second."""

    name = "brute"
    capabilities = Capabilities(
        model="instance", incumbents=True, certificate="exhaustive", light=True, objectives=EVERY, constraints=True
    )

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        """Candidates in falling order of loss. Raises ModelTooLarge past the enumeration's limit."""
        staged = task.view.instance.stage is not None
        enumeration = StagedEnumeration(task.view.instance) if staged else Enumeration(task.view.instance)
        best: int | None = None
        met = complete = False
        seen = 0
        for first, losses in enumeration.blocks():
            inside = np.flatnonzero(losses != OUTSIDE)
            where = int(inside[losses[inside].argmin()]) if len(inside) else None
            if where is not None and (best is None or losses[where] < best):
                best = int(losses[where])
                say(Candidate(enumeration.assignment(first + where), best * enumeration.unit))
                met = task.goal.met_by(best * enumeration.unit)
            seen = first + len(losses)
            complete = seen == enumeration.total
            if (met or best == 0) and not task.exhaustive:
                break
            if not complete and controls.should_stop():
                break
        total = enumeration.total
        detail = f"all {total} parameter assignments were evaluated" if complete else f"{seen} of {total} assignments"
        if best is None:
            return Finished("exhausted" if complete else "stopped", detail, complete)
        return ending(task, best * enumeration.unit, complete, detail, say)
