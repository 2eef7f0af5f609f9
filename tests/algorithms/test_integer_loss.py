"""Losses of many outputs at once: the sums over all outputs stay within int64, or are refused."""

from __future__ import annotations

import numpy as np
import pytest

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.analysis.samples import merge_samples
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance


def test_many_classes_of_few_samples_count_in_the_bound() -> None:
    instance = Instance.from_arrays([[0], [1], [2]], [0, 1, 99], hidden=[], loss="hinge")
    samples, outputs = merge_samples(instance), instance.network.outputs
    assert outputs == 100
    with pytest.raises(ModelTooLarge, match="bits"):
        IntegerLoss(instance.loss, samples, 1, outputs, 2**55)
    loss = IntegerLoss(instance.loss, samples, 1, outputs, 2**50)
    f = np.full((1, 3, outputs), 2**50, dtype=np.int64)
    f[0, np.arange(3), [0, 1, 99]] = -(2**50)
    assert loss(f).tolist() == [3 * 99 * (2**51 + 1)]


def test_ranks_need_more_room_than_a_count() -> None:
    instance = Instance.from_arrays([[0], [1]], [0, 1], hidden=[])
    samples = merge_samples(instance)
    IntegerLoss(instance.loss, samples, 1, 1, 2**60)
    with pytest.raises(ModelTooLarge, match="bits"):
        IntegerLoss(instance.loss, samples, 1, 1, 2**60, ranks=True)
    losses, ranks = IntegerLoss(instance.loss, samples, 1, 1, 8, ranks=True).ranked(np.array([[[3], [-2]]]))
    assert (losses.tolist(), ranks.tolist()) == ([2], [4 + 3])
