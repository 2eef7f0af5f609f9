"""The sides, each measured from the arrays to the proof."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import dnnt_encode
from dnnt_encode.algorithms.one_layer.engine import OneLayerSearch

from .instances import Problem


@dataclass(frozen=True)
class Outcome:
    """`seconds` to the proof, or the limit; the best objective, and the bound."""

    seconds: float
    objective: Fraction | None
    bound: Fraction

    @property
    def proved(self) -> bool:
        return self.objective is not None and self.objective <= self.bound


def branch_and_bound(problem: Problem, limit: float) -> Outcome:
    start = time.monotonic()
    search = OneLayerSearch(problem.instance(), problem.regularisation())
    for _ in search.run():
        if time.monotonic() - start > limit:
            break
    best = None if search.best is None else search.best.objective
    return Outcome(time.monotonic() - start, best, search.bound)


def textbook(problem: Problem, limit: float) -> Outcome:
    """CP-SAT with two workers on the model of `model.py`; importing it is not counted."""
    from ortools.sat.python import cp_model

    from .model import scoring_model

    start = time.monotonic()
    model, unit = scoring_model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 1
    solver.parameters.max_time_in_seconds = max(0.1, limit - (time.monotonic() - start))
    found = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    seconds = time.monotonic() - start
    # The objective is an integer, so a bound rounds up; the slack forgives the solver's own rounding.
    bound = -int(-(solver.best_objective_bound - 1e-6) // 1)
    return Outcome(seconds, round(solver.objective_value) * unit if found else None, bound * unit)


def encoded(backend: str) -> Callable[[Problem, float], Outcome | None]:
    """A backend on this project's own encoding, which has no penalties and limits."""

    def run(problem: Problem, limit: float) -> Outcome | None:
        if not problem.spec.plain:
            return None
        start = time.monotonic()
        result = dnnt_encode.solve(problem.instance(), backend=backend, time_limit=limit, threads=2, seed=1)
        return Outcome(time.monotonic() - start, result.loss, result.bound)

    return run


SIDES: dict[str, Callable[[Problem, float], Outcome | None]] = {
    "onelayer": branch_and_bound,
    "textbook": textbook,
    "cpsat": encoded("cpsat"),
    "glucose42": encoded("sat:glucose42"),
}
