"""The result of a run, from what its search knows in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dnnt_encode.backends.protocol import Backend
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate, Result
from dnnt_encode.solving.search import Search


def delivered(
    request: Request,
    search: Search,
    used: Sequence[Backend],
    certificate: Certificate,
    encoding: dict[str, Any] | None,
    stopped: str | None,
) -> Result:
    """``used``: the backends that found or proved something, the first one always. ``stopped``: why it ended early;
    of no interest where the question is settled."""
    status = search.status()
    # Weights above a threshold that nobody reaches are no answer to the question.
    best = None if status == "UNSATISFIABLE" else search.best
    return Result(
        status=status,
        loss=None if best is None else best.loss,
        bound=search.bound,
        threshold=search.threshold,
        weights=None if best is None else best.weights,
        certificate=certificate,
        backend="+".join(backend.name for backend in used),
        backend_version="+".join(filter(None, (backend.version() for backend in used))) or None,
        encoding=encoding,
        seconds={**search.clock.stages, "total": search.clock.seconds()},
        trace=tuple(search.trace),
        instance_sha256=request.instance.sha256,
        seed=request.seed,
        stopped=None if search.settled else stopped,
    )
