"""Sharing partial sums across samples: in which order to add up the features of a layer.

All samples share a unit's weights, so that samples which agree on some features share the sum over them: at each node
of a tree over the features there is one partial sum per distinct pattern of the samples restricted to the node's
features. The tree is built greedily: the two feature sets with the fewest joint patterns are paired next.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

ALL_PAIRS = 160
"""Up to this many features every pair is tried, past it only neighbours in the order of their pattern counts."""
NEIGHBOURS = 12


@dataclass(frozen=True, eq=False)
class InputPatterns:
    """``code`` [n]: the number of each sample's pattern; ``count`` patterns, numbered by first appearance in order of
    value; ``first`` [count]: a sample of each pattern."""

    code: np.ndarray
    first: np.ndarray

    @property
    def count(self) -> int:
        return len(self.first)


@dataclass(frozen=True, eq=False)
class Merge:
    """Node ``left`` plus node ``right`` (features are the first nodes, merges follow in their order)."""

    left: int
    right: int
    patterns: InputPatterns


def patterns_of(column: np.ndarray) -> InputPatterns:
    """The patterns of one column of integers."""
    _, first, code = np.unique(column, return_index=True, return_inverse=True)
    return InputPatterns(code.reshape(-1), first)


def every_sample(samples: int) -> InputPatterns:
    """A pattern for each sample: no sharing."""
    number = np.arange(samples)
    return InputPatterns(number, number)


def joint(*parts: InputPatterns) -> InputPatterns:
    """The patterns of several parts together."""
    code = parts[0].code
    for part in parts[1:]:
        code = code * part.count + part.code
    return patterns_of(code)


def plan(features: list[InputPatterns]) -> list[Merge]:
    """The merges that lead from the features to their whole sum."""
    alive: dict[int, InputPatterns] = dict(enumerate(features))
    size = dict.fromkeys(alive, 1)
    heap: list[tuple[int, int, int, int]] = []

    def push(a: int, b: int) -> None:
        heapq.heappush(heap, (_joint_count(alive[a], alive[b]), size[a] + size[b], a, b))

    for a, b in _candidates(features):
        push(a, b)
    merges: list[Merge] = []
    while len(alive) > 1:
        a, b = _next(heap, alive, size)
        merged = joint(alive.pop(a), alive.pop(b))
        number = len(features) + len(merges)
        merges.append(Merge(a, b, merged))
        size[number] = size[a] + size[b]
        others = list(alive)
        if len(features) > ALL_PAIRS:
            others = sorted(others, key=lambda other: (abs(alive[other].count - merged.count), other))[:NEIGHBOURS]
        alive[number] = merged
        for other in others:
            push(other, number)
    return merges


def _next(
    heap: list[tuple[int, int, int, int]], alive: dict[int, InputPatterns], size: dict[int, int]
) -> tuple[int, int]:
    while heap:
        _, _, a, b = heapq.heappop(heap)
        if a in alive and b in alive:
            return a, b
    smallest = sorted(alive, key=lambda number: (size[number], number))
    return smallest[0], smallest[1]


def _candidates(features: list[InputPatterns]) -> Iterator[tuple[int, int]]:
    count = len(features)
    if count <= ALL_PAIRS:
        yield from ((a, b) for a in range(count) for b in range(a + 1, count))
        return
    ranked = sorted(range(count), key=lambda number: (features[number].count, number))
    for place, a in enumerate(ranked):
        for b in ranked[place + 1 : place + 1 + NEIGHBOURS]:
            yield (a, b) if a < b else (b, a)


def _joint_count(a: InputPatterns, b: InputPatterns) -> int:
    samples, possible = len(a.code), a.count * b.count
    if a.count == samples or b.count == samples:
        return samples
    code = a.code * b.count + b.code
    if possible <= 4 * samples:
        return int(np.count_nonzero(np.bincount(code, minlength=possible)))
    return len(np.unique(code))
