"""Linear hashing of integer vectors: hash(a + b) = hash(a) + hash(b) modulo 2^64.

Equal vectors have equal hashes, always; so a search by hashes misses nothing, and what it hits is compared exactly.
"""

from __future__ import annotations

import numpy as np

WRAP = 2**64


class LinearHash:
    """A random multiplier for each coordinate of vectors [K]."""

    def __init__(self, coordinates: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._multipliers = rng.integers(0, 2**64, coordinates, dtype=np.uint64)

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """The hashes [N] (uint64) of integer vectors [N, K]."""
        result = np.zeros(len(vectors), dtype=np.uint64)
        for column, multiplier in zip(vectors.T, self._multipliers, strict=True):
            result += column.astype(np.int64).view(np.uint64) * multiplier
        return result


def distinct_rows(rows: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The number of a first member of every group of equal rows [N, K], and for each row the number of its group.

    Exact: rows of equal hashes are compared, and hashed anew where they differ."""
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


def common(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """The distinct values that stand in a sorted, non-empty vector too."""
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return sorted_distinct(values[ordered[place] == values])


class SortedHashes:
    """A set of hashes with an exact test, and a bitmap before it."""

    def __init__(self, hashes: np.ndarray) -> None:
        self.order = np.argsort(hashes, kind="stable")
        self.sorted = hashes[self.order]
        bits = max(10, min(24, len(hashes).bit_length() + 6))
        self._mask = np.uint64(2**bits - 1)
        self._seen = np.zeros(2**bits, dtype=bool)
        self._seen[(hashes & self._mask).astype(np.int64)] = True

    def find(self, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (position among ``hashes``, position of one equal member of the set)."""
        maybe = np.flatnonzero(self._seen.take((hashes & self._mask).view(np.int64)))
        if not len(maybe):
            return maybe, maybe
        wanted = hashes[maybe]
        place = np.minimum(np.searchsorted(self.sorted, wanted), len(self.sorted) - 1)
        equal = self.sorted[place] == wanted
        return maybe[equal], self.order[place[equal]]
