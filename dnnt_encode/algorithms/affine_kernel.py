"""The integer vectors that are orthogonal to all affine functions of given inputs, and the hash that they make.

The kernel is computed over the integers, by elimination without fractions (Bareiss), and reduced modulo 2^64 at the
end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.hashing import WRAP, LinearHash

MAX_OPERATIONS = 10**6
"""Eliminations of more multiplications of long numbers, which take about a second, are not begun."""


@dataclass(frozen=True, eq=False)
class AffineKernel:
    """The integer vectors that are orthogonal to all affine functions of n inputs: those with ``pivot`` in one of the
    ``free`` places, 0 in the others, and minus the place's column of ``rows`` in the places ``pivots``."""

    samples: int
    rows: np.ndarray
    pivots: list[int]
    free: list[int]

    @staticmethod
    def of(x: np.ndarray) -> AffineKernel | None:
        """The kernel for inputs [n, d]; None where it is 0, or the elimination would take too long."""
        samples, inputs = x.shape
        if samples * (inputs + 1) ** 2 > MAX_OPERATIONS:
            return None
        rows, pivots, free = _eliminated(np.column_stack([x, np.ones(samples, dtype=np.int64)]).T.astype(object))
        return AffineKernel(samples, rows, pivots, free) if free else None

    def hash(self, outputs: int, seed: int) -> LinearHash:
        """A hash of vectors [n outputs], the output fastest, that is 0 exactly (but for chance) where every output is
        an affine function of the inputs."""
        rng = np.random.default_rng(seed)
        multipliers = np.zeros((self.samples, outputs), dtype=np.uint64)
        pivot = int(self.rows[0, self.pivots[0]])
        for output in range(outputs):
            sums = [0] * len(self.pivots)
            drawn = rng.integers(0, 2**64, len(self.free), dtype=np.uint64).tolist()
            for column, number in zip(self.free, drawn, strict=True):
                entries = [int(value) for value in self.rows[:, column]]
                shared = math.gcd(pivot, *entries)
                multipliers[column, output] = number * (pivot // shared) % WRAP
                for place, entry in enumerate(entries):
                    sums[place] -= number * (entry // shared)
            for place, column in enumerate(self.pivots):
                multipliers[column, output] = sums[place] % WRAP
        return LinearHash.of(multipliers.reshape(-1))


def _eliminated(matrix: np.ndarray) -> tuple[np.ndarray, list[int], list[int]]:
    """Reduced rows of an integer matrix (objects), each with the same entry in its pivot column and 0 in the others';
    the pivot columns; the other columns."""
    rows, pivots, previous = matrix, list[int](), 1
    for column in range(matrix.shape[1]):
        rank = len(pivots)
        if rank == len(rows):
            break
        nonzero = np.flatnonzero(rows[rank:, column])
        if not len(nonzero):
            continue
        rows[[rank, rank + nonzero[0]]] = rows[[rank + nonzero[0], rank]]
        pivot, row = rows[rank, column], rows[rank].copy()
        rows = (rows * pivot - np.outer(rows[:, column], row)) // previous
        rows[rank] = row
        pivots.append(column)
        previous = pivot
    free = sorted(set(range(matrix.shape[1])) - set(pivots))
    return rows[: len(pivots)], pivots, free
