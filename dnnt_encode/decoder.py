"""From a solver's values to weights, and from weights to a verified loss.

A solver's answer is a claim. Nothing leaves the toolkit as an answer that did not pass ``verified``: exact evaluation
of the very instance, with exact integers. A claim that fails is an error that keeps its evidence.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import cost
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.instance.weights import Weights, check_allowed
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel


def decode_linear(instance: Instance, model: LinearModel, values: np.ndarray) -> Assignment:
    """The assignment that the columns' values (int64 [C]) of a linear model of this instance stand for.

    Raises NotVerified where they stand for none."""
    if model.instance_sha256 != instance.sha256:
        raise InputError("the model was made from another instance")
    if values.shape != (model.columns,):
        raise NotVerified(
            f"the solver gave {values.size} values for {model.columns} columns", evidence_of(instance, values=values)
        )
    try:
        return model.variable_map.decode(values)
    except NotVerified as error:
        raise NotVerified(str(error), {**evidence_of(instance, values=values), **error.evidence}) from error


def decode_cnf(instance: Instance, model: CnfModel, truth: np.ndarray) -> Assignment:
    """The assignment that the truth of the variables (bool [variables + 1]) of a CNF model of this instance stands for.

    Raises NotVerified where it stands for none."""
    if model.instance_sha256 != instance.sha256:
        raise InputError("the model was made from another instance")
    return model.variable_map.decode(truth)


def verified(
    instance: Instance, weights: Weights, claimed: Fraction | None, values: np.ndarray | None = None
) -> Fraction | None:
    """The exact loss of some weights, or what they cost in the stage of the instance, once every value is allowed and
    it is at most ``claimed``; None where nothing is claimed and the weights break a limit of the stage or a constraint.

    A loss below the claim is no contradiction: a one-sided encoding leaves slack. Raises NotVerified."""
    evidence = evidence_of(instance, weights, values, claimed)
    try:
        check_allowed(instance.network, weights)
    except InputError as error:
        raise NotVerified(f"the solver's answer has a value that is not allowed: {error}", evidence) from error
    loss = evaluate(instance, weights).loss
    paid, what = cost(instance, weights, loss), "loss" if instance.stage is None else "cost"
    if claimed is not None and (paid is None or paid > claimed):
        evidence["loss"] = number_json(loss)
        has = f"break a limit or a constraint, with the loss {loss}" if paid is None else f"have the {what} {paid}"
        raise NotVerified(f"the solver claims a {what} of at most {claimed}; its weights {has}", evidence)
    return paid


def evidence_of(
    instance: Instance,
    weights: Weights | None = None,
    values: np.ndarray | None = None,
    claimed: Fraction | None = None,
) -> dict[str, Any]:
    """What a refuted claim leaves behind, as plain JSON values."""
    return {
        "format": "dnnt-evidence",
        "version": 1,
        "instance_sha256": instance.sha256,
        "claimed": None if claimed is None else number_json(claimed),
        "values": None if values is None else values.tolist(),
        "weights": None
        if weights is None
        else [{"weights": layer.weights.json(), "biases": layer.biases.json()} for layer in weights.layers],
    }
