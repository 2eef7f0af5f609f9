"""Terms modulo affine functions of the inputs: a smaller dictionary for the same question.

Principle. max(z, 0) = (z + |z|) / 2: the outputs of a ReLU unit for the weights (w, b) and for (-w, -b) differ by z
itself, an affine function of the inputs. A linear hash with multipliers from the left kernel of [x, 1], the integer
vectors r [n] with r x = 0 and r 1 = 0, does not see affine functions. So terms that differ by one fall into one class;
the output biases and the inputs that the output reads disappear; and a solution is made of classes whose hashes add up
to that of the targets. Where the sets are symmetric there are half as many classes as terms: a quarter of the pairs,
and the biases need no sums of their own.

The terms of the classes that meet are then compared exactly, with their affine parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.dictionary import Dictionary, TermChoice
from dnnt_encode.algorithms.hashing import LinearHash, all_sums
from dnnt_encode.algorithms.two_layer import digits

LIST_LIMIT = 2**20
"""Members of classes are compared where half of them have no more sums than this."""

_DRAWS = 8


class TooManyMembers(Exception):
    """So many members of classes would have to be compared that the classes are of no use."""


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


class Quotient:
    """The classes of a dictionary's terms under a linear hash, and what fits exactly among them.

    The classes of a solution and one of the ``offsets`` [B] (uint64, distinct: those of the output biases) add up to
    ``target``. There are no offsets where the terms have a common factor that no target minus biases has."""

    def __init__(self, dictionary: Dictionary, hasher: LinearHash, seed: int = 0) -> None:
        if dictionary.target is None:
            raise ValueError("found a dictionary without targets; there is nothing to add up to")
        self.dictionary = dictionary
        self.slots = dictionary.slots()
        factor, divisible = _divided(dictionary)
        self.classes = [Classes.made(hasher(group.vectors // factor)) for group in dictionary.groups]
        totals = np.unique(hasher(divisible))
        self.target = int(totals[0]) if len(totals) else 0
        self.offsets = np.uint64(self.target) - totals
        exact = LinearHash(len(dictionary.target), seed + 1)
        self._hashes = [exact(group.vectors) for group in dictionary.groups]
        self._biases = exact(dictionary.biases)
        self._wanted = exact(dictionary.target[None, :])[0]

    @staticmethod
    def of(dictionary: Dictionary, seed: int = 0) -> Quotient | None:
        """The affine quotient where there is one, else the exact one; None where the dictionary has no targets."""
        if dictionary.target is None:
            return None
        return Quotient.affine(dictionary, seed) or Quotient.exact(dictionary, seed)

    @staticmethod
    def exact(dictionary: Dictionary, seed: int = 0) -> Quotient:
        """Every term is a class."""
        return Quotient(dictionary, LinearHash(dictionary.biases.shape[1], seed), seed)

    @staticmethod
    def affine(dictionary: Dictionary, seed: int = 0) -> Quotient | None:
        """Terms that differ by an affine function of the inputs are one class; None where there is no kernel. Of some
        draws of the hash, one that makes the target even, if there is one: see ``meet_in_the_middle``."""
        kernel = dictionary.kernel
        if kernel is None or dictionary.target is None:
            return None
        outputs = dictionary.net.outputs
        draws = [kernel.hash(outputs, drawn) for drawn in range(seed, seed + _DRAWS)]
        _, divisible = _divided(dictionary)
        odd = [int(draw(divisible[:1]).sum()) % 2 for draw in draws]
        return Quotient(dictionary, draws[odd.index(0) if 0 in odd else 0], seed)

    def solution(self, chosen: Sequence[int]) -> TermChoice | None:
        """Members of the given classes, one class for each slot, and biases that fit. Raises TooManyMembers."""
        parts = [self.classes[group] for group in self.slots]
        members = [part.members[part.starts[c] : part.starts[c + 1]] for part, c in zip(parts, chosen, strict=True)]
        hashes = [self._hashes[group][part] for group, part in zip(self.slots, members, strict=True)]
        lists = [*hashes, self._biases]
        sizes = tuple(map(len, lists))
        cut = min(range(len(sizes) + 1), key=lambda k: max(math.prod(sizes[:k]), math.prod(sizes[k:])))
        if max(math.prod(sizes[:cut]), math.prod(sizes[cut:])) > LIST_LIMIT:
            raise TooManyMembers
        wanted = self._wanted - all_sums(lists[:cut])
        second = all_sums(lists[cut:])
        order = np.argsort(second, kind="stable")
        start, stop = (np.searchsorted(second, wanted, side=side, sorter=order) for side in ("left", "right"))
        for i in np.flatnonzero(stop > start).tolist():
            for j in order[start[i] : stop[i]].tolist():
                *places, bias = [*digits(i, sizes[:cut]), *digits(j, sizes[cut:])]
                complete = [int(part[place]) for part, place in zip(members, places, strict=True)]
                if self.dictionary.fits(complete, bias):
                    return complete, bias
        return None


def _divided(dictionary: Dictionary) -> tuple[int, np.ndarray]:
    """The greatest power of two that divides all terms, and the targets minus biases that it divides, divided by it
    [B, n m]. Without this, terms that a power of two divides would have hashes that fall into few residues."""
    assert dictionary.target is not None
    bits = 0
    for group in dictionary.groups:
        bits |= int(np.bitwise_or.reduce(group.vectors, axis=None))
    factor = (bits & -bits) or 1
    wanted = dictionary.target[None, :] - dictionary.biases
    return factor, wanted[(wanted % factor == 0).all(axis=1)] // factor
