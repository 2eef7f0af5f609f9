"""The backend ``dp``: the dynamic program for two layers, in this process."""

from __future__ import annotations

from collections.abc import Iterator

from dnnt_encode.algorithms.dynamic_program import DEFAULT_BYTES, DynamicProgram
from dnnt_encode.backends.in_process import InProcessBackend, ending, followed
from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Event, Finished, InstanceTask
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate


class DynamicBackend(InProcessBackend):
    """The dynamic program, the whole of it or nothing; refuses an instance whose states might not fit into memory."""

    name = "dp"
    capabilities = Capabilities(model="instance", certificate="exhaustive")

    def memory(self, model_bytes: int, threads: int) -> int:
        return DEFAULT_BYTES

    def solve(self, task: InstanceTask, controls: Controls) -> Iterator[Event]:
        """The least values as a first candidate, then the optimum; see InstanceTask. Raises ModelTooLarge."""
        program = DynamicProgram(task.instance)
        first = Assignment.first(task.instance.network)
        yield Candidate(first, evaluate(task.instance, first.weights(task.instance)).loss)
        _, optimum = yield from followed(program.run(), controls)
        if optimum is None:
            yield Finished("stopped", "the dynamic program did not end")
            return
        yield Candidate(optimum.assignment, optimum.loss)
        met = task.threshold is not None and optimum.loss <= task.threshold
        detail = f"a complete dynamic program, {optimum.states} states, {optimum.transitions} transitions"
        yield from ending(task, optimum.loss, met, True, detail)
