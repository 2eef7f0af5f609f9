"""Numbers in binary: an offset plus an unsigned number of literal bits, of any width.

Offset terms (w x minus its least value) keep sums unsigned. What cannot carry, by the exact bound of each lane, gets no
gate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.cnf.arena import ClauseSink
from dnnt_encode.encoders.cnf.gates import Gates
from dnnt_encode.encoders.cnf.order import OrderNumbers, classes
from dnnt_encode.encoders.cnf.values import ValueSets
from dnnt_encode.instance.rationals import integer_array
from dnnt_encode.models.cnf import FALSE, TRUE


@dataclass(frozen=True, eq=False)
class BinaryNumbers:
    """L numbers ``offset[l] + sum 2^j [bits[l, j]]``; the sum is never above ``upper[l]``. Bits may be constants."""

    bits: np.ndarray
    offset: np.ndarray
    upper: np.ndarray

    def __len__(self) -> int:
        return len(self.bits)

    @property
    def width(self) -> int:
        return int(self.bits.shape[1])

    def take(self, lanes: np.ndarray) -> BinaryNumbers:
        return BinaryNumbers(self.bits[lanes], self.offset[lanes], self.upper[lanes])

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        return self.offset, integer_array(self.offset.astype(object) + self.upper)

    def negative(self) -> BinaryNumbers:
        """Minus the numbers, at no cost: all bits within each lane's width are negated."""
        lengths = bit_lengths(self.upper)
        inside = np.arange(self.width) < lengths[:, None]
        most = integer_array((1 << lengths.astype(object)) - 1)
        offset = integer_array(-self.offset.astype(object) - most)
        return BinaryNumbers(np.where(inside, -self.bits, FALSE).astype(np.int32), offset, most)


def joined(parts: list[BinaryNumbers]) -> BinaryNumbers:
    """The lanes of all collections, one after the other."""
    width = max(part.width for part in parts)
    return BinaryNumbers(
        np.concatenate([widened(part.bits, width) for part in parts]),
        integer_array(np.concatenate([part.offset.astype(object) for part in parts])),
        integer_array(np.concatenate([part.upper.astype(object) for part in parts])),
    )


def widened(bits: np.ndarray, width: int) -> np.ndarray:
    """Bits [L, W] with zeros above, or cut, to ``width``."""
    if bits.shape[1] >= width:
        return bits[:, :width]
    padding = np.full((len(bits), width - bits.shape[1]), FALSE, dtype=np.int32)
    return np.concatenate([bits, padding], axis=1)


def bit_lengths(numbers: np.ndarray) -> np.ndarray:
    """The bit length of each non-negative integer (int64 [L])."""
    if numbers.dtype == object:
        return np.array([int(number).bit_length() for number in numbers], dtype=np.int64)
    lengths = np.zeros(len(numbers), dtype=np.int64)
    rest = numbers.copy()
    while rest.any():
        lengths += rest > 0
        rest >>= 1
    return lengths


def constant_bits(numbers: np.ndarray, width: int) -> np.ndarray:
    """The low bits of integers, as constant literals [L, width]; negative ones in two's complement."""
    if width > 62:
        numbers = numbers.astype(object)
    rows = [np.where((numbers >> j) & 1, TRUE, FALSE) for j in range(width)]
    return np.stack(rows, axis=1).astype(np.int32) if rows else np.zeros((len(numbers), 0), dtype=np.int32)


