"""What foreign solvers found, back in: decoded, lifted to the instance that was asked about, and verified.

The model is made again from the question, which the exported file's header tells, and has to be the very model that was
exported: the solution is checked against all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dnnt_encode._version import __version__
from dnnt_encode.decoder import evidence_of, verified
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.exchange.encode import Encoded, encode
from dnnt_encode.exchange.header import Header, read_header
from dnnt_encode.exchange.question import Question
from dnnt_encode.exchange.weigh import Verdict, weigh
from dnnt_encode.formats.solutions.solution import Solution, parse_solution
from dnnt_encode.formats.streams import reading, stream_name
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.reduce import STEPS
from dnnt_encode.reduce.reduced import Step


@dataclass(frozen=True, eq=False)
class Answer:
    """What holds, in the instance's units: ``weights`` are verified and have ``loss``; no loss is below ``bound``.
    ``detail``: what stands behind it, in words; ``trusted``: the steps before encoding."""

    status: Status
    loss: Fraction | None
    bound: Fraction
    threshold: Fraction | None
    weights: Weights | None
    detail: str
    trusted: tuple[str, ...]


def read_bytes(source: str) -> bytes:
    """The unpacked content of a file, ``-`` for standard input. Raises InputError."""
    with reading(source) as stream:
        return stream.read()


def decode(
    instance: Instance,
    solution: bytes,
    name: str,
    asked: Question | str,
    steps: Sequence[Step] = STEPS,
) -> Answer:
    """What the content of a solution file, which messages call ``name``, says about an instance.

    ``asked``: the exported file that was solved, or the question that was exported. Raises InputError for files that
    are damaged or belong to something else, NotVerified for claims that do not hold."""
    if isinstance(asked, Question):
        header, question = None, asked
    else:
        header = _header(instance, asked)
        question = _question(header, asked)
    encoded = encode(instance, question, steps)
    if header is not None and header.meaning != encoded.header.meaning:
        raise InputError(
            f"this model was written by dnnt-encode {header.dnnt_version}; this is {__version__}, whose model of the "
            "same question is another one: decode with the version that wrote it, or export again",
            stream_name(str(asked)),
        )
    found = parse_solution(solution, name, encoded.header.columns, question.row.styles)
    try:
        return _judged(instance, encoded, found, weigh(encoded.model, found))
    except NotVerified as error:
        raise NotVerified(str(error), {**evidence_of(instance), **error.evidence}) from None


def _header(instance: Instance, model: str) -> Header:
    with reading(model) as stream:
        header = read_header(stream, stream_name(model))
    if header.instance_sha256 != instance.sha256:
        raise InputError(
            f"this model is of another instance ({header.name}, sha256 {header.instance_sha256[:12]}...); "
            f"found the instance {instance.name}, sha256 {instance.sha256[:12]}...",
            stream_name(model),
        )
    return header


def _question(header: Header, model: str) -> Question:
    try:
        return Question(header.kind, header.threshold, **header.options)
    except (TypeError, InputError):
        raise InputError(
            f"this model was written by dnnt-encode {header.dnnt_version}, with options that {__version__} does not "
            "know",
            stream_name(model),
        ) from None


def _judged(instance: Instance, encoded: Encoded, found: Solution, verdict: Verdict) -> Answer:
    """The status that holds. Raises NotVerified where the verdict contradicts the verified weights."""
    threshold = encoded.header.threshold
    bound = max(Fraction(0), encoded.loss(encoded.model.lower))
    proved = None if verdict.lower is None else encoded.loss(verdict.lower)
    weights, loss = None, None
    if verdict.answer is not None:
        weights = encoded.chain.lift(encoded.model.variable_map.decode(verdict.answer)).weights(instance)
        claimed = None if verdict.objective is None else encoded.loss(verdict.objective)
        if threshold is not None and verdict.feasible and verdict.status != "UNKNOWN":
            claimed = threshold
        loss = verified(instance, weights, claimed).loss
    if loss is not None and proved is not None and loss < proved:
        raise NotVerified(
            f"{found.name}: {found.style.program} claims that no loss is below {proved}; its weights have {loss}",
            evidence_of(instance, weights, claimed=proved),
        )
    status: Status
    if threshold is None:
        settled = loss is not None and loss == max(bound, proved or bound)
        status = "OPTIMUM FOUND" if settled else "UNKNOWN" if loss is None else "SATISFIABLE"
    elif loss is not None:
        status = "SATISFIABLE" if loss <= threshold else "UNKNOWN"
    else:
        status = "UNSATISFIABLE" if verdict.infeasible else "UNKNOWN"
    needed = status == "UNSATISFIABLE" or (status == "OPTIMUM FOUND" and loss != bound)
    return Answer(
        status=status,
        loss=loss,
        bound=max(bound, proved or bound),
        threshold=threshold,
        weights=weights,
        detail=_word(found) if needed else verdict.detail or _UNNEEDED[status],
        trusted=encoded.header.reductions,
    )


def _word(found: Solution) -> str:
    kind = "" if found.style.gap is None else "floating-point "
    return f"the {kind}word of {found.style.program}, in {found.name}"


_UNNEEDED: dict[Status, str] = {
    "OPTIMUM FOUND": "none needed: no weights have a smaller loss on these samples",
    "SATISFIABLE": "none needed: the weights are verified, and nothing beyond them is claimed",
    "UNKNOWN": "nothing was decided",
}
