"""What foreign solvers found, back in: decoded, lifted to the instance that was asked about, and verified.

What one file shows of its piece of the instance is a ``Shown``; what several show of the whole follows from these.

The model is made again from the question, which the exported file's header tells, and has to be the very model that was
exported: the solution is checked against all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from dnnt_encode._version import __version__
from dnnt_encode.decoder import evidence_of, verified
from dnnt_encode.encoders.continuous import ContinuousModel
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.exchange.continuous_file import ContinuousFile
from dnnt_encode.exchange.encode import Encoded, encode
from dnnt_encode.exchange.header import Header, read_header
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.question import Question
from dnnt_encode.exchange.weigh import Verdict, weigh
from dnnt_encode.formats.solutions.solution import Solution, parse_solution
from dnnt_encode.formats.streams import FileName, reading, stream_name
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.stage import Stage
from dnnt_encode.instance.weights import Weights
from dnnt_encode.reduce import STEPS
from dnnt_encode.reduce.reduced import Step

RealWeights: TypeAlias = Callable[[Instance, ContinuousModel, np.ndarray], Weights]
"""Weights near to the values of the columns of continuous training."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What holds, in the instance's units: ``weights`` are verified and have ``loss``; no loss is below ``bound``.
    ``detail``: what stands behind it, in words; ``trusted``: the steps before encoding. ``stage``: whose costs stand in
    place of losses."""

    status: Status
    loss: Fraction | None
    bound: Fraction
    threshold: Fraction | None
    weights: Weights | None
    detail: str
    trusted: tuple[str, ...]
    stage: Stage | None = None


@dataclass(frozen=True, eq=False)
class Shown:
    """What holds of one piece: ``weights`` (of the whole instance) are verified and have ``loss``; no loss in the piece
    is below ``lower``, nor below ``trivial``, which takes nobody's word; ``infeasible``: nothing in it is within the
    threshold. ``word``: whose word it is, and in which file; ``floating``: it computes in doubles; ``detail``: what was
    not believed, and why."""

    trivial: Fraction
    lower: Fraction
    infeasible: bool = False
    loss: Fraction | None = None
    weights: Weights | None = None
    word: str = ""
    floating: bool = False
    detail: str = ""


def read_bytes(source: FileName) -> bytes:
    """The unpacked content of a file, ``-`` for standard input. Raises InputError."""
    with reading(source) as stream:
        return stream.read()


def read_answer(
    instance: Instance,
    solution: bytes,
    name: str,
    asked: Question | FileName,
    steps: Sequence[Step] = STEPS,
    real: RealWeights | None = None,
) -> Answer:
    """What the content of a solution file, which messages call ``name``, says about an instance.

    ``asked``: the exported file that was solved, or the question that was exported. ``real``: how the columns of
    continuous training become weights. Raises InputError for files that
    are damaged or belong to something else, NotVerified for claims that do not hold."""
    header = None
    if isinstance(asked, Question):
        question = asked
    else:
        header = _header(instance, asked)
        question = _question(header, asked)
    encoded = encode(instance, question, steps)
    if header is not None and header.meaning != encoded.header.meaning:
        raise another_version(header.dnnt_version, stream_name(str(asked)))
    seen = shown(question.about(instance), encoded, encoded.model, solution, name, real)
    found = concluded([seen], question.at_most, encoded.header.reductions, whole=question.scope is None)
    return replace(found, stage=question.stage, threshold=question.threshold)


def another_version(theirs: str, place: str) -> InputError:
    """The error for a model that is not the one that is made here."""
    return InputError(
        f"this model was written by dnnt-encode {theirs}; this is {__version__}, whose model of the same question is "
        "another one: decode with the version that wrote it, or export again",
        place,
    )


def _header(instance: Instance, model: FileName) -> Header:
    with reading(model) as stream:
        header = read_header(stream, stream_name(model))
    if header.instance_sha256 != instance.sha256:
        raise InputError(
            f"this model is of another instance ({header.name}, sha256 {header.instance_sha256[:12]}...); "
            f"found the instance {instance.name}, sha256 {instance.sha256[:12]}...",
            stream_name(model),
        )
    return header


def _question(header: Header, model: FileName) -> Question:
    try:
        return Question(header.kind, header.threshold, **header.options, scope=header.scope, stage=header.stage)
    except (TypeError, InputError):
        raise InputError(
            f"this model was written by dnnt-encode {header.dnnt_version}, with options that {__version__} does not "
            "know",
            stream_name(model),
        ) from None


def shown(
    instance: Instance, encoded: Encoded, model: ModelFile, solution: bytes, name: str, real: RealWeights | None = None
) -> Shown:
    """What the content of a solution of ``model`` shows; ``encoded`` says what the model means, but for a cube that it
    may have besides. Raises as ``decode`` does."""
    header = encoded.header
    found = parse_solution(solution, name, header.columns, KINDS[header.kind].styles)
    try:
        return _weighed(instance, encoded, found, weigh(model, found, bool(instance.constraints)), real)
    except NotVerified as error:
        raise NotVerified(str(error), {**evidence_of(instance), **error.evidence}) from None


def _weighed(
    instance: Instance, encoded: Encoded, found: Solution, verdict: Verdict, real: RealWeights | None
) -> Shown:
    """Raises NotVerified where the verdict contradicts the verified weights."""
    threshold = encoded.header.threshold if encoded.header.stage is None else None
    trivial = max(Fraction(0), encoded.loss(encoded.model.lower))
    proved = None if verdict.lower is None else encoded.loss(verdict.lower)
    weights, loss = None, None
    if verdict.answer is not None:
        if real is not None and isinstance(encoded.model, ContinuousFile):
            weights = real(instance, encoded.model.encoded, verdict.answer)
        else:
            weights = encoded.chain.lift(encoded.model.variable_map.decode(verdict.answer)).weights(instance)
        claimed = None if verdict.objective is None else encoded.loss(verdict.objective)
        if threshold is not None and verdict.feasible and verdict.status != "UNKNOWN":
            claimed = threshold
        loss = verified(instance, weights, claimed)
    if loss is not None and proved is not None and loss < proved:
        raise NotVerified(
            f"{found.name}: {found.style.program} claims that no loss is below {proved}; its weights have {loss}",
            evidence_of(instance, weights, claimed=proved),
        )
    return Shown(
        trivial=trivial,
        lower=max(trivial, proved or trivial),
        infeasible=verdict.infeasible,
        loss=loss,
        weights=weights,
        word=f"{found.style.program}, in {found.name}",
        floating=found.style.gap is not None,
        detail=verdict.detail,
    )


def concluded(
    pieces: Sequence[Shown], threshold: Fraction | None, trusted: tuple[str, ...], *, whole: bool = True
) -> Answer:
    """The status that holds where so much is shown of pieces; ``whole``: they leave nothing of the instance out."""
    found = [piece for piece in pieces if piece.loss is not None]
    best = min(found, key=lambda piece: piece.loss or 0, default=None)
    trivial = min(piece.trivial for piece in pieces) if whole else Fraction(0)
    bound = min(piece.lower for piece in pieces) if whole else Fraction(0)
    loss = None if best is None else best.loss
    status: Status
    nothing = loss is None and whole and all(piece.infeasible for piece in pieces)
    if threshold is None and loss is not None:
        status = "OPTIMUM FOUND" if loss == bound else "SATISFIABLE"
    elif threshold is not None and loss is not None:
        status = "SATISFIABLE" if loss <= threshold else "UNKNOWN"
    else:
        status = "UNSATISFIABLE" if nothing else "UNKNOWN"
    needed = status == "UNSATISFIABLE" or (status == "OPTIMUM FOUND" and loss != trivial)
    doubted = next((piece.detail for piece in pieces if piece.detail), "")
    return Answer(
        status=status,
        loss=loss,
        bound=bound,
        threshold=threshold,
        weights=None if best is None else best.weights,
        detail=_word(pieces) if needed else doubted or _UNNEEDED[status],
        trusted=trusted,
    )


def _word(pieces: Sequence[Shown]) -> str:
    words = list(dict.fromkeys(piece.word for piece in pieces if piece.word))
    kind = "floating-point " if any(piece.floating for piece in pieces) else ""
    more = f" and {len(words) - 1} other files" if len(words) > 1 else ""
    return f"the {kind}word of {words[0]}{more}"


_UNNEEDED: dict[Status, str] = {
    "OPTIMUM FOUND": "none needed: no weights have a smaller loss on these samples",
    "SATISFIABLE": "none needed: the weights are verified, and nothing beyond them is claimed",
    "UNKNOWN": "nothing was decided",
}
