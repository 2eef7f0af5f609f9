"""Equal rows of a table, found column by column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_ROOM = 2**62


class Grouping:
    """The columns of an integer table [n, k], each as the ranks of its values."""

    def __init__(self, table: np.ndarray) -> None:
        self.rows = len(table)
        self.ranks = np.zeros(table.shape, dtype=np.int64)
        self.sizes: list[int] = []
        for k in range(table.shape[1]):
            values, inverse = np.unique(table[:, k], return_inverse=True)
            self.ranks[:, k] = inverse.reshape(-1)
            self.sizes.append(len(values))

    def by(self, columns: Sequence[int]) -> np.ndarray:
        """For each row the number of its group of rows that agree in ``columns`` (int64, from 0 on)."""
        code, room = np.zeros(self.rows, dtype=np.int64), 1
        for k in columns:
            if room * self.sizes[k] >= _ROOM:
                code = dense(code)
                room = int(code.max()) + 1
            code, room = code * self.sizes[k] + self.ranks[:, k], room * self.sizes[k]
        return dense(code)


def dense(code: np.ndarray) -> np.ndarray:
    """The ranks of the values of a vector."""
    return np.unique(code, return_inverse=True)[1].reshape(-1)
