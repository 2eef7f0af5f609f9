"""What stands behind a result: see Certificate."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, describe_count, estimated_operations
from dnnt_encode.backends.exact import BruteBackend
from dnnt_encode.backends.protocol import Backend, Bound, Controls, Finished, InstanceTask
from dnnt_encode.backends.registry import BRUTE_OPERATIONS
from dnnt_encode.decoder import evidence_of
from dnnt_encode.errors import NotVerified
from dnnt_encode.proofs.certificate import Refutation
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.refute import refutation
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate
from dnnt_encode.solving.search import CONFLICTS, Search
from dnnt_encode.solving.second_solver import second_opinion


def certificate(
    request: Request, clock: Clock, search: Search, backend: Backend, exhaustive: str | None
) -> Certificate:
    """The certificate of what the search has found; ``exhaustive``: what was looked at, where that is everything. Where
    one is asked for and the backend gives none, enumeration is tried in the time that is left. Raises NotVerified where
    it disagrees."""
    status = search.status()
    total = request.instance.network.search_space
    if status == "UNKNOWN":
        return Certificate("none", "nothing was decided")
    if status == "SATISFIABLE":
        return Certificate("none", "none needed: the weights are verified, and nothing beyond them is claimed")
    if exhaustive is not None:
        return Certificate("exhaustive", exhaustive)
    if search.bound == 0 and not search.infeasible:
        return Certificate("none", "none needed: no loss is below 0")
    counted = search.proved_by == CONFLICTS
    doubles = not counted and not backend.capabilities.exact
    if not request.certify:
        word = "a count of" if counted else f"the {'floating-point claim' if doubles else 'word'} of"
        return Certificate("none", f"the proof is {word} {search.proved_by}; --certify asks for more")
    reason = f"proved by {search.proved_by}{' in floating point' if doubles else ''}"
    # Enumeration also covers the step from the instance to the formula; where it is quick, nothing is better.
    quick = estimated_operations(request.instance) <= BRUTE_OPERATIONS
    if request.proof is not None or backend.capabilities.certificate == "drup" or not quick:
        refuted = refutation(request, clock, search)
        if isinstance(refuted, Refutation):
            return Certificate("drup", refuted.describe())
        reason = f"{reason}; {refuted}"
    if total > DEFAULT_LIMIT:
        if not backend.capabilities.exact:
            agrees, how = second_opinion(request, clock, search)
            return Certificate("second_solver" if agrees else "none", f"{reason}; {how}{' agrees' if agrees else ''}")
        return Certificate("none", f"{reason}, and there are {describe_count(total)} assignments to enumerate")
    search.progress("certify")
    with clock.stage("certify"):
        least = _enumerate(request, clock)
    if least is None:
        return Certificate("none", f"{reason}, and there was no time to enumerate {describe_count(total)} assignments")
    _compare(search, least)
    return Certificate("exhaustive", f"all {total} parameter assignments were evaluated, and agree")


def _enumerate(request: Request, clock: Clock) -> Fraction | None:
    """The least loss of all assignments; None where there was no time."""
    controls = Controls(deadline=clock.search_deadline(), stop=request.stop)
    least: Fraction | None = None
    try:
        with BruteBackend().open(controls) as session:
            for event in session.run(InstanceTask(request.instance, exhaustive=True)):
                if isinstance(event, Bound):
                    least = Fraction(event.objective)
                elif isinstance(event, Finished) and not event.exhaustive:
                    return None
    except KeyboardInterrupt:
        return None
    return least


def _compare(search: Search, least: Fraction) -> None:
    claims = search.best.loss if search.threshold is None and search.best is not None else None
    if claims is not None and least == claims:
        return
    if search.threshold is not None and least > search.threshold:
        return
    evidence = evidence_of(search.instance, None if search.best is None else search.best.weights)
    evidence["least"] = str(least)
    raise NotVerified(f"the solver's proof is wrong: enumeration finds the least loss {least}", evidence)
