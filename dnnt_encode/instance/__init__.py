"""The problem itself: network, parameter sets, dataset, loss, weights, and exact evaluation."""

from dnnt_encode.instance.activations import ACTIVATIONS, Activation, LinearPiece, activation
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.evaluate import Evaluation, evaluate
from dnnt_encode.instance.forward import LayerWeights, forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import LOSSES, Loss, loss
from dnnt_encode.instance.network import Layer, Network
from dnnt_encode.instance.parameters import Interval, ParameterSet, SetGrid, parameter_set
from dnnt_encode.instance.rationals import ExactArray, number_json, to_fraction
from dnnt_encode.instance.weights import (
    Weights,
    check_allowed,
    classify,
    from_value_indices,
    value_indices,
)

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "Activation",
    "Assignment",
    "Dataset",
    "Evaluation",
    "ExactArray",
    "Instance",
    "Interval",
    "Layer",
    "LayerWeights",
    "LinearPiece",
    "Loss",
    "Network",
    "ParameterSet",
    "SetGrid",
    "Weights",
    "activation",
    "check_allowed",
    "classify",
    "evaluate",
    "forward",
    "from_value_indices",
    "loss",
    "number_json",
    "parameter_set",
    "to_fraction",
    "value_indices",
]
