"""How a SAT solver answers a question about costs; each strategy is written once, over the protocol of solvers.

decide      one call: do the hard clauses have a solution?
descend     solutions of ever smaller cost, each step asking for less than the best, until there is none; now and
            then for the least cost that is not refuted: where that has a solution it is often easier to find than
            those between, as little is left free, and where it has none the bound rises
climb       raise the least cost that is not refuted, until it has a solution
core        RC2 (stratified): the smallest cost by relaxing unsatisfiable cores (see ``cores``)
alternate   core and descend in turns of a fixed number of conflicts, so that one core has both of them and the
            same run gives the same answer
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dnnt_encode.backends.protocol import Bound, Bulletin, Candidate, CnfTask, Finished, Log, Say
from dnnt_encode.backends.sat.solver import Solver
from dnnt_encode.errors import BackendError
from dnnt_encode.models.cnf import FALSE, TRUE, CnfModel

SLICE = 2_000
"""Conflicts of a turn, where two strategies take turns."""

PATIENCE = 5_000
"""Conflicts after which a strategy looks whether others have found something better, or have their turn."""

HOPES = 20_000, 2_000
"""Conflicts that a descent spends on the least cost that is not refuted: before its first turn, and before each later
one."""

STEPS = 64
"""Climbing takes at most about so many steps from bound to cost, however large the numbers are."""

Open = Callable[[Sequence[int]], Solver]
"""A solver that holds the hard clauses of the task's model, and some more literals."""


@dataclass(frozen=True, eq=False)
class SatTask:
    """A task and what its solver can do: ``incremental``: takes clauses and assumptions between solves; ``budgets``:
    stops after a number of conflicts. ``rest`` is called after each budget, and returns when it is one's turn.
    ``turns``: a decision or a descent gives up after so many budgets, None for never."""

    task: CnfTask
    open: Open
    incremental: bool = True
    budgets: bool = True
    rest: Callable[[], object] = lambda: None
    turns: int | None = None

    @property
    def model(self) -> CnfModel:
        return self.task.model

    @property
    def patience(self) -> int | None:
        return PATIENCE if self.budgets else None

    def budgeted(self) -> Iterator[None]:
        """The turns that there are, each when its time has come."""
        for _ in itertools.count() if self.turns is None else range(self.turns):
            self.rest()
            yield


class Knowledge:
    """The least cost that is known and the greatest bound proved; what improves is said."""

    def __init__(self, question: SatTask, news: Bulletin, say: Say) -> None:
        self._model, self._news, self._say = question.model, news, say
        self._best = question.task.below
        self.lower = question.model.objective_lower

    @property
    def best(self) -> int | None:
        """The least cost that we or others have found: only smaller ones are of use."""
        told = self._news.below
        if told is None:
            return self._best
        return int(told) if self._best is None else min(self._best, int(told))

    @property
    def closed(self) -> bool:
        best = self.best
        return best is not None and self.lower >= best

    def found(self, solver: Solver, limit: int | None = None) -> None:
        """Take the solution that a solver has just found, asked for a cost of at most ``limit``."""
        truth = solver.truth()
        cost = self._model.cost(truth)
        if limit is not None and cost > limit:
            raise BackendError(f"asked for a cost of at most {limit}, the solver gave one of {cost}")
        if self.best is None or cost < self.best:
            self._best = cost
            self._say(Candidate(truth, cost))

    def refuted(self, cost: int) -> None:
        """No cost is below ``cost``."""
        if cost > self.lower:
            self.lower = cost
            self._say(Bound(cost))

    def log(self, text: str) -> None:
        self._say(Log(text))


def decide(question: SatTask, say: Say) -> Finished:
    solver = question.open(())
    try:
        for _ in question.budgeted():
            answer = solver.solve(conflicts=question.patience)
            if answer:
                say(Candidate(solver.truth()))
                return Finished("answered")
            if answer is not None:
                return Finished("exhausted")
            if question.patience is None:
                break
        return Finished("gave_up", "the solver did not decide")
    finally:
        solver.close()


