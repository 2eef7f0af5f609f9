"""All choices of terms of a dictionary, by meeting in the middle: finds an exact fit, or proves that there is none.

Principle. A linear hash turns vectors into 64-bit numbers that add up in the same way: where the terms of some units
add up to what the others leave of the targets, so do the hashes. The units are split into two sides; a solution is a
sum of one side and a sum of the other that add up to the target's hash. No solution is missed, and what meets is
verified exactly; so the search of all sums also proves that there is no solution.

What is hashed are the classes of a ``quotient``: first terms up to affine functions of the inputs, fewer by far. Where
so many classes meet without a solution that this does not pay, the terms themselves.

In passes: each makes the sums of one residue p of the first side and of T - p of the other (``pair_sums``). With equal
units most passes are not needed. Where both sides are alike, p and T - p are the same question. Of three or four equal
units two have hashes of the same parity; with these on one side, its sums are even. So for four equal units and an even
target (the hash is drawn until it is) a quarter of the passes remains.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from dnnt_encode.algorithms.dictionary import Dictionary, TermChoice, why_not
from dnnt_encode.algorithms.hashing import WRAP, all_sums, sorted_distinct
from dnnt_encode.algorithms.pair_sums import PairSums, Sieve
from dnnt_encode.algorithms.quotient import Quotient, TooManyMembers
from dnnt_encode.algorithms.two_layer import TwoLayer, digits
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance

SLOTS_LIMIT = 13

LIST_LIMIT = 2**24
"""No list of hashes is longer."""

PASS_SUMS = 2**19
"""About how many sums of a side one pass makes, unless told otherwise."""

PASS_LIMIT = 2**22
"""No pass makes more sums of a side."""

CHOICES_LIMIT = 2000
"""After so many choices of classes that meet, but have no members that fit, the terms themselves are searched."""

SUMS_LIMIT = 2 * 10**10
"""Searches of more sums than this are not begun: that would take many minutes."""

MODULUS_GROWTH = 8
"""Where hashes fall into few residues, so many times more passes than planned are made, and no more."""


_SLACK_BITS = 5


@dataclass(frozen=True)
class Halves:
    """Which slots are on the two sides, and how many ``sums`` are made. ``alike``: the sides have the same slots;
    ``even``: only even sums of the second side are needed."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    sums: int
    alike: bool
    even: bool


