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
from dnnt_encode.instance import Instance, check_allowed, evaluate
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.parameters import Interval
from dnnt_encode.training import Improvement, Trainer, Trying, annealing, problem, supports
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
    assert improvements(instance, 3, seed=seed)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@settings(max_examples=2000)
@given(TINY)
def test_many_tiny_instances_reach_their_optimum(instance: Instance) -> None:
    best = min(enumerate_losses(instance).fractions())
    assert improvements(instance, 300, best)[-1].loss == best


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@settings(max_examples=2000)
@given(WIDER, st.integers(0, 3))
def test_losses_of_many_are_exact(instance: Instance, seed: int) -> None:
    assert improvements(instance, 6, seed=seed)


def digits_like(n: int, d: int, classes: int, seed: int = 0, **options: Any) -> Instance:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (n, d)) * 2 - 1
    y = (x @ rng.normal(size=(d, classes))).argmax(axis=1)
    return Instance.from_arrays(x, y, **{"hidden": [3], **options})


def test_seed_and_steps_decide() -> None:
    instance = digits_like(60, 8, 3)
    told = [
        [(found.loss, repr(found.assignment.layers)) for found in improvements(instance, 12, seed=s)] for s in (1, 1, 2)
    ]
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_what_is_told_is_where_it_goes_on() -> None:
    instance = digits_like(40, 12, 2, hidden=[2])
    best = improvements(instance, 60)[-1]
    trainer = Trainer(instance, seed=5)
    trainer.tell(best.assignment)
    trainer.tell(Assignment.first(instance.network))
    later = [news for news in islice(trainer.run(), 30) if isinstance(news, Improvement)]
    assert all(found.loss < best.loss for found in later)


def test_it_says_what_it_tries_and_shows_signs_of_life() -> None:
    news = list(islice(Trainer(digits_like(40, 10, 4)).run(), 20))
    texts = [said.text for said in news if isinstance(said, Trying)]
    assert any("gradient" in text for text in texts)
    assert any("annealing" in text for text in texts)
    assert None in news


def losses_to_the_end(instance: Instance, most: int = 200) -> list[Fraction]:
    news = list(islice(Trainer(instance).run(), most))
    assert len(news) < most
    return [found.loss for found in news if isinstance(found, Improvement)]


def test_it_ends_where_no_loss_can_be_less() -> None:
    fitted = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[4])
    assert losses_to_the_end(fitted)[-1] == 0
    # Equal inputs of different classes: one of three is missed at least.
    torn = Instance.from_arrays([[1], [1], [1]], [0, 1, 1], hidden=[1])
    assert losses_to_the_end(torn)[-1] == 1
    fixed = Instance.from_arrays([[1], [2]], [[5], [6]], hidden=[1], weights=[1], biases=[0], loss="l1")
    assert losses_to_the_end(fixed) == [8]


def test_what_is_not_supported_says_why() -> None:
    wide = Instance.from_arrays([[1]], [[0]], hidden=[1], weights=[1, 10**20], loss="l2")
    assert "bits" in str(supports(wide))
    squares = Instance.from_arrays([[1]], [[0]], hidden=[1], activation="square", loss="l2")
    assert "square" in str(supports(squares))
    interval = Instance.from_arrays([[1]], [[0]], hidden=[1], weights=Interval(-1, 1), loss="l2")
    assert "interval" in str(supports(interval))


def test_wide_integers_take_doubles() -> None:
    instance = Instance.from_arrays([[12345], [-777], [5]], [[10**9], [3], [-(10**8)]], hidden=[2], loss="l1",
                                    weights=[-1000, -1, 0, 1, 90000])  # fmt: skip
    assert improvements(instance, 10)


@pytest.mark.parametrize("loss", ["misclassification", "squared_hinge", "hinge"])
def test_many_samples_are_drawn_from_and_confirmed(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annealing, "MANY_SAMPLES", 500)
    monkeypatch.setattr(annealing, "SAMPLED", 200)
    instance = digits_like(1_000, 10, 2, loss=loss)
    losses = [found.loss for found in improvements(instance, 30)]
    assert losses[-1] < losses[0] / 2


def test_large_data_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two arrays of floats of four bytes, and little else, beside the instance itself."""
    instance = digits_like(20_000, 200, 2)
    monkeypatch.setattr(problem, "MERGED_ELEMENTS", 10**6)
    tracemalloc.start()
    try:
        steps = Trainer(instance).run()
        list(islice(steps, 4))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * 4 * 20_000 * 200


def test_large_sets_are_walked_through() -> None:
    """Weights from -10000 to 10000 for columns of few values and of many, and a set without even spacing."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.integers(0, 2, 50), rng.integers(0, 1000, 50)])
    y = (1234 * x[:, 0] - 77 * x[:, 1] + 4321)[:, None]
    wide = range(-10_000, 10_001)
    instance = Instance.from_arrays(
        x, y, hidden=[], weights=wide, biases=[0, *(k**3 for k in range(50)), 4321], loss="l1"
    )
    losses = [found.loss for found in improvements(instance, 25)]
    assert losses[-1] < losses[0]
