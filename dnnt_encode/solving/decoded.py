"""What a foreign solver found, as a result like that of a run."""

from __future__ import annotations

from collections.abc import Callable

from dnnt_encode.exchange.decode import Answer, decode, read_bytes
from dnnt_encode.exchange.gather import gather
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.streams import stream_name
from dnnt_encode.instance.instance import Instance
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.result import Certificate, Result, TracePoint


def decoded(instance: Instance, solution: bytes, name: str, asked: Question | str) -> Result:
    """The result of ``exchange.decode.decode``, which says what the arguments are and what is raised."""
    return _result(instance, name, lambda: decode(instance, solution, name, asked))


def decoded_file(instance: Instance, solution: str, asked: Question | str) -> Result:
    """The same of a file, packed or not, ``-`` for standard input."""
    return decoded(instance, read_bytes(solution), stream_name(solution), asked)


def decoded_folder(instance: Instance, answers: str, cubes: str) -> Result:
    """The result of ``exchange.gather.gather``, which says what the arguments are and what is raised."""
    return _result(instance, answers, lambda: gather(instance, answers, cubes))


def _result(instance: Instance, name: str, read: Callable[[], Answer]) -> Result:
    clock = Clock()
    with clock.stage("decode"):
        answer = read()
    trusted = f"; trusted: {', '.join(answer.trusted)}" if answer.trusted else ""
    return Result(
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
