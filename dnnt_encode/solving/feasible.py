"""The least loss under constraints: first weights that meet them, then better ones.

Without constraints every assignment is an answer, and whoever minimises may rely on that. With them a run begins from
weights that meet them: those of the user, a first guess, or the answer to a run of its own that asks for a loss within
what no loss exceeds. Where there are none that run proves it, as it does for any threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.view import View
from dnnt_encode.instance.behaviour import met
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import max_abs
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate, Result
from dnnt_encode.solving.start import first_guesses, start_weights


def from_feasible(request: Request, clock: Clock, run: Callable[[Request, Clock], Result]) -> Result:
    """The result of a request for the loss; ``run`` answers one that has constraints and is minimised only where it
    starts from weights that meet them."""
    instance = request.instance
    if not instance.constraints or instance.stage is not None or not request.goal.minimises:
        return run(request, clock)
    start = _start(request)
    if start is None:
        asked = replace(
            request, threshold=greatest(instance), gap=None, journal=None, resume=False, proof=None, certificate=None,
            on_incumbent=None,
        )  # fmt: skip
        found = run(asked, clock)
        if found.weights is None:
            return replace(found, threshold=None, certificate=_named(request, found.certificate))
        start = found.weights
    return run(replace(request, start=start), clock)


def _named(request: Request, certificate: Certificate) -> Certificate:
    if not request.files:
        return certificate
    more = "no file was written: a proof that nothing meets the constraints is of a question with a threshold"
    return replace(certificate, detail=f"{certificate.detail}; {more}")


def _start(request: Request) -> Weights | None:
    """The user's weights, or a first guess, where they meet the constraints."""
    instance = request.instance
    given = [] if request.start is None else [start_weights(instance, request.start)]
    return next((weights for weights in (*given, *first_guesses(instance, 0)) if met(instance, weights)), None)


def greatest(instance: Instance) -> Fraction:
    """What no loss about classes exceeds, by the bounds of the outputs. Raises ModelTooLarge."""
    if instance.loss.counts:
        return Fraction(instance.dataset.total)
    view = View(instance)
    scaled, outputs = view.bounds.scaled, view.bounds.layers[-1]
    scale = ResidualScale.of(instance.loss, scaled.output_scale, view.samples.y)
    penalty = instance.loss.scaled(scale.unit)
    residual = 2 * scale.factor * max(max_abs(outputs.out_lower), max_abs(outputs.out_upper))
    each = penalty.reach(residual) ** penalty.power * instance.network.outputs
    return Fraction(penalty.unit * each * instance.dataset.total)
