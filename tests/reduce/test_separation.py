"""Outputs that are trained apart: the losses of the parts add up to that of the whole."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dnnt_encode.instance import Instance, Network, parameter_set
from dnnt_encode.instance.losses import ENTRIES
from dnnt_encode.reduce import separate_outputs
from tests.random_instances import tiny_instances
from tests.reduce.oracle import Table
from tests.reduce.planted import chosen_grid
from tests.reduce.test_steps import EXAMPLES

SUMS = tuple(name for name, entry in ENTRIES.items() if entry.targets == "vector" and entry.reduction == "sum")


@st.composite
def separable_instances(draw: Any) -> Instance:
    """Two outputs or more, and many edges that can be nothing but 0."""
    instance: Instance = draw(tiny_instances(losses=SUMS, assignments=60))
    assume(instance.network.outputs > 1)
    layers = list(instance.network.layers)
    for position in range(1, len(layers)):
        grid = layers[position].weights
        removed = np.array([draw(st.booleans()) for _ in range(grid.index.size)]).reshape(grid.shape)
        weights = chosen_grid([*grid.sets, parameter_set(0)], np.where(removed, len(grid.sets), grid.index))
        layers[position] = replace(layers[position], weights=weights)
    return replace(instance, network=Network(instance.network.inputs, tuple(layers)))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(separable_instances())
def test_the_losses_of_the_parts_add_up(instance: Instance) -> None:
    found = separate_outputs(instance)
    if found is None:
        return
    outer, parts = Table(instance), [Table(part) for part in found.parts]
    again = pickle.loads(pickle.dumps(found))
    assert found.note
    assert all(part.threshold is None for part in found.parts)
    assert sum(part.network.free_parameters for part in found.parts) <= instance.network.free_parameters
    assert sum(min(part.losses) for part in parts) + found.offset == min(outer.losses)
    numbers = itertools.islice(itertools.product(*(range(len(part.losses)) for part in parts)), 0, None, 3)
    for chosen in itertools.islice(numbers, 200):
        inner = [part.assignments[number] for part, number in zip(parts, chosen, strict=True)]
        total = sum((part.losses[number] for part, number in zip(parts, chosen, strict=True)), found.offset)
        assert outer.loss(again.join(inner)) == total
    for number, assignment in enumerate(outer.assignments):
        lowered = again.lower(assignment)
        losses = [part.loss(inner) for part, inner in zip(parts, lowered, strict=True)]
        assert sum(losses, found.offset) == outer.losses[number]


@pytest.mark.parametrize("loss", ["linf", "zero_one", "misclassification"])
def test_other_losses_are_not_taken_apart(loss: str) -> None:
    y = [0, 1] if loss == "misclassification" else [[0, 1], [1, 0]]
    instance = Instance.from_arrays([[1], [2]], y, hidden=[], outputs=2, loss=loss)
    assert separate_outputs(instance) is None


def test_outputs_without_hidden_units_are_trained_one_by_one() -> None:
    instance = Instance.from_arrays([[1, 0], [2, 1], [0, 1]], [[0, 1, 2], [1, 0, 0], [3, 1, -1]], hidden=[], loss="l1")
    found = separate_outputs(instance.with_threshold(Fraction(3)))
    assert found is not None
    assert [part.network.widths for part in found.parts] == [(2, 1)] * 3
    shared = Instance.from_arrays([[1, 0], [2, 1]], [[0, 1], [1, 0]], hidden=[1], loss="l2")
    assert separate_outputs(shared) is None
