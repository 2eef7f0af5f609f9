"""dnnt-encode: discrete neural network training by MILP and SAT, with exactly verified answers.

>>> import dnnt_encode as dnnt
>>> xor = dnnt.Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2")
>>> result = dnnt.solve(xor, threads=1)
>>> result.weights.predict([[0, 1]])
array([1])

Names are imported when they are first used, so that `import dnnt_encode` and `dnnt --help` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dnnt_encode._version import __version__
from dnnt_encode.errors import BackendError, DnntError, InputError, ModelTooLarge, NotVerified

if TYPE_CHECKING:
    from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
    from dnnt_encode.encoders.linear import LinearOptions, encode_linear
    from dnnt_encode.exchange.export import export
    from dnnt_encode.exchange.question import Question
    from dnnt_encode.families.catalogue import generate, solution_of
    from dnnt_encode.instance import (
        ACTIVATIONS,
        LOSSES,
        Activation,
        Assignment,
        Dataset,
        Evaluation,
        ExactArray,
        Instance,
        Interval,
        Layer,
        LayerWeights,
        Loss,
        Network,
        ParameterSet,
        SetGrid,
        Weights,
        activation,
        evaluate,
        loss,
        parameter_set,
    )
    from dnnt_encode.instance.constraints import FairRates, FixedAnswers, MonotoneAnswers, RobustAnswers
    from dnnt_encode.models.cnf import CnfModel
    from dnnt_encode.models.linear import LinearModel
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.parsers.saved import load, save
    from dnnt_encode.parsers.weights_json import load_weights
    from dnnt_encode.solving.backbone import Backbone, backbone
    from dnnt_encode.solving.count import Count, count
    from dnnt_encode.solving.decoded import decode
    from dnnt_encode.solving.explain import Explanation, explain
    from dnnt_encode.solving.ledger import Incumbent, Progress
    from dnnt_encode.solving.result import Certificate, Result
    from dnnt_encode.solving.solve import solve
    from dnnt_encode.transfer.columns import RowOptions
    from dnnt_encode.transfer.kinds import read_network, write_network

_NAMES = {
    "encoders.cnf": "CnfOptions encode_cnf",
    "encoders.linear": "LinearOptions encode_linear",
    "exchange.export": "export",
    "exchange.question": "Question",
    "families.catalogue": "generate solution_of",
    "instance": "ACTIVATIONS LOSSES Activation Assignment Dataset Evaluation ExactArray Instance Interval Layer "
    "LayerWeights Loss Network ParameterSet SetGrid Weights activation evaluate loss parameter_set",
    "instance.constraints": "FairRates FixedAnswers MonotoneAnswers RobustAnswers",
    "models.cnf": "CnfModel",
    "models.linear": "LinearModel",
    "parsers.instance_json": "load_instance",
    "parsers.saved": "load save",
    "parsers.weights_json": "load_weights",
    "solving.backbone": "Backbone backbone",
    "solving.count": "Count count",
    "solving.decoded": "decode",
    "solving.explain": "Explanation explain",
    "solving.ledger": "Incumbent Progress",
    "solving.result": "Certificate Result",
    "solving.solve": "solve",
    "transfer.columns": "RowOptions",
    "transfer.kinds": "read_network write_network",
}
"""Module: what is imported from it on demand, as above."""

_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "Activation",
    "Assignment",
    "Backbone",
    "BackendError",
    "Certificate",
    "CnfModel",
    "CnfOptions",
    "Count",
    "Dataset",
    "DnntError",
    "Evaluation",
    "ExactArray",
    "Explanation",
    "FairRates",
    "FixedAnswers",
    "Incumbent",
    "InputError",
    "Instance",
    "Interval",
    "Layer",
    "LayerWeights",
    "LinearModel",
    "LinearOptions",
    "Loss",
    "ModelTooLarge",
    "MonotoneAnswers",
    "Network",
    "NotVerified",
    "ParameterSet",
    "Progress",
    "Question",
    "Result",
    "RobustAnswers",
    "RowOptions",
    "SetGrid",
    "Weights",
    "__version__",
    "activation",
    "backbone",
    "count",
    "decode",
    "encode_cnf",
    "encode_linear",
    "evaluate",
    "explain",
    "export",
    "generate",
    "load",
    "load_instance",
    "load_weights",
    "loss",
    "parameter_set",
    "read_network",
    "save",
    "solution_of",
    "solve",
    "write_network",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
