"""Bounds hold for every assignment, and those of a first layer are attained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.algorithms.brute_force import assignment
from dnnt_encode.analysis import unrolled as unrolled_module
from dnnt_encode.analysis.unrolled import unroll
from dnnt_encode.instance import Instance
from tests.instance.reference import act
from tests.random_instances import tiny_instances


@given(tiny_instances(assignments=60))
def test_bounds_hold_and_scales_are_integral(instance: Instance) -> None:
    unrolled = unroll(instance.network, instance.dataset.x)
    reached = [(np.full(b.z_lower.shape, None), np.full(b.z_lower.shape, None)) for b in unrolled.layers]
    for index in range(instance.network.search_space):
        weights = assignment(instance, index).weights(instance)
        for s, row in enumerate(instance.dataset.x.fractions()):
            signals = [list(row)]
            for position, (layer, values) in enumerate(zip(instance.network.layers, weights.layers, strict=True)):
                a = [value for source in layer.sources for value in signals[source]]
                w, b = values.weights.fractions(), values.biases.fractions()
                out = []
                for u in range(layer.units):
                    z = sum((p * q for p, q in zip(w[u], a, strict=True)), b[u])
                    scaled = z * unrolled.scaled.layers[position].scale
                    assert scaled.denominator == 1
                    bounds = unrolled.layers[position]
                    assert bounds.z_lower[s, u] <= scaled <= bounds.z_upper[s, u]
                    assert abs(scaled) <= bounds.magnitude
                    low, high = reached[position]
                    low[s, u] = scaled if low[s, u] is None else min(low[s, u], scaled)
                    high[s, u] = scaled if high[s, u] is None else max(high[s, u], scaled)
                    value = act(layer.activation.name, layer.activation.c, z)
                    out.append(value)
                    shown = value * unrolled.scaled.layers[position].activation.out_scale
                    assert shown.denominator == 1
                    assert bounds.out_lower[s, u] <= shown <= bounds.out_upper[s, u]
                signals.append(out)
    assert (reached[0][0] == unrolled.layers[0].z_lower).all()
    assert (reached[0][1] == unrolled.layers[0].z_upper).all()


def test_a_deep_network_of_large_weights_passes_int64_without_a_word() -> None:
    instance = Instance.from_arrays([[1]], [[0]], hidden=[3] * 12, weights=[-1000, 1000], biases=[0], loss="l1")
    unrolled = unroll(instance.network, instance.dataset.x)
    last = unrolled.layers[-1]
    assert last.z_upper[0, 0] == 1000**13 * 3**12
    assert last.bits == (1000**13 * 3**12).bit_length() + 1


@given(tiny_instances())
def test_sums_by_table_are_sums_by_unit(instance: Instance) -> None:
    """Bounds do not depend on how they are computed."""
    expected = unroll(instance.network, instance.dataset.x)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unrolled_module, "MAX_SHARED_TABLES", 0)
        found = unroll(instance.network, instance.dataset.x)
    for one, other in zip(expected.layers, found.layers, strict=True):
        assert one.magnitude == other.magnitude
        for name in ("z_lower", "z_upper", "out_lower", "out_upper"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
            assert getattr(one, name).dtype == getattr(other, name).dtype
