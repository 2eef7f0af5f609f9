"""Random tiny linear models, small enough to look at every point: conditional rows, repeated and contradicting
literals, literals among the row's own columns, empty rows, fixed columns, open sides."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY, ColumnGroup, LinearModel, RowGroup
from dnnt_encode.models.variable_map import VariableMap


def linear_model(
    bounds: list[tuple[int, int]],
    rows: list[tuple[list[tuple[int, int]], int | None, int | None, list[int]]],
    objective: list[tuple[int, int]] | None = None,
    constant: int = 0,
    threshold: int | None = None,
) -> LinearModel:
    """A model by hand; a row is (terms (column, coefficient), lower, upper, literals), None for no limit."""
    counts = [len(row[0]) for row in rows]
    conditions = [len(row[3]) for row in rows]
    terms = [term for row in rows for term in row[0]]
    objective = objective or []
    return LinearModel(
        lower=np.array([low for low, _ in bounds], dtype=np.int64),
        upper=np.array([high for _, high in bounds], dtype=np.int64),
        row_start=np.cumsum([0, *counts], dtype=np.int64),
        row_columns=np.array([column for column, _ in terms], dtype=np.int32),
        row_coefficients=np.array([value for _, value in terms], dtype=np.int64),
        row_lower=np.array([MINUS_INFINITY if row[1] is None else row[1] for row in rows], dtype=np.int64),
        row_upper=np.array([PLUS_INFINITY if row[2] is None else row[2] for row in rows], dtype=np.int64),
        enforce_start=np.cumsum([0, *conditions], dtype=np.int64),
        enforce_literals=np.array([literal for row in rows for literal in row[3]], dtype=np.int32),
        objective_columns=np.array([column for column, _ in objective], dtype=np.int32),
        objective_coefficients=np.array([value for _, value in objective], dtype=np.int64),
        objective_constant=constant,
        objective_lower=-(10**6),
        loss_unit=Fraction(1),
        threshold=threshold,
        variable_map=VariableMap(()),
        column_groups=(ColumnGroup("e", 0, np.arange(len(bounds)).reshape(-1, 1)),),
        row_groups=(RowGroup("layer 1: rows", 0, len(rows)),),
        instance_sha256="",
    )


@st.composite
def tiny_models(draw: Any) -> LinearModel:
    """At most three binary and two other columns, at most five rows."""
    binaries = draw(st.integers(1, 3))
    bounds = [(0, 1)] * binaries
    for _ in range(draw(st.integers(0, 2))):
        low = draw(st.integers(-4, 3))
        bounds.append((low, low + draw(st.integers(0, 6))))
    if draw(st.booleans()):
        bounds[0] = draw(st.sampled_from([(0, 0), (1, 1)]))
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        chosen = draw(st.lists(st.integers(0, len(bounds) - 1), unique=True, max_size=4))
        terms = [(column, draw(st.sampled_from([-7, -3, -1, 1, 2, 5]))) for column in chosen]
        lower = draw(st.none() | st.integers(-8, 8))
        upper = draw(st.none() | st.integers(-8, 8))
        if lower is not None and upper is not None:
            lower, upper = min(lower, upper), draw(st.sampled_from([max(lower, upper), min(lower, upper)]))
        literals = st.integers(1, binaries).flatmap(lambda c: st.sampled_from([c, -c]))
        rows.append((terms, lower, upper, draw(st.lists(literals, max_size=3))))
    objective = [(c, draw(st.integers(-3, 3))) for c in range(len(bounds)) if draw(st.booleans())]
    return linear_model(bounds, rows, objective, draw(st.sampled_from([0, 0, 4, -3])))


def points(model: LinearModel) -> np.ndarray:
    """Every point within the columns' bounds (int64 [points, columns])."""
    ranges = [range(low, high + 1) for low, high in zip(model.lower.tolist(), model.upper.tolist(), strict=True)]
    return np.array(list(itertools.product(*ranges)), dtype=np.int64).reshape(-1, model.columns)
