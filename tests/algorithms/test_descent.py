"""Descent by single parameters: every answer is allowed and better than the last, and the same seed gives the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.algorithms.descent import descend
from dnnt_encode.instance import Instance, check_allowed, evaluate
from tests.random_instances import tiny_instances


@settings(max_examples=25)
@given(tiny_instances(max_hidden_layers=1, skips=False))
def test_answers_improve_and_end_at_the_optimum_of_tiny_instances(instance: Instance) -> None:
    losses = []
    for found in descend(instance, work=10**6):
        weights = found.weights(instance)
        check_allowed(instance.network, weights)
        losses.append(evaluate(instance, weights).loss)
    assert losses == sorted(set(losses), reverse=True)
    assert losses[-1] == min(enumerate_losses(instance).fractions())


def test_random_labels_are_fitted_and_the_seed_decides() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, (30, 30)) * 2 - 1
    instance = Instance.from_arrays(x, rng.integers(0, 2, 30), hidden=[3])
    runs = [[evaluate(instance, w.weights(instance)).loss for w in descend(instance, seed)] for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert [run[-1] for run in runs] == [0, 0, 0]


def test_other_shapes_and_numbers_are_left_alone() -> None:
    deep = Instance.from_arrays([[1], [0]], [1, 0], hidden=[2, 2])
    assert list(descend(deep)) == []
    huge = Instance.from_arrays([[1]], [[0]], hidden=[1], weights=[1, 10**20], loss="l2")
    assert list(descend(huge)) == []
    stopped = Instance.from_arrays([[1], [0]], [1, 0], hidden=[2])
    assert list(descend(stopped, stop=lambda: True)) == []
