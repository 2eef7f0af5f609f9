"""The exact dual simplex against enumeration of vertices, and its row generation against the whole program."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.algorithms.exact_simplex import minimum, minimum_by_rows


@st.composite
def programs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    numbers = st.integers(-4, 4)
    rows = [[draw(numbers) for _ in range(n)] for _ in range(m)]
    cost = [draw(st.sampled_from([0, 0, 1, 3])) for _ in range(n)]
    return np.array(cost), np.array(rows), np.array([draw(numbers) for _ in range(m)])


def vertices(rows: np.ndarray, rhs: np.ndarray) -> list[list[Fraction]]:
    """All vertices of A y >= b, y >= 0; the polyhedron has one wherever it is not empty."""
    n = rows.shape[1]
    planes = [
        *zip(rows.tolist(), rhs.tolist(), strict=True),
        *((np.eye(n, dtype=int)[i].tolist(), 0) for i in range(n)),
    ]
    found = []
    for chosen in itertools.combinations(planes, n):
        y = solved([[Fraction(v) for v in (*row, right)] for row, right in chosen])
        if y is not None and all(sum(a * v for a, v in zip(row, y, strict=True)) >= right for row, right in planes):
            found.append(y)
    return found


def solved(system: list[list[Fraction]]) -> list[Fraction] | None:
    """Gauss and Jordan; None where the matrix is singular."""
    n = len(system)
    for k in range(n):
        pivot = next((i for i in range(k, n) if system[i][k]), None)
        if pivot is None:
            return None
        system[k], system[pivot] = system[pivot], system[k]
        system[k] = [value / system[k][k] for value in system[k]]
        for i in range(n):
            if i != k:
                system[i] = [a - system[i][k] * b for a, b in zip(system[i], system[k], strict=True)]
    return [row[-1] for row in system]


@given(programs())
def test_the_minimum_is_that_of_the_vertices(program: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    cost, rows, rhs = program
    costs = [sum(int(c) * v for c, v in zip(cost, y, strict=True)) for y in vertices(rows, rhs)]
    for y in (minimum(cost, rows, rhs), minimum_by_rows(cost, rows, rhs, np.zeros(len(rows), dtype=bool), a_round=1)):
        assert (y is None) == (not costs)
        if y is not None:
            assert min(y) >= 0
            assert all(
                sum(int(a) * v for a, v in zip(row, y, strict=True)) >= b for row, b in zip(rows, rhs, strict=True)
            )
            assert sum(int(c) * v for c, v in zip(cost, y, strict=True)) == min(costs)


def test_refusals_and_time() -> None:
    one = np.array([[1]])
    with pytest.raises(ValueError, match="negative cost"):
        minimum(np.array([-1]), one, np.array([1]))
    with pytest.raises(TimeoutError):
        minimum(np.array([1]), one, np.array([1]), lambda: True)
