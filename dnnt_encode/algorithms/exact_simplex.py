"""Linear programs in exact rationals: the dual simplex method with integer pivots.

    minimise c y,  A y >= b,  y >= 0      with integers A, b and c >= 0

As no cost is negative, the slack basis is dual feasible, and one phase does. The tableau holds integers over one common
denominator, the last pivot (Edmonds' and Bareiss's rule: every division is exact). Bland's rule ends cycles.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

_GREEDY = 500
"""Pivots on the worst row before Bland's rule, which is slower and always ends."""


def minimum(
    cost: np.ndarray, rows: np.ndarray, rhs: np.ndarray, stop: Callable[[], bool] | None = None
) -> list[Fraction] | None:
    """An optimal y for cost [n], rows [m, n] and rhs [m] (integers); None where there is no solution.

    Raises TimeoutError where ``stop`` says so between two pivots, ValueError for a negative cost.

    >>> minimum(np.array([1, 1]), np.array([[2, 1], [1, 3]]), np.array([1, 1]))
    [Fraction(2, 5), Fraction(1, 5)]
    """
    if (cost < 0).any():
        raise ValueError("found a negative cost; the slack basis would not be dual feasible")
    m, n = rows.shape
    # Slacks s = A y - b: row i says s_i = -b_i + A y in terms of the nonbasic columns; the last row is the cost.
    table = np.zeros((m + 1, n + 1), dtype=object)
    table[:m, :n] = rows.astype(object)
    table[:m, n] = -rhs.astype(object)
    table[m, :n] = cost.astype(object)
    basic, nonbasic = list(range(n, n + m)), list(range(n))
    denominator = 1
    pivots = 0
    while True:
        if stop is not None and stop():
            raise TimeoutError
        values = table[:m, n].tolist()
        below = [i for i, value in enumerate(values) if value < 0]
        if not below:
            break
        # Greedy first: the most negative value; then the smallest variable.
        order = values if pivots < _GREEDY else basic
        leaving = min(below, key=order.__getitem__)
        entering: int | None = None
        for j in range(n):
            if table[leaving, j] <= 0:
                continue
            if entering is None:
                entering = j
                continue
            left, right = table[m, j] * table[leaving, entering], table[m, entering] * table[leaving, j]
            if left < right or (left == right and nonbasic[j] < nonbasic[entering]):
                entering = j
        if entering is None:
            return None
        denominator = _pivot(table, leaving, entering, denominator)
        basic[leaving], nonbasic[entering] = nonbasic[entering], basic[leaving]
        pivots += 1
    result = [Fraction(0)] * n
    for i, variable in enumerate(basic):
        if variable < n:
            result[variable] = Fraction(int(table[i, n]), denominator)
    return result


def _pivot(table: np.ndarray, row: int, column: int, denominator: int) -> int:
    """Exchange a basic and a nonbasic variable in place; returns the new denominator (the pivot, which is positive)."""
    pivot = int(table[row, column])
    line, side = table[row].copy(), table[:, column].copy()
    table[:] = (table * pivot - np.outer(side, line)) // denominator
    table[row] = -line
    table[:, column] = side
    table[row, column] = denominator
    return pivot


def minimum_by_rows(
    cost: np.ndarray,
    rows: np.ndarray,
    rhs: np.ndarray,
    first: np.ndarray,
    stop: Callable[[], bool] | None = None,
    a_round: int = 20,
) -> list[Fraction] | None:
    """``minimum``, with the rows ``first`` (bool [m]) alone at the beginning: rows that a solution of the others breaks
    are added, the worst ``a_round`` at a time, until none is. Few rows matter, so the tableau stays small."""
    active = first.copy()
    exact = rows.astype(object)
    while True:
        y = minimum(cost, rows[active], rhs[active], stop)
        if y is None:
            return None
        scale = math.lcm(*(value.denominator for value in y))
        integers = np.array([int(value * scale) for value in y], dtype=object)
        slack = exact @ integers - rhs.astype(object) * scale
        broken = np.flatnonzero((slack < 0).astype(bool))
        if not len(broken):
            return y
        active[broken[np.argsort(slack[broken], kind="stable")[:a_round]]] = True
