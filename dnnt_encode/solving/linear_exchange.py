"""MPS, LP and OPB files out, and what MILP and pseudo-Boolean solvers found back in."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO

from dnnt_encode.decoder import evidence_of, verified
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.encoders.linear.options import MILP_OPTIONS
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.formats.linear_comments import (
    LinearHeader,
    LinearKind,
    Places,
    comment_lines,
    places,
    positions,
    read_linear_comments,
)
from dnnt_encode.formats.lp import lp_text
from dnnt_encode.formats.mip_solutions import TOLERANCE, MipSolution, parse_mip_solution
from dnnt_encode.formats.mps import mps_text
from dnnt_encode.formats.opb import opb_text
from dnnt_encode.formats.streams import writing
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.bits import split_bits
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel
from dnnt_encode.solving.memory import check_fits
from dnnt_encode.solving.result import Status

EXPORT_FACTOR = 4
"""Bytes in use while exporting, for each byte of the encoder's arrays."""


@dataclass(frozen=True)
class LinearQuestion:
    """What a model file asks, and how it is written: the same question gives the same file. ``threshold`` None:
    minimise."""

    kind: LinearKind
    threshold: Fraction | None
    indicators: bool = False

    def __post_init__(self) -> None:
        if self.indicators and self.kind == "opb":
            raise InputError("an OPB file has no indicators; MPS and LP files have")


@dataclass(frozen=True, eq=False)
class LinearFile:
    """A model as a file of some kind says it: its columns, its header, and where the parameters are."""

    model: MilpModel
    header: LinearHeader
    where: Places


@dataclass(frozen=True)
class WrittenLinear:
    """The size of an exported model, and what its user should know."""

    columns: int
    rows: int
    terms: int
    warnings: tuple[str, ...] = field(default=())


def linear_file(instance: Instance, question: LinearQuestion) -> LinearFile:
    """The model of a question. Raises ModelTooLarge, before it is built where it would not fit in memory."""
    size = linear_size(instance, threshold=question.threshold, options=MILP_OPTIONS)
    check_fits(size.bytes * EXPORT_FACTOR, f"the model ({size.columns} columns, {size.rows} rows, {size.terms} terms)")
    encoded = encode_linear(instance, threshold=question.threshold, options=MILP_OPTIONS)
    model, bits = lower_model(encoded, indicators=question.indicators), None
    names = model.names()
    if question.kind == "opb":
        model, bits = split_bits(model)
    header = LinearHeader(
        kind=question.kind,
        name=instance.name,
        instance_sha256=instance.sha256,
        threshold=question.threshold,
        loss_unit=encoded.loss_unit,
        columns=model.columns,
        options={"indicators": question.indicators},
    )
    return LinearFile(model, header, places(encoded.variable_map, names, bits))


def export_linear(instance: Instance, question: LinearQuestion, target: str) -> WrittenLinear:
    """Write a model of the instance to a file (``.gz`` and ``.xz`` by the name, ``-`` for standard output).

    Raises ModelTooLarge where a number or the model is too large, InputError where the file cannot be written."""
    file = linear_file(instance, question)
    comments = comment_lines(file.header, file.where)
    text = {"mps": mps_text, "lp": lp_text, "opb": opb_text}[question.kind](file.model, comments)
    with writing(target) as stream:
        for part in text:
            stream.write(part)
    return WrittenLinear(file.model.columns, file.model.rows, file.model.terms, file.model.warnings)


@dataclass(frozen=True, eq=False)
class LinearAnswer:
    """What a solution file says about an instance, verified."""

    status: Status
    loss: Fraction | None
    weights: Weights | None
    threshold: Fraction | None


def read_linear_model(instance: Instance, stream: IO[bytes], name: str) -> tuple[LinearHeader, Places]:
    """Header and places of an exported file. Raises InputError where it is of another instance."""
    header, where = read_linear_comments(stream, name)
    if header.instance_sha256 != instance.sha256:
        raise InputError(
            f"this model is of another instance ({header.name}, sha256 {header.instance_sha256[:12]}...); "
            f"found the instance {instance.name}, sha256 {instance.sha256[:12]}...",
            name,
        )
    return header, where


def linear_answer(instance: Instance, header: LinearHeader, where: Places, solution: bytes, name: str) -> LinearAnswer:
    """Read and verify the content of a solution file that messages call ``name``.

    Raises InputError for content that is damaged or belongs to something else, NotVerified for claims that do not hold.
    """
    return judged(instance, header, where, parse_mip_solution(solution, name), name)


def judged(instance: Instance, header: LinearHeader, where: Places, found: MipSolution, name: str) -> LinearAnswer:
    """What a solution says, verified; see ``linear_answer``."""
    threshold = header.threshold
    if not found.has_values:
        if found.claim == "UNSATISFIABLE" and threshold is None:
            raise NotVerified(
                "the solver says that the model has no solution, but every assignment of parameters is one",
                evidence_of(instance),
            )
        status: Status = "UNSATISFIABLE" if found.claim == "UNSATISFIABLE" else "UNKNOWN"
        return LinearAnswer(status, None, None, threshold)
    weights = _weights(instance, header, where, found, name)
    if threshold is not None:
        loss = verified(instance, weights, threshold if found.claim != "UNKNOWN" else None).loss
        return LinearAnswer("SATISFIABLE" if loss <= threshold else "UNKNOWN", loss, weights, threshold)
    claimed = None if found.objective is None else header.loss_unit * _whole(found.objective, name)
    loss = verified(instance, weights, claimed).loss
    if found.claim != "OPTIMUM FOUND":
        return LinearAnswer("SATISFIABLE", loss, weights, None)
    if claimed is not None and loss < claimed:
        evidence = evidence_of(instance, weights, claimed=claimed)
        raise NotVerified(f"the solver claims that no loss is below {claimed}; its weights have {loss}", evidence)
    return LinearAnswer("OPTIMUM FOUND", loss, weights, None)


def _weights(instance: Instance, header: LinearHeader, where: Places, found: MipSolution, name: str) -> Weights:
    if found.by_number is not None and header.kind == "lp":
        raise InputError(
            f"{found.program} numbers the columns of an LP file in an order of its own; export MPS, or let it write "
            "names (glpsol -o)",
            name,
        )
    if found.columns is not None and found.columns != header.columns:
        raise InputError(f"found {found.columns} columns; the model has {header.columns}: it is another one", name)
    if found.by_number is not None and max(found.by_number, default=0) > header.columns:
        raise InputError(
            f"found column {max(found.by_number)}; the model has {header.columns}: it is another one", name
        )
    # An OPB file has names of its own.
    names = where.names if header.kind != "opb" else {number: f"x{number}" for number in where.names}
    values = {number: found.integer(number, column, name) for number, column in names.items()}
    try:
        chosen = positions(instance.network, where, values, name)
        sizes = [(layer.weights.sizes(), layer.biases.sizes()) for layer in instance.network.layers]
        for parts, limits in zip(chosen.layers, sizes, strict=True):
            for part, limit in zip(parts, limits, strict=True):
                if ((part < 0) | (part >= limit)).any():
                    raise NotVerified("found a value that is not in its set", {})
        return chosen.weights(instance)
    except NotVerified as error:
        raise NotVerified(f"{name}: {error}; is this a solution of another model?", error.evidence) from None


def _whole(objective: float, name: str) -> int:
    """The integer that a claimed objective means. Raises InputError where it means none."""
    if abs(objective - round(objective)) > max(TOLERANCE, 1e-9 * abs(objective)):
        raise InputError(f"found the objective {objective}; that of this model is an integer", name)
    return round(objective)
