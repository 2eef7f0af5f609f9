"""Brute force against the evaluation of every single assignment, and its numbering."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.algorithms.brute_force import Enumeration, assignment, describe_count, enumerate_losses
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Assignment, Instance, check_allowed, evaluate
from tests.random_instances import tiny_instances


@given(tiny_instances())
def test_every_loss_is_the_exact_one(instance: Instance) -> None:
    enumeration = Enumeration(instance)
    losses = enumerate_losses(instance).fractions()
    assert len(losses) == enumeration.total == instance.network.search_space
    for number in range(0, enumeration.total, max(1, enumeration.total // 12)):
        weights = enumeration.assignment(number).weights(instance)
        check_allowed(instance.network, weights)
        assert evaluate(instance, weights).loss == losses[number]


@given(tiny_instances())
def test_numbers_and_positions_are_inverse(instance: Instance) -> None:
    enumeration = Enumeration(instance)
    for number in {0, enumeration.total // 2, enumeration.total - 1}:
        found = enumeration.assignment(number)
        assert enumeration.number_of(found) == number
        again = Assignment.of(instance.network, found.weights(instance))
        assert all(np.array_equal(a, b) for a, b in zip(found.grids(), again.grids(), strict=True))


def test_the_last_bias_runs_fastest() -> None:
    instance = Instance.from_arrays([[1]], [[0]], hidden=[], weights=[0, 10], biases=[0, 1, 2], loss="l1")
    assert enumerate_losses(instance).json() == [0, 1, 2, 10, 11, 12]
    assert assignment(instance, 4).weights(instance).layers[0].weights.json() == [[10]]


def test_blocks_can_start_anywhere() -> None:
    instance = Instance.from_arrays([[1, 2], [3, 4]], [0, 1], hidden=[1])
    whole = enumerate_losses(instance)
    enumeration = Enumeration(instance)
    for start in (0, 1, 100, enumeration.total - 1):
        blocks = list(enumeration.blocks(start))
        assert blocks[0][0] == start
        joined = np.concatenate([block for _, block in blocks]) * enumeration.unit.numerator
        assert [Fraction(int(v), enumeration.unit.denominator) for v in joined] == list(whole.fractions()[start:])


@pytest.mark.parametrize("x", [[[0, 0], [0, 0]], [[10**25, 0], [0, 1]]])
def test_numbers_past_64_bits_stay_exact(x: list[list[int]]) -> None:
    instance = Instance.from_arrays(x, [[10**28], [0]], hidden=[1], weights=[0, 10**30], loss="l2")
    losses = enumerate_losses(instance).fractions()
    for number, loss in enumerate(losses):
        assert evaluate(instance, assignment(instance, number).weights(instance)).loss == loss


def test_too_many_assignments_are_refused_with_their_number() -> None:
    instance = Instance.from_arrays([[0] * 10], [0], hidden=[4])
    with pytest.raises(ModelTooLarge, match=r"about 10\^23 parameter assignments"):
        Enumeration(instance)
    with pytest.raises(ModelTooLarge, match="limit of 100"):
        enumerate_losses(Instance.from_arrays([[0, 0]], [0], hidden=[1]), limit=100)


def test_counts_are_written_short() -> None:
    assert describe_count(59049) == "59049"
    assert describe_count(3**50) == "about 10^24"
    assert describe_count(3**10000) == "about 10^4771"
