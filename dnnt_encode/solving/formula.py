"""The formula of all assignments within a threshold, asked again and again by one SAT solver in this process."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.backends.sat.solver import PysatSolver
from dnnt_encode.backends.sat.solvers import CHECKER, SOLVERS
from dnnt_encode.decoder import decode_cnf
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.encoders.fitting import fitting_cnf
from dnnt_encode.errors import BackendError
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce import STEPS
from dnnt_encode.reduce.reduced import chain
from dnnt_encode.solving.clock import Clock, OutOfTime

_CONFLICTS = 5000
"""Of a search between two looks at the clock."""

_FACTOR = 4.0
"""Bytes in use for each byte of the encoder's arrays, the solver's own among them."""


class ParameterFormula:
    """Its solutions stand for the assignments of a loss of at most ``most``, one for each; with ``symmetry`` for at
    least one of each orbit of interchangeable units. ``true``: the literals of parameters that the last solution makes
    true, none before the first.

    Raises BackendError where there is no SAT solver, ModelTooLarge, OutOfTime."""

    def __init__(self, instance: Instance, most: Fraction, clock: Clock, *, symmetry: bool) -> None:
        if importlib.util.find_spec("pysat") is None:
            raise BackendError("this takes a SAT solver: pip install 'python-sat>=1.8.dev30'")
        self._chain, self._clock = chain(instance.with_threshold(most), STEPS, frozenset({"count"})), clock
        self._solver: PysatSolver | None = None
        self.true: frozenset[int] = frozenset()
        if self._chain.contradiction is None:
            inner = self._chain.instance
            with clock.alarm():
                self._model = fitting_cnf(
                    self._chain.view, inner.threshold, CnfOptions(symmetry="units" if symmetry else "none"), _FACTOR
                )
                self._solver = PysatSolver(SOLVERS[CHECKER], self._model)
            variables = np.unique(np.abs(self._model.variable_map.literals))
            self._parameters = variables[variables > 1]

    def __enter__(self) -> ParameterFormula:
        return self

    def __exit__(self, *_: object) -> None:
        if self._solver is not None:
            self._solver.close()

    def solution(self, assumptions: Sequence[int] = ()) -> Assignment | None:
        """An assignment under which some literals of parameters are true; None where there is none. Raises
        OutOfTime."""
        if self._solver is None:
            return None
        while (satisfied := self._solver.solve(assumptions, conflicts=_CONFLICTS)) is None:
            if self._clock.out_of_time():
                raise OutOfTime
        if self._clock.out_of_time():
            raise OutOfTime
        if not satisfied:
            return None
        truth = self._solver.truth()
        self.true = frozenset(np.where(truth[self._parameters], self._parameters, -self._parameters).tolist())
        return self._chain.lift(decode_cnf(self._chain.instance, self._model, truth))

    def block(self) -> None:
        """Leave the last solution out from here on."""
        assert self._solver is not None
        self._solver.add([[-literal for literal in self.true]])
