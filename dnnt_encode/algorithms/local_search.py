"""Coordinate descent over whole dictionaries, with exact completion of two units: finds an exact fit, or gives up.

Principle. One unit after the other is replaced by the best of all its terms for the squared residual on a random part
of the samples (one matrix product for many descents at once): a large step that no gradient takes. A descent that has
come to rest begins again with one unit drawn anew and another part of the samples, keeps what is better, and after a
while without success gives way to a random start. The most promising of what the descents come to are completed: for
every pair of units the others are kept, and two terms and output biases that add up to what they leave are found by a
linear hash as in ``meet_in_the_middle`` and verified. Terms are kept and found up to affine functions (``quotient``).
So it is enough that a descent gets all units but two right, and these up to affine functions.

Incomplete: that it finds nothing means nothing. The floating-point scores only guide the search.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import combinations

import numpy as np

from dnnt_encode.algorithms.dictionary import Dictionary, TermChoice, UnitTerms
from dnnt_encode.algorithms.hashing import WRAP
from dnnt_encode.algorithms.quotient import Quotient, TooManyMembers

STARTS = 16
"""Descents that run side by side."""

SAMPLES_KEPT = 0.9
SWEEPS = 8
COMPLETED = 3
"""How many of the descents that ran side by side are completed: those of least squared residual."""

PATIENCE = 10
"""After so many rounds without success a descent starts anew."""

LIST_LIMIT = 2**23
"""Two units are completed where no more terms times output biases are to be looked up than this; nothing is searched
where they are more."""

_BLOCK = 2**13
_SIEVE = np.uint64(2**24 - 1)


class Complements:
    """Pairs of terms of two groups whose hashes add up to what a given number leaves of one of the targets."""

    def __init__(self, first: np.ndarray, second: np.ndarray, targets: list[int]) -> None:
        self._width = len(second)
        asked = (np.array(targets, dtype=np.uint64)[:, None] - second[None, :]).reshape(-1)
        bits = max(10, min(24, len(asked).bit_length() + 4))
        self._places = 2**bits
        mask = np.uint64(self._places - 1)
        self._order = np.argsort(first & mask, kind="stable")
        self._first = first[self._order]
        self._steps = (self._first & mask).astype(np.int64)
        self._asked_order = np.argsort(asked, kind="stable")
        self._asked = asked[self._asked_order]
        # Written twice, so that a given number moves the first terms' places up.
        seen = np.zeros(self._places, dtype=bool)
        seen[(asked & mask).astype(np.int64)] = True
        self._seen = np.concatenate([seen, seen])
        self._sieves = []
        for shift in (np.uint64(40), np.uint64(20)):
            sieve = np.zeros(2**24, dtype=bool)
            sieve[((asked >> shift) & _SIEVE).astype(np.int64)] = True
            self._sieves.append((shift, sieve))

    def of(self, given: int) -> list[tuple[int, int]]:
        """The pairs (term of the first group, term of the second)."""
        passed = np.flatnonzero(self._seen[given % self._places :].take(self._steps))
        sums = np.uint64(given) + self._first[passed]
        for shift, sieve in self._sieves:
            kept = sieve.take(((sums >> shift) & _SIEVE).view(np.int64))
            passed, sums = passed[kept], sums[kept]
        place = np.minimum(np.searchsorted(self._asked, sums), len(self._asked) - 1)
        equal = self._asked[place] == sums
        second = self._asked_order[place[equal]] % self._width
        return list(zip(self._order[passed[equal]].tolist(), second.tolist(), strict=True))


class _Scorer:
    """The best term of a group for many residuals at once. With one output a term is a number times a behaviour, and
    one product of residual and behaviour serves all numbers."""

    def __init__(self, group: UnitTerms, numbers: np.ndarray, outputs: int) -> None:
        single = outputs == 1
        values: list[int] = numbers[:, 0].tolist() if single else [1]
        # Of two numbers v and -v the better one is told by the sign of the product.
        self._numbers = [(v, values.index(v), values.index(-v) if -v in values else -1) for v in values]
        self._numbers = [part for part in self._numbers if part[0] >= 0 or part[2] < 0]
        rows = group.behaviours if single else group.vectors
        self._table = np.ascontiguousarray(rows.astype(np.float32).T)
        self._number_of = group.number_of if single else np.arange(len(rows))

    def norms(self, mask: np.ndarray) -> np.ndarray:
        """Half the squared lengths of the rows on the samples of each start's mask, [starts, rows]."""
        return np.asarray((mask / 2) @ (self._table * self._table))

    def best(self, norms: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """For each start the term of least squared residual: v^2 norm - v (residual . row), in blocks that stay in the
        cache."""
        least = np.full(len(residual), np.inf, dtype=np.float32)
        chosen = np.zeros(len(residual), dtype=np.int64)
        every = np.arange(len(residual))
        size = self._table.shape[1]
        for start in range(0, size, _BLOCK):
            products = residual @ self._table[:, start : start + _BLOCK]
            lengths = norms[:, start : start + _BLOCK]
            for v, plus, minus in self._numbers:
                gains = np.abs(products) if minus >= 0 else products
                scores = lengths - gains if v == 1 else (v * v) * lengths - v * gains
                where = scores.argmin(axis=1)
                score = scores[every, where]
                better = score < least
                negative = (products[every, where] < 0) & (minus >= 0)
                number = np.where(negative, minus, plus) * size + start + where
                least[better], chosen[better] = score[better], number[better]
        return np.asarray(self._number_of[chosen])


class LocalSearch:
    """Descents on one dictionary; the same seed gives the same search. Needs at least two units."""

    def __init__(self, dictionary: Dictionary, seed: int = 0, quotient: Quotient | None = None) -> None:
        self.dictionary = dictionary
        self._quotient = quotient or Quotient.of(dictionary, seed)
        if self._quotient is not None:
            asked = len(self._quotient.offsets) * max(len(part.hashes) for part in self._quotient.classes)
            if not 0 < asked <= LIST_LIMIT:
                self._quotient = None
        self._rng = np.random.default_rng(seed)
        net = dictionary.net
        self._vectors = [group.vectors for group in dictionary.groups]
        self._scorers = [
            _Scorer(group, net.column_choices(group.columns[0]), net.outputs) for group in dictionary.groups
        ]
        self._slots = dictionary.slots()
        self._biases = dictionary.biases.astype(np.float32)
        self._complements: dict[tuple[int, int], Complements] = {}
        self._known: set[tuple[int, ...]] = set()
        self.starts = 0
        # Of every descent the best terms so far, their squared residual, and for how many rounds they have stood.
        self._kept = np.zeros((len(self._slots), STARTS), dtype=np.int64)
        self._cost = np.full(STARTS, np.inf)
        self._age = np.full(STARTS, PATIENCE)

    def run(self, rounds: int) -> Generator[None, None, TermChoice | None]:
        """A solution, or None after ``rounds`` rounds of ``STARTS`` descents; yields a few times a second."""
        if self._quotient is None:
            return None
        for _ in range(rounds):
            found = yield from self._round(self._quotient)
            if found is not None:
                return found
        return None

    def _round(self, quotient: Quotient) -> Generator[None, None, TermChoice | None]:
        rng, slots = self._rng, self._slots
        target = np.asarray(self.dictionary.target, dtype=np.float32)
        self.starts += STARTS
        inputs, outputs = self.dictionary.net.inputs, self.dictionary.net.outputs
        mask = np.repeat(rng.random((STARTS, inputs)) < SAMPLES_KEPT, outputs, axis=1).astype(np.float32)
        norms = [scorer.norms(mask) for scorer in self._scorers]
        chosen = self._begin()
        total = sum(self._vectors[group][terms] for group, terms in zip(slots, chosen, strict=True)).astype(np.float32)
        bias = self._best_biases(target - total, mask)
        for _ in range(SWEEPS):
            before = chosen.copy()
            for slot in rng.permutation(len(slots)).tolist():
                group = slots[slot]
                total = total - self._vectors[group][chosen[slot]].astype(np.float32)
                residual = (target - total - self._biases[bias]) * mask
                chosen[slot] = self._scorers[group].best(norms[group], residual)
                total = total + self._vectors[group][chosen[slot]].astype(np.float32)
                bias = self._best_biases(target - total, mask)
                yield
            if (chosen == before).all():
                break
        residual = target - total - self._biases[bias]
        cost = (residual * residual).sum(axis=1)
        better = cost < self._cost
        self._kept[:, better], self._cost[better] = chosen[:, better], cost[better]
        self._age = np.where(better, 0, self._age + 1)
        for start in np.argsort(cost, kind="stable")[:COMPLETED].tolist():
            found = self._completed(quotient, chosen[:, start].tolist())
            if found is not None:
                return found
            yield
        return None

    def _begin(self) -> np.ndarray:
        """Where the descents begin: the best terms so far with one unit drawn anew, or random ones, [slots, starts]."""
        fresh = np.stack([self._rng.integers(0, len(self._vectors[group]), STARTS) for group in self._slots])
        old = self._age >= PATIENCE
        self._cost[old], self._age[old] = np.inf, 0
        chosen = np.where(old, fresh, self._kept)
        kicked = self._rng.integers(0, len(self._slots), STARTS)
        chosen[kicked, np.arange(STARTS)] = fresh[kicked, np.arange(STARTS)]
        return np.asarray(chosen)

    def _best_biases(self, residual: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """For each start the biases of least squared residual."""
        costs = [(((residual - bias) * mask) ** 2).sum(axis=1) for bias in self._biases]
        return np.asarray(np.argmin(costs, axis=0))

    def _completed(self, quotient: Quotient, chosen: list[int]) -> TermChoice | None:
        """A solution that keeps the classes of all terms but two."""
        slots = self._slots
        classes = [int(quotient.classes[group].of[term]) for group, term in zip(slots, chosen, strict=True)]
        hashes = [int(quotient.classes[group].hashes[number]) for group, number in zip(slots, classes, strict=True)]
        for a, b in combinations(range(len(slots)), 2):
            kept = sorted((slots[k], classes[k]) for k in range(len(slots)) if k not in (a, b))
            key = (slots[a], slots[b], *(number for pair in kept for number in pair))
            if key in self._known:
                continue
            self._known.add(key)
            left = sum(hashes) - hashes[a] - hashes[b]
            for i, j in self._pairs(quotient, slots[a], slots[b]).of(left % WRAP):
                complete = [*classes]
                complete[a], complete[b] = i, j
                try:
                    found = quotient.solution(complete)
                except TooManyMembers:
                    continue
                if found is not None:
                    return found
        return None

    def _pairs(self, quotient: Quotient, first: int, second: int) -> Complements:
        if (first, second) not in self._complements:
            parts = (quotient.classes[first].hashes, quotient.classes[second].hashes)
            targets = (np.uint64(quotient.target) - quotient.offsets).tolist()
            self._complements[first, second] = Complements(*parts, targets)
        return self._complements[first, second]
