"""Lowering keeps exactly the solutions, with the smallest M; what it refuses and what it warns of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.errors import DnntError, InputError, ModelTooLarge
from dnnt_encode.instance import Instance
from dnnt_encode.models.linear import PLUS_INFINITY, LinearModel
from dnnt_encode.models.lowering import lower_model
from tests.random_models import linear_model, points, tiny_models


@pytest.mark.parametrize("indicators", [False, True])
@given(model=tiny_models())
def test_the_same_points_at_the_same_cost(indicators: bool, model: LinearModel) -> None:
    lowered = lower_model(model, indicators=indicators)
    ones = np.ones(lowered.added, dtype=np.int64)
    every = np.arange(model.columns)
    for point in points(model):
        extended = np.concatenate([lowered.shifted(every, point), ones])
        assert lowered.allows(extended) == (not len(model.violated(point)))
        assert lowered.objective(extended) == model.objective_value(point)
        assert lowered.original(extended).tolist() == point.tolist()
    # A column that cannot be 0 counts from its lower bound.
    assert not ((lowered.lower[every] > 0) | (lowered.upper[every] < 0)).any()
    assert indicators or not lowered.indicator.any()
    assert len(set(lowered.names())) == lowered.columns
    assert (np.diff(lowered.row_start) > 0).all() or lowered.indicator.any()


@given(model=tiny_models())
def test_columns_are_distinct_within_a_row(model: LinearModel) -> None:
    lowered = lower_model(model)
    for row in range(lowered.rows):
        columns = lowered.row_columns[lowered.row_start[row] : lowered.row_start[row + 1]].tolist()
        assert len(set(columns)) == len(columns)


def test_m_is_what_the_row_itself_proves() -> None:
    # a => 2 x - 3 y <= 4 with x in [0, 10], y in [-1, 5]: at most 23 without a, so M = 19.
    model = linear_model([(0, 1), (0, 10), (-1, 5)], [([(1, 2), (2, -3)], None, 4, [1])])
    lowered = lower_model(model)
    assert lowered.row_coefficients.tolist() == [2, -3, 19]
    assert lowered.row_rhs.tolist() == [23]
    # The same for not a, and at least: the least is -15, so M = 19.
    model = linear_model([(0, 1), (0, 10), (-1, 5)], [([(1, 2), (2, -3)], 4, None, [-1])])
    lowered = lower_model(model)
    assert lowered.row_coefficients.tolist() == [2, -3, 19]
    assert lowered.row_rhs.tolist() == [4]


def test_a_threshold_has_no_cost() -> None:
    model = linear_model([(0, 1)], [([(0, 1)], None, 0, [])], [(0, 3)], constant=5, threshold=5)
    lowered = lower_model(model)
    assert lowered.cost.tolist() == [0]
    assert lowered.offset == 0


def test_a_loss_that_is_large_in_any_case_makes_no_number_large() -> None:
    far = 10**9
    instance = Instance.from_arrays([[1], [2]], [[far], [0]], hidden=[1], weights=[-1, 0, 1], biases=[0], loss="l1")
    lowered = lower_model(encode_linear(instance))
    assert lowered.offset == far - 1
    assert lowered.reach < 20
    assert lowered.safe
    assert lowered.upper.max() <= 2


def test_without_finite_bounds_there_is_no_m() -> None:
    model = linear_model([(0, 1), (0, PLUS_INFINITY)], [([(1, 1)], None, 4, [1])])
    with pytest.raises(InputError, match="layer 1: rows: found a column without finite bounds"):
        lower_model(model)


def test_a_row_past_the_doubles_is_refused_by_its_name() -> None:
    big = 2**52
    model = linear_model([(0, 1), (0, big)], [([(0, 1)], None, 1, []), ([(1, 1)], None, 0, [1])])
    with pytest.raises(ModelTooLarge, match=r"layer 1: rows: a row may reach 9.01e\+15"):
        lower_model(model)
    # The row alone is within the limit; its M takes it past.
    assert lower_model(linear_model([(0, 1), (0, big)], [([(1, 1)], None, 0, [])])).rows == 1
    deep = Instance.from_arrays([[1]], [[0]], hidden=[2] * 4, weights=[-10000, 10000], biases=[0], loss="l1")
    with pytest.raises(DnntError, match=r"layer \d"):
        lower_model(encode_linear(deep))


def test_large_activities_are_warned_of() -> None:
    model = linear_model([(0, 1), (0, 3 * 10**7)], [([(1, 1)], None, 10, [1])])
    (warning,) = lower_model(model).warnings
    assert "layer 1: rows" in warning
    assert "6e+07" in warning
    assert not lower_model(linear_model([(0, 1)], [([(0, 1)], None, 0, [])])).warnings
