"""Equal rows of an integer array, int64 or of Python integers."""

from __future__ import annotations

import numpy as np


def row_groups(rows: np.ndarray) -> np.ndarray:
    """For each row [n, d] the number of its group of equal rows; groups are numbered by first appearance."""
    if rows.dtype == object:
        known: dict[tuple[int, ...], int] = {}
        return np.array([known.setdefault(tuple(row), len(known)) for row in rows.tolist()], dtype=np.int64)
    flat = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).reshape(-1)
    _, first, inverse = np.unique(flat, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse.reshape(-1)])


def first_rows(groups: np.ndarray) -> np.ndarray:
    """The first row of every group, in the order of the groups."""
    return np.unique(groups, return_index=True)[1]
