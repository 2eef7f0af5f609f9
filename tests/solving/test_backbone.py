"""Backbones against the enumeration of all assignments."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnt_encode import Instance, Weights
from dnnt_encode.errors import InputError
from dnnt_encode.solving.backbone import backbone
from tests.random_instances import tiny_instances
from tests.stages import everything


def values(weights: Weights) -> dict[str, Fraction]:
    """The values of all parameters by name."""
    found: dict[str, Fraction] = {}
    for number, layer in enumerate(weights.layers, start=1):
        for unit, row in enumerate(layer.weights.fractions().tolist()):
            found |= {f"w {number}.{unit}.{column}": value for column, value in enumerate(row)}
        found |= {f"b {number}.{unit}": value for unit, value in enumerate(layer.biases.fractions().tolist())}
    return found


@given(tiny_instances(), st.integers(0, 3))
@settings(max_examples=40)
def test_a_backbone_is_what_all_have_in_common(instance: Instance, part: int) -> None:
    losses = sorted(loss for loss, _ in everything(instance))
    most = losses[len(losses) * part // 32]
    within = [values(weights) for loss, weights in everything(instance) if loss <= most]
    found = backbone(instance, threshold=most)
    assert found.complete
    assert found.values == {
        name: value for name, value in within[0].items() if all(other[name] == value for other in within)
    }
    if losses[0] > 0:
        assert backbone(instance, threshold=losses[0] / 2).values is None


def test_what_has_no_backbone() -> None:
    line = Instance.from_arrays([[0], [1]], [0, 1], hidden=[])
    with pytest.raises(InputError, match="there is none"):
        backbone(line)
    late = backbone(line, threshold=1, time_limit=1e-9)
    assert (late.values, late.complete) == (None, False)
