"""The canonical form of an instance's parts, plain JSON values that say everything in one way only, and the hash of the
whole: equal instances, however written, have equal hashes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from dnnt_encode.instance.activations import Activation
from dnnt_encode.instance.constraints import Constraint
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import Interval, ParameterSet, SetGrid
from dnnt_encode.instance.rationals import ExactArray, number_json
from dnnt_encode.instance.stage import ONLY_LOSS, Objective
from dnnt_encode.instance.strategies import EnsembleStrategy


def network_form(network: Network) -> dict[str, Any]:
    """The canonical form of a network. Sets are sorted and numbered in the order in which the parameters first use
    them; an edge carries the number of its set, so that a uniform layer and the same layer spelled out edge by edge are
    one."""
    layers = [
        {
            "units": layer.units,
            "activation": _activation(layer.activation),
            "from": list(layer.sources),
            "weights": _grid(layer.weights),
            "biases": _grid(layer.biases),
        }
        for layer in network.layers
    ]
    return {"inputs": network.inputs, "layers": layers}


def dataset_form(dataset: Dataset) -> dict[str, Any]:
    """The canonical form of a dataset: exact numbers, all arrays inlined."""
    return {
        "x": dataset.x.json(),
        "y": dataset.y.json() if isinstance(dataset.y, ExactArray) else dataset.y.tolist(),
        "multiplicity": dataset.multiplicity.tolist(),
        "classes": None if dataset.classes is None else list(dataset.classes),
    }


def sha256_of(canonical: dict[str, Any]) -> str:
    """The sha256 of a canonical form, as 64 hexadecimal digits."""
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def loss_form(value: Loss) -> dict[str, Any]:
    """The name and the parameter of a loss; version 1 gives a loss that has none the margin 1."""
    parameters = {name: number_json(number) for name, number in value.parameters.items()}
    return {"name": value.name, **(parameters or {"margin": 1})}


def version_of(
    objectives: tuple[Objective, ...], constraints: tuple[Constraint, ...], strategy: EnsembleStrategy | None
) -> int:
    """The format version that an instance with these needs."""
    return 1 if objectives == ONLY_LOSS and not constraints and strategy is None else 2


def _activation(value: Activation) -> dict[str, Any]:
    return {"name": value.name, "c": None if value.c is None else number_json(value.c)}


def _set(values: ParameterSet) -> Any:
    if isinstance(values, Interval):
        return {"interval": [number_json(values.low), number_json(values.high)]}
    return [number_json(value) for value in values]


def _grid(grid: SetGrid) -> dict[str, Any]:
    used, first, inverse = np.unique(grid.index.ravel(), return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(used), dtype=np.int64)
    rank[order] = np.arange(len(used))
    sets = [_set(grid.sets[int(used[k])]) for k in order]
    return {"sets": sets, "index": rank[inverse].reshape(grid.shape).tolist()}
