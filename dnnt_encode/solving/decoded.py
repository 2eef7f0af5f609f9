"""What a foreign solver found, as a result like that of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.backends.milp.continuous import weights_near
from dnnt_encode.exchange.decode import Answer, read_answer, read_bytes
from dnnt_encode.exchange.gather import gather
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.streams import FileName, stream_name
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import objective_value
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.result import Certificate, Result, StageResult, TracePoint


def decoded(instance: Instance, solution: bytes, name: str, asked: Question | FileName) -> Result:
    """The result of ``exchange.decode.read_answer``, which says what the arguments are and what is raised."""
    return _result(instance, name, lambda: read_answer(instance, solution, name, asked, real=weights_near))


def decoded_folder(instance: Instance, answers: str, cubes: str) -> Result:
    """The result of ``exchange.gather.gather``, which says what the arguments are and what is raised."""
    return _result(instance, answers, lambda: gather(instance, answers, cubes))


def _result(instance: Instance, name: str, read: Callable[[], Answer]) -> Result:
    clock = Clock()
    with clock.stage("decode"):
        answer = read()
    trusted = f"; trusted: {', '.join(answer.trusted)}" if answer.trusted else ""
    found = Result(
        status=answer.status,
        loss=answer.loss,
        bound=answer.bound,
        threshold=answer.threshold,
        weights=answer.weights,
        certificate=Certificate("none", answer.detail + trusted),
        backend=f"file {name}",
        backend_version=None,
        encoding=None,
        seconds={**clock.stages, "total": clock.seconds()},
        trace=() if answer.loss is None else (TracePoint(clock.seconds(), answer.loss, answer.bound),),
        instance_sha256=instance.sha256,
        seed=None,
    )
    if answer.stage is None or answer.weights is None:
        return found
    # What the file shows is about the objective; the loss is within its threshold.
    stage, weights = answer.stage, Weights.for_instance(instance, answer.weights.layers)
    value = objective_value(stage.objective, instance, weights)
    own = StageResult(str(stage.objective), value, stage.value(answer.bound), answer.status, found.backend, 0.0)
    loss = evaluate(instance, weights).loss
    return replace(found, loss=loss, bound=Fraction(0), weights=weights, trace=(), stages=(_kept(found, loss), own))


def _kept(found: Result, loss: Fraction) -> StageResult:
    """The stage of the loss, of which a file of a later one asks for no more than a threshold."""
    return StageResult("loss", loss, Fraction(0), "SATISFIABLE", found.backend, 0.0)


def decode(instance: Instance, solution: FileName, asked: Question | FileName) -> Result:
    """What a foreign solver found, decoded and verified exactly. ``solution``: the file that it wrote, packed or not,
    ``-`` for standard input; ``asked``: the exported file that it solved, or the question that was exported.

    Raises InputError for files that are damaged or belong to something else, NotVerified for claims that do not
    hold."""
    return decoded(instance, read_bytes(solution), stream_name(solution), asked)
