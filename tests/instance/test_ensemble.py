"""Ensembles: the network of a vote against a vote that is counted by hand, and what members are trained on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance import ExactArray, Instance, LayerWeights, Network, Weights, check_allowed, evaluate
from dnnt_encode.instance.constraints import FixedAnswers
from dnnt_encode.instance.ensemble import (
    ensemble_weights,
    member_instances,
    member_network,
    of_instance,
    parts_of,
    right_samples,
    vote_parameters,
)
from dnnt_encode.instance.strategies import STRATEGIES, EnsembleStrategy, class_count, sides
from tests.transfer.networks import random_ensemble


def by_hand(strategy: EnsembleStrategy, outputs: list[Any], classes: int) -> int:
    """The class of one sample, from the output of each member."""
    if strategy == "one-vs-rest":
        return max(range(classes), key=lambda k: (outputs[k], -k))
    pairs = list(combinations(range(classes), 2))
    votes = [pair[f > 0] for pair, f in zip(pairs, outputs, strict=True)]
    among = set(range(classes))
    for _ in range(2):
        inside = [vote for vote, pair in zip(votes, pairs, strict=True) if among.issuperset(pair)]
        counts = Counter(inside)
        among = {k for k in among if counts[k] == max(counts[other] for other in among)}
    return min(among)


@pytest.mark.parametrize("seed", range(20))
def test_the_network_of_a_vote_is_the_vote(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = random_ensemble(rng)
    assert weights.ensemble is not None
    members, network = weights.ensemble.members, weights.network
    assert network is not None
    x = ExactArray.from_scaled(rng.integers(-20, 21, (60, network.inputs)), 4)
    outputs = np.stack([member.outputs(x).fractions()[:, 0] for member in members], axis=1).tolist()
    expected = [by_hand(weights.ensemble.strategy, row, network.outputs) for row in outputs]
    assert weights.predict(x).tolist() == expected
    of_each = members[0].network
    assert of_each is not None
    total = vote_parameters(of_each, len(members), network.outputs, weights.ensemble.strategy)
    assert total == network.parameters
    # Each value that is fixed in the network is the one that the weights have.
    check_allowed(network, weights)


def constant(*outputs: int) -> Weights:
    """A one-vs-one ensemble whose members say the same whatever their input is."""
    network = member_network(Instance.from_arrays([[0], [1]], [0, 1], hidden=[], weights=(-1, 0, 1)).network)
    values = [(LayerWeights.from_values([[0]], [f]),) for f in outputs]
    return ensemble_weights("one-vs-one", network, values)


@pytest.mark.parametrize(
    ("outputs", "winner", "preferred"),
    [
        # The pairs are 01, 02, 12; an output of 0 is a vote for the first of the two.
        ((0, 0, 0), 0, [2, 1, 0]),
        ((1, 1, 1), 2, [0, 1, 2]),
        ((1, -1, 1), 0, [1, 1, 1]),
        ((1, 1, -1), 1, [0, 2, 1]),
        # 01, 02, 03, 12, 13, 23: the classes 1 and 2 have two votes each, and their own member is for 2.
        ((1, 1, -1, 1, -1, 1), 2, [1, 2, 3, 0]),
        # Of 0, 1 and 2 each has two votes, and one of those among the three: the first is taken.
        ((-1, 1, -1, -1, -1, -1), 0, [2, 2, 2, 0]),
    ],
)
def test_ties(outputs: tuple[int, ...], winner: int, preferred: list[int]) -> None:
    weights = constant(*outputs)
    assert weights.predict([[0], [7]]).tolist() == [winner] * 2
    assert weights.outputs([[0]]).json() == [preferred]


def flowers(classes: int = 3, **options: Any) -> Instance:
    rng = np.random.default_rng(3)
    x, y = rng.integers(-2, 3, (20, 3)), np.r_[np.arange(classes), rng.integers(0, classes, 20 - classes)]
    given = {"hidden": [2], "outputs": classes, "multiplicity": rng.integers(1, 4, 20), "name": "flowers", **options}
    return Instance.from_arrays(x, y, **given)


def test_members_are_trained_on_their_own_samples() -> None:
    instance = flowers(classes=3, weights=(-1, 0, 1, "1/2"), margin="1/2", threshold=1, loss="hinge")
    y = instance.dataset.y
    assert isinstance(y, np.ndarray)
    for strategy in STRATEGIES:
        parts = member_instances(instance, strategy)
        for part, (first, second) in zip(parts, [(0, 1), (0, 2), (1, 2)], strict=True):
            data = part.dataset
            assert (part.network.widths, part.loss, part.threshold) == ((3, 2, 1), instance.loss, 1)
            rows = np.flatnonzero((y == first) | (y == second)) if strategy == "one-vs-one" else np.arange(20)
            assert data.x.equals(instance.dataset.x.take(rows))
            assert data.multiplicity.tolist() == instance.dataset.multiplicity[rows].tolist()
            if strategy == "one-vs-one":
                assert data.y.tolist() == (y[rows] == second).tolist()
                assert data.classes == (str(first), str(second))
        if strategy == "one-vs-rest":
            assert [part.dataset.y.tolist() for part in parts] == [(y == k).tolist() for k in range(3)]


def test_weights_are_evaluated_member_by_member() -> None:
    instance = flowers(classes=4)
    rng = np.random.default_rng(0)
    for strategy in STRATEGIES:
        parts = member_instances(instance, strategy)
        own = [
            Weights.nearest(
                part, [(rng.normal(size=grid.weights.shape), rng.normal(size=grid.units)) for grid in layers]
            )
            for part, layers in ((part, part.network.layers) for part in parts)
        ]
        whole = of_instance(instance, strategy, [each.layers for each in own])
        for (part, each), expected in zip(parts_of(instance, whole), own, strict=True):
            check_allowed(part.network, each)
            assert evaluate(part, each).loss == evaluate(part, expected).loss
        right = whole.predict(instance.dataset.x) == instance.dataset.y
        assert right_samples(instance, whole) == instance.dataset.multiplicity[right].sum()
    single = Weights.nearest(instance, [(np.zeros((2, 3)), np.zeros(2)), (np.zeros((4, 2)), np.zeros(4))])
    assert parts_of(instance, single) == [(instance, single)]


def test_two_classes_do_as_well() -> None:
    instance = Instance.from_arrays([[0], [1], [2]], [0, 1, 1], hidden=[1])
    assert [len(member_instances(instance, strategy)) for strategy in STRATEGIES] == [1, 2]


def test_what_is_no_ensemble_is_refused() -> None:
    numbers = Instance.from_arrays([[0], [1]], [0.5, 1], hidden=[1])
    with pytest.raises(InputError, match="one-vs-one is for classes; the loss l1 has vectors"):
        member_instances(numbers, "one-vs-one")
    bound = replace(flowers(), constraints=(FixedAnswers(ExactArray.from_values([[0, 0, 0]]), np.array([1])),))
    with pytest.raises(InputError, match="constraints are about the answers of one network"):
        member_instances(bound, "one-vs-one")
    gap = Instance.from_arrays([[0], [1]], [0, 2], hidden=[1])
    with pytest.raises(InputError, match="the class '1' has no samples"):
        member_instances(gap, "one-vs-rest")
    uneven = Instance.from_arrays(
        [[0], [1], [2]], [0, 1, 2], hidden=[], layer_weights=[[[(0, 1)], [(0, 1)], [(0, 2)]]], layer_biases=[(0,)]
    )
    with pytest.raises(InputError, match="the outputs have different sets"):
        member_instances(uneven, "one-vs-one")
    network = member_network(flowers().network)
    with pytest.raises(InputError, match="found 2 members of 1 outputs; one-vs-one has none such"):
        ensemble_weights("one-vs-one", network, [random_values(network)] * 2)
    with pytest.raises(InputError, match="member 1: found the values of 1 layers"):
        ensemble_weights("one-vs-one", network, [random_values(network)[:1]] * 3)


def random_values(network: Network) -> tuple[LayerWeights, ...]:
    return tuple(
        LayerWeights.from_values(np.zeros(layer.weights.shape, int), np.zeros(layer.units, int))
        for layer in network.layers
    )


def test_a_vote_of_too_many_members_is_refused_before_anything_is_made() -> None:
    classes = 120
    many = Instance.from_arrays(np.arange(classes)[:, None], np.arange(classes), hidden=[1])
    with pytest.raises(ModelTooLarge, match="7140 members for 120 classes has 153831420 parameters"):
        member_instances(many, "one-vs-one")
    assert len(member_instances(many, "one-vs-rest")) == classes


def test_how_many_members_there_are() -> None:
    for strategy in STRATEGIES:
        counts = {len(sides(strategy, range(classes))): classes for classes in range(2, 40)}  # type: ignore[arg-type]
        assert all(class_count(strategy, members) == counts.get(members) for members in range(39))
