"""MIP starts: weights as values of all columns of an exported model.

The columns of the parameters say what the weights are. What follows for all others is left to CP-SAT on the model with
the parameters fixed: its numbers are integers, so nothing is rounded, and where it minimises, the columns of the loss
end at the loss. The values are checked against the exact rows of the file.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.levels import Levels
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.protocol import Candidate, Controls, Event, LinearTask
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.exchange.encode import Encoded, encode
from dnnt_encode.exchange.export import write_model
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.starts import STARTS, start_text
from dnnt_encode.formats.streams import FileName, writing
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.behaviour import met
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.goal import Goal
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.solving.start import start_weights


def export_with_start(
    instance: Instance, question: Question, target: FileName, weights: Weights, style: str, start: FileName
) -> tuple[ModelFile, Fraction]:
    """Write a model, as ``exchange.export.export`` does, and a MIP start of it from weights (nearest allowed values
    where they are not allowed); the model, and the loss of those weights.

    Raises InputError also for formats without MIP starts, and for weights that are no solution of the model."""
    row = question.row
    if instance.network.continuous:
        raise InputError("MIP starts are for parameters from finite sets; found parameters from intervals")
    if row.model != "linear" or row.bits:
        raise InputError(f"MIP starts are for --format mps and lp; solvers of {row.name} files read none")
    allowed = start_weights(instance, weights)
    loss = evaluate(instance, allowed).loss
    if question.threshold is not None and loss > question.threshold:
        raise InputError(f"found weights of the loss {loss}, which the threshold {question.threshold} excludes")
    if not met(instance, allowed):
        raise InputError("found weights that break a constraint of the instance")
    encoded = encode(instance, question)
    file = encoded.model
    assert isinstance(file, LinearFile)
    values = file.values(_columns(encoded, file, Assignment.of(instance.network, allowed)))
    meant = encoded.loss(file.milp.objective(values))
    if not file.milp.allows(values) or (file.minimises and question.stage is None and meant > loss):
        raise NotVerified(f"the model has the loss {meant} for weights of the loss {loss}", {"loss": str(loss)})
    with writing(start) as stream:
        for piece in start_text(STARTS[style], file.names(), values, file.milp.cost):
            stream.write(piece)
    write_model(encoded, target)
    return file, loss


def _columns(encoded: Encoded, file: LinearFile, outer: Assignment) -> np.ndarray:
    """All columns of the encoder's model at an assignment of the instance that was asked about."""
    inner = encoded.chain.lower(outer)
    if inner is None:
        raise InputError("found weights that the reductions of the model exclude; --no-reductions takes none")
    if encoded.header.options.get("reductions", True):
        inner = Levels.of(encoded.chain.instance).canonical(inner)
    return completed(file.encoded, inner)


def completed(model: LinearModel, assignment: Assignment) -> np.ndarray:
    """The values (int64) of all columns that go with an assignment, with the least objective where the model has one.

    Raises InputError where no values do, ModelTooLarge for numbers past CP-SAT's."""
    columns, values = model.variable_map.hints(assignment)
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[columns] = upper[columns] = values
    goal = Goal(None if model.threshold is None else model.loss(model.threshold))
    found: list[np.ndarray] = []

    def hear(event: Event) -> None:
        if isinstance(event, Candidate) and isinstance(event.answer, np.ndarray):
            found[:] = [event.answer]

    ended = CpsatBackend().run(LinearTask(replace(model, lower=lower, upper=upper), goal), Controls(), hear)
    if not found:
        raise InputError(f"these weights are no solution of the model ({ended.detail})")
    return found[-1]