def plan(sizes: Sequence[int], slots: Sequence[int]) -> Halves:
    """The cheapest split of the slots, each given by the number of its group, whose ``sizes`` are known. Raises
    ModelTooLarge for more than ``SLOTS_LIMIT`` slots."""
    if len(slots) > SLOTS_LIMIT:
        raise ModelTooLarge(f"the complete search takes at most {SLOTS_LIMIT} units; there are {len(slots)}")
    best: Halves | None = None
    for count in range(len(slots) + 1):
        for chosen in set(itertools.combinations(slots, count)):
            rest = list(slots)
            for slot in chosen:
                rest.remove(slot)
            alike = chosen == tuple(rest)
            even = len(set(slots)) == 1 and len(slots) in (3, 4) and len(rest) == 2
            # An odd target of alike sides leaves all even sums, an even one half of them.
            parts = (4 if alike else 2) if even else 2 if alike else 1
            sums = -(-(_made(sizes, chosen) + _made(sizes, tuple(rest))) // parts)
            if best is None or sums < best.sums:
                best = Halves(chosen, tuple(rest), sums, alike, even)
    assert best is not None
    return best


def _made(sizes: Sequence[int], slots: tuple[int, ...]) -> int:
    """How many sums of a side are made."""
    first, second = (_distinct(sizes, part) for part in _halves(sizes, slots))
    return first * (first + 1) // 2 if _alike(sizes, slots) else first * second


def _distinct(sizes: Sequence[int], slots: tuple[int, ...]) -> int:
    """How many sums a list has at most: choices with repetition from every group."""
    return math.prod(math.comb(sizes[slot] + slots.count(slot) - 1, slots.count(slot)) for slot in set(slots))


def _halves(sizes: Sequence[int], slots: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The slots of the two lists of a side, the longer of which is as short as can be."""
    cut = min(range(len(slots) + 1), key=lambda k: max(_distinct(sizes, slots[:k]), _distinct(sizes, slots[k:])))
    return slots[:cut], slots[cut:]


def _alike(sizes: Sequence[int], slots: tuple[int, ...]) -> bool:
    first, second = _halves(sizes, slots)
    return len(slots) > 0 and first == second


def estimated_sums(given: Instance | View) -> int:
    """About how many sums a complete search makes, before anything is built. Classes modulo affine functions are
    counted where the kernel has about as many dimensions as the sums have bits; else terms. Raises ModelTooLarge where
    the dictionary does not apply, or has too many units."""
    view = View.of(given)
    reason = why_not(view.instance)
    if reason is not None:
        raise ModelTooLarge(reason)
    net = TwoLayer(view)
    kernel = net.inputs - view.instance.network.inputs - 1
    classes = _estimated(net, affine=True) if kernel > 0 else None
    if classes is not None and kernel * net.outputs >= classes.bit_length() - _SLACK_BITS:
        return classes
    return _estimated(net, affine=False)


def _estimated(net: TwoLayer, affine: bool) -> int:
    start = net.hidden_columns().start
    sizes: list[int] = []
    slots: list[int] = []
    for kind in net.types():
        assignments = (kind.assignments + 1) // 2 if affine and kind.folds else kind.assignments
        by_sets: dict[tuple[int, ...], int] = {}
        for unit in kind.units:
            key = tuple(net.output.weights.index[:, start + unit].tolist())
            if key not in by_sets:
                by_sets[key] = len(sizes)
                sizes.append(assignments * math.prod(net.column_sizes(start + unit)))
            slots.append(by_sets[key])
    if not affine:
        direct = [math.prod(net.column_sizes(column)) for column, _ in net.direct_columns()]
        for size in (*direct, math.prod(net.bias_sizes())):
            slots.append(len(sizes))
            sizes.append(size)
    return plan(sizes, slots).sums


class CompleteSearch:
    """The search of one dictionary, by ``threads`` threads; its answer does not depend on their number.

    ``pass_sums``: about how many sums of a side one pass makes. ``quotient``: that of the dictionary, where it is known
    already. ``sums``: how many are planned, and after the run, how
    many were made. Raises ModelTooLarge where that is more than ``SUMS_LIMIT``, or there are too many units."""

    def __init__(
        self,
        dictionary: Dictionary,
        threads: int = 1,
        pass_sums: int = PASS_SUMS,
        seed: int = 0,
        quotient: Quotient | None = None,
    ) -> None:
        self.dictionary = dictionary
        self.sums = 0
        self._threads, self._pass_sums, self._seed = threads, pass_sums, seed
        self._meeting: Meeting | None = None
        quotient = quotient or Quotient.of(dictionary, seed)
        if quotient is not None:
            self._meeting = Meeting(quotient, pass_sums)
            self.sums = self._meeting.plan.sums

    def run(self) -> Generator[float, None, TermChoice | None]:
        """A solution, or None where there is none; yields the share that is done, a few times a second. Raises
        ModelTooLarge where the classes are of no use and the terms are too many."""
        if self._meeting is None:
            return None
        found, finished = yield from self._meeting.run(self._threads)
        if not finished:
            exact = Meeting(Quotient.exact(self.dictionary, self._seed), self._pass_sums)
            self.sums += exact.plan.sums
            found, finished = yield from exact.run(self._threads)
            if not finished:
                raise ModelTooLarge("the complete search meets too many sums that fit nowhere")
        return found


class Meeting:
    """The meetings of the classes of one quotient. Raises ModelTooLarge where the plan has too many sums."""

    def __init__(self, quotient: Quotient, pass_sums: int) -> None:
        self.quotient = quotient
        self._pass_sums = pass_sums
        self._hashes, slots = [part.hashes for part in quotient.classes], list(quotient.slots)
        if len(quotient.offsets) != 1:
            slots.append(len(self._hashes))
            self._hashes.append(quotient.offsets)
        self._counts = [len(part) for part in self._hashes]
        self.plan = plan(self._counts, slots)
        if self.plan.sums > SUMS_LIMIT:
            raise ModelTooLarge(f"the complete search would make {self.plan.sums} sums; the limit is {SUMS_LIMIT}")

    def run(self, threads: int) -> Generator[float, None, tuple[TermChoice | None, bool]]:
        """(A solution or None, whether the search came to its end). Raises ModelTooLarge."""
        self._first = _HalfSums(self.plan.first, self._hashes)
        yield 0
        self._second = _HalfSums(self.plan.second, self._hashes)
        yield 0
        yield from self._prepare()
        passes = self._passes()
        rooms: SimpleQueue[_Room] = SimpleQueue()
        for _ in range(threads):
            rooms.put(_Room(Sieve(), *(np.empty(sums.largest, dtype=np.uint64) for sums in self._sums)))
        waiting: deque[Future[np.ndarray]] = deque()
        budget, done = CHOICES_LIMIT, 0
        with ThreadPoolExecutor(threads) as pool:
            try:
                for number in range(len(passes) + 2 * threads):
                    if number < len(passes):
                        waiting.append(pool.submit(self._pass, passes[number], rooms))
                    if number < 2 * threads:
                        continue
                    for hit in waiting.popleft().result().tolist():
                        for chosen in self._choices(hit):
                            yield done / len(passes)
                            if not budget:
                                return None, False
                            budget -= 1
                            try:
                                found = self.quotient.solution(chosen)
                            except TooManyMembers:
                                return None, False
                            if found is not None:
                                return found, True
                    done += 1
                    yield done / len(passes)
            finally:
                for future in waiting:
                    future.cancel()
        return None, True

    def _prepare(self) -> Generator[float, None, None]:
        """Choose the modulus and sort both sides by residues."""
        largest = max(_made(self._counts, self.plan.first), _made(self._counts, self.plan.second))
        modulus = 1 << max(6, (-(-largest // self._pass_sums) - 1).bit_length())
        for _ in range(MODULUS_GROWTH.bit_length()):
            self._modulus = modulus
            self._sums = [PairSums(*side.lists, modulus) for side in (self._first, self._second)]
            yield 0
            # Where hashes fall into few residues, the next bits tell them apart.
            if max(sums.largest for sums in self._sums) <= PASS_LIMIT:
                return
            modulus *= 2
        raise ModelTooLarge(f"one pass of the complete search would hold more than {PASS_LIMIT} sums")

    def _passes(self) -> list[int]:
        """The residues of the first side's sums that are needed."""
        target = self.quotient.target
        p = np.arange(self._modulus)
        other = (target % self._modulus - p) % self._modulus
        needed = (other % 2 == 0) if self.plan.even else np.ones(len(p), dtype=bool)
        if self.plan.alike:
            # With p the residue T - p is looked at; where only even sums count, T - p may not be among the passes.
            needed &= (p <= other) | (self.plan.even and target % 2 == 1)
        return [int(residue) for residue in p[needed]]

    def _pass(self, residue: int, rooms: SimpleQueue[_Room]) -> np.ndarray:
        """The sums of the first side that a sum of the second completes to the target."""
        room, target = rooms.get(), self.quotient.target
        try:
            first = self._sums[0].make(residue, room.first)
            second = self._sums[1].make((target - residue) % self._modulus, room.second)
            np.subtract(np.uint64(target), second, out=second)
            return room.sieve.common(first, second, self._modulus.bit_length() - 1)
        finally:
            rooms.put(room)

    def _choices(self, hit: int) -> Iterator[list[int]]:
        """The choices of classes that meet at a sum of the first side, a class for each slot of the dictionary."""
        slots = [*self.plan.first, *self.plan.second]
        for others in self._second.choices((self.quotient.target - hit) % WRAP):
            for chosen in self._first.choices(hit):
                yield _arranged(self.quotient.slots, slots, [*chosen, *others])


@dataclass(frozen=True, eq=False)
class _Room:
    """What one pass works in."""

    sieve: Sieve
    first: np.ndarray
    second: np.ndarray


def _arranged(order: Sequence[int], slots: Sequence[int], chosen: Sequence[int]) -> list[int]:
    """The classes, given in the order ``slots``, in the order of the dictionary's slots; biases are left out."""
    waiting: dict[int, list[int]] = {}
    for slot, number in zip(slots, chosen, strict=True):
        waiting.setdefault(slot, []).append(number)
    return [waiting[slot].pop(0) for slot in order]


class _HalfSums:
    """The sums of one class from each of some slots: those of two ``lists``, or of two numbers of one list."""

    def __init__(self, slots: tuple[int, ...], hashes: Sequence[np.ndarray]) -> None:
        sizes = [len(part) for part in hashes]
        parts = _halves(sizes, slots)
        self._sizes = [tuple(sizes[slot] for slot in part) for part in parts]
        if max(map(math.prod, self._sizes)) > LIST_LIMIT:
            raise ModelTooLarge(f"a list of the complete search would hold more than {LIST_LIMIT} sums")
        self._first, second = (all_sums([hashes[slot] for slot in part]) for part in parts)
        self._order = np.argsort(second, kind="stable")
        self._second = second[self._order]
        self.lists = (sorted_distinct(self._first), None if _alike(sizes, slots) else sorted_distinct(second))

    def choices(self, key: int) -> Iterator[list[int]]:
        """All choices of classes whose hashes add up to ``key``."""
        wanted = np.uint64(key) - self._first
        start, stop = (np.searchsorted(self._second, wanted, side=side) for side in ("left", "right"))
        for i in np.flatnonzero(stop > start).tolist():
            for j in self._order[start[i] : stop[i]].tolist():
                yield [*digits(i, self._sizes[0]), *digits(j, self._sizes[1])]
