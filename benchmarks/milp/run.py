"""Running a model in a solver, in a child process that is killed where it does not keep the limit; as a program, with
the options of `dnnt solve`: `python -m benchmarks.milp.run FILE --solver scip`."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dnnt_encode
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

MODELS: dict[str, Callable[[dnnt_encode.Instance], MilpModel]] = {
    "textbook": textbook_milp,
    "ours": lambda instance: lower_model(encode_linear(instance)),
}


def run(instance: dnnt_encode.Instance, model: str, solver: str, limit: float) -> Row:
    """From the arrays to the proof, building the model included; starting the child is not counted."""
    loss: int | None = None
    found = False
    bound = 0
    ended = False
    seconds, cpu = limit, 0.0
    # The child imports its solver before it starts its clock.
    controls = Controls(deadline=time.monotonic() + limit + 5)
    payload = {"instance": instance, "model": model, "solver": solver, "limit": limit}
    for message in followed(solver, "benchmarks.milp.run", "serve", payload, controls):
        found |= isinstance(message, Candidate)
        if isinstance(message, Candidate) and isinstance(message.objective, int):
            loss = message.objective if loss is None else min(loss, message.objective)
        elif isinstance(message, Bound):
            bound = max(bound, int(message.objective))
        elif isinstance(message, Ended):
            ended, seconds, cpu = message.proved, message.seconds, message.cpu
    threshold, name = instance.threshold, f"{instance.name} {solver}"
    if threshold is not None:
        status = "SATISFIABLE" if found else "UNSATISFIABLE" if ended else "UNKNOWN"
        seconds = limit if status == "UNKNOWN" else seconds
        return Row(name, None, model, limit, 1, 1, status, None, None, str(threshold), seconds, cpu)
    bound = bound if ended or loss is None else min(bound, loss - 1)
    status = "OPTIMUM FOUND" if loss is not None and loss <= bound else "UNKNOWN" if loss is None else "SATISFIABLE"
    text = None if loss is None else str(loss)
    return Row(name, None, model, limit, 1, 1, status, text, str(bound), None, seconds if ended else limit, cpu)


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
    model = MODELS[payload["model"]](payload["instance"])
    finished = backend.solve(
        MilpJob(payload["solver"], model, payload["instance"].threshold is None, None, None, controls), channel.send
    )
    channel.send(Ended(finished.outcome == "exhausted", time.monotonic() - start, time.process_time()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milp.run")
    parser.add_argument("file")
    parser.add_argument("--model", choices=list(MODELS), default="textbook")
    parser.add_argument("--solver", default="scip")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    row = run(dnnt_encode.load(options.file), options.model, options.solver, options.time_limit)  # type: ignore[arg-type]
    print(json.dumps({"status": row.status, "loss": row.loss, "bound": row.bound, "threshold": row.threshold}))


if __name__ == "__main__":
    main()
