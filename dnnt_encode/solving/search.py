"""What is known during a run: the best verified weights, the bound, and how both came about.

Every solution passes ``offer`` and is verified there; solvers never hold the only copy of the best one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.decoder import evidence_of, verified
from dnnt_encode.errors import NotVerified
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.result import Status, TracePoint

CONFLICTS = "equal inputs with different targets"
"""What proves a bound that no solver is needed for."""


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best verified weights so far, and when they were found (seconds from the start)."""

    loss: Fraction
    weights: Weights
    seconds: float


@dataclass(frozen=True)
class Progress:
    """Where a run stands: a stage (``start``, ``encode``, ``solve``, ``certify``), best loss, bound, seconds."""

    stage: str
    loss: Fraction | None
    bound: Fraction | None
    seconds: float


class Search:
    """The state of a run for ``instance`` with ``threshold`` (None: minimise)."""

    def __init__(
        self,
        instance: Instance,
        threshold: Fraction | None,
        clock: Clock,
        on_incumbent: Callable[[Incumbent], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None:
        self.instance, self.threshold, self.clock = instance, threshold, clock
        self.best: Incumbent | None = None
        self.bound = Fraction(0)
        self.proved_by = "no loss is below 0"
        self.infeasible = False
        self.trace: list[TracePoint] = []
        self._on_incumbent, self._on_progress = on_incumbent, on_progress

    def offer(self, weights: Weights, claimed: Fraction | None = None, values: np.ndarray | None = None) -> Fraction:
        """Verify a solution, keep it where it is better, and return its loss. Raises NotVerified."""
        with self.clock.stage("verify"):
            loss = verified(self.instance, weights, claimed, values).loss
        if self.best is None or loss < self.best.loss:
            self.best = Incumbent(loss, weights, self.clock.seconds())
            self._record()
            if self._on_incumbent is not None:
                self._on_incumbent(self.best)
        return loss

    def raise_bound(self, bound: Fraction, by: str, exact: bool = False) -> None:
        """No loss is below ``bound``, as ``by`` says. Where that is more than the best verified loss, it is a
        contradiction if the bound is ``exact``, and NotVerified is raised; else rounding, and the rest is cut off."""
        if self.best is not None and bound > self.best.loss:
            if exact:
                raise self._contradiction(f"that no loss is below {bound}")
            bound = self.best.loss
        if bound > self.bound:
            self.bound, self.proved_by = bound, by
            self._record()

    def claim_optimal(self, loss: Fraction, by: str) -> None:
        """A solver has ended with the proof that no loss is below ``loss``. Raises NotVerified where we hold one."""
        if self.best is None or self.best.loss < loss:
            raise self._contradiction(f"that no loss is below {loss}")
        self.raise_bound(loss, by)

    def claim_infeasible(self, by: str) -> None:
        """A solver has ended with the proof that nothing meets the threshold. Raises NotVerified where we hold it."""
        if self.threshold is None or (self.best is not None and self.best.loss <= self.threshold):
            raise self._contradiction("that there is no solution")
        self.infeasible, self.proved_by = True, by

    def progress(self, stage: str) -> None:
        if self._on_progress is not None:
            loss = None if self.best is None else self.best.loss
            self._on_progress(Progress(stage, loss, self.bound, self.clock.seconds()))

    @property
    def settled(self) -> bool:
        """Whether the question is answered."""
        return self.status() not in ("UNKNOWN", "SATISFIABLE") or (self.threshold is not None and self._met())

    def status(self) -> Status:
        if self.threshold is None:
            if self.best is None:
                return "UNKNOWN"
            return "OPTIMUM FOUND" if self.bound >= self.best.loss else "SATISFIABLE"
        if self._met():
            return "SATISFIABLE"
        return "UNSATISFIABLE" if self.infeasible or self.bound > self.threshold else "UNKNOWN"

    def _met(self) -> bool:
        return self.threshold is not None and self.best is not None and self.best.loss <= self.threshold

    def _record(self) -> None:
        loss = None if self.best is None else self.best.loss
        self.trace.append(TracePoint(self.clock.seconds(), loss, self.bound))

    def _contradiction(self, claim: str) -> NotVerified:
        if self.best is None:
            return NotVerified(
                f"the solver claims {claim}, but every assignment of parameters has a loss", evidence_of(self.instance)
            )
        evidence = evidence_of(self.instance, self.best.weights)
        evidence["loss"] = number_json(self.best.loss)
        evidence["claim"] = claim
        return NotVerified(f"the solver claims {claim}; verified weights have the loss {self.best.loss}", evidence)
