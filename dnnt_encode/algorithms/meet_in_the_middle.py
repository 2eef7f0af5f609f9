"""All choices of terms of a dictionary, by meeting in the middle: finds an exact fit, or proves that there is none.

Principle. A linear hash turns vectors into 64-bit numbers that add up in the same way: where the terms of some units
add up to what the others leave of the targets, so do the hashes. The units are split into two sides. The hashes that
one side asks for lie in a table, the sums of the other side are looked up. No solution is missed, and every hit is
verified exactly; so the search of all sums also proves that there is no solution.

The looking up. The lowest bits of a hash are its place in a bitmap. With the terms of one list sorted by place, the row
of all sums with one term of the other list reads the bitmap from left to right, without any arithmetic: the bitmap,
written twice in a row, is read from the first term's place on. What the bitmap lets pass is looked up in a second one
by other bits, and what is left, exactly.

In passes. Where the table would not fit, each pass takes one range of places. The partners that bring a term into the
range are neighbours in the sorted list, so a pass makes no sum that it does not need. Of two units with equal sets only
one order is looked at.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.dictionary import Dictionary, why_not
from dnnt_encode.algorithms.hashing import WRAP, LinearHash, common, sorted_distinct
from dnnt_encode.algorithms.two_layer import TwoLayer, digits
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance

LIST_LIMIT = 2**24
"""No list of hashes is longer."""

TABLE_LIMIT = 2**22
"""How many hashes the table holds at a time, unless told otherwise."""

_CHECK = 2**26
_FINE_BITS = 24

Found = tuple[list[int], int]
"""The term of each slot and the number of the output biases."""


@dataclass(frozen=True)
class Plan:
    """Which slots ask (their sums lie in the table) and which are looked up; ``pairs``: how many sums are made."""

    table: tuple[int, ...]
    looked_up: tuple[int, ...]
    pairs: int


def plan(sizes: Sequence[int], slots: Sequence[int], biases: int) -> Plan:
    """The cheapest split of the slots, each given by the number of its group, whose ``sizes`` are known."""
    best: Plan | None = None
    for count in range(len(slots) // 2 + 1):
        for chosen in set(itertools.combinations(slots, count)):
            rest = list(slots)
            for slot in chosen:
                rest.remove(slot)
            pairs = _pairs(sizes, chosen, biases) + _pairs(sizes, tuple(rest), 1)
            if best is None or pairs < best.pairs:
                best = Plan(chosen, tuple(rest), pairs)
    assert best is not None
    return best


def _pairs(sizes: Sequence[int], slots: tuple[int, ...], factor: int) -> int:
    total = math.prod(sizes[slot] for slot in slots)
    return factor * (total // 2 if len(slots) == 2 and slots[0] == slots[1] else total)


def estimated_pairs(instance: Instance) -> int:
    """An upper bound on the sums of a complete search, before anything is built. Raises ModelTooLarge where the
    dictionary does not apply."""
    reason = why_not(instance)
    if reason is not None:
        raise ModelTooLarge(reason)
    net = TwoLayer(instance)
    start = net.hidden_columns().start
    sizes: list[int] = []
    slots: list[int] = []
    for kind in net.types():
        by_sets: dict[tuple[int, ...], int] = {}
        for unit in kind.units:
            key = tuple(net.output.weights.index[:, start + unit].tolist())
            if key not in by_sets:
                by_sets[key] = len(sizes)
                sizes.append(kind.assignments * math.prod(net.column_sizes(start + unit)))
            slots.append(by_sets[key])
    for column, _ in net.direct_columns():
        slots.append(len(sizes))
        sizes.append(math.prod(net.column_sizes(column)))
    if len(slots) > 12:
        return math.prod(sizes[slot] for slot in slots[: len(slots) // 2])
    return plan(sizes, slots, math.prod(net.bias_sizes())).pairs


class CompleteSearch:
    """The search of one dictionary. ``table_limit``: how many hashes the table holds at a time. Raises ModelTooLarge
    where a list would be longer than ``LIST_LIMIT``."""

    def __init__(self, dictionary: Dictionary, table_limit: int = TABLE_LIMIT, seed: int = 0) -> None:
        self.dictionary = dictionary
        hasher = LinearHash(dictionary.biases.shape[1], seed)
        hashes = [hasher(group.vectors) for group in dictionary.groups]
        sizes = [len(part) for part in hashes]
        self.plan = plan(sizes, dictionary.slots(), len(dictionary.biases))
        self._biases: list[int] = hasher(dictionary.biases).tolist()
        self._target = 0 if dictionary.target is None else int(hasher(dictionary.target[None, :])[0])
        asked = _pairs(sizes, self.plan.table, len(dictionary.biases))
        self.passes = 1 << max(0, (-(-asked // table_limit) - 1).bit_length())
        bits = max(10, min(26, (asked // self.passes).bit_length() + 6))
        self._places = 2**bits * self.passes
        self._table = _Side(self.plan.table, hashes, self._places)
        self._others = _Side(self.plan.looked_up, hashes, self._places)
        self.hits = 0

    def run(self) -> Generator[float, None, Found | None]:
        """A solution, or None where there is none; yields the share that is done, a few times a second."""
        if self.dictionary.target is None:
            return None
        width = self._places // self.passes
        for number in range(self.passes):
            found = yield from self._pass(number * width, width, number / self.passes)
            if found is not None:
                return found
        return None

    def _pass(self, low: int, width: int, done: float) -> Generator[float, None, Found | None]:
        """Meet at the hashes whose place lies in ``width`` places from ``low`` on."""
        keys = sorted_distinct(self._asked(low, width))
        if not len(keys):
            return None
        mask = np.uint64(self._places - 1)
        seen = np.zeros(width, dtype=bool)
        seen[(keys & mask).astype(np.int64) - low] = True
        seen = np.concatenate([seen, seen]) if self.passes == 1 else seen
        fine = np.zeros(2**_FINE_BITS, dtype=bool)
        fine[(keys >> np.uint64(64 - _FINE_BITS)).astype(np.int64)] = True
        survivors: list[np.ndarray] = []
        made = checked = 0
        rows = max(1, len(self._others.first))
        for row, sums, places in self._others.rows(low, width):
            passed = np.flatnonzero(
                seen[places.start :].take(places.steps) if places.slides else seen.take(places.at())
            )
            if len(passed):
                hashes = sums(passed)
                hashes = hashes[fine.take((hashes >> np.uint64(64 - _FINE_BITS)).view(np.int64))]
                if len(hashes):
                    survivors.append(hashes)
            made += len(places.steps)
            if made - checked >= _CHECK:
                checked = made
                found = self._meet(survivors, keys)
                if found is not None:
                    return found
                survivors = []
            if row % 64 == 0:
                yield done + row / rows / self.passes
        return self._meet(survivors, keys)

    def _asked(self, low: int, width: int) -> np.ndarray:
        """The hashes targets - biases - sum of the table's terms with their place in the range."""
        parts = [np.zeros(0, dtype=np.uint64)]
        for bias in self._biases:
            start = (self._target - bias) % WRAP
            # start - s has its place in [low, low + width) iff s has it in (start - low - width, start - low].
            for _, sums, places in self._table.rows((start - low - width + 1) % self._places, width):
                parts.append(np.uint64(start) - sums(np.arange(len(places.steps))))
        return np.concatenate(parts)

    def _meet(self, survivors: list[np.ndarray], keys: np.ndarray) -> Found | None:
        if not survivors:
            return None
        for key in common(np.concatenate(survivors), keys).tolist():
            found = self._verified(key)
            if found is not None:
                return found
        return None

    def _verified(self, key: int) -> Found | None:
        """A solution among the choices whose hashes meet at ``key``."""
        slots = [*self.plan.table, *self.plan.looked_up]
        for others in self._others.choices(key):
            for bias, bias_hash in enumerate(self._biases):
                for table in self._table.choices((self._target - bias_hash - key) % WRAP):
                    self.hits += 1
                    chosen = _arranged(self.dictionary.slots(), slots, [*table, *others])
                    if self.dictionary.fits(chosen, bias):
                        return chosen, bias
        return None


