"""The backend ``search``: local search on the instance; it finds and proves nothing."""

from __future__ import annotations

from dnnt_encode.algorithms.descent import descend
from dnnt_encode.backends.inprocess.common import InProcessBackend, propose
from dnnt_encode.backends.protocol import Capabilities, Controls, Finished, InstanceTask, Say


class SearchBackend(InProcessBackend):
    """Descent by single parameters, for so much work."""

    name = "search"
    capabilities = Capabilities(model="instance", thresholds=True, proves=False, incumbents=True, seed=True, light=True)

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        for found in descend(task.view, controls.seed or 0, stop=controls.should_stop):
            if task.goal.met_by(propose(task, found, say)):
                return Finished("answered")
        return Finished("stopped" if controls.should_stop() else "gave_up", "the local search has ended")
