"""Numbers: what is read, what is refused, and arrays of them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.instance import ExactArray, number_json, to_fraction
from dnnt_encode.instance.rationals import multiplied

rationals = st.fractions(max_denominator=10**6)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "3"),
        (0.1, "1/10"),
        (1e22, "10000000000000000000000"),
        ("-6/4", "-3/2"),
        (" 2.50 ", "5/2"),
        ("1e-3", "1/1000"),
        (Decimal("0.30"), "3/10"),
        (np.int8(-4), "-4"),
        (np.float32(0.1), "1/10"),
        (np.float64(0.1), "1/10"),
        (Fraction(2, 3), "2/3"),
    ],
)
def test_numbers_mean_what_they_show(value: object, expected: str) -> None:
    assert to_fraction(value) == Fraction(expected)


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.bool_(False),
        float("nan"),
        float("inf"),
        "x",
        "1/0",
        "",
        "1/2/3",
        None,
        [1],
        "1e999999999",
        "0x10",
        "1_000",
    ],
)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="found"):
        to_fraction(value)


@given(st.lists(st.lists(rationals, min_size=3, max_size=3), min_size=1, max_size=5))
def test_arrays_keep_every_value(rows: list[list[Fraction]]) -> None:
    array = ExactArray.from_values(rows)
    assert array.fractions().tolist() == rows
    assert array.take(np.array([0])).fractions().tolist() == rows[:1]
    again = ExactArray.from_values(array.json())
    assert again.equals(array)
    assert [[number_json(value) for value in row] for row in rows] == array.json()


@given(st.lists(st.integers(-(2**70), 2**70), min_size=1), st.integers(-(2**70), 2**70))
def test_multiplied_is_exact(values: list[int], factor: int) -> None:
    array = ExactArray.from_values(values).numerators
    assert multiplied(array, factor).tolist() == [value * factor for value in values]


@pytest.mark.parametrize("values", [[[1, 2], [3]], [[True, 0]], [[1, None]], ["a"], [float("nan")]])
def test_arrays_of_anything_else_are_refused(values: object) -> None:
    with pytest.raises(ValueError):
        ExactArray.from_values(values)


def test_equal_values_have_equal_arrays_whatever_they_came_from() -> None:
    same = [[[0.5, 1.0]], [["1/2", 1]], np.array([[0.5, 1.0]]), [[Fraction(1, 2), 1]]]
    assert all(ExactArray.from_values(a).equals(ExactArray.from_values(b)) for a in same for b in same)
    assert ExactArray.from_values([2**64]).numerators.dtype == object
    assert ExactArray.from_values(np.array([2**63], dtype=np.uint64)).numerators.tolist() == [2**63]
