"""Linear hashing of integer vectors: hash(a + b) = hash(a) + hash(b) modulo 2^64.

Equal vectors have equal hashes, always; so a search by hashes misses nothing, and what it hits is compared exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WRAP = 2**64


class LinearHash:
    """A random multiplier for each coordinate of vectors [K]."""

    def __init__(self, coordinates: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._multipliers = rng.integers(0, 2**64, coordinates, dtype=np.uint64)

    @staticmethod
    def of(multipliers: np.ndarray) -> LinearHash:
        """The hash with the given multipliers [K] (uint64)."""
        hasher = LinearHash(0, 0)
        hasher._multipliers = multipliers
        return hasher

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """The hashes [N] (uint64) of integer vectors [N, K]."""
        result = np.zeros(len(vectors), dtype=np.uint64)
        for column, multiplier in zip(vectors.T, self._multipliers, strict=True):
            result += column.astype(np.int64).view(np.uint64) * multiplier
        return result


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of a first member of every group of equal rows [N, K], and for each row the number of its group.

    Exact: rows of equal hashes are compared, and hashed anew where they differ."""
    seed = 0
    while True:
        hashes = LinearHash(rows.shape[1], seed)(rows)
        _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        representative = first[inverse.reshape(-1)]
        repeated = np.flatnonzero(representative != np.arange(len(rows)))
        if all(
            np.array_equal(rows[part], rows[representative[part]])
            for part in np.array_split(repeated, max(1, len(repeated) // 10**6))
        ):
            groups = np.sort(first)
            return groups, np.searchsorted(groups, representative)
        seed += 1


def sorted_distinct(values: np.ndarray) -> np.ndarray:
    """The distinct values of a vector, sorted, by sorting: np.unique's hash table is many times slower on long ones."""
    if not len(values):
        return values
    ordered = np.sort(values)
    return np.asarray(ordered[np.r_[True, ordered[1:] != ordered[:-1]]])


def all_sums(hashes: Sequence[np.ndarray]) -> np.ndarray:
    """All sums of one hash from each list, the last list fastest."""
    sums = np.zeros(1, dtype=np.uint64)
    for part in hashes:
        sums = (sums[:, None] + part[None, :]).reshape(-1)
    return sums
