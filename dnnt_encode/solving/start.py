"""Where a run starts: the user's weights, or a first guess."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.weights import Weights, check_allowed


def start_weights(instance: Instance, start: Weights) -> Weights:
    """Start weights as weights of the instance: allowed values, nearest ones where they are not. Raises InputError
    where the shapes do not fit."""
    if start.ensemble is not None:
        raise InputError("found the weights of an ensemble to start from; one network cannot begin there")
    if instance.network.continuous:
        from dnnt_encode.backends.milp.continuous import within

        return within(instance, start)
    try:
        check_allowed(instance.network, start)
    except InputError:
        return Weights.nearest(instance, [(layer.weights, layer.biases) for layer in start.layers])
    return Weights.for_instance(instance, start.layers)


def first_guesses(instance: Instance, most: int) -> Iterator[Weights]:
    """Values near 0, then ever better output biases, of which at most so many are tried: the last is the best constant,
    where 0 is allowed. Poor, but an answer from the first moment on."""
    if instance.network.continuous:
        from dnnt_encode.backends.milp.continuous import zeros

        yield zeros(instance)
        return
    guess = Assignment(
        tuple((_nearest_zero(layer.weights), _nearest_zero(layer.biases)) for layer in instance.network.layers)
    )
    first = guess.weights(instance)
    yield first
    loss = evaluate(instance, first).loss
    output, biases = instance.network.layers[-1], guess.layers[-1][1]
    tried = 0
    for unit in range(output.units):
        for value in range(len(output.biases[unit])):
            before = biases[unit]
            if value == before or tried >= most:
                continue
            tried += 1
            biases[unit] = value
            candidate = guess.weights(instance)
            other = evaluate(instance, candidate).loss
            if other < loss:
                loss = other
                yield candidate
            else:
                biases[unit] = before


def _nearest_zero(grid: SetGrid) -> np.ndarray:
    """For every parameter the position of its smallest value in magnitude."""
    chosen = [int(np.abs(table).argmin()) for table in grid.tables]
    return np.asarray(np.array(chosen, dtype=np.int64)[grid.index])
