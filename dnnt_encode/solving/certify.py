"""What stands behind a result: see Certificate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, describe_count, estimated_operations
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.protocol import Backend
from dnnt_encode.backends.registry import backend
from dnnt_encode.decoder import evidence_of
from dnnt_encode.errors import NotVerified
from dnnt_encode.instance.goal import LEAST
from dnnt_encode.proofs.certificate import Refutation
from dnnt_encode.proofs.manifest import needs_proofs
from dnnt_encode.solving.aside import claims_of
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.evidence import Evidence
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.policy import POLICY
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate
from dnnt_encode.solving.tree import Tree
from dnnt_encode.solving.work import Ended, Lower, Work

NONE_NEEDED = "none needed: the weights are verified, and nothing beyond them is claimed"
ASKS_FOR_MORE = "; --certify asks for more"


def certificate(
    request: Request, clock: Clock, ledger: Ledger, used: Sequence[Backend], tree: Tree | None
) -> Certificate:
    """The certificate of what a run has found. Where one is asked for and the backends give none of themselves, a
    refutation, enumeration or a second solver is tried in the time that is left. Raises NotVerified where it
    disagrees."""
    if ledger.status() == "UNKNOWN" or tree is None:
        return Certificate("none", "nothing was decided")
    plain = _unasked(request, ledger)
    proofs: Refutation | str | None = None
    needed = needs_proofs(ledger.status(), None if ledger.best is None else ledger.best.loss, ledger.goal.at_most)
    if request.files and needed and (plain is None or plain.kind == "exhaustive"):
        proofs = _refuted(request, clock, ledger, tree)
        if plain is not None:
            detail = proofs if isinstance(proofs, str) else proofs.describe()
            plain = Certificate(plain.kind, f"{plain.detail}; {detail}")
    found = plain or _certified(request, clock, ledger, used, tree, proofs)
    if request.certificate is None or isinstance(proofs, str) or (needed and proofs is None):
        return found
    from dnnt_encode.solving.package import package

    return replace(found, detail=f"{found.detail}; {package(request, ledger, tree, proofs)}")


def _unasked(request: Request, ledger: Ledger) -> Certificate | None:
    """What there is without further work; None where a proof is asked for and there is none yet."""
    status, proof = ledger.status(), ledger.proof
    words = {"counted": "a count of", "floating": "the floating-point claim of", "exact": "the word of"}
    told = proof.kind == "floating" or (ledger.close and proof.kind in words)
    if status == "SATISFIABLE" and ledger.goal.minimises and told:
        return Certificate("none", f"the weights are verified; the bound is {words[proof.kind]} {proof.by}")
    if status == "SATISFIABLE":
        return Certificate("none", NONE_NEEDED)
    if proof.kind == "exhaustive":
        return Certificate("exhaustive", proof.detail + _trusted(proof))
    if proof.kind == "trivial":
        return Certificate("none", f"none needed: {proof.by}")
    if not request.certify:
        return Certificate("none", f"the proof is {words[proof.kind]} {proof.by}{ASKS_FOR_MORE}")
    if request.instance.network.continuous:
        return Certificate("none", f"the floating-point claim of {proof.by}; no exact backend takes intervals")
    return None


def _refuted(request: Request, clock: Clock, ledger: Ledger, tree: Tree) -> Refutation | str:
    """See ``refutation``, which hardly any run asks for."""
    from dnnt_encode.solving.refute import refutation

    return refutation(request, clock, ledger, tree)


def _trusted(proof: Evidence) -> str:
    """The reductions that have to be believed beside a proof of what they left."""
    return f"; trusted: {'; '.join(proof.steps)}" if proof.steps else ""


def _certified(
    request: Request,
    clock: Clock,
    ledger: Ledger,
    used: Sequence[Backend],
    tree: Tree,
    proofs: Refutation | str | None,
) -> Certificate:
    """``proofs``: the outcome of a refutation, where one was tried already."""
    proof, total = ledger.proof, request.instance.network.search_space
    reason = f"proved by {proof.by}{' in floating point' if proof.kind == 'floating' else ''}"
    # Enumeration also covers the step from the instance to the formula; where it is quick, nothing is better.
    quick = estimated_operations(request.instance) <= POLICY.brute_operations
    by_formula = bool(used) and used[0].capabilities.model == "cnf"
    if proofs is None and (by_formula or not quick):
        proofs = _refuted(request, clock, ledger, tree)
    if isinstance(proofs, Refutation):
        return Certificate("drup", proofs.describe())
    if proofs is not None:
        reason = f"{reason}; {proofs}"
    if total > DEFAULT_LIMIT:
        if proof.kind == "floating":
            from dnnt_encode.solving.second_solver import second_opinion

            agrees, how = second_opinion(request, clock, ledger, tree.nodes[0])
            return Certificate("second_solver" if agrees else "none", f"{reason}; {how}{' agrees' if agrees else ''}")
        return Certificate("none", f"{reason}, and there are {describe_count(total)} assignments to enumerate")
    ledger.progress("certify")
    with clock.stage("certify"):
        complete, least = _enumerated(request, clock)
    if not complete:
        return Certificate("none", f"{reason}, and there was no time to enumerate {describe_count(total)} assignments")
    _compare(ledger, least)
    return Certificate("exhaustive", f"all {total} parameter assignments were evaluated, and agree")


def _enumerated(request: Request, clock: Clock) -> tuple[bool, Fraction | None]:
    """Whether there was time, and the least loss of all assignments of the instance as it was given, None where none
    meets its constraints."""
    deadline = clock.search_deadline()
    work = Work(
        id=0,
        node=0,
        view=View(request.instance),
        goal=LEAST,
        backend=backend("brute"),
        seconds=None if deadline is None else deadline - time.monotonic(),
        exhaustive=True,
    )
    least: Fraction | None = None
    for claim in claims_of(work, request.stop):
        if isinstance(claim, Lower) and not claim.counted:
            least = claim.loss
        elif isinstance(claim, Ended) and not claim.exhaustive:
            return False, None
    return True, least


def _compare(ledger: Ledger, least: Fraction | None) -> None:
    if ledger.goal.minimises and ledger.best is not None and least == ledger.best.loss:
        return
    if not ledger.goal.minimises and (least is None or not ledger.goal.met_by(least)):
        return
    evidence = evidence_of(ledger.instance, None if ledger.best is None else ledger.best.weights)
    evidence["least"] = str(least)
    raise NotVerified(f"the solver's proof is wrong: enumeration finds the least loss {least}", evidence)
