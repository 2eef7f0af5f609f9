"""What is known during a run: the best verified weights, the bound, and what stands behind it.

One writer. Every solution passes ``offer`` and is verified there on the original instance; solvers never hold the only
copy of the best one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.decoder import evidence_of, verified
from dnnt_encode.errors import NotVerified
from dnnt_encode.instance.goal import Gap, Goal, Status
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.evidence import TRIVIAL, Evidence
from dnnt_encode.solving.journal import Journal
from dnnt_encode.solving.result import TracePoint
from dnnt_encode.solving.tree import Fact


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best verified weights so far, and when they were found (seconds from the start). ``loss``: in a later stage
    what they cost there. ``value``: that of the ``objective``."""

    loss: Fraction
    weights: Weights
    seconds: float
    objective: str = "loss"
    value: Fraction | None = None


@dataclass(frozen=True)
class Progress:
    """Where a run stands: a stage (``start``, ``encode``, ``solve``, ``certify``), best loss, bound, seconds, what is
    tried where somebody has said so, and, where the instance was split, how many of its ``leaves`` are open, of how
    many."""

    stage: str
    loss: Fraction | None
    bound: Fraction | None
    seconds: float
    trying: str = ""
    leaves: tuple[int, int] | None = None


class Ledger:
    """The state of a run that asks ``goal`` of ``instance``."""

    def __init__(
        self,
        instance: Instance,
        goal: Goal,
        clock: Clock,
        on_incumbent: Callable[[Incumbent], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        journal: Journal | None = None,
        gap: Gap | None = None,
    ) -> None:
        self.journal = journal
        self._gap = gap
        self.instance, self.goal, self.clock = instance, goal, clock
        self.best: Incumbent | None = None
        self.bound = Fraction(0)
        self.evidence: Evidence = TRIVIAL
        self.infeasible: Evidence | None = None
        self.trace: list[TracePoint] = []
        self.trying = ""
        self._on_incumbent, self._on_progress = on_incumbent, on_progress

    def offer(self, weights: Weights, claimed: Fraction | None = None, values: np.ndarray | None = None) -> bool:
        """Verify a solution, and keep it where it is better; whether it was. Raises NotVerified."""
        with self.clock.stage("verify"):
            loss = verified(self.instance, weights, claimed, values)
        if loss is None or (self.best is not None and loss >= self.best.loss):
            return False
        stage = self.instance.stage
        name, value = ("loss", loss) if stage is None else (str(stage.objective), stage.value(loss))
        self.best = Incumbent(loss, weights, self.clock.seconds(), name, value)
        self._record()
        if self.journal is not None:
            self.journal.incumbent(self.best.seconds, loss, weights)
        if self._on_incumbent is not None:
            self._on_incumbent(self.best)
        return True

    def raise_bound(self, bound: Fraction, evidence: Evidence) -> None:
        """No loss is below ``bound``. Raises NotVerified where verified weights say otherwise."""
        if self.best is not None and bound > self.best.loss:
            raise self._contradiction(f"{evidence.by} claims that no loss is below {bound}")
        if bound > self.bound:
            self.bound, self.evidence = bound, evidence
            self._record()
        elif bound == self.bound and evidence.strength > self.evidence.strength:
            self.evidence = evidence

    def note(self, fact: Fact | None) -> None:
        """Keep what was shown of a part of the instance."""
        if self.journal is not None and fact is not None:
            self.journal.fact(self.clock.seconds(), fact)

    def refute(self, evidence: Evidence) -> None:
        """Nothing meets the threshold. Raises NotVerified where something verified does."""
        if self.best is not None and self.goal.met_by(self.best.loss):
            raise self._contradiction(f"{evidence.by} claims that there is no loss of at most {self.goal.at_most}")
        self.infeasible = evidence

    def progress(self, stage: str, leaves: tuple[int, int] | None = None) -> None:
        if self._on_progress is not None:
            loss = None if self.best is None else self.best.loss
            self._on_progress(Progress(stage, loss, self.bound, self.clock.seconds(), self.trying, leaves))

    @property
    def settled(self) -> bool:
        """Whether the question is answered."""
        return self.status() not in ("UNKNOWN", "SATISFIABLE") or self._met() or self.close

    @property
    def close(self) -> bool:
        """Whether the bound is as near to the least loss as was asked."""
        if self._gap is None or self.best is None or not self.goal.minimises:
            return False
        return self._gap.holds(self.best.loss, self.bound)

    def status(self) -> Status:
        if self.goal.minimises:
            if self.best is None:
                return "UNKNOWN"
            return "OPTIMUM FOUND" if self.bound >= self.best.loss else "SATISFIABLE"
        if self._met():
            return "SATISFIABLE"
        assert self.goal.at_most is not None
        return "UNSATISFIABLE" if self.infeasible is not None or self.bound > self.goal.at_most else "UNKNOWN"

    @property
    def proof(self) -> Evidence:
        """What stands behind the status, where it claims that nothing better exists."""
        return self.infeasible or self.evidence

    def _met(self) -> bool:
        return self.best is not None and self.goal.met_by(self.best.loss)

    def _record(self) -> None:
        loss = None if self.best is None else self.best.loss
        self.trace.append(TracePoint(self.clock.seconds(), loss, self.bound))

    def _contradiction(self, claim: str) -> NotVerified:
        assert self.best is not None
        evidence = evidence_of(self.instance, self.best.weights)
        evidence["loss"] = number_json(self.best.loss)
        evidence["claim"] = claim
        return NotVerified(f"{claim}; verified weights have the loss {self.best.loss}", evidence)
