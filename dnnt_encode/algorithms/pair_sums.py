"""All sums of two lists of 64-bit numbers, in passes: those of one residue modulo a power of two at a time.

Principle. The sums of residue p are made by the classes r of one list and p - r of the other. The k-th members of all
classes form a layer [M], indexed by r; that of the other list is stored backwards, so that the partners of a layer for
any p are a slice, and one vector addition of two slices makes a sum for every r. Layers have holes where a class is too
small, filled at random, and the few members past the last layer are added one by one. So a pass makes all sums of its
residue, and some that are of no meaning: what is found among them must be checked.

Of a list with itself every unordered pair is made once: r runs through half of the residues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SINGLY = 4
"""How many times longer a sum takes that is not made by layers."""

_BITS = 22
"""Bitmaps have at most 2^22 places (and bytes): larger ones leave the cache."""

_BLOCK = 2**16
_TURNS = 12
_FEW = 1000


@dataclass(frozen=True, eq=False)
class _List:
    """Numbers sorted by residue: ``values`` [``starts[r]`` : ``starts[r + 1]``] have the residue r."""

    values: np.ndarray
    residues: np.ndarray
    starts: np.ndarray

    @staticmethod
    def of(values: np.ndarray, modulus: int) -> _List:
        residues = (values & np.uint64(modulus - 1)).astype(np.int64)
        order = np.argsort(residues, kind="stable")
        starts = np.searchsorted(residues[order], np.arange(modulus + 1))
        return _List(values[order], residues[order], starts)

    @property
    def rank(self) -> np.ndarray:
        """The place of every number in its class."""
        return np.asarray(np.arange(len(self.values)) - self.starts[self.residues])

    def past(self, layers: np.ndarray) -> np.ndarray:
        """How many numbers are past so many layers, for each number of layers."""
        return np.asarray(np.maximum(np.diff(self.starts)[None, :] - layers[:, None], 0).sum(axis=1))

    def layers(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """[count, 2 M]: the layers, written twice."""
        modulus = len(self.starts) - 1
        filled = rng.integers(0, 2**64, (count, modulus), dtype=np.uint64)
        inside = self.rank < count
        filled[self.rank[inside], self.residues[inside]] = self.values[inside]
        return np.concatenate([filled, filled], axis=1)


class PairSums:
    """The sums of a number of ``first`` and one of ``second`` (uint64, modulo 2^64); without ``second`` those of two
    numbers of ``first``, which may be the same one. ``largest``: no residue has more sums."""

    def __init__(self, first: np.ndarray, second: np.ndarray | None, modulus: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self._modulus = modulus
        self._itself = second is None
        self._first = _List.of(first, modulus)
        self._second = self._first if second is None else _List.of(second, modulus)
        count, other = _layer_counts(self._first, self._second, self._itself)
        self._width = modulus // 2 + 1 if self._itself else modulus
        self._layers = self._first.layers(count, rng)
        turned = self._second.layers(other, rng)[:, :modulus]
        turned = np.concatenate([turned[:, :1], turned[:, :0:-1]], axis=1)
        self._turned = np.concatenate([turned, turned], axis=1)
        self._single = [(_past(self._first, count), self._second)]
        if not self._itself:
            self._single.append((_past(self._second, other), self._first))

        layered = count * other * self._width
        self.largest = layered + sum(_most(residues, partners, modulus) for (_, residues), partners in self._single)

    def make(self, residue: int, buffer: np.ndarray) -> np.ndarray:
        """All sums of a residue, and others, in the first part of the buffer."""
        start = -(-residue // 2) if self._itself else 0
        left = self._layers[:, start : start + self._width]
        back = (start - residue) % self._modulus
        right = self._turned[:, back : back + self._width]
        shape = (len(left), len(right), self._width)
        made = shape[0] * shape[1] * shape[2]
        np.add(left[:, None, :], right[None, :, :], out=buffer[:made].reshape(shape))
        for (values, residues), partners in self._single:
            classes = (residue - residues) % self._modulus
            starts = partners.starts[classes]
            counts = partners.starts[classes + 1] - starts
            ends = np.cumsum(counts)
            total = int(ends[-1]) if len(ends) else 0
            steps = np.repeat(starts - (ends - counts), counts) + np.arange(total)
            np.add(np.repeat(values, counts), partners.values.take(steps), out=buffer[made : made + total])
            made += total
        return buffer[:made]


def _past(numbers: _List, layers: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers past the layers, and their residues."""
    chosen = numbers.rank >= layers
    return numbers.values[chosen], numbers.residues[chosen]


