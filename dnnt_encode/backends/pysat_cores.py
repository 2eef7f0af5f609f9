"""RC2, the core-guided MaxSAT algorithm of PySAT, with its bounds and solutions told as they come, alone or in turns
with a descent from above."""

from __future__ import annotations

from typing import Any, Literal

from pysat.examples.rc2 import RC2Stratified
from pysat.formula import WCNF

from dnnt_encode.backends.pysat_solvers import SOLVERS
from dnnt_encode.backends.pysat_worker import SLICE, Descent, Knowledge, PysatJob, lists


class _Closed(Exception):
    """Bound and best cost have met: there is nothing left to search for."""


class _Cores(RC2Stratified):  # type: ignore[misc]
    """RC2 on the hard clauses of a model, which never become a WCNF object; ``descent`` takes a turn after each."""

    def __init__(self, job: PysatJob, knowledge: Knowledge, descent: Descent | None) -> None:
        model, declared = job.model, SOLVERS[job.solver]
        self._knowledge, self._descent = knowledge, descent
        self._constant = model.objective_constant
        self._budgeted = False
        formula = WCNF()
        formula.nv = model.variables
        for literal, weight in zip(model.soft_literals.tolist(), model.soft_weights.tolist(), strict=True):
            formula.append([literal], weight=weight)
        super().__init__(formula, solver=job.solver, adapt=declared.propagates, exhaust=True, minz=declared.budgets)
        self.oracle.append_formula(lists(model.blocks), no_return=True)

    def _call_oracle(self, assumptions: Any = (), expect_interrupt: bool = False) -> Any:
        """Every call of the solver passes here, so bounds and solutions are told here, and turns are taken here."""
        self._knowledge.refuted(self.cost + self._constant)
        if self._budgeted:
            answer = self.oracle.solve_limited(assumptions=list(assumptions))
        elif self._descent is None:
            answer = self.oracle.solve(assumptions=list(assumptions))
        else:
            answer = None
            while answer is None:
                self.oracle.conf_budget(SLICE)
                answer = self.oracle.solve_limited(assumptions=list(assumptions))
                if answer is None and self._descent.turn(SLICE):
                    raise _Closed
            self.oracle.conf_budget(-1)
        if answer:
            self._knowledge.found(self.oracle)
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


def minimise_by_cores(job: PysatJob, knowledge: Knowledge) -> Literal["optimal"]:
    """The strategies ``core`` and ``alternate``."""
    descent = Descent(job, knowledge) if job.strategy == "alternate" else None
    try:
        with _Cores(job, knowledge, descent) as cores:
            found = cores.compute()
            if found is None:
                raise AssertionError("every assignment of parameters has a cost")
            knowledge.refuted(cores.cost + job.model.objective_constant)
    except _Closed:
        pass
    return "optimal"
