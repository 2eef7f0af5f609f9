"""Who is out of reach: never a sample that some parameters get right, and what it costs is never too much."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.analysis.reach import out_of_reach
from dnnt_encode.analysis.view import View
from dnnt_encode.instance import Dataset, Instance
from dnnt_encode.instance.activations import activation
from tests.random_instances import tiny_instances


@given(tiny_instances(assignments=80))
def test_what_is_out_of_reach_costs_at_least_so_much(instance: Instance) -> None:
    missed = out_of_reach(View(instance))
    least = min(enumerate_losses(instance).fractions().tolist())
    assert least >= (0 if missed is None else missed.loss)
    data, total = instance.dataset, 0
    for row in range(data.samples):
        one = np.array([row])
        y = data.y[one] if isinstance(data.y, np.ndarray) else data.y.take(one)
        # A single sample's least loss says whether any parameters get it right.
        alone = replace(instance, dataset=Dataset(data.x.take(one), y, data.multiplicity[one], data.classes))
        single = out_of_reach(View(alone))
        if single is not None:
            assert single.samples == data.multiplicity[row]
            assert min(enumerate_losses(alone).fractions().tolist()) >= single.loss > 0
            total += single.samples
    assert total == (0 if missed is None else missed.samples)


@pytest.mark.parametrize(
    ("options", "y", "samples", "loss", "words"),
    [
        ({"loss": "l1"}, [[100], [3], [-9]], 2, 94 + 3, "targets lie from -9 to 100, outputs from -6 to 6"),
        ({"loss": "l1", "multiplicity": [2, 1, 5]}, [[100], [3], [6]], 2, 2 * 94, "2 of 8 are out of reach"),
        ({"loss": "zero_one"}, [["13/2"], [3], [6]], 1, 1, "targets lie from 3 to 13/2"),
        ({"loss": "hinge", "margin": 8}, [1, 0, 1], 3, 2 + 2 + 2, "class 0 is out of reach with the margin 8 for 1 of"),
        ({"loss": "misclassification", "margin": 12, "outputs": 3}, [0, 1, 2], 0, 0, ""),
        ({"loss": "misclassification", "margin": 13, "outputs": 3}, [0, 2, 2], 3, 3, "class 2 is out of reach"),
    ],
)
def test_by_hand(options: dict[str, Any], y: list[Any], samples: int, loss: Any, words: str) -> None:
    inputs = [[5], [5], [5]]
    instance = Instance.from_arrays(inputs, y, hidden=[], **options)
    missed = out_of_reach(View(instance))
    if not samples:
        assert missed is None
        return
    assert missed is not None
    assert (missed.samples, missed.loss) == (samples, Fraction(loss))
    assert any(words in note for note in missed.notes)
    assert str(missed.loss) in missed.remarks[-1]


def test_large_numbers_say_nothing() -> None:
    instance = Instance.from_arrays([[2**60]], [[0]], hidden=[], weights=[1], loss="l1")
    assert out_of_reach(View(instance)) is None


def test_other_activations_are_bounded_too() -> None:
    instance = Instance.from_arrays([[1]], [[9]], hidden=[2], loss="l1", activation=activation("sign"))
    missed = out_of_reach(View(instance))
    assert missed is not None
    assert missed.loss == 6