def _most(residues: np.ndarray, partners: _List, modulus: int) -> int:
    """The most sums that numbers of the given residues have with their partners, over all residues of the sum."""
    counts = np.bincount(residues, minlength=modulus).astype(np.float64)
    sizes = np.diff(partners.starts).astype(np.float64)
    # A cyclic convolution, rounded up.
    sums = np.fft.irfft(np.fft.rfft(counts) * np.fft.rfft(sizes), modulus)
    return int(np.ceil(sums.max() * (1 + 1e-9) + 0.5)) if len(residues) else 0


def _layer_counts(first: _List, second: _List, itself: bool) -> tuple[int, int]:
    """How many layers of each list make all sums of a pass soonest."""
    modulus = len(first.starts) - 1
    candidates = []
    for numbers in (first, second):
        sizes = np.diff(numbers.starts)
        candidates.append(np.unique(np.r_[0, np.quantile(sizes, np.linspace(0, 1, 64)).astype(np.int64)]))
    past = [numbers.past(layers) for numbers, layers in zip((first, second), candidates, strict=True)]
    if itself:
        costs = candidates[0] ** 2 * modulus / 2 + _SINGLY * past[0] * len(first.values) / modulus
        best = int(candidates[0][np.argmin(costs)])
        return best, best
    singly = past[0][:, None] * len(second.values) + past[1][None, :] * len(first.values)
    costs = candidates[0][:, None] * candidates[1][None, :] * modulus + _SINGLY * singly / modulus
    i, j = np.unravel_index(np.argmin(costs), costs.shape)
    return int(candidates[0][i]), int(candidates[1][j])


class Sieve:
    """Which numbers two vectors share: bitmaps of one vector's bits thin out the other, in turns. Room that is used
    again; one for each thread."""

    def __init__(self) -> None:
        self._seen = np.zeros(2**_BITS, dtype=bool)
        self._places = np.empty(_BLOCK, dtype=np.uint64)
        self._passed = np.empty(_BLOCK, dtype=bool)

    def common(self, first: np.ndarray, second: np.ndarray, known_bits: int) -> np.ndarray:
        """The numbers (uint64) in both vectors, whose lowest ``known_bits`` are equal anyway. Both are overwritten."""
        shift = 64
        for _ in range(_TURNS):
            if not len(first) or not len(second):
                return first[:0]
            bits = min(_BITS, max(12, len(first).bit_length() + 3))
            shift = shift - bits if shift - bits >= known_bits else 64 - bits
            self._mark(first, shift, bits)
            first, second = self._kept(second, shift, bits), first
            if max(len(first), len(second)) <= _FEW:
                break
        return np.asarray(np.intersect1d(first, second))

    def _place(self, numbers: np.ndarray, shift: int, bits: int) -> np.ndarray:
        places = self._places[: len(numbers)]
        np.right_shift(numbers, np.uint64(shift), out=places)
        if shift + bits < 64:
            np.bitwise_and(places, np.uint64(2**bits - 1), out=places)
        return places.view(np.int64)

    def _mark(self, numbers: np.ndarray, shift: int, bits: int) -> None:
        seen = self._seen[: 2**bits]
        seen.fill(False)
        for at in range(0, len(numbers), _BLOCK):
            seen[self._place(numbers[at : at + _BLOCK], shift, bits)] = True

    def _kept(self, numbers: np.ndarray, shift: int, bits: int) -> np.ndarray:
        """The numbers whose place is marked, in the first part of their vector."""
        count = 0
        for at in range(0, len(numbers), _BLOCK):
            part = numbers[at : at + _BLOCK]
            passed = self._passed[: len(part)]
            np.take(self._seen, self._place(part, shift, bits), out=passed, mode="clip")
            kept = part[passed]
            numbers[count : count + len(kept)] = kept
            count += len(kept)
        return numbers[:count]
