"""A whole backend: random assignments of the instance, until the time is up. It finds and proves nothing."""

from __future__ import annotations

import numpy as np

from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Finished, InstanceTask, Say, Task
from dnnt_encode.instance import Assignment, evaluate


class RandomBackend:
    """Draws every parameter from its set, again and again."""

    name = "random"
    capabilities = Capabilities(model="instance", proves=False, incumbents=True, seed=True, light=True)

    def version(self) -> str | None:
        """Where a solver has to be installed: its version by ``importlib.metadata``, None where it is not there."""
        return "1"

    def memory(self, model_bytes: int, threads: int) -> int:
        """For a model whose arrays take ``model_bytes``: ours and the solver's together."""
        return model_bytes

    def warm(self) -> None:
        """Import the solver."""

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        assert isinstance(task, InstanceTask)
        instance, rng = task.view.instance, np.random.default_rng(controls.seed)
        best = task.below
        for _ in range(10_000):
            if controls.should_stop():
                return Finished("stopped")
            drawn = Assignment(
                tuple(
                    (rng.integers(layer.weights.sizes()), rng.integers(layer.biases.sizes()))
                    for layer in instance.network.layers
                )
            )
            loss = evaluate(instance, drawn.weights(instance)).loss
            if best is None or loss < best:
                best = loss
                say(Candidate(drawn, loss))
                if task.goal.met_by(loss):
                    return Finished("answered")
        return Finished("gave_up", "10,000 draws were made")