def _arranged(order: Sequence[int], slots: Sequence[int], chosen: Sequence[int]) -> list[int]:
    """The terms, given in the order ``slots``, in the order of the dictionary's slots."""
    waiting: dict[int, list[int]] = {}
    for slot, term in zip(slots, chosen, strict=True):
        waiting.setdefault(slot, []).append(term)
    return [waiting[slot].pop(0) for slot in order]


@dataclass(frozen=True, eq=False)
class _Places:
    """The places of a row of sums, ``start + steps``, counted from the beginning of the range; where it ``slides``,
    start is no less than 0."""

    start: int
    steps: np.ndarray
    slides: bool

    def at(self) -> np.ndarray:
        return np.asarray(self.steps + self.start)


@dataclass(frozen=True, eq=False)
class _Sums:
    """The hashes of a row of sums."""

    first: np.uint64
    second: np.ndarray

    def __call__(self, chosen: np.ndarray) -> np.ndarray:
        return np.asarray(self.second[chosen] + self.first)


class _Side:
    """The sums of one term from each of some slots: those of two lists, each sorted by place."""

    def __init__(self, slots: tuple[int, ...], hashes: Sequence[np.ndarray], places: int) -> None:
        self.slots, self._places = slots, places
        sizes = [len(hashes[slot]) for slot in slots]
        cuts = range(len(slots) + 1)
        cut = min(cuts, key=lambda k: max(math.prod(sizes[:k]), math.prod(sizes[k:])))
        if max(math.prod(sizes[:cut]), math.prod(sizes[cut:])) > LIST_LIMIT:
            raise ModelTooLarge(f"a list of the complete search would hold more than {LIST_LIMIT} sums")
        self._sizes = (tuple(sizes[:cut]), tuple(sizes[cut:]))
        mask = np.uint64(places - 1)
        lists = []
        for part in (slots[:cut], slots[cut:]):
            sums = np.zeros(1, dtype=np.uint64)
            for slot in part:
                sums = (sums[:, None] + hashes[slot][None, :]).reshape(-1)
            lists.append((sums, np.argsort(sums & mask, kind="stable")))
        self._first_sums, self._second_sums = lists[0][0], lists[1][0]
        self.first, self.second = (sums[order] for sums, order in lists)
        self._first_places = (self.first & mask).astype(np.int64)
        self._second_places = (self.second & mask).astype(np.int64)
        self.ordered = len(slots) == 2 and slots[0] == slots[1]
        self._by_hash = np.argsort(self._second_sums, kind="stable")

    def rows(self, low: int, width: int) -> Iterator[tuple[int, _Sums, _Places]]:
        """(row, its sums, their places counted from ``low``) for all sums with a place in ``width`` places from ``low``
        on, around the end where that is passed."""
        steps = self._second_places
        if width == self._places:
            for row, (hashed, place) in enumerate(zip(self.first, self._first_places.tolist(), strict=True)):
                start = row if self.ordered else 0
                offset = (place - low) % self._places
                yield row, _Sums(hashed, self.second[start:]), _Places(offset, steps[start:], True)
            return
        wanted = (low - self._first_places) % self._places
        starts = np.searchsorted(steps, wanted)
        ends = wanted + width
        stops = np.searchsorted(steps, np.where(ends > self._places, self._places, ends))
        wrapped = np.where(ends > self._places, np.searchsorted(steps, ends - self._places), 0)
        bounds = zip(starts.tolist(), stops.tolist(), wrapped.tolist(), wanted.tolist(), strict=True)
        for row, (start, stop, rest, least) in enumerate(bounds):
            for a, b, offset in ((start, stop, -least), (0, rest, self._places - least)):
                a = max(a, row) if self.ordered else a
                if b > a:
                    yield row, _Sums(self.first[row], self.second[a:b]), _Places(offset, steps[a:b], False)

    def choices(self, key: int) -> Iterator[list[int]]:
        """All choices of terms whose hash is ``key``."""
        wanted = np.uint64(key) - self._first_sums
        ordered = self._second_sums[self._by_hash]
        start, stop = (np.searchsorted(ordered, wanted, side=side) for side in ("left", "right"))
        for i in np.flatnonzero(stop > start).tolist():
            for j in self._by_hash[start[i] : stop[i]].tolist():
                yield [*digits(i, self._sizes[0]), *digits(j, self._sizes[1])]
