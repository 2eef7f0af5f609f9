"""Tiny random instances in which there is something to reduce."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.instance import ACTIVATIONS, LOSSES, ExactArray, Instance, Layer, Network, SetGrid, parameter_set
from tests.random_instances import tiny_instances

IDLE = ((0,), (0,), (-1, 0), (0, 1), (-3, -2), (1, 2))


@st.composite
def planted_instances(
    draw: Any,
    losses: tuple[str, ...] = LOSSES,
    activations: tuple[str, ...] = ACTIVATIONS,
    assignments: int = 60,
    threshold: bool = True,
) -> Instance:
    """Columns that are multiples of others, constant or 0, units that are dead or unread, often a threshold."""
    instance: Instance = draw(
        tiny_instances(losses=losses, activations=activations, assignments=assignments, max_inputs=3)
    )
    x = instance.dataset.x.fractions()
    for column in range(x.shape[1]):
        kind = draw(st.sampled_from(("as it is", "multiple", "multiple", "constant", "zero")))
        if kind == "multiple" and column:
            x[:, column] = x[:, draw(st.integers(0, column - 1))] * Fraction(draw(st.sampled_from(FACTORS)))
        elif kind == "constant":
            x[:, column] = Fraction(draw(st.sampled_from(FACTORS)))
        elif kind == "zero":
            x[:, column] = Fraction(0)
    instance = replace(instance, dataset=replace(instance.dataset, x=ExactArray.from_values(x)))
    layers = list(instance.network.layers)
    for position, layer in enumerate(layers):
        if draw(st.integers(0, 2)) == 0:
            layers[position] = _with_idle_sets(draw, layer)
    instance = replace(instance, network=Network(instance.network.inputs, tuple(layers)))
    if threshold and draw(st.integers(0, 3)):
        levels = sorted(set(enumerate_losses(instance).fractions().tolist()))
        choice = draw(st.sampled_from((0, 0, 1, -1)))
        below = levels[0] - Fraction(1, 3)
        gamma = below if choice < 0 else levels[min(choice, len(levels) - 1)]
        instance = instance.with_threshold(draw(st.sampled_from((gamma, gamma, Fraction(0)))))
    return instance


FACTORS = ("1", "-1", "2", "-3", "1/2", "3/2")


def _with_idle_sets(draw: Any, layer: Layer) -> Layer:
    """Some sets of a layer in place of others of as many values at least."""
    grids = []
    for grid in (layer.weights, layer.biases):
        sets = [*grid.sets, *(parameter_set(values) for values in IDLE)]
        index = grid.index.copy()
        for place in range(index.size):
            other = len(grid.sets) + draw(st.integers(0, len(IDLE) - 1))
            if draw(st.booleans()) and len(sets[other]) <= max(len(sets[index.flat[place]]), 1):
                index.flat[place] = other
        grids.append(chosen_grid(sets, index))
    return replace(layer, weights=grids[0], biases=grids[1])


def chosen_grid(sets: list[Any], index: np.ndarray) -> SetGrid:
    """The grid in which ``index`` chooses among ``sets``, which may be equal or unused."""
    nested = np.empty(index.shape, dtype=object)
    for place in np.ndindex(index.shape):
        nested[place] = sets[index[place]]
    return SetGrid.from_nested(nested, index.shape)
