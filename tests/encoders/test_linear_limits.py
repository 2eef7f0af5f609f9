"""The linear encoder at its limits: integers that would wrap around, huge thresholds, huge sets, huge models."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.encoders.linear import LinearSize, encode_linear, linear_size, size
from dnnt_encode.encoders.linear.classes import ClassDifferences
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance


def test_products_of_two_layers_do_not_wrap_around() -> None:
    """z is at most 1 although its coefficient is 2^40, and 2^40 * 2^30 is 0 in int64."""
    instance = Instance.from_arrays(
        [[-(2**40)], [0]], [0, 1], hidden=[1], layer_weights=[[0, 1], [0, 2**30]], layer_biases=[[0, 1], [0]]
    )
    with pytest.raises(ModelTooLarge, match=r"two layers' weights"):
        encode_linear(instance)


def test_squares_of_constant_residuals_do_not_wrap_around() -> None:
    instance = Instance.from_arrays([[1]], [2**31], hidden=[], weights=[1], biases=[0], loss="l2")
    assert encode_linear(instance).objective_constant == (2**31 - 1) ** 2
    larger = Instance.from_arrays([[1]], [2**40], hidden=[], weights=[1], biases=[0], loss="l2")
    with pytest.raises(ModelTooLarge, match="the loss"):
        encode_linear(larger)


@pytest.mark.parametrize("loss", ["l1", "l2", "zero_one"])
@pytest.mark.parametrize(("threshold", "scaled"), [(10**30, 2**62), (-(10**30), -1), (Fraction(-1, 3), -1)])
def test_thresholds_past_int64(loss: str, threshold: Fraction | int, scaled: int) -> None:
    instance = Instance.from_arrays([[1], [0]], [[1], [0]], hidden=[1], loss=loss)
    model = encode_linear(instance, threshold=Fraction(threshold))
    assert model.threshold == scaled


def test_sets_of_very_many_values_have_no_table_of_differences() -> None:
    assert ClassDifferences.suits((np.arange(8), np.arange(3)))
    assert ClassDifferences.suits((np.arange(30),))
    assert not ClassDifferences.suits((np.arange(10**7), np.arange(10**7)))


@pytest.mark.parametrize("loss", ["misclassification", "l2"])
def test_an_estimated_size_is_close(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    x, classes = random.integers(0, 2, (400, 12)), random.integers(0, 3, 400)
    y = classes if loss == "misclassification" else classes[:, None]
    instance = Instance.from_arrays(x, y, hidden=[3], loss=loss)
    exact = linear_size(instance)
    monkeypatch.setattr(size, "HUGE_TERMS", 1000)
    estimate = linear_size(instance)
    assert (exact.estimated, estimate.estimated) == (False, True)
    for name in ("columns", "rows", "terms", "bytes"):
        assert getattr(estimate, name) == pytest.approx(getattr(exact, name), rel=0.03)


def test_a_huge_model_is_sized_without_its_memory() -> None:
    random = np.random.default_rng(1)
    x, y = random.integers(0, 2, (20_000, 30)), random.integers(0, 2, 20_000)
    instance = Instance.from_arrays(x, y, hidden=[100, 100])
    tracemalloc.start()
    found: LinearSize = linear_size(instance)
    assert found.estimated
    assert found.terms > 10**9
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < found.bytes / 50
