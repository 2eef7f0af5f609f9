"""A second opinion on what a solver with tolerances has proved: CP-SAT, which computes with integers."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.protocol import Candidate, Controls, Finished, LinearTask
from dnnt_encode.decoder import decode_linear, evidence_of
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.errors import BackendError, ModelTooLarge, NotVerified
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.request import Request, available_cores
from dnnt_encode.solving.search import Search


def second_opinion(request: Request, clock: Clock, search: Search) -> tuple[bool, str]:
    """Whether CP-SAT comes to the claim of the search, and how, or why there is no opinion.

    Raises NotVerified where it finds weights that refute the claim."""
    second = CpsatBackend()
    if second.version() is None:
        return False, "a second solver needs ortools"
    controls = Controls(
        deadline=clock.search_deadline(),
        threads=request.threads or available_cores(),
        seed=request.seed,
        stop=request.stop,
    )
    if controls.should_stop():
        return False, "there was no time for a second solver"
    search.progress("certify")
    try:
        with clock.alarm(), clock.stage("certify"), second.open(controls) as session:
            model = encode_linear(request.instance, threshold=search.threshold)
            upper = None
            if search.threshold is None and search.best is not None:
                upper = int(search.best.loss / model.loss_unit)
            for event in session.run(LinearTask(model, upper=upper)):
                if isinstance(event, Candidate):
                    assert not isinstance(event.answer, Assignment)
                    _compare(search, decode_linear(request.instance, model, event.answer))
                elif isinstance(event, Finished):
                    agrees = event.outcome == ("optimal" if search.threshold is None else "infeasible")
                    return agrees, f"cpsat {second.version()}" if agrees else "no time for a second solver to decide"
    except KeyboardInterrupt:
        return False, "interrupted before a second solver had decided"
    except OutOfTime:
        return False, "there was no time to encode for a second solver"
    except (BackendError, ModelTooLarge) as error:
        return False, f"no second solver: {error}"
    return False, "a second solver did not decide"


def _compare(search: Search, weights: Weights) -> None:
    loss = evaluate(search.instance, weights).loss
    least = Fraction(search.best.loss) if search.threshold is None and search.best is not None else None
    if (least is not None and loss >= least) or (search.threshold is not None and loss > search.threshold):
        return
    evidence = evidence_of(search.instance, weights)
    raise NotVerified(f"the proof of {search.proved_by} is wrong: a second solver found the loss {loss}", evidence)
