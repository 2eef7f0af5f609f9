"""The backend ``dp``: the dynamic program for two layers, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dnnt_encode._version import __version__
from dnnt_encode.algorithms.dynamic_program import DEFAULT_BYTES, DynamicProgram
from dnnt_encode.backends.exact import ending
from dnnt_encode.backends.protocol import (
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
from dnnt_encode.instance.evaluate import evaluate


class DynamicBackend:
    """The dynamic program, the whole of it or nothing; refuses an instance whose states might not fit into memory."""

    name = "dp"
    capabilities = Capabilities(model="instance", certificate="exhaustive")

    def version(self) -> str | None:
        return __version__

    def memory(self, model_bytes: int, threads: int) -> int:
        return DEFAULT_BYTES

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Session]:
        yield DynamicSession(controls)


class DynamicSession:
    """A program that looks at the clock between blocks."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def run(self, task: Task) -> Iterator[Event]:
        """The least values as a first candidate, then the optimum; see InstanceTask. Raises ModelTooLarge."""
        if not isinstance(task, InstanceTask):
            raise TypeError("dp solves instances")
        program = DynamicProgram(task.instance)
        first = program.net.positions().weights(task.instance)
        yield Candidate(first, evaluate(task.instance, first).loss)
        work = program.run()
        while True:
            try:
                next(work)
            except StopIteration as end:
                optimum = end.value
                break
            if self._controls.should_stop():
                yield Finished("stopped", "the dynamic program did not end")
                return
            yield Tick()
        yield Candidate(optimum.weights, optimum.loss)
        met = task.threshold is not None and optimum.loss <= task.threshold
        detail = f"a complete dynamic program, {optimum.states} states, {optimum.transitions} transitions"
        yield from ending(task, optimum.loss, met, True, detail)
