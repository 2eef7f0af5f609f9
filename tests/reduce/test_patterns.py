"""How many output patterns there are; what they keep is tested with all steps and splits."""

from __future__ import annotations

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.instance import Instance
from dnnt_encode.reduce.patterns import output_patterns


@pytest.mark.parametrize(
    ("hidden", "activation", "count"),
    [(1, "relu", 2), (2, "relu", 3), (4, "relu", 5), (2, "sign", 6), (4, "sign", 15), (2, "identity", 3)],
)
def test_how_many_patterns_there_are(hidden: int, activation: str, count: int) -> None:
    instance = Instance.from_arrays([[0, 1], [1, 0]], [0, 1], hidden=[hidden], activation=activation)
    assert len(output_patterns(instance)) == count


def test_a_unit_that_is_never_zero_keeps_its_zero_weight() -> None:
    """Dropping it turned a best loss of 1 into 3, where sign units stand before the output."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = rng.integers(-1, 2, (5, 2)), rng.integers(0, 2, 5)
        instance = Instance.from_arrays(x, y, hidden=[2], activation="sign", weights=(-1, 0, 1), biases=(0, 1))
        parts = output_patterns(instance)
        least = min(min(enumerate_losses(part.instance).fractions()) for part in parts)
        assert least == min(enumerate_losses(instance).fractions())


def test_where_there_are_none() -> None:
    x, y = [[0, 1], [1, 0]], [0, 1]
    assert not output_patterns(Instance.from_arrays(x, y, hidden=[]))
    assert not output_patterns(Instance.from_arrays(x, y, hidden=[2], layer_weights=[[-1, 0, 1], [1]]))
    assert not output_patterns(Instance.from_arrays(x, y, hidden=[40]), most=20)
    assert not output_patterns(Instance.from_arrays(x, [0, 2], hidden=[3], outputs=3))


def test_many_outputs_are_not_enumerated() -> None:
    classes = Instance.from_arrays(np.arange(60).reshape(30, 2), np.arange(30), hidden=[2])
    assert not output_patterns(classes)


def test_classes_are_read_at_their_level() -> None:
    """Of three outputs' columns those count whose least weight is the least there is, and that are no constant: 18 of
    27; the others differ from one of them by what is added to all outputs."""
    x, y = [[0, 1], [1, 0]], [0, 2]
    assert len(output_patterns(Instance.from_arrays(x, y, hidden=[1]))) == 18
    assert len(output_patterns(Instance.from_arrays(x, y, hidden=[2]))) == 18 * 19 // 2
    assert len(output_patterns(Instance.from_arrays(x, y, hidden=[1], activation="sign"))) == 19
    vectors = Instance.from_arrays(x, [[0, 1, 0], [1, 0, 0]], hidden=[1], loss="l1")
    assert len(output_patterns(vectors)) == 26
