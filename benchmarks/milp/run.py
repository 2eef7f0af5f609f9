"""Running a model in a solver, in a child process that is killed where it does not keep the limit."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.textbook.instances import TERNARY, Problem
from benchmarks.textbook.run import Outcome
from dnnt_encode.backends.milp import MilpBackend, solve_milp
from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Finished
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.encoders.linear.options import MILP_OPTIONS
from dnnt_encode.instance import Instance
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel

from .model import textbook_milp


def our_milp(problem: Problem) -> MilpModel:
    instance = Instance.from_arrays(
        problem.x, problem.y, hidden=[problem.hidden], weights=TERNARY, loss="misclassification", name=problem.name
    )
    return lower_model(encode_linear(instance, options=MILP_OPTIONS))


MODELS: dict[str, Callable[[Problem], MilpModel]] = {
    "textbook": lambda problem: textbook_milp(problem, TERNARY),
    "ours": our_milp,
}


def run(problem: Problem, model: str, solver: str, limit: float) -> Outcome:
    """From the arrays to the proof, building the model included; starting the child is not counted."""
    loss: int | None = None
    bound = 0
    ended = False
    with MilpBackend(solver).child() as child:
        time.sleep(1.5)  # the solver is imported
        start = time.monotonic()
        controls = Controls(deadline=start + limit, threads=1, seed=1)
        built = MODELS[model](problem)
        for event in solve_milp(child, solver, built, controls, minimise=True):
            if isinstance(event, Candidate) and isinstance(event.objective, int):
                loss = event.objective if loss is None else min(loss, event.objective)
            elif isinstance(event, Bound):
                bound = max(bound, int(event.objective))
            elif isinstance(event, Finished):
                ended = event.outcome == "optimal"
        seconds = time.monotonic() - start
    return Outcome(seconds if ended else limit, loss, bound if ended or loss is None else min(bound, loss - 1))
