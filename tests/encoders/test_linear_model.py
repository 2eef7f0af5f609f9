"""The linear model as an object: names, sizes, refusals, memory."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance
from tests.random_instances import tiny_instances


@given(tiny_instances())
def test_names_are_distinct_and_portable(instance: Instance) -> None:
    model = encode_linear(instance)
    names = model.names()
    assert len(names) == model.columns == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]{0,200}", name) for name in names)
    assert [group.start for group in model.row_groups] == [0, *(group.stop for group in model.row_groups)][:-1]
    assert (model.lower <= model.upper).all()
    for row in range(model.rows):
        columns = model.row_columns[model.row_start[row] : model.row_start[row + 1]].tolist()
        assert len(set(columns)) == len(columns)


def test_names_say_what_a_parameter_is() -> None:
    instance = Instance.from_arrays(
        [[1, 2]], [1], hidden=[1], layer_weights=[[[[-1, 0, 1], [-2, 0, 1]]], [-1, 0, 1]], biases=[0, 1], loss="l1"
    )
    names = encode_linear(instance).names()
    assert names[:5] == ["w.1.0.0", "wsum.1.0.1", "w.1.0.1.0", "w.1.0.1.1", "w.1.0.1.2"]
    assert {"b.1.0", "w.2.0.0", "w.2.0.0.2", "b.2.0"} <= set(names)


@pytest.mark.parametrize("loss", ["misclassification", "l1", "l2"])
def test_a_million_terms_build_within_a_few_times_their_size(loss: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 4, (4000, 40))
    y = rng.integers(0, 2, 4000)
    instance = Instance.from_arrays(x, y if loss == "misclassification" else y[:, None], hidden=[4], loss=loss)
    size = linear_size(instance)
    tracemalloc.start()
    model = encode_linear(instance)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert model.terms > 500_000
    assert (size.columns, size.rows) == (model.columns, model.rows)
    assert model.terms <= size.terms <= 2 * model.terms
    assert peak < 4 * model.bytes
    assert model.bytes / 2 < size.bytes < 4 * model.bytes


def test_numbers_past_a_linear_model_are_refused_by_layer() -> None:
    deep = Instance.from_arrays([[1]], [[0]], hidden=[2] * 8, weights=[-1000, 1000], biases=[0], loss="l1")
    with pytest.raises(ModelTooLarge, match=r"layer 6: its sums reach 65 bits"):
        encode_linear(deep)
    with pytest.raises(ModelTooLarge, match="layer 6"):
        linear_size(deep)
    wide = Instance.from_arrays([[1]], [["1/1000000007"]], hidden=[1], weights=[-(10**15), 1], biases=[0], loss="l2")
    with pytest.raises(ModelTooLarge):
        encode_linear(wide)
