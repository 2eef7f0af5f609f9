"""Terms modulo affine functions of the inputs: a smaller dictionary for the same question.

Principle. max(z, 0) = (z + |z|) / 2: the outputs of a ReLU unit for the weights (w, b) and for (-w, -b) differ by z
itself, an affine function of the inputs. A linear hash with multipliers from the left kernel of [x, 1], the integer
vectors r [n] with r x = 0 and r 1 = 0, does not see affine functions. So terms that differ by one fall into one class;
the output biases and the inputs that the output reads disappear; and a solution is made of classes whose hashes add up
to that of the targets. Where the sets are symmetric there are half as many classes as terms: a quarter of the pairs,
and the biases need no sums of their own.

The terms of the classes that meet are then compared exactly, with their affine parts. The kernel is computed over the
integers, by elimination without fractions (Bareiss), and reduced modulo 2^64 at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.dictionary import Dictionary, Found
from dnnt_encode.algorithms.hashing import WRAP, LinearHash, all_sums
from dnnt_encode.algorithms.two_layer import digits

MAX_OPERATIONS = 10**8
"""Eliminations of more multiplications of long numbers are not begun."""


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of one group of terms: their ``hashes`` [C] (uint64, distinct), the class ``of`` every term [N], and
    their members: ``members`` [``starts[c]`` : ``starts[c + 1]``] are the terms of the class c."""

    hashes: np.ndarray
    of: np.ndarray
    members: np.ndarray
    starts: np.ndarray

    @staticmethod
    def made(hashes: np.ndarray) -> Classes:
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1], True])
        of = np.empty(len(hashes), dtype=np.int64)
        of[order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        return Classes(ordered[starts[:-1]], of, order, starts)


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


class Quotient:
    """The classes of a dictionary's terms under a linear hash, and what fits exactly among them.

    The classes of a solution and one of the ``offsets`` [B] (uint64, distinct: those of the output biases) add up to
    ``target``. There are no offsets where the terms have a common factor that no target minus biases has."""

    def __init__(self, dictionary: Dictionary, hasher: LinearHash, seed: int = 0) -> None:
        if dictionary.target is None:
            raise ValueError("found a dictionary without targets; there is nothing to add up to")
        self.dictionary = dictionary
        self.slots = dictionary.slots()
        # Terms that a power of two divides would have hashes that fall into few residues.
        bits = 0
        for group in dictionary.groups:
            bits |= int(np.bitwise_or.reduce(group.vectors, axis=None))
        factor = (bits & -bits) or 1
        self.classes = [Classes.made(hasher(group.vectors // factor)) for group in dictionary.groups]
        wanted = dictionary.target[None, :] - dictionary.biases
        divisible = wanted[(wanted % factor == 0).all(axis=1)] // factor
        totals = np.unique(hasher(divisible))
        self.target = int(totals[0]) if len(totals) else 0
        self.offsets = np.uint64(self.target) - totals
        exact = LinearHash(len(dictionary.target), seed + 1)
        self._hashes = [exact(group.vectors) for group in dictionary.groups]
        self._wanted = exact(wanted)

    @staticmethod
    def exact(dictionary: Dictionary, seed: int = 0) -> Quotient:
        """Every term is a class."""
        return Quotient(dictionary, LinearHash(dictionary.biases.shape[1], seed), seed)

    @staticmethod
    def affine(dictionary: Dictionary, seed: int = 0) -> Quotient | None:
        """Terms that differ by an affine function of the inputs are one class; None where ``AffineKernel.of`` is."""
        kernel = AffineKernel.of(dictionary.net.unrolled.x)
        return None if kernel is None else Quotient(dictionary, kernel.hash(dictionary.net.outputs, seed), seed)

    def solution(self, chosen: Sequence[int]) -> Found | None:
        """Members of the given classes, one class for each slot, and biases that fit."""
        parts = [self.classes[group] for group in self.slots]
        members = [part.members[part.starts[c] : part.starts[c + 1]] for part, c in zip(parts, chosen, strict=True)]
        hashes = [self._hashes[group][part] for group, part in zip(self.slots, members, strict=True)]
        sizes = tuple(map(len, members))
        cut = min(range(len(sizes) + 1), key=lambda k: max(math.prod(sizes[:k]), math.prod(sizes[k:])))
        first, second = all_sums(hashes[:cut]), all_sums(hashes[cut:])
        order = np.argsort(second, kind="stable")
        ordered = second[order]
        for bias, wanted in enumerate(self._wanted):
            start, stop = (np.searchsorted(ordered, wanted - first, side=side) for side in ("left", "right"))
            for i in np.flatnonzero(stop > start).tolist():
                for j in order[start[i] : stop[i]].tolist():
                    places = [*digits(i, sizes[:cut]), *digits(j, sizes[cut:])]
                    complete = [int(part[place]) for part, place in zip(members, places, strict=True)]
                    if self.dictionary.fits(complete, bias):
                        return complete, bias
        return None
