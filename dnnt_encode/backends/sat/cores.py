"""RC2, the core-guided MaxSAT algorithm of PySAT, with its bounds and solutions told as they come, alone or in turns
with a descent from above."""

from __future__ import annotations

from typing import Any

from pysat.examples.rc2 import RC2Stratified
from pysat.formula import WCNF

from dnnt_encode.backends.protocol import Finished
from dnnt_encode.backends.sat.solver import lists, truth_of
from dnnt_encode.backends.sat.solvers import SatSolver
from dnnt_encode.backends.sat.strategies import SLICE, CostDescent, Knowledge, SatTask


class _Closed(Exception):
    """Bound and best cost have met: there is nothing left to search for."""


class _Oracle:
    """The solver inside of RC2, as ``Knowledge`` reads solutions."""

    def __init__(self, engine: Any, variables: int) -> None:
        self._engine, self._variables = engine, variables

    def truth(self) -> Any:
        return truth_of(self._engine.get_model(), self._variables)


class _Cores(RC2Stratified):  # type: ignore[misc]
    """RC2 on the hard clauses of a model, which never become a WCNF object; ``descent`` takes a turn after each."""

    def __init__(
        self, declared: SatSolver, question: SatTask, knowledge: Knowledge, descent: CostDescent | None
    ) -> None:
        model = question.model
        self._knowledge, self._descent, self._model = knowledge, descent, model
        self._budgeted = False
        self._rest = question.rest
        self._slice = question.patience if descent is None else SLICE
        formula = WCNF()
        formula.nv = model.variables
        for literal, weight in zip(model.soft_literals.tolist(), model.soft_weights.tolist(), strict=True):
            formula.append([literal], weight=weight)
        super().__init__(formula, solver=declared.name, adapt=declared.propagates, exhaust=True, minz=declared.budgets)
        self.oracle.append_formula(lists(model.blocks), no_return=True)

    def _call_oracle(self, assumptions: Any = (), expect_interrupt: bool = False) -> Any:
        """Every call of the solver passes here, so bounds and solutions are told here, and turns are taken here."""
        self._knowledge.refuted(self.cost + self._model.objective_constant)
        if self._budgeted:
            answer = self.oracle.solve_limited(assumptions=list(assumptions))
        elif self._slice is None:
            answer = self.oracle.solve(assumptions=list(assumptions))
        else:
            answer = None
            while answer is None:
                self._rest()
                self.oracle.conf_budget(self._slice)
                answer = self.oracle.solve_limited(assumptions=list(assumptions))
                if answer is None and (self._descent.turn(SLICE) if self._descent else self._knowledge.closed):
                    raise _Closed
            self.oracle.conf_budget(-1)
        if answer:
            self._knowledge.found(_Oracle(self.oracle, self._model.variables))  # type: ignore[arg-type]
        if self._knowledge.closed:
            raise _Closed
        return answer

    def minimize_core(self) -> None:
        # RC2 bounds these calls itself.
        self._budgeted = True
        try:
            super().minimize_core()
        finally:
            self._budgeted = False


def minimise_by_cores(declared: SatSolver, question: SatTask, knowledge: Knowledge, *, alternate: bool) -> Finished:
    """The strategies ``core`` and ``alternate``."""
    descent = CostDescent(question, knowledge) if alternate else None
    try:
        with _Cores(declared, question, knowledge, descent) as cores:
            found = cores.compute()
            if found is None:
                raise AssertionError("every assignment of parameters has a cost")
            knowledge.refuted(cores.cost + question.model.objective_constant)
    except _Closed:
        pass
    finally:
        if descent is not None:
            descent.close()
    return Finished("exhausted")
