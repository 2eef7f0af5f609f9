"""What a strategy needs of a SAT solver, and PySAT's solvers behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from dnnt_encode.backends.sat.solvers import SatSolver
from dnnt_encode.errors import BackendError
from dnnt_encode.models.cnf import CnfModel

CHUNK = 20_000
"""Clauses that exist as Python lists at a time."""

_WORDS = {True: "satisfiable", False: "unsatisfiable", None: "undecided"}


class Solver(Protocol):
    """A solver that holds the hard clauses of a model of so many ``variables``."""

    def add(self, clauses: Iterable[list[int]]) -> None:
        """Add clauses; before the first solve, or where the solver is incremental."""

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> bool | None:
        """Whether there is a solution; None where that was not decided within so many conflicts."""

    def truth(self) -> np.ndarray:
        """The truth of every variable (bool [variables + 1]) in the solution just found."""

    def close(self) -> None:
        """Free the solver."""


class PysatSolver:
    """One of PySAT's, which print nothing of their own: ``log`` is called with what each call took. Raises
    BackendError where this python-sat lacks it."""

    def __init__(
        self,
        declared: SatSolver,
        model: CnfModel,
        units: Sequence[int] = (),
        hint: np.ndarray | None = None,
        *,
        proof: bool = False,
        log: Callable[[str], object] | None = None,
    ) -> None:
        from pysat.solvers import NoSuchSolverError
        from pysat.solvers import Solver as Engine

        self._variables, self._declared, self._log = model.variables, declared, log
        try:
            self.engine: Any = Engine(name=declared.name, with_proof=True) if proof else Engine(name=declared.name)
        except (NoSuchSolverError, AttributeError) as error:
            raise BackendError(f"the installed python-sat has no solver {declared.name}") from error
        self.add(lists(model.blocks))
        if len(units):
            self.add([literal] for literal in units)
        if hint is not None and declared.phases:
            self.engine.set_phases(hint.tolist())

    def add(self, clauses: Iterable[list[int]]) -> None:
        self.engine.append_formula(clauses, no_return=True)

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> bool | None:
        answer: bool | None
        if conflicts is None:
            answer = bool(self.engine.solve(assumptions=list(assumptions)))
        else:
            self.engine.conf_budget(conflicts)
            answer = self.engine.solve_limited(assumptions=list(assumptions))
        if self._log is not None:
            counts = self.engine.accum_stats() if self._declared.counts else {}
            took = ", ".join(f"{count} {name}" for name, count in counts.items())
            self._log(f"{self._declared.name}: {_WORDS[answer]}" + (f" after {took}" if took else ""))
        return answer

    def truth(self) -> np.ndarray:
        return truth_of(self.engine.get_model(), self._variables)

    def proof(self) -> list[str]:
        """The lines of the proof that was asked for."""
        return list(self.engine.get_proof() or [])

    def close(self) -> None:
        self.engine.delete()


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
