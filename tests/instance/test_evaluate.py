"""Exact evaluation against the plain definition, with numbers small and huge."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import assignment
from dnnt_encode.errors import InputError
from dnnt_encode.instance import (
    Dataset,
    ExactArray,
    Instance,
    LayerWeights,
    Weights,
    check_allowed,
    evaluate,
    from_value_indices,
    value_indices,
)
from tests.instance.reference import outputs, total_loss
from tests.random_instances import tiny_instances


@given(tiny_instances(assignments=10**6), st.data())
def test_loss_and_outputs_follow_the_definition(instance: Instance, data: st.DataObject) -> None:
    weights = assignment(instance, data.draw(st.integers(0, instance.network.search_space - 1))).weights(instance)
    found = evaluate(instance, weights)
    assert found.loss == total_loss(instance, weights)
    rows = instance.dataset.x.fractions()
    assert found.outputs.fractions().tolist() == [outputs(instance, weights, list(row)) for row in rows]


@settings(max_examples=25)
@given(tiny_instances(), st.lists(st.integers(-(10**30), 10**30), min_size=1), st.integers(1, 10**20), st.randoms())
def test_huge_numbers_stay_exact(instance: Instance, numbers: list[int], denominator: int, random: object) -> None:
    def draw(shape: tuple[int, ...]) -> ExactArray:
        flat = [Fraction(random.choice(numbers), denominator) for _ in range(int(np.prod(shape)))]  # type: ignore[attr-defined]
        return ExactArray.from_values(np.array([*flat, None], dtype=object)[:-1]).reshape(*shape)

    layers = [LayerWeights(draw(layer.weights.shape), draw(layer.biases.shape)) for layer in instance.network.layers]
    data = instance.dataset
    changed = Instance("huge", instance.network, Dataset(draw(data.x.shape), data.y, data.multiplicity), instance.loss)
    weights = Weights.for_instance(changed, layers)
    assert evaluate(changed, weights).loss == total_loss(changed, weights)


def test_products_at_the_edge_of_doubles_and_of_int64() -> None:
    for size in (2**26, 2**27, 2**31, 2**32, 2**62, 2**70):
        instance = Instance.from_arrays([[size - 1, size + 1]], [[0]], hidden=[], weights=[1], biases=[0], loss="l1")
        layer = LayerWeights.from_values([[size + 3, -size]], [1])
        weights = Weights.for_instance(instance, [layer])
        assert evaluate(instance, weights).loss == abs((size - 1) * (size + 3) - (size + 1) * size + 1)


def test_a_value_outside_its_set_is_named() -> None:
    instance = Instance.from_arrays([[0, 1]], [1], hidden=[2], weights=[-1, 1], biases=[0])
    good = [LayerWeights.from_values([[1, 1], [1, -1]], [0, 0]), LayerWeights.from_values([[1, 1]], [0])]
    check_allowed(instance.network, Weights.for_instance(instance, good))
    bad = [LayerWeights.from_values([[1, 1], [1, "1/2"]], [0, 0]), good[1]]
    with pytest.raises(InputError, match=r"w 1\.1\.1: found the value 1/2; allowed are -1, 1"):
        check_allowed(instance.network, Weights.for_instance(instance, bad))
    with pytest.raises(InputError, match="layer 2: weights of shape"):
        Weights.for_instance(instance, [good[0], LayerWeights.from_values([[1]], [0])])


def test_nearest_allowed_values() -> None:
    instance = Instance.from_arrays([[0, 1]], [1], hidden=[1], weights=[-1, 0, 1], biases=[0, 1])
    near = Weights.nearest(instance, [([[0.5, -7.25]], [0.6]), ([[0.50001]], [-3])])
    assert near.layers[0].weights.json() == [[0, -1]]
    assert near.layers[0].biases.json() == [1]
    assert near.layers[1].weights.json() == [[1]]
    assert near.layers[1].biases.json() == [0]


def test_predictions() -> None:
    instance = Instance.from_arrays([[1], [-1]], [1, 0], hidden=[], weights=[1], biases=[0])
    weights = Weights.for_instance(instance, [LayerWeights.from_values([[1]], [0])])
    assert weights.predict([[3], [0], [-0.5]]).tolist() == [1, 0, 0]
    several = Instance.from_arrays([[1], [-1]], [2, 0], hidden=[], weights=[-1, 0, 1], biases=[0])
    weights = Weights.for_instance(several, [LayerWeights.from_values([[1], [0], [1]], [0, 0, 0])])
    assert weights.predict([[3], [-1]]).tolist() == [0, 1]
    vector = Instance.from_arrays([[1]], [0.5], hidden=[], weights=[1], biases=[0], loss="l2")
    weights = Weights.for_instance(vector, [LayerWeights.from_values([["1/3"]], [0])])
    assert weights.predict([[1]]).tolist() == [Fraction(1, 3)]


def test_the_least_int64_is_no_exception() -> None:
    """Its negation does not fit int64."""
    instance = Instance.from_arrays([[1]], [-(2**63)], hidden=[], weights=[1], biases=[0], loss="l1")
    weights = Weights.nearest(instance, [([[1]], [0])])
    assert evaluate(instance, weights).loss == 2**63 + 1
    assert ExactArray.from_values(np.array([2**62, -1])).numerators.dtype == object


def test_positions_in_sets_and_back() -> None:
    """Over sets of several denominators, with values that are not allowed, and past int64."""
    x, sets = [[1, 1]], [[[["-1/2", "1/3", 2**70], [0, 1]]]]
    instance = Instance.from_arrays(x, [[0]], hidden=[], layer_weights=sets, layer_biases=[[7]])
    grid = instance.network.layers[0].weights
    for index in ([[0, 1]], [[1, 0]], [[2, 1]]):
        values = from_value_indices(grid, np.array(index))
        assert value_indices(grid, values).tolist() == index
    assert value_indices(grid, ExactArray.from_values([["1/7", 2]])).tolist() == [[-1, -1]]
    assert Weights.nearest(instance, [([["-1/12", 0.5]], [0])]).layers[0].weights.json() == [["-1/2", 0]]
