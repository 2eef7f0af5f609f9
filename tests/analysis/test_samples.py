"""Merged samples: nothing lost, and bounds that hold (see also the enumeration tests)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.analysis.samples import merge_samples
from dnnt_encode.instance import Dataset, ExactArray, Instance
from tests.random_instances import tiny_instances


@given(tiny_instances(assignments=80))
def test_merging_keeps_every_loss(instance: Instance) -> None:
    merged = merge_samples(instance)
    data = Dataset(merged.x.take(merged.input_of), merged.y, merged.multiplicity)
    smaller = Instance(instance.name, instance.network, data, instance.loss)
    assert enumerate_losses(smaller).fractions().tolist() == enumerate_losses(instance).fractions().tolist()
    assert data.total == instance.dataset.total
    rows = [(*row, *np.atleast_1d(target).tolist()) for row, target in zip(
        data.x.fractions().tolist(), data.y.fractions() if isinstance(data.y, ExactArray) else data.y, strict=True
    )]  # fmt: skip
    assert len(set(rows)) == len(rows)
    assert sorted(merged.input_of.tolist()) == merged.input_of.tolist()


@pytest.mark.parametrize(
    ("loss", "y", "counts", "bound"),
    [
        ("misclassification", [0, 1, 0, 0], [1, 3, 1, 7], 2),
        ("hinge", [0, 1, 0, 0], [1, 3, 1, 7], 4),
        ("squared_hinge", [0, 1, 0, 0], [1, 3, 1, 7], Fraction(4 * 2 * 3, 5)),
        ("zero_one", [[0], [1], [0], [5]], [1, 3, 1, 7], 2),
        ("l1", [[0], [1], [4], [5]], [1, 3, 1, 7], 4),
        ("l2", [[0], [2], [0], [5]], [1, 3, 1, 7], Fraction(12 * 5 - 36, 5)),
        ("linf", [[0], [1], [4], [5]], [1, 3, 1, 7], 4),
        ("epsilon_insensitive", [[0], [1], [4], [5]], [1, 3, 1, 7], 4 - Fraction(2, 10)),
        ("pinball", [[0], [1], [4], [5]], [1, 3, 1, 7], Fraction(4, 2)),
    ],
)
def test_conflicting_targets_cost(loss: str, y: list[object], counts: list[int], bound: Fraction) -> None:
    x = [[1], [1], [1], [2]]
    instance = Instance.from_arrays(x, y, hidden=[1], loss=loss, multiplicity=counts)
    assert merge_samples(instance).lower_bound == bound


def test_equal_rows_of_huge_numbers_are_found() -> None:
    x = [[2**70, 1], [2**70, 1], [2**70, 2]]
    merged = merge_samples(Instance.from_arrays(x, [0, 0, 1], hidden=[1]))
    assert merged.multiplicity.tolist() == [2, 1]
