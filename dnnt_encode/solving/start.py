"""Where a run starts: the user's weights, or a first guess, and both as a hint for a solver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dnnt_encode.analysis.symmetry import canonical_order
from dnnt_encode.errors import InputError
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.weights import Weights, check_allowed
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel

_GUESSES = 64
"""How many constant outputs are tried, at most."""


def start_weights(instance: Instance, start: Weights) -> Weights:
    """Start weights as weights of the instance: allowed values, nearest ones where they are not, units in the order
    that symmetry breaking keeps. Raises InputError where the shapes do not fit."""
    try:
        check_allowed(instance.network, start)
        allowed = Weights.for_instance(instance, start.layers)
    except InputError:
        allowed = Weights.nearest(instance, [(layer.weights, layer.biases) for layer in start.layers])
    return canonical_order(instance.network, Assignment.of(instance.network, allowed)).weights(instance)


def first_guesses(instance: Instance) -> Iterator[Weights]:
    """Values near 0, then ever better output biases: the last is the best constant, where 0 is allowed. Poor, but an
    answer from the first moment on."""
    positions = Assignment(
        tuple((_nearest_zero(layer.weights), _nearest_zero(layer.biases)) for layer in instance.network.layers)
    )
    first = positions.weights(instance)
    yield first
    loss = evaluate(instance, first).loss
    output = instance.network.layers[-1]
    tried = 0
    for unit in range(output.units):
        for value in range(len(output.biases[unit])):
            before = positions.layers[-1][1][unit]
            if value == before or tried >= _GUESSES:
                continue
            tried += 1
            positions.layers[-1][1][unit] = value
            candidate = positions.weights(instance)
            other = evaluate(instance, candidate).loss
            if other < loss:
                loss = other
                yield candidate
            else:
                positions.layers[-1][1][unit] = before


def _nearest_zero(grid: SetGrid) -> np.ndarray:
    """For every parameter the position of its smallest value in magnitude."""
    chosen = [int(np.abs(table).argmin()) for table in grid.tables]
    return np.asarray(np.array(chosen, dtype=np.int64)[grid.index])


def hint(instance: Instance, model: LinearModel | CnfModel, weights: Weights) -> Any:
    """The columns of a linear model that say some weights, and their values; the literals of a CNF model."""
    return model.variable_map.hints(Assignment.of(instance.network, weights))
