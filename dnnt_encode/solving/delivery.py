"""The result of a run, from what its ledger holds in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dnnt_encode.backends.protocol import Backend
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate, Result

GAP = "gap"
"""Why a run ended that was content with a gap between loss and bound."""


def delivered(
    request: Request,
    ledger: Ledger,
    used: Sequence[Backend],
    certificate: Certificate,
    encoding: dict[str, Any] | None,
    stopped: str | None,
) -> Result:
    """``used``: the backends that found or proved something, the first one always. ``stopped``: why it ended early;
    of no interest where the question is settled."""
    status = ledger.status()
    # Weights above a threshold that nobody reaches are no answer to the question.
    if ledger.settled:
        stopped = GAP if ledger.close and status == "SATISFIABLE" else None
    best = None if status == "UNSATISFIABLE" else ledger.best
    return Result(
        status=status,
        loss=None if best is None else best.loss,
        bound=ledger.bound,
        threshold=ledger.goal.at_most,
        weights=None if best is None else best.weights,
        certificate=certificate,
        backend="+".join(backend.name for backend in used),
        backend_version="+".join(filter(None, (backend.version() for backend in used))) or None,
        encoding=encoding,
        seconds={**ledger.clock.stages, "total": ledger.clock.seconds()},
        trace=tuple(ledger.trace),
        instance_sha256=request.instance.sha256,
        seed=request.seed,
        stopped=stopped,
    )
