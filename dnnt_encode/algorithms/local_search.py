"""Coordinate descent over whole dictionaries, with exact completion of two units: finds an exact fit, or gives up.

Principle. Starting from random terms, one unit after the other is replaced by the best of all its terms for the squared
residual on a random part of the samples (one matrix product for many starts at once): a large step that no gradient
takes. Wherever such a descent has come to, for every pair of units the others are kept and the pair is completed
exactly: two terms and output biases that add up to what the others leave, found by a linear hash as in
``meet_in_the_middle`` and verified. So it is enough that a descent gets all units but two right.

Incomplete: that it finds nothing means nothing. The floating-point scores only guide the search.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import combinations

import numpy as np

from dnnt_encode.algorithms.dictionary import Dictionary
from dnnt_encode.algorithms.hashing import WRAP, LinearHash
from dnnt_encode.algorithms.meet_in_the_middle import Found

STARTS = 16
"""Descents that run side by side."""

SAMPLES_KEPT = 0.7
SWEEPS = 5
_BLOCK = 2**13


class Complements:
    """Pairs of terms of two groups whose hashes add up to a given number."""

    def __init__(self, first: np.ndarray, second: np.ndarray) -> None:
        bits = max(10, min(23, len(second).bit_length() + 5))
        self._places = 2**bits
        mask = np.uint64(self._places - 1)
        self._order = np.argsort(first & mask, kind="stable")
        self._first = first[self._order]
        self._steps = (self._first & mask).astype(np.int64)
        self._second_order = np.argsort(second, kind="stable")
        self._second = second[self._second_order]
        # Mirrored, so that what is left of a target moves up with the first term's place.
        seen = np.zeros(self._places, dtype=bool)
        seen[(-(second & mask).astype(np.int64)) % self._places] = True
        self._seen = np.concatenate([seen, seen])
        self._fine = np.zeros(2**22, dtype=bool)
        self._fine[(second >> np.uint64(42)).astype(np.int64)] = True

    def of(self, target: int) -> list[tuple[int, int]]:
        """The pairs (term of the first group, term of the second)."""
        start = (-target) % self._places
        passed = np.flatnonzero(self._seen[start:].take(self._steps))
        rest = np.uint64(target) - self._first[passed]
        fine = self._fine.take((rest >> np.uint64(42)).view(np.int64))
        passed, rest = passed[fine], rest[fine]
        place = np.minimum(np.searchsorted(self._second, rest), len(self._second) - 1)
        equal = self._second[place] == rest
        return list(zip(self._order[passed[equal]].tolist(), self._second_order[place[equal]].tolist(), strict=True))


def _best(norms: np.ndarray, residual: np.ndarray, table: np.ndarray) -> np.ndarray:
    """For each start the term of least squared residual: norm - 2 residual . term, in blocks that stay in the cache."""
    best = np.full(len(residual), np.inf, dtype=np.float32)
    chosen = np.zeros(len(residual), dtype=np.int64)
    rows = np.arange(len(residual))
    left = -2 * residual
    for start in range(0, table.shape[1], _BLOCK):
        scores = left @ table[:, start : start + _BLOCK]
        scores += norms[:, start : start + _BLOCK]
        where = scores.argmin(axis=1)
        least = scores[rows, where]
        better = least < best
        best[better], chosen[better] = least[better], start + where[better]
    return chosen


class LocalSearch:
    """Descents on one dictionary; the same seed gives the same search. Needs at least two units."""

    def __init__(self, dictionary: Dictionary, seed: int = 0) -> None:
        self.dictionary = dictionary
        self._rng = np.random.default_rng(seed)
        hasher = LinearHash(dictionary.biases.shape[1], seed)
        self._hashes = [hasher(group.vectors) for group in dictionary.groups]
        self._scaled = [np.ascontiguousarray(group.vectors.astype(np.float32).T) for group in dictionary.groups]
        self._squares = [table * table for table in self._scaled]
        self._slots = dictionary.slots()
        self._biases = dictionary.biases.astype(np.float32)
        self._bias_hashes: list[int] = hasher(dictionary.biases).tolist()
        self._complements: dict[tuple[int, int], Complements] = {}
        self._target_hash = 0 if dictionary.target is None else int(hasher(dictionary.target[None, :])[0])
        self._known: set[tuple[int, ...]] = set()
        self.starts = 0

    def run(self, rounds: int) -> Generator[None, None, Found | None]:
        """A solution, or None after ``rounds`` rounds of ``STARTS`` descents; yields a few times a second."""
        if self.dictionary.target is None:
            return None
        for _ in range(rounds):
            found = yield from self._round(self.dictionary.target.astype(np.float32))
            if found is not None:
                return found
        return None

    def _round(self, target: np.ndarray) -> Generator[None, None, Found | None]:
        rng, slots = self._rng, self._slots
        self.starts += STARTS
        inputs, outputs = self.dictionary.net.inputs, self.dictionary.net.outputs
        mask = np.repeat(rng.random((STARTS, inputs)) < SAMPLES_KEPT, outputs, axis=1).astype(np.float32)
        norms = [mask @ squares for squares in self._squares]
        chosen = np.stack([rng.integers(0, len(self._hashes[group]), STARTS) for group in slots])
        total = sum(self._scaled[group][:, terms].T for group, terms in zip(slots, chosen, strict=True))
        bias = self._best_biases(target - total, mask)
        for sweep in range(SWEEPS):
            before = chosen.copy()
            for slot in rng.permutation(len(slots)).tolist():
                group = slots[slot]
                total = total - self._scaled[group][:, chosen[slot]].T
                residual = (target - total - self._biases[bias]) * mask
                chosen[slot] = _best(norms[group], residual, self._scaled[group])
                total = total + self._scaled[group][:, chosen[slot]].T
                bias = self._best_biases(target - total, mask)
                yield
            moved = (chosen != before).any(axis=0)
            for start in np.flatnonzero(moved if sweep else np.zeros(STARTS, dtype=bool)).tolist():
                found = self._completed(chosen[:, start].tolist())
                if found is not None:
                    return found
                yield
            if not moved.any():
                break
        return None

    def _best_biases(self, residual: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """For each start the biases of least squared residual."""
        costs = [(((residual - bias) * mask) ** 2).sum(axis=1) for bias in self._biases]
        return np.asarray(np.argmin(costs, axis=0))

    def _completed(self, chosen: list[int]) -> Found | None:
        """A solution that keeps all terms but two."""
        slots = self._slots
        hashes = [int(self._hashes[group][term]) for group, term in zip(slots, chosen, strict=True)]
        for a, b in combinations(range(len(slots)), 2):
            kept = sorted((slots[k], chosen[k]) for k in range(len(slots)) if k not in (a, b))
            key = (slots[a], slots[b], *(number for pair in kept for number in pair))
            if key in self._known:
                continue
            self._known.add(key)
            left = self._target_hash - (sum(hashes) - hashes[a] - hashes[b])
            for bias, bias_hash in enumerate(self._bias_hashes):
                for i, j in self._pairs(slots[a], slots[b]).of((left - bias_hash) % WRAP):
                    complete = [*chosen]
                    complete[a], complete[b] = i, j
                    if self.dictionary.fits(complete, bias):
                        return complete, bias
        return None

    def _pairs(self, first: int, second: int) -> Complements:
        if (first, second) not in self._complements:
            self._complements[first, second] = Complements(self._hashes[first], self._hashes[second])
        return self._complements[first, second]
