"""PySAT's side of the child process: one strategy on one CNF model.

decide      one call: do the hard clauses have a solution?
descend     solutions of ever smaller cost, each step asking for less than the best, until there is none
climb       raise the least cost that is not refuted, until it has a solution
core        RC2 (stratified): the smallest cost by relaxing unsatisfiable cores
alternate   core and descend in turns of a fixed number of conflicts, so that one core has both of them and the
            same run gives the same answer
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pysat.solvers import NoSuchSolverError, Solver

from dnnt_encode.backends.protocol import Bound, Candidate, Finished
from dnnt_encode.backends.pysat_solvers import SOLVERS
from dnnt_encode.backends.worker import Channel
from dnnt_encode.errors import BackendError
from dnnt_encode.models.cnf import FALSE, TRUE, CnfModel

Strategy = Literal["decide", "descend", "climb", "core", "alternate"]

CHUNK = 20_000
"""Clauses that exist as Python lists at a time."""

SLICE = 2_000
"""Conflicts of a turn."""

STEPS = 64
"""Climbing takes at most about so many steps from bound to cost, however large the numbers are."""


@dataclass(frozen=True, eq=False)
class PysatJob:
    """What to do: see CnfTask for the model, the hint and ``upper``."""

    solver: str
    strategy: Strategy
    model: CnfModel
    hint: np.ndarray | None
    upper: int | None


def solve(payload: dict[str, Any], channel: Channel) -> None:
    """Run the job whose fields are ``payload``; the last message is ``Finished``."""
    job = PysatJob(**payload)
    knowledge = Knowledge(job, channel)
    outcome: Literal["satisfied", "infeasible", "optimal"]
    if job.strategy == "decide":
        outcome = decide(job, knowledge)
    elif job.strategy == "descend":
        outcome = descend(job, knowledge)
    elif job.strategy == "climb":
        outcome = climb(job, knowledge)
    else:
        from dnnt_encode.backends.pysat_cores import minimise_by_cores

        outcome = minimise_by_cores(job, knowledge)
    channel.send(Finished(outcome, f"{job.solver}, {job.strategy}"))


class Knowledge:
    """The least cost found and the greatest bound proved; both are sent as they improve."""

    def __init__(self, job: PysatJob, channel: Channel) -> None:
        self._model, self._channel = job.model, channel
        self.best, self.lower = job.upper, job.model.objective_lower

    @property
    def closed(self) -> bool:
        return self.best is not None and self.lower >= self.best

    def found(self, solver: Solver, limit: int | None = None, judge: bool = True) -> None:
        """Take the model that a solver has just found, asked for a cost of at most ``limit``; without ``judge`` the
        question was not one of cost."""
        truth = truth_of(solver.get_model(), self._model.variables)
        cost = self._model.cost(truth) if judge else None
        if cost is not None and limit is not None and cost > limit:
            raise BackendError(f"asked for a cost of at most {limit}, the solver gave one of {cost}")
        if cost is None or self.best is None or cost < self.best:
            self.best = cost
            self._channel.send(Candidate(truth, cost))

    def refuted(self, cost: int) -> None:
        """No cost is below ``cost``."""
        if cost > self.lower:
            self.lower = cost
            self._channel.send(Bound(cost))


def decide(job: PysatJob, knowledge: Knowledge) -> Literal["satisfied", "infeasible"]:
    with new_solver(job.solver, job.model, hint=job.hint) as solver:
        if not solver.solve():
            return "infeasible"
        knowledge.found(solver, judge=False)
        return "satisfied"


class Descent:
    """Solutions of ever smaller cost, in turns."""

    def __init__(self, job: PysatJob, knowledge: Knowledge) -> None:
        self._job, self._knowledge = job, knowledge
        self._limit: int | None = None
        self._assumed: list[int] = []
        self._solver: Solver | None = None

    def turn(self, conflicts: int | None = None) -> bool:
        """Search for a better solution, for at most so many conflicts; True once nothing is left to find."""
        known = self._knowledge
        if known.closed:
            return True
        solver = self._ready()
        if conflicts is None:
            answer = solver.solve(assumptions=self._assumed)
        else:
            solver.conf_budget(conflicts)
            answer = solver.solve_limited(assumptions=self._assumed)
        if answer is None:
            return False
        if answer:
            known.found(solver, self._limit)
        else:
            assert known.best is not None, "every assignment of parameters has a cost"
            known.refuted(known.best if self._limit is None else self._limit + 1)
        return known.closed

    def close(self) -> None:
        if self._solver is not None:
            self._solver.delete()

    def _ready(self) -> Solver:
        """The solver, asked for less than the best cost. A solver that takes no clauses between solves is made anew."""
        best = self._knowledge.best
        limit = None if best is None else best - 1
        fresh = self._solver is None or (limit != self._limit and not SOLVERS[self._job.solver].incremental)
        if fresh:
            self.close()
            self._solver = new_solver(self._job.solver, self._job.model, hint=self._job.hint)
        assert self._solver is not None
        if limit is not None and (fresh or limit != self._limit):
            literals = at_most(self._job.model, limit)
            # One literal of an order encoding holds from now on; the digits of a number change with the next bound.
            self._assumed = literals if len(literals) > 1 and SOLVERS[self._job.solver].incremental else []
            if not self._assumed:
                self._solver.append_formula([[literal] for literal in literals], no_return=True)
        self._limit = limit
        return self._solver


def descend(job: PysatJob, knowledge: Knowledge) -> Literal["optimal"]:
    descent = Descent(job, knowledge)
    while not descent.turn():
        pass
    return "optimal"


def climb(job: PysatJob, knowledge: Knowledge) -> Literal["optimal"]:
    with new_solver(job.solver, job.model, hint=job.hint) as solver:
        while not knowledge.closed:
            gap = 1 if knowledge.best is None else knowledge.best - knowledge.lower
            limit = knowledge.lower + (gap - 1) // STEPS
            assumed = at_most(job.model, limit)
            if solver.solve(assumptions=assumed):
                knowledge.found(solver, limit)
            else:
                solver.add_clause([-literal for literal in assumed])
                knowledge.refuted(limit + 1)
    return "optimal"


def at_most(model: CnfModel, cost: int) -> list[int]:
    """Literals that say that the cost (constant included) is at most ``cost``, without the constant true."""
    assert model.objective is not None, "minimising needs the loss as a sum"
    literals = [literal for literal in model.objective.at_most(cost) if literal != TRUE]
    return [FALSE] if FALSE in literals else literals


def new_solver(
    name: str, model: CnfModel, units: Sequence[int] = (), hint: np.ndarray | None = None, proof: bool = False
) -> Solver:
    """A solver that holds the hard clauses of a model. Raises BackendError where this python-sat lacks it."""
    try:
        solver = Solver(name=name, with_proof=True) if proof else Solver(name=name)
    except (NoSuchSolverError, AttributeError) as error:
        raise BackendError(f"the installed python-sat has no solver {name}") from error
    solver.append_formula(lists(model.blocks), no_return=True)
    if len(units):
        solver.append_formula([[literal] for literal in units], no_return=True)
    if hint is not None and SOLVERS[name].phases:
        solver.set_phases(hint.tolist())
    return solver


def lists(blocks: Iterable[np.ndarray]) -> Iterator[list[int]]:
    """The clauses of blocks one by one; only a few exist as lists at any time."""
    for block in blocks:
        for first in range(0, len(block), CHUNK):
            yield from block[first : first + CHUNK].tolist()


def truth_of(literals: Iterable[int], variables: int) -> np.ndarray:
    """The truth of every variable (bool [variables + 1]) in a solver's model, which may have fewer or more of them."""
    values = np.asarray(list(literals), dtype=np.int64)
    values = values[(values > 0) & (values <= variables)]
    truth = np.zeros(variables + 1, dtype=bool)
    truth[values] = True
    return truth
