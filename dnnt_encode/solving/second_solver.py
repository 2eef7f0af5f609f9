"""A second opinion on what a solver with tolerances has proved: CP-SAT, which computes with integers."""

from __future__ import annotations

import time
from fractions import Fraction

from dnnt_encode.backends.registry import installed
from dnnt_encode.decoder import evidence_of
from dnnt_encode.errors import NotVerified
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.goal import Goal
from dnnt_encode.solving.aside import claims_of
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.tree import Node
from dnnt_encode.solving.work import Ended, Found, Known, Lower, Work

SECOND = "cpsat"


def second_opinion(request: Request, clock: Clock, ledger: Ledger, root: Node) -> tuple[bool, str]:
    """Whether CP-SAT comes to the claim of a run, and how, or why there is no opinion.

    Raises NotVerified where it finds weights that refute the claim."""
    backend = installed(SECOND)
    if backend is None:
        return False, "a second solver needs ortools"
    deadline = clock.search_deadline()
    left = None if deadline is None else deadline - time.monotonic()
    if request.stop.is_set() or (left is not None and left <= 0):
        return False, "there was no time for a second solver"
    ledger.progress("certify")
    offset = root.reduced.offset
    best = None if ledger.best is None else ledger.best.loss
    wanted = best if ledger.goal.minimises else None
    work = Work(
        id=0,
        node=0,
        view=root.view,
        goal=Goal(None if ledger.goal.at_most is None else ledger.goal.at_most - offset),
        backend=backend,
        known=Known(None if wanted is None else wanted - offset),
        seconds=left,
        threads=request.own_cores,
        seed=request.seed,
    )
    bound = Fraction(0)
    with clock.stage("certify"):
        for claim in claims_of(work, request.stop):
            if isinstance(claim, Found):
                assert isinstance(claim.answer, Assignment)
                _compare(ledger, root.reduced.lift(claim.answer))
            elif isinstance(claim, Lower):
                bound = max(bound, claim.loss + offset)
            elif isinstance(claim, Ended):
                agrees = claim.outcome == "exhausted" and (wanted is None or bound >= wanted)
                if claim.error is not None:
                    return False, f"no second solver: {claim.error}"
                return agrees, f"{SECOND} {backend.version()}" if agrees else "no time for a second solver to decide"
    return False, "a second solver did not decide"


def _compare(ledger: Ledger, found: Assignment) -> None:
    weights = found.weights(ledger.instance)
    loss = evaluate(ledger.instance, weights).loss
    least = ledger.best.loss if ledger.goal.minimises and ledger.best is not None else None
    if (least is not None and loss >= least) or (least is None and not ledger.goal.met_by(loss)):
        return
    evidence = evidence_of(ledger.instance, weights)
    raise NotVerified(f"the proof of {ledger.proof.by} is wrong: a second solver found the loss {loss}", evidence)
