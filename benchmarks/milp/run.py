"""Running a model in a solver, in a child process that is killed where it does not keep the limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.textbook.instances import TERNARY, Problem
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.backends.milp.reporter import MilpJob
from dnnt_encode.backends.process import Done, followed
from dnnt_encode.backends.protocol import Bound, Candidate, Controls
from dnnt_encode.backends.worker import Channel
from dnnt_encode.bench.rows import Row
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel

from .model import textbook_milp

MODELS: dict[str, Callable[[Problem], MilpModel]] = {
    "textbook": lambda problem: textbook_milp(problem, TERNARY),
    "ours": lambda problem: lower_model(encode_linear(problem.instance())),
}


def run(problem: Problem, model: str, solver: str, limit: float) -> Row:
    """From the arrays to the proof, building the model included; starting the child is not counted."""
    loss: int | None = None
    bound = 0
    ended = False
    seconds, cpu = limit, 0.0
    # The child imports its solver before it starts its clock.
    controls = Controls(deadline=time.monotonic() + limit + 5)
    payload = {"problem": problem, "model": model, "solver": solver, "limit": limit}
    for message in followed(solver, "benchmarks.milp.run", "serve", payload, controls):
        if isinstance(message, Candidate) and isinstance(message.objective, int):
            loss = message.objective if loss is None else min(loss, message.objective)
        elif isinstance(message, Bound):
            bound = max(bound, int(message.objective))
        elif isinstance(message, Ended):
            ended, seconds, cpu = message.proved, message.seconds, message.cpu
    bound = bound if ended or loss is None else min(bound, loss - 1)
    status = "OPTIMUM FOUND" if loss is not None and loss <= bound else "UNKNOWN" if loss is None else "SATISFIABLE"
    found = None if loss is None else str(loss)
    name = f"{problem.name} {solver}"
    return Row(name, None, model, limit, 1, 1, status, found, str(bound), None, seconds if ended else limit, cpu)


@dataclass(frozen=True)
class Ended(Done):
    """The end of a run, and what it took from the arrays on."""

    proved: bool
    seconds: float
    cpu: float


def serve(payload: dict[str, Any], channel: Channel) -> None:
    """The child's side of ``run``."""
    backend = MilpBackend(payload["solver"])
    backend.warm()
    start = time.monotonic()
    controls = Controls(deadline=start + payload["limit"], threads=1, seed=1, stop=channel.stop)
    model = MODELS[payload["model"]](payload["problem"])
    finished = backend.solve(MilpJob(payload["solver"], model, True, None, None, controls), channel.send)
    channel.send(Ended(finished.outcome == "exhausted", time.monotonic() - start, time.process_time()))
