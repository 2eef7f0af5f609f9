"""Running the two sides. Each gives an Outcome, measured from the arrays to the answer."""

import contextlib
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from .instances import TERNARY, Problem

# What a solver may take beyond its own limit before it is killed, in seconds.
GRACE = 5.0


@dataclass(frozen=True)
class Outcome:
    """seconds: time to the proof, or the limit; loss: errors of the best answer; bound: the least that is possible."""

    seconds: float
    loss: int | None
    bound: int
    workers: int | None = None

    @property
    def proved(self) -> bool:
        return self.loss is not None and self.loss <= self.bound


def run_textbook(problem: Problem, limit: float, workers: int) -> Outcome:
    """Build and solve the textbook model in a child process, which is killed where it does not keep the limit.

    Starting the child and importing the solver are not counted.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_textbook_child, args=(sender, problem, limit, workers), daemon=True)
    child.start()
    sender.close()
    loss, bound, seconds, done = None, 0, limit, False
    try:
        receiver.recv()  # imports are done: the clock starts
        deadline = time.monotonic() + limit + GRACE
        while receiver.poll(max(0.0, deadline - time.monotonic())):
            loss, bound, seconds, done = receiver.recv()
            if done:
                break
    except EOFError:
        raise RuntimeError(f"{problem.name}: the textbook run died with exit code {child.exitcode}") from None
    finally:
        child.kill()
        child.join()
    outcome = Outcome(seconds, loss, bound, workers)
    return outcome if done and outcome.proved else Outcome(limit, loss, bound, workers)


def _textbook_child(sender: Connection, problem: Problem, limit: float, workers: int) -> None:
    from ortools.sat.python import cp_model

    from .model import textbook_model

    class Stream(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            # Past the limit and its grace nobody listens.
            with contextlib.suppress(OSError):
                sender.send((round(self.objective_value), int(self.best_objective_bound), limit, False))

    sender.send("ready")
    start = time.monotonic()
    model = textbook_model(problem.x, problem.y, problem.hidden, TERNARY)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.max_time_in_seconds = max(0.1, limit - (time.monotonic() - start))
    solver.parameters.random_seed = 1
    status = solver.solve(model, Stream())
    seconds = time.monotonic() - start
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    # The objective counts errors, so a bound rounds up; the small slack forgives the solver's own rounding.
    bound = -int(-(solver.best_objective_bound - 1e-6) // 1)
    sender.send((round(solver.objective_value) if found else None, bound, seconds, True))


def run_ours(problem: Problem, limit: float, backend: str = "auto") -> Outcome:
    """The whole of `solve`, encoding, solver start and exact verification included."""
    import dnnt_encode

    start = time.monotonic()
    instance = dnnt_encode.Instance.from_arrays(
        problem.x, problem.y, hidden=[problem.hidden], weights=TERNARY, loss="misclassification", name=problem.name
    )
    result = dnnt_encode.solve(instance, backend=backend, time_limit=limit, seed=1)
    seconds = time.monotonic() - start
    loss = None if result.loss is None else int(result.loss)
    bound = 0 if result.bound is None else -int(-result.bound // 1)
    if result.status == "OPTIMUM FOUND":
        return Outcome(seconds, loss, bound)
    return Outcome(limit, loss, bound)
