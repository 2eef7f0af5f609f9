"""Models out to files, and what foreign solvers found back in as verified results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.decoder import evidence_of, verified
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.formats.comments import Kind, ModelHeader, comment_lines, header_of, read_comments
from dnnt_encode.formats.dimacs import dimacs_text
from dnnt_encode.formats.linear_comments import LinearHeader, LinearKind, Places, is_linear_model
from dnnt_encode.formats.mip_solutions import looks_like_mip_solution, looks_pseudo_boolean
from dnnt_encode.formats.solutions import Solution, parse_solution
from dnnt_encode.formats.streams import reading, stream_name, writing
from dnnt_encode.formats.wcnf import wcnf_text
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.cnf import CnfVariableMap
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.formula import fitting_cnf
from dnnt_encode.solving.linear_exchange import LinearQuestion, linear_answer, linear_file, read_linear_model
from dnnt_encode.solving.result import Certificate, Result, Status, TracePoint

EXPORT_FACTOR = 1.5
"""Bytes in use while exporting, for each byte of the encoder's arrays."""


@dataclass(frozen=True)
class Question:
    """What a model file asks, and how it is encoded: the same question gives the same file. ``threshold`` None:
    minimise."""

    kind: Kind
    threshold: Fraction | None
    options: CnfOptions

    def __post_init__(self) -> None:
        if self.kind == "dimacs" and self.threshold is None:
            raise InputError(
                "a DIMACS CNF asks for a loss of at most a threshold, and there is none: give --threshold G, or "
                "--format wcnf to minimise"
            )


@dataclass(frozen=True)
class Written:
    """The size of an exported model; ``soft``: the number of soft clauses."""

    variables: int
    clauses: int
    soft: int


def export_cnf(instance: Instance, question: Question, target: str) -> Written:
    """Write a model of the instance to a file (``.gz`` and ``.xz`` by the name, ``-`` for standard output).

    Raises ModelTooLarge before any clause is built, InputError where the file cannot be written."""
    model = fitting_cnf(instance, question.threshold, question.options, EXPORT_FACTOR)
    options = {"sum": question.options.sum, "reductions": question.options.reductions}
    # The threshold as it was asked: the model knows it only rounded to its unit.
    header = replace(header_of(model, question.kind, instance.name, options), threshold=question.threshold)
    comments = comment_lines(header, model.variable_map, model.names())
    text = dimacs_text(model, comments) if question.kind == "dimacs" else wcnf_text(model, comments)
    with writing(target) as stream:
        for part in text:
            stream.write(part)
    soft = len(model.soft_literals) if question.kind == "wcnf" else 0
    return Written(model.variables, model.clauses, soft)


def read_bytes(source: str) -> bytes:
    """The unpacked content of a file, ``-`` for standard input. Raises InputError."""
    with reading(source) as stream:
        return stream.read()


def kind_of_model(solution: bytes) -> LinearKind | None:
    """The kind of model that a solution is of, where its first lines tell: a MILP, a pseudo-Boolean model, or (None) a
    CNF."""
    if looks_like_mip_solution(solution):
        return "mps"
    return "opb" if looks_pseudo_boolean(solution) else None


def decode_file(
    instance: Instance, solution: str, model: str | None = None, question: Question | LinearQuestion | None = None
) -> Result:
    """``decode_solution`` of a file."""
    return decode_solution(instance, read_bytes(solution), stream_name(solution), model, question)


def decode_solution(
    instance: Instance,
    solution: bytes,
    name: str,
    model: str | None = None,
    question: Question | LinearQuestion | None = None,
) -> Result:
    """What the content of a solution file, which messages call ``name``, says about an instance, verified.

    ``model``: the exported file that was solved; without it ``question`` is encoded again. Raises InputError for files
    that are damaged or belong to something else, NotVerified for claims that do not hold."""
    clock = Clock()
    with clock.stage("model"):
        header, where = _asked(instance, model, question)
    status: Status
    if isinstance(header, LinearHeader):
        assert isinstance(where, Places)
        with clock.stage("verify"):
            answer = linear_answer(instance, header, where, solution, name)
        status, loss, weights = answer.status, answer.loss, answer.weights
    else:
        assert isinstance(where, CnfVariableMap)
        with clock.stage("read"):
            found = parse_solution(solution, header.variables, name)
            weights = _weights(instance, where, found, name)
        with clock.stage("verify"):
            status, loss = _judge(instance, header, found, weights)
    optimal = status == "OPTIMUM FOUND"
    return Result(
        status=status,
        loss=loss,
        bound=loss if optimal else Fraction(0),
        threshold=header.threshold,
        weights=weights,
        certificate=Certificate("none", _why(status, name, isinstance(header, LinearHeader))),
        backend=f"file {name}",
        backend_version=None,
        encoding=None,
        seconds={**clock.stages, "total": clock.seconds()},
        trace=() if loss is None else (TracePoint(clock.seconds(), loss, loss if optimal else Fraction(0)),),
        instance_sha256=instance.sha256,
        seed=None,
    )


