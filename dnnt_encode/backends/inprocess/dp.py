"""The backend ``dp``: the dynamic program for two layers."""

from __future__ import annotations

from dnnt_encode.algorithms.dynamic_program import DEFAULT_BYTES, DynamicProgram
from dnnt_encode.backends.inprocess.common import InProcessBackend, ending, finished, propose
from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Finished, InstanceTask, Say
from dnnt_encode.instance.assignment import Assignment


class DynamicBackend(InProcessBackend):
    """The dynamic program, the whole of it or nothing; refuses an instance whose states might not fit into memory."""

    name = "dp"
    capabilities = Capabilities(model="instance", certificate="exhaustive", light=True)

    def memory(self, model_bytes: int, threads: int) -> int:
        return DEFAULT_BYTES

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        """The least values as a first candidate, then the optimum. Raises ModelTooLarge."""
        program = DynamicProgram(task.view)
        propose(task, Assignment.first(task.view.instance.network), say)
        _, optimum = finished(program.run(), controls)
        if optimum is None:
            return Finished("stopped", "the dynamic program did not end")
        say(Candidate(optimum.assignment, optimum.loss))
        detail = f"a complete dynamic program, {optimum.states} states, {optimum.transitions} transitions"
        return ending(task, optimum.loss, True, detail, say)
