"""The trainer on random networks: every loss it tells is the exact evaluator's, and tiny ones end at their optimum."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.instance import Instance, SetGrid, check_allowed, evaluate
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.parameters import Interval
from dnnt_encode.training import Improvement, Trainer, Trying, supports
from tests.random_instances import tiny_instances


def improvements(instance: Instance, steps: int, target: Fraction | None = None, **options: Any) -> list[Improvement]:
    """What a trainer finds in so many steps, each checked: allowed, better than the last, its loss exact."""
    found: list[Improvement] = []
    for news in islice(Trainer(instance, **options).run(), steps):
        if isinstance(news, Improvement):
            weights = news.assignment.weights(instance)
            check_allowed(instance.network, weights)
            assert evaluate(instance, weights).loss == news.loss
            assert not found or news.loss < found[-1].loss
            found.append(news)
            if news.loss == target:
                break
    return found


TINY = tiny_instances(max_hidden_layers=3)
WIDER = tiny_instances(assignments=10**12, max_hidden_layers=3, max_inputs=5)


@settings(max_examples=60)
@given(TINY)
def test_tiny_instances_reach_their_optimum(instance: Instance) -> None:
    assert supports(instance) is None
    best = min(enumerate_losses(instance).fractions())
    assert improvements(instance, 100, best)[-1].loss == best


@settings(max_examples=30)
@given(WIDER, st.integers(0, 3))
def test_losses_are_exact(instance: Instance, seed: int) -> None:
    assert improvements(instance, 8, seed=seed)


@pytest.mark.nightly
@settings(max_examples=2000)
@given(TINY)
def test_many_tiny_instances_reach_their_optimum(instance: Instance) -> None:
    best = min(enumerate_losses(instance).fractions())
    assert improvements(instance, 300, best)[-1].loss == best


@pytest.mark.nightly
@settings(max_examples=2000)
@given(WIDER, st.integers(0, 3))
def test_losses_of_many_are_exact(instance: Instance, seed: int) -> None:
    assert improvements(instance, 20, seed=seed)