class BinarySums:
    """Writes binary sums, comparisons and conversions into one formula."""

    def __init__(self, sink: ClauseSink, values: ValueSets) -> None:
        self._sink, self._values = sink, values

    def sum(self, a: BinaryNumbers, b: BinaryNumbers, prefix: str, labels: np.ndarray) -> BinaryNumbers:
        """Lane by lane a + b."""
        upper = integer_array(a.upper.astype(object) + b.upper)
        offset = integer_array(a.offset.astype(object) + b.offset)
        return BinaryNumbers(self.ripple(a.bits, b.bits, bit_lengths(upper), prefix, labels), offset, upper)

    def ripple(self, a: np.ndarray, b: np.ndarray, lengths: np.ndarray, prefix: str, labels: np.ndarray) -> np.ndarray:
        """The low ``lengths[l]`` bits of a + b; carries out of them are left out."""
        width = int(lengths.max(initial=0))
        a, b = widened(a, width), widened(b, width)
        out = np.full((len(a), width), FALSE, dtype=np.int32)
        carry = np.full(len(a), FALSE, dtype=np.int32)
        for j in range(width):
            lanes = np.flatnonzero(lengths > j)
            gates = Gates(self._sink, prefix, labels[lanes])
            low, high = gates.adder(a[lanes, j], b[lanes, j], carry[lanes], lengths[lanes] > j + 1)
            out[lanes, j] = low
            carry[lanes] = high
        return out

    def multiple(self, a: BinaryNumbers, factor: int, prefix: str, labels: np.ndarray) -> BinaryNumbers:
        """``factor`` (positive) times every lane, by shifts and additions."""
        upper = integer_array(a.upper.astype(object) * factor)
        lengths = bit_lengths(upper)
        total: np.ndarray | None = None
        for shift in (j for j in range(factor.bit_length()) if factor >> j & 1):
            shifted = np.concatenate([np.full((len(a), shift), FALSE, dtype=np.int32), a.bits], axis=1)
            total = shifted if total is None else self.ripple(total, shifted, lengths, prefix, labels)
        assert total is not None
        return BinaryNumbers(total, integer_array(a.offset.astype(object) * factor), upper)

    def plus(
        self, bits: np.ndarray, numbers: np.ndarray, lengths: np.ndarray, prefix: str, labels: np.ndarray
    ) -> np.ndarray:
        """The low ``lengths[l]`` bits of an unsigned number plus a constant of any sign."""
        width = int(lengths.max(initial=0))
        return self.ripple(bits, constant_bits(numbers, width), lengths, prefix, labels)

    def at_least(self, numbers: BinaryNumbers, thresholds: np.ndarray, prefix: str, labels: np.ndarray) -> np.ndarray:
        """The literal [L] that each number is at least its threshold; constants where the bounds decide it."""
        wanted = integer_array(thresholds.astype(object) - numbers.offset)
        result = np.where(wanted <= 0, TRUE, FALSE).astype(np.int32)
        open_ = np.flatnonzero((wanted > 0) & (wanted <= numbers.upper))
        if not len(open_):
            return result
        bits, ones = numbers.bits[open_], constant_bits(wanted[open_], numbers.width)
        gates = Gates(self._sink, prefix, labels[open_])
        reached = np.full(len(open_), TRUE, dtype=np.int32)
        for j in range(numbers.width):
            # Where the threshold has a 1 the bit must hold too; where it has a 0 the bit alone is enough.
            sign = np.where(ones[:, j] == TRUE, 1, -1).astype(np.int32)
            reached = sign * gates.conjunction(sign * bits[:, j], sign * reached)
        result[open_] = reached
        return result

    def of_order(self, numbers: OrderNumbers, prefix: str, labels: np.ndarray) -> BinaryNumbers:
        """The same numbers in binary. Lanes that share their literals share their bits."""
        arrays = self._values.arrays
        parts = [(number, lanes) for (number,), lanes in classes(numbers.sets)]
        width = max((int(arrays[n][-1]) - int(arrays[n][0])).bit_length() for n, _ in parts) if parts else 0
        bits = np.full((len(numbers), width), FALSE, dtype=np.int32)
        offset, upper = np.zeros(len(numbers), dtype=object), np.zeros(len(numbers), dtype=object)
        wanted = _BitFunctions()
        for number, lanes in parts:
            values = arrays[number].astype(object)
            offset[lanes], upper[lanes] = int(values[0]), int(values[-1]) - int(values[0])
            for j in range(int(upper[lanes[0]]).bit_length()):
                pattern = (((values - values[0]) >> j) & 1).astype(bool)
                changes = np.flatnonzero(pattern[1:] != pattern[:-1])
                if not len(changes):
                    bits[lanes, j] = TRUE if pattern[0] else FALSE
                elif len(changes) == 1:
                    literal = numbers.literals[numbers.start[lanes] + changes[0]]
                    bits[lanes, j] = -literal if pattern[0] else literal
                else:
                    wanted.add(pattern, lanes, j)
        wanted.write(self._sink, numbers, bits, prefix, labels)
        return BinaryNumbers(bits, integer_array(offset), integer_array(upper))


class _BitFunctions:
    """Bits that are functions of a number's position in its set: one clause a run of equal bits. Lanes of one number
    that want the same pattern share the bit."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._patterns: list[np.ndarray] = []
        self._lanes: list[np.ndarray] = []
        self._places: list[tuple[int, int]] = []

    def add(self, pattern: np.ndarray, lanes: np.ndarray, j: int) -> None:
        number = self._known.setdefault(pattern.tobytes(), len(self._patterns))
        if number == len(self._patterns):
            self._patterns.append(pattern)
        self._lanes.append(lanes)
        self._places.append((number, j))

    def write(self, sink: ClauseSink, numbers: OrderNumbers, bits: np.ndarray, prefix: str, labels: np.ndarray) -> None:
        """Fills the bits [L, W] that were asked for."""
        if not self._places:
            return
        lanes = np.concatenate(self._lanes)
        repeats = [len(part) for part in self._lanes]
        pattern, column = np.repeat(np.array(self._places), repeats, axis=0).T
        code = numbers.start[lanes] * len(self._patterns) + pattern
        _, first, same = np.unique(code, return_index=True, return_inverse=True)
        fresh = sink.variables(prefix, labels[lanes[first]])[:, 0]
        bits[lanes, column] = fresh[same.reshape(-1)]

        # All wanted patterns one after the other; a run begins with a pattern or where its bit changes.
        begin, pattern = numbers.start[lanes[first]], pattern[first]
        length = np.array([len(part) for part in self._patterns])
        where = np.cumsum(length) - length
        flat = np.concatenate(self._patterns)
        starts = np.r_[True, flat[1:] != flat[:-1]]
        starts[where] = True
        run = np.flatnonzero(starts)
        runs = np.add.reduceat(starts.astype(np.int64), where)
        first_run = np.cumsum(runs) - runs
        counts = runs[pattern]
        owner = np.repeat(np.arange(len(pattern)), counts)
        own = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + first_run[pattern[owner]]
        low = run[own] - where[pattern[owner]]
        ends = np.r_[run[1:], len(flat)]
        high = ends[own] - where[pattern[owner]]
        inner_low, inner_high = low > 0, high < length[pattern[owner]]
        value = np.where(flat[run[own]], fresh[owner], -fresh[owner])
        literals, base = numbers.literals, begin[owner] - 1
        for chosen, ends_of in (
            (inner_low & inner_high, ((-1, low), (1, high))),
            (inner_low & ~inner_high, ((-1, low),)),
            (~inner_low & inner_high, ((1, high),)),
        ):
            rows = np.flatnonzero(chosen)
            parts = [sign * literals[base[rows] + place[rows]] for sign, place in ends_of]
            block = np.column_stack([*parts, value[rows]]).astype(np.int32)
            sink.clauses(len(block), block.shape[1], lambda block=block: block)  # type: ignore[misc]
