"""What each step does to instances that are made for it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.analysis.view import View
from dnnt_encode.instance import (
    Assignment,
    Instance,
    Layer,
    Network,
    SetGrid,
    activation,
    evaluate,
    parameter_set,
)
from dnnt_encode.instance.parameters import Interval
from dnnt_encode.reduce import STEPS, Chain, Contradiction, Reduced, Step, bounds, chain, merging
from dnnt_encode.reduce.columns import proportional_columns
from dnnt_encode.reduce.constants import constant_signals
from dnnt_encode.reduce.fixing import impossible_values
from dnnt_encode.reduce.samples import equal_samples
from dnnt_encode.reduce.units import idle_parameters
from dnnt_encode.reduce.unread import unread_signals
from tests.reduce.oracle import check, check_contradiction


def reduced(step: Step, instance: Instance, by_brute_force: bool = True) -> Reduced:
    found = step(View(instance))
    assert isinstance(found, Reduced)
    if by_brute_force:
        check(instance, [found])
    return found


def same_losses(instance: Instance, found: Reduced, seed: int = 0) -> None:
    """Some assignments there and back, for instances that are too large for brute force."""
    rng = np.random.default_rng(seed)
    for _ in range(20):
        for network, source, target, way in (
            (instance.network, instance, found.instance, found.lower),
            (found.instance.network, found.instance, instance, found.lift),
        ):
            drawn = Assignment(
                tuple(
                    (rng.integers(0, layer.weights.sizes()), rng.integers(0, layer.biases.sizes()))
                    for layer in network.layers
                )
            )
            there = way(drawn)
            assert there is not None
            assert evaluate(source, drawn.weights(source)).loss == evaluate(target, there.weights(target)).loss


def test_equal_samples_become_one_with_their_multiplicities() -> None:
    instance = Instance.from_arrays([[1], [2], [1], [1]], [0, 1, 0, 1], hidden=[], multiplicity=[1, 2, 3, 4])
    found = reduced(equal_samples, instance)
    assert sorted(found.instance.dataset.multiplicity.tolist()) == [2, 4, 4]
    outer = [found.outer_sample(k) for k in range(3)]
    assert {(instance.dataset.x.numerators[k, 0], instance.dataset.y[k]) for k in outer} == {(1, 0), (2, 1), (1, 1)}  # type: ignore[index]
    assert found.note.endswith("4 into 3")


def test_equal_opposite_and_proportional_columns_become_one() -> None:
    x = [[1, 1, -1, 3, 0], [2, 2, -2, 6, 1], [0, 0, 0, 0, 2]]
    instance = Instance.from_arrays(x, [[0], [1], [2]], hidden=[], weights=(-1, 0, 1), biases=0, loss="l1")
    found = reduced(proportional_columns, instance)
    grid = found.instance.network.layers[0].weights
    assert [grid[0, k] for k in range(5)] == [tuple(range(-6, 7)), (0,), (0,), (0,), (-1, 0, 1)]
    assert reduced(unread_signals, found.instance).instance.network.widths == (2, 1)
    assert proportional_columns(View(found.instance)) is None


def test_columns_that_several_layers_read_merge_in_each() -> None:
    ternary, one = parameter_set((-1, 0, 1)), parameter_set(1)
    relu, identity = activation("relu"), activation("identity")
    network = Network(
        2,
        (
            Layer(1, relu, SetGrid.uniform(ternary, (1, 2)), SetGrid.uniform(one, (1,)), (0,)),
            Layer(1, identity, SetGrid.uniform(ternary, (1, 3)), SetGrid.uniform(one, (1,)), (1, 0)),
        ),
    )
    base = Instance.from_arrays([[2, -4], [1, -2]], [[1], [3]], hidden=[], loss="l2")
    instance = Instance("skip", network, base.dataset, base.loss)
    found = reduced(proportional_columns, instance)
    assert found.instance.network.free_parameters == 3
    assert reduced(unread_signals, found.instance).instance.network.widths == (1, 1, 1)


def test_sums_grow_no_further_than_they_are_worth() -> None:
    powers = [[5**k for k in range(4)]]
    instance = Instance.from_arrays([*powers, [0] * 4], [[0], [1]], hidden=[], weights=(0, 1), biases=(0, 1), loss="l1")
    found = reduced(proportional_columns, instance)
    sizes = found.instance.network.layers[0].weights.sizes().ravel().tolist()
    # 1 + 5 has gaps and four values, at most twice the three of 1 + 1; with 25 there would be eight.
    assert sizes == [8, 1, 1, 2]
    many = Instance.from_arrays(np.ones((2, 2000), dtype=int), [0, 1], hidden=[], weights=(0, 1))
    merged = proportional_columns(View(many))
    assert isinstance(merged, Reduced)
    assert int(merged.instance.network.layers[0].weights.sizes().max()) == merging.MAX_PROGRESSION
    same_losses(many, merged)


def test_huge_numbers_merge_exactly() -> None:
    big = 2**70
    instance = Instance.from_arrays([[3 * big, -2 * big], [6, -4]], [[1], [0]], hidden=[], weights=(-1, 1), loss="l1")
    found = reduced(proportional_columns, instance)
    assert found.instance.network.layers[0].weights[0, 0] == (-5, -1, 1, 5)


def test_constant_signals_join_the_bias() -> None:
    instance = Instance.from_arrays([[2, 1], [2, 0]], [[0], [1]], hidden=[], biases=(0, 1), loss="l1")
    found = reduced(constant_signals, instance)
    layer = found.instance.network.layers[0]
    assert (layer.weights[0, 0], layer.biases[0]) == ((0,), (-2, -1, 0, 1, 2, 3))
    always = Instance.from_arrays(
        [[1], [2]], [0, 1], hidden=[2], layer_weights=[(0, 1), (-1, 1)], layer_biases=[0, (0, 1)], activation="sign"
    )
    chained = chain(always, STEPS)
    check(always, [chained])
    assert chained.instance.network.free_parameters == 1
    assert len(chained.notes) == 3


def test_dead_and_unread_units_go() -> None:
    sets = [[[-1], [-2, -1]], [[0, 1], [-1, 1]], [[-1, 1], [-1, 1]]]
    instance = Instance.from_arrays(
        [[1, 2], [2, 0]], [[1], [0]], hidden=[3], loss="l1",
        layer_weights=[sets, [[[0, 1], [0, 1], [0]]]], layer_biases=[(-1, 0), 0],
    )  # fmt: skip
    idle = reduced(idle_parameters, instance)
    # Unit 0 is dead, unit 2 is read by nobody: 3 of their parameters, 3 of the other's, and the weight that reads 0.
    assert instance.network.free_parameters - idle.instance.network.free_parameters == 2 + 3 + 1
    assert reduced(unread_signals, idle.instance).instance.network.widths == (2, 1, 1)


def test_a_threshold_leaves_few_values() -> None:
    instance = Instance.from_arrays(
        [[1, 0], [0, 1], [1, 1]], [[3], [-3], [0]], hidden=[], weights=(-3, -1, 0, 2, 3), biases=(0, 1), loss="l1"
    )
    found = reduced(impossible_values, instance.with_threshold(Fraction(0)))
    assert found.instance.network.search_space == 1
    assert found.note.endswith("left out: 9; free parameters 3 into 0")
    assert impossible_values(View(instance)) is None
    assert impossible_values(View(instance.with_threshold(Fraction(100)))) is None


def test_a_sample_that_cannot_be_met_is_named_by_its_place_in_the_whole() -> None:
    x, y = [[0], [0], [1], [2]], [[0], [0], [1], [9]]
    instance = Instance.from_arrays(x, y, hidden=[1], loss="zero_one", threshold=0)
    found = chain(instance, STEPS)
    assert len(found.steps) == 1
    assert found.contradiction is not None
    assert found.contradiction.sample == 3
    check_contradiction(instance, found.contradiction)


def test_demands_go_back_through_hidden_layers() -> None:
    """The output 6 asks for h_2 = 6, that for h_1 = 3, and that for w = 3; nothing of it shows in the bounds alone."""
    instance = Instance.from_arrays(
        [[1]], [[6]], hidden=[1, 1], loss="l1", threshold=0,
        layer_weights=[(-3, 1, 3), (-1, 2), (1,)], layer_biases=[0, 0, 0],
    )  # fmt: skip
    found = reduced(impossible_values, instance)
    assert found.instance.network.search_space == 1


def test_a_parameter_without_values_is_a_contradiction() -> None:
    instance = Instance.from_arrays(
        [[1], [-1]], [[2], [2]], hidden=[], weights=(-2, 2), biases=0, loss="l1", threshold=0
    )
    found = impossible_values(View(instance))
    assert isinstance(found, Contradiction)
    check_contradiction(instance, found)


def test_what_steps_do_not_cover_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Instance.from_arrays([[1, 1]], [[0]], hidden=[1], weights=Interval(-1, 1), loss="l1")
    assert chain(real, STEPS).steps == ()
    square = Instance.from_arrays([[1, 2]], [[0]], hidden=[1], activation="square", loss="l1", threshold=0)
    assert isinstance(chain(square, STEPS), Chain)
    monkeypatch.setattr(bounds, "WORK", 0)
    dead = Instance.from_arrays([[1], [2]], [[0], [1]], hidden=[1], layer_weights=[(-1, 0), (0, 1)], loss="l1")
    assert all(step(View(dead)) is None for step in (idle_parameters, constant_signals, impossible_values))
