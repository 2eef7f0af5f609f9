"""Columns of the input that take few values, grouped by what they take.

A number that depends on a sample and on the value of a column there is, with values v0 < v1 < ... and indicators b1,
b2, ... that tell whether the column is v1, v2, ..., the sum f(v0) + b1 (f(v1) - f(v0)) + b2 (f(v2) - f(v0)) + ... So
what a change costs for every column of a group is a matrix product with the indicators. Of two values the column itself
serves as the indicator, up to an affine map; of more the indicators are held beside the columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_VALUES = 8
"""Columns of more values are in no group."""

MAX_LEVEL_ELEMENTS = 2**24
"""No more elements than this are spent on indicators."""


@dataclass(frozen=True, eq=False)
class ValueGroup:
    """Rows of a source that take the same ``values`` (sorted). Their indicators are ``levels``: rows of the source, for
    v1 in the order of ``rows``, then for v2, and so on; where there are two values, ``rows`` itself."""

    rows: slice
    values: tuple[float, ...]
    levels: slice

    @property
    def size(self) -> int:
        return int(self.rows.stop - self.rows.start)

    def indicators(self, source: np.ndarray) -> np.ndarray:
        """What the indicators are an affine map of: [values - 1, size, n], a view of ``source`` [rows, n]."""
        return source[self.levels].reshape(len(self.values) - 1, self.size, source.shape[1])

    def affine(self) -> tuple[float, float]:
        """The factor and the constant of that map."""
        if len(self.values) == 2:
            low, high = self.values
            return 1 / (high - low), -low / (high - low)
        return 1.0, 0.0


def arranged(x: np.ndarray, samples: int) -> tuple[np.ndarray, list[ValueGroup]]:
    """An order of the columns of x [n, d] that begins with those of few values, and their groups in it; the indicators
    will have ``samples`` elements each."""
    values = [_values(column) for column in x.T]
    known = sorted({found for found in values if found}, key=lambda found: (len(found), found))
    rank = np.array([known.index(found) if found else len(known) for found in values])
    order = np.argsort(rank, kind="stable")
    groups: list[ValueGroup] = []
    start, level = 0, x.shape[1]
    for k, found in enumerate(known):
        stop = start + int((rank == k).sum())
        levels = slice(start, stop)
        if len(found) != 2:
            levels = slice(level, level + (len(found) - 1) * (stop - start))
        if levels.stop - x.shape[1] <= MAX_LEVEL_ELEMENTS // samples:
            groups.append(ValueGroup(slice(start, stop), found, levels))
            level = max(level, levels.stop)
        start = stop
    return order, groups


def with_levels(rows: np.ndarray, groups: list[ValueGroup]) -> np.ndarray:
    """The columns of ``rows`` [n, d] and the indicators of the groups, [d + levels, n]."""
    n, d = rows.shape
    total = max([d, *(group.levels.stop for group in groups)])
    result = np.empty((total, n), dtype=rows.dtype)
    result[:d] = rows.T
    for group in groups:
        if group.levels.start >= d:
            indicators = group.indicators(result)
            for k, value in enumerate(group.values[1:]):
                np.equal(result[group.rows], value, out=indicators[k])
    return result


def _values(column: np.ndarray) -> tuple[float, ...]:
    """The values of a column, sorted; none where they are more than ``MAX_VALUES``."""
    found = np.unique(column[:1000])
    if len(found) > MAX_VALUES:
        return ()
    if not np.isin(column, found).all():
        found = np.unique(column)
    return tuple(float(value) for value in found) if len(found) <= MAX_VALUES else ()
