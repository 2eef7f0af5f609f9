"""The MILP that anyone would write first: one M for the whole model, and McCormick's rows for every product.

    z[s, j] = sum_i w[j, i] x[s, i] + b[j]
    h[s, j] = max(0, z[s, j]):        h >= z, h >= 0, h <= z + M (1 - a), h <= M a
    v[j] = sum_k value_k s[j, k]:     one selector a value
    p[s, j, k] = s[j, k] h[s, j]:     p <= M s, p <= h, p >= h - M (1 - s), p >= 0
    t[s] f[s] >= 1 - M e[s],          f[s] = sum_j sum_k value_k p[s, j, k] + c
    minimise sum_s e[s]

M is the largest number that any output can reach, plus the margin.
"""

from __future__ import annotations

import numpy as np

from benchmarks.textbook.instances import Problem
from dnnt_encode.models.linear import ColumnGroup
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, EQUAL, MilpModel

MARGIN = 1


class _Rows:
    """Columns and rows as they come; a textbook needs no more."""

    def __init__(self) -> None:
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.rows: list[tuple[list[int], list[int], int, int]] = []

    def column(self, lower: int, upper: int) -> int:
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def row(self, terms: list[tuple[int, int]], sense: int, rhs: int) -> None:
        self.rows.append(([column for column, _ in terms], [value for _, value in terms], sense, rhs))


def textbook_milp(problem: Problem, values: tuple[int, ...]) -> MilpModel:
    """x int [n, d], y int [n] of 0 and 1; every parameter out of ``values``: all integers from least to greatest."""
    x, y, hidden = problem.x, problem.y, problem.hidden
    low, high = min(values), max(values)
    reach = max(abs(low), abs(high))
    largest = reach * int(np.abs(x).sum(axis=1).max()) + reach
    m = hidden * reach * largest + reach + MARGIN
    build = _Rows()
    w = [[build.column(low, high) for _ in range(x.shape[1])] for _ in range(hidden)]
    b = [build.column(low, high) for _ in range(hidden)]
    c = build.column(low, high)
    selectors = [[build.column(0, 1) for _ in values] for _ in range(hidden)]
    for chosen in selectors:
        build.row([(s, 1) for s in chosen], EQUAL, 1)
    errors = []
    for sample, target in zip(x.tolist(), y.tolist(), strict=True):
        sign = 1 if target == 1 else -1
        output: list[tuple[int, int]] = [(c, sign)]
        for j in range(hidden):
            z, h, a = build.column(-m, m), build.column(0, m), build.column(0, 1)
            terms = [(w[j][i], value) for i, value in enumerate(sample) if value]
            build.row([*terms, (b[j], 1), (z, -1)], EQUAL, 0)
            build.row([(h, 1), (z, -1)], AT_LEAST, 0)
            build.row([(h, 1), (z, -1), (a, m)], AT_MOST, m)
            build.row([(h, 1), (a, -m)], AT_MOST, 0)
            for value, s in zip(values, selectors[j], strict=True):
                if not value:
                    continue
                p = build.column(0, m)
                build.row([(p, 1), (s, -m)], AT_MOST, 0)
                build.row([(p, 1), (h, -1)], AT_MOST, 0)
                build.row([(p, 1), (h, -1), (s, -m)], AT_LEAST, -m)
                output.append((p, sign * value))
        e = build.column(0, 1)
        errors.append(e)
        build.row([*output, (e, m + MARGIN)], AT_LEAST, MARGIN)
    cost = np.zeros(len(build.lower), dtype=np.int64)
    cost[errors] = 1
    return MilpModel(
        lower=np.array(build.lower, dtype=np.int64),
        upper=np.array(build.upper, dtype=np.int64),
        integer=np.ones(len(build.lower), dtype=bool),
        cost=cost,
        row_start=np.cumsum([0, *(len(row[0]) for row in build.rows)], dtype=np.int64),
        row_columns=np.array([column for row in build.rows for column in row[0]], dtype=np.int32),
        row_coefficients=np.array([value for row in build.rows for value in row[1]], dtype=np.int64),
        row_sense=np.array([row[2] for row in build.rows], dtype=np.uint8),
        row_rhs=np.array([row[3] for row in build.rows], dtype=np.int64),
        indicator=np.zeros(len(build.rows), dtype=np.int32),
        column_groups=(ColumnGroup("x", 0, np.arange(len(build.lower)).reshape(-1, 1)),),
    )
