"""Several objectives, one after the other: each stage is a run of its own.

The first is an ordinary run for the loss. A later one asks for the best of its objective where the loss and all others
before it are no worse than was found, and begins with the weights of the stage before. A stage that comes to the end of
its time fixes the best it has found. Of the time that is left each stage may have an equal share; what it does not need
goes to those after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.analysis.top import top_of
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.objectives import objective_value
from dnnt_encode.instance.stage import ONLY_LOSS, Objective, Stage
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.certify import ASKS_FOR_MORE
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.plan import check_stages
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate, Result, StageResult, together

RunStage = Callable[[Request, Clock], Result]


def in_stages(request: Request, clock: Clock, answer: RunStage) -> Result:
    """The result of all stages; ``answer`` runs one of them. Raises as ``solve`` does."""
    check_stages(request.backend, request.objectives)
    objectives = request.objectives
    first = answer(replace(request, objectives=ONLY_LOSS), _share(clock, len(objectives)))
    results = [first]
    stages = [StageResult(str(objectives[0]), first.loss, first.bound, first.status, first.backend, clock.seconds())]
    weights = first.weights
    if weights is None or first.loss is None or (first.threshold is not None and first.loss > first.threshold):
        return _joined(request, clock, results, weights, stages)
    most = first.loss if request.threshold is None else request.threshold
    limits: tuple[tuple[Objective, Fraction], ...] = ()
    for number, objective in enumerate(objectives[1:], start=1):
        stage = Stage(objective, limits, top_of(request.instance, objective))
        asked = replace(request.instance, threshold=most, stage=stage)
        part = replace(
            request,
            instance=asked,
            threshold=most,
            objectives=ONLY_LOSS,
            start=Weights.for_instance(asked, weights.layers),
        )
        begin = clock.seconds()
        found = answer(part, _share(clock, len(objectives) - number))
        results.append(found)
        if found.weights is not None:
            weights = Weights.for_instance(request.instance, found.weights.layers)
        value = objective_value(objective, request.instance, weights)
        bound = None if found.bound is None else stage.value(found.bound)
        status: Status = "OPTIMUM FOUND" if found.status == "OPTIMUM FOUND" else "SATISFIABLE"
        stages.append(StageResult(str(objective), value, bound, status, found.backend, clock.seconds() - begin))
        limits = (*limits, (objective, value))
    return _joined(request, clock, results, weights, stages)


def _share(clock: Clock, stages: int) -> Clock:
    """A clock that began with the whole run, and may run for an equal share of what is left. It takes over the seconds
    that were told so far."""
    left = clock.left()
    part = Clock(None if left is None else clock.seconds() + max(0.0, left) / stages, clock.started)
    part.stages, clock.stages = clock.stages, {}
    return part


def _joined(
    request: Request, clock: Clock, results: list[Result], weights: Weights | None, stages: list[StageResult]
) -> Result:
    first = results[0]
    status: Status = first.status
    if len(stages) == len(request.objectives):
        # Of a threshold nothing is to be proved but by the weights.
        best = stages[request.threshold is not None :]
        status = "OPTIMUM FOUND" if all(stage.status == "OPTIMUM FOUND" for stage in best) else "SATISFIABLE"
    words = [
        f"{stage.objective}: {result.certificate.detail.removesuffix(ASKS_FOR_MORE)}"
        for stage, result in zip(stages, results, strict=True)
    ]
    certain = all(result.certificate.kind == "exhaustive" for result in results)
    return replace(
        first,
        status=status,
        loss=None if weights is None else evaluate(request.instance, weights).loss,
        weights=weights,
        certificate=Certificate("exhaustive" if certain else "none", "; ".join(words)),
        stopped=next((result.stopped for result in results if result.stopped is not None), None),
        stages=tuple(stages),
        **together(results, clock.seconds()),
    )
