"""Which vectors a sum of choices can reach: stage by stage, as sorted arrays of packed vectors.

Principle. A stage offers some integer vectors and adds one of them. Relative to the least value of each coordinate, and
divided by the coordinate's greatest common divisor, all of them are non-negative; with mixed radices large enough for
the sum of all stages a vector is one number (or a few words of 62 bits), and adding vectors is adding numbers. A stage
is then the union of shifted copies of a sorted array: through a bitmap where the numbers lie dense, else by sorting.

The arrays of all stages are kept. They are the back-pointers: a sum is undone by looking for a member of the stage
before that differs by one of the choices.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.hashing import sorted_distinct
from dnnt_encode.errors import ModelTooLarge

WORD = 2**62
_CHUNK = 2**21
DENSE = 8
"""A bitmap serves where it has at most this many places for every transition."""


@dataclass(frozen=True, eq=False)
class Packing:
    """Vectors of K coordinates as rows of W words. A vector is ``base + divisors * digits``."""

    base: np.ndarray
    divisors: np.ndarray
    radices: tuple[int, ...]
    words: tuple[tuple[int, int], ...]
    strides: np.ndarray

    @staticmethod
    def of(stages: Sequence[np.ndarray]) -> Packing:
        """For sums of one row [K] of each stage [choices, K]. Raises ModelTooLarge where one coordinate needs more than
        a word."""
        lows = [stage.min(axis=0) for stage in stages]
        base = np.sum(lows, axis=0)
        divisors = np.gcd.reduce([np.gcd.reduce(stage - low, axis=0) for stage, low in zip(stages, lows, strict=True)])
        divisors = np.maximum(divisors, 1)
        spans = [(stage.max(axis=0) - low) // divisors for stage, low in zip(stages, lows, strict=True)]
        radices = tuple(int(span) + 1 for span in np.sum([span.astype(object) for span in spans], axis=0))
        if max(radices, default=1) >= WORD:
            raise ModelTooLarge("one coordinate of the dynamic program has more than 2^62 values")
        strides = np.ones(len(radices), dtype=np.int64)
        words, start, size = [], 0, 1
        for k, radix in enumerate(radices):
            if size * radix >= WORD:
                words.append((start, k))
                start, size = k, 1
            strides[k] = size
            size *= radix
        words.append((start, len(radices)))
        return Packing(base, divisors, radices, tuple(words), strides)

    @property
    def box(self) -> int:
        """How many vectors there could be at all."""
        return int(math.prod(self.radices))

    def choices(self, stage: np.ndarray) -> np.ndarray:
        """What each choice of a stage adds, [choices, W]."""
        digits = (stage - stage.min(axis=0)) // self.divisors
        return np.stack([digits[:, a:b] @ self.strides[a:b] for a, b in self.words], axis=1)

    def vectors(self, codes: np.ndarray) -> np.ndarray:
        """The vectors [S, K] of codes [S, W] of the last stage."""
        result = np.empty((len(codes), len(self.radices)), dtype=np.int64)
        for word, (a, b) in enumerate(self.words):
            rest = codes[:, word]
            for k in range(a, b):
                rest, digit = np.divmod(rest, self.radices[k])
                result[:, k] = digit
        return np.asarray(result * self.divisors + self.base)


@dataclass(frozen=True)
class Estimate:
    """Upper bounds: ``states`` kept over all stages, ``transitions`` made, and ``bytes`` of memory at the peak."""

    states: int
    transitions: int
    bytes: int


def estimate(sizes: Sequence[int], boxes: Sequence[int], words: int = 1) -> Estimate:
    """For stages of so many choices; ``boxes[j]`` bounds the number of vectors after stage j."""
    states, transitions, reached, largest = 1, 0, 1, 1
    for size, box in zip(sizes, boxes, strict=True):
        transitions += reached * size
        reached = min(reached * size, box)
        largest = max(largest, reached)
        states += reached
    transient = min(2 * largest + 4 * _CHUNK, 4 * transitions)
    return Estimate(states, transitions, 8 * words * (states + transient))


def prefix_boxes(stages: Sequence[np.ndarray], packing: Packing) -> list[int]:
    """How many vectors each prefix of the stages could reach by its ranges alone."""
    reach = np.zeros(len(packing.radices), dtype=object)
    boxes = []
    for stage in stages:
        reach = reach + (stage.max(axis=0) - stage.min(axis=0)) // packing.divisors
        boxes.append(math.prod(int(span) + 1 for span in reach))
    return boxes


class Reachable:
    """The sets after each stage; ``advance`` builds them. ``limit`` bounds the states kept over all stages."""

    def __init__(self, stages: Sequence[np.ndarray], limit: int) -> None:
        self.packing = Packing.of(stages)
        self.choices = [self.packing.choices(stage) for stage in stages]
        self.sets = [np.zeros((1, len(self.packing.words)), dtype=np.int64)]
        self.transitions = 0
        self._limit = limit

    @property
    def last(self) -> np.ndarray:
        """The codes [S, W] after the last stage, sorted."""
        return self.sets[-1]

    def advance(self) -> Iterator[None]:
        """Build every stage, yielding a few times a second. Raises ModelTooLarge past the limit."""
        kept = 1
        for choices in self.choices:
            before = self.sets[-1]
            distinct = _unique(choices)
            self.transitions += len(before) * len(distinct)
            if len(self.packing.words) == 1:
                codes = yield from _union(before[:, 0], distinct[:, 0], self._limit - kept)
                self.sets.append(codes[:, None])
            else:
                self.sets.append((yield from _union_of_rows(before, distinct, self._limit - kept)))
            kept += len(self.sets[-1])

    def trace(self, code: np.ndarray) -> list[int]:
        """One way to a code [W] of the last stage: the number of the choice of each stage."""
        ways = []
        for choices, before in zip(reversed(self.choices), reversed(self.sets[:-1]), strict=True):
            wanted = code[None, :] - choices
            way = int(np.flatnonzero(_members(before, wanted))[0])
            ways.append(way)
            code = wanted[way]
        return ways[::-1]


def _refuse(limit: int) -> ModelTooLarge:
    return ModelTooLarge(f"the dynamic program would keep more than its limit of {limit} states")


def _union(states: np.ndarray, choices: np.ndarray, limit: int) -> Generator[None, None, np.ndarray]:
    """The sorted union of ``states + choice`` over all choices; both sorted."""
    low, span = int(states[0] + choices[0]), int(states[-1] + choices[-1] - states[0] - choices[0]) + 1
    if span <= max(DENSE * len(states) * len(choices), 2**16) and span <= 8 * max(limit, 2**16):
        seen = np.zeros(span, dtype=bool)
        full = span <= 4 * len(states)
        members = np.zeros(int(states[-1] - states[0]) + 1, dtype=bool) if full else None
        if members is not None:
            members[states - states[0]] = True
        for count, choice in enumerate(choices.tolist()):
            if members is not None:
                start = choice - int(choices[0])
                seen[start : start + len(members)] |= members
            else:
                seen[states + (choice - low)] = True
            if count % 64 == 63:
                yield
        codes = np.flatnonzero(seen)
        if len(codes) > limit:
            raise _refuse(limit)
        return codes + low
    step = max(1, _CHUNK // len(states))
    result = np.zeros(0, dtype=np.int64)
    waiting: list[np.ndarray] = []
    size = 0
    for start in range(0, len(choices), step):
        part = (choices[start : start + step, None] + states[None, :]).reshape(-1)
        waiting.append(part)
        size += len(part)
        if size >= max(_CHUNK, len(result)) or start + step >= len(choices):
            result = sorted_distinct(np.concatenate([result, *waiting]))
            waiting, size = [], 0
            if len(result) > limit:
                raise _refuse(limit)
        yield
    return result


def _union_of_rows(states: np.ndarray, choices: np.ndarray, limit: int) -> Generator[None, None, np.ndarray]:
    step = max(1, _CHUNK // states.size)
    result = np.zeros((0, states.shape[1]), dtype=np.int64)
    for start in range(0, len(choices), step):
        part = (choices[start : start + step, None] + states[None]).reshape(-1, states.shape[1])
        result = _unique(np.concatenate([result, part]))
        if len(result) > limit:
            raise _refuse(limit)
        yield
    return result


def _unique(rows: np.ndarray) -> np.ndarray:
    """The distinct rows, sorted."""
    if rows.shape[1] == 1:
        return sorted_distinct(rows[:, 0])[:, None]
    ordered = rows[np.lexsort(rows.T[::-1])]
    fresh = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    return np.asarray(ordered[fresh])


def _members(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each wanted row whether it is among the sorted rows."""
    if rows.shape[1] == 1:
        place = np.searchsorted(rows[:, 0], wanted[:, 0])
        return np.asarray(rows[np.minimum(place, len(rows) - 1), 0] == wanted[:, 0])
    known = {tuple(row) for row in rows.tolist()} if len(rows) < 1000 else None
    if known is not None:
        return np.array([tuple(row) in known for row in wanted.tolist()])
    start, stop = (np.searchsorted(rows[:, 0], wanted[:, 0], side=side) for side in ("left", "right"))
    return np.array([
        bool((rows[a:b] == row).all(axis=1).any()) for a, b, row in zip(start, stop, wanted, strict=True)
    ])  # fmt: skip