class CostDescent:
    """Solutions of ever smaller cost, in turns."""

    def __init__(self, question: SatTask, knowledge: Knowledge) -> None:
        self._question, self._knowledge = question, knowledge
        self._limit: int | None = None
        self._assumed: list[int] = []
        self._solver: Solver | None = None

    def turn(self, conflicts: int | None = None) -> bool | None:
        """Search for a better solution, for at most so many conflicts; True once nothing is left to find, None where
        the solver stopped without a reason of ours."""
        known = self._knowledge
        if known.closed:
            return True
        answer = self._ready().solve(self._assumed, conflicts)
        if answer is None:
            return False if conflicts is not None else None
        if answer:
            assert self._solver is not None
            known.log(f"a solution, cost at most {self._limit}" if self._limit is not None else "a solution")
            known.found(self._solver, self._limit)
        elif self._limit is not None:
            known.refuted(self._limit + 1)
        else:
            raise BackendError("the solver says that there is no solution, but every assignment of parameters is one")
        return known.closed

    def hope(self, conflicts: int) -> None:
        """Search for a solution of the least cost that is not refuted, for at most so many conflicts."""
        known, least = self._knowledge, self._knowledge.lower
        # Where no cost is between the two, a turn asks the same.
        if known.closed or (known.best is not None and known.best - least == 1):
            return
        solver = self._ready()
        answer = solver.solve(at_most(self._question.model, least), conflicts)
        if answer:
            known.log(f"a solution of cost {least}, which is least")
            known.found(solver, least)
        elif answer is not None:
            known.refuted(least + 1)
            known.log(f"no cost is at most {least}")

    def close(self) -> None:
        if self._solver is not None:
            self._solver.close()
            self._solver = None

    def _ready(self) -> Solver:
        """The solver, asked for less than the best cost. A solver that takes no clauses between solves is made anew."""
        best, question = self._knowledge.best, self._question
        limit = None if best is None else best - 1
        literals = [] if limit is None else at_most(question.model, limit)
        if self._solver is None or (limit != self._limit and not question.incremental):
            self.close()
            lone = literals if not question.incremental or len(literals) == 1 else []
            self._solver = question.open(lone)
            self._assumed = [] if lone else literals
        elif limit != self._limit:
            # One literal of an order encoding holds from now on; the digits of a number change with the next bound.
            self._assumed = literals if len(literals) > 1 else []
            if not self._assumed:
                self._solver.add([literal] for literal in literals)
        self._limit = limit
        return self._solver


def descend(question: SatTask, knowledge: Knowledge) -> Finished:
    descent = CostDescent(question, knowledge)
    conflicts, later = HOPES
    try:
        for _ in question.budgeted():
            if question.incremental and question.budgets:
                descent.hope(conflicts)
                conflicts = later
            done = descent.turn(question.patience)
            if done is None:
                break
            if done:
                return Finished("exhausted")
        return Finished("gave_up", "the solver did not decide")
    finally:
        descent.close()


def climb(question: SatTask, knowledge: Knowledge) -> Finished:
    solver = question.open(())
    try:
        while not knowledge.closed:
            question.rest()
            gap = 1 if knowledge.best is None else knowledge.best - knowledge.lower
            limit = knowledge.lower + (gap - 1) // STEPS
            assumed = at_most(question.model, limit)
            answer = solver.solve(assumed, question.patience)
            if answer:
                knowledge.found(solver, limit)
            elif answer is not None:
                solver.add([[-literal for literal in assumed]])
                knowledge.refuted(limit + 1)
                knowledge.log(f"no cost is at most {limit}")
    finally:
        solver.close()
    return Finished("exhausted")


def at_most(model: CnfModel, cost: int) -> list[int]:
    """Literals that say that the cost (constant included) is at most ``cost``, without the constant true."""
    assert model.objective is not None, "minimising needs the loss as a sum"
    literals = [literal for literal in model.objective.at_most(cost) if literal != TRUE]
    return [FALSE] if FALSE in literals else literals