def _asked(
    instance: Instance, model: str | None, question: Question | LinearQuestion | None
) -> tuple[ModelHeader | LinearHeader, CnfVariableMap | Places]:
    """What was asked, and where the answer's parameters are: from the model's file, or by encoding again."""
    if model is not None:
        return _read_model(instance, model)
    if isinstance(question, LinearQuestion):
        file = linear_file(instance, question)
        return file.header, file.where
    assert question is not None
    encoded = fitting_cnf(instance, question.threshold, question.options, EXPORT_FACTOR)
    header = replace(header_of(encoded, question.kind, instance.name, {}), threshold=question.threshold)
    return header, encoded.variable_map


def _read_model(instance: Instance, model: str) -> tuple[ModelHeader | LinearHeader, CnfVariableMap | Places]:
    with reading(model) as stream:
        if is_linear_model(stream):
            return read_linear_model(instance, stream, stream_name(model))
        file = read_comments(stream, stream_name(model))
    if file.header.instance_sha256 != instance.sha256:
        raise InputError(
            f"this model is of another instance ({file.header.name}, sha256 {file.header.instance_sha256[:12]}...); "
            f"found the instance {instance.name}, sha256 {instance.sha256[:12]}...",
            stream_name(model),
        )
    return file.header, file.variable_map(instance.network)


def _weights(instance: Instance, variable_map: CnfVariableMap, found: Solution, name: str) -> Weights | None:
    if found.truth is None or found.given is None:
        return None
    needed = np.abs(variable_map.literals)
    missing = needed[(needed > 1) & ~found.given[needed]]
    if len(missing):
        raise InputError(f"found no value for variable {missing[0]}, which a parameter of the network needs", name)
    try:
        return variable_map.decode(found.truth).weights(instance)
    except NotVerified as error:
        raise NotVerified(f"{name}: {error}; is this a solution of another model?", error.evidence) from None


def _judge(
    instance: Instance, header: ModelHeader, found: Solution, weights: Weights | None
) -> tuple[Status, Fraction | None]:
    """The status that holds, and the loss. Raises NotVerified where the claim does not."""
    if weights is None:
        if found.claim == "UNSATISFIABLE" and header.threshold is None:
            raise NotVerified(
                "the solver says that the model has no solution, but every assignment of parameters is one",
                evidence_of(instance),
            )
        return ("UNSATISFIABLE" if found.claim == "UNSATISFIABLE" else "UNKNOWN"), None
    costs = [header.threshold] if header.threshold is not None and found.claim != "UNKNOWN" else []
    if header.kind == "wcnf" and found.cost is not None:
        costs.append(header.loss(found.cost))
    loss = verified(instance, weights, min(costs, default=None)).loss
    if header.threshold is not None:
        return ("SATISFIABLE" if loss <= header.threshold else "UNKNOWN"), loss
    if found.claim != "OPTIMUM FOUND":
        return "SATISFIABLE", loss
    if costs and loss < costs[0]:
        evidence = evidence_of(instance, weights, claimed=costs[0])
        raise NotVerified(f"the solver claims that no loss is below {costs[0]}; its weights have {loss}", evidence)
    return "OPTIMUM FOUND", loss


def _why(status: Status, name: str, doubles: bool) -> str:
    if status == "UNKNOWN":
        return "nothing was decided"
    if status == "SATISFIABLE":
        return "none needed: the weights are verified, and nothing beyond them is claimed"
    return f"the {'floating-point ' if doubles else ''}word of the solver that wrote {name}"
