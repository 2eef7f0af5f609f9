"""Numbers in binary: an offset plus an unsigned number of literal bits, of any width.

Offset terms (w x minus its least value) keep sums unsigned. What cannot carry, by the exact bound of each lane, gets no
gate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.cnf.arena import Sink, write
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

    def __init__(self, sink: Sink, values: ValueSets) -> None:
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
        wanted: dict[bytes, list[tuple[np.ndarray, int]]] = {}
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
                    wanted.setdefault(pattern.tobytes(), []).append((lanes, j))
        for key, places in wanted.items():
            self._pattern(np.frombuffer(key, dtype=bool), places, numbers, bits, prefix, labels)
        return BinaryNumbers(bits, integer_array(offset), integer_array(upper))

    def _pattern(
        self,
        pattern: np.ndarray,
        places: list[tuple[np.ndarray, int]],
        numbers: OrderNumbers,
        bits: np.ndarray,
        prefix: str,
        labels: np.ndarray,
    ) -> None:
        """Bits that are this function of a number's position: one clause a run of equal bits. A pattern that begins
        with 1 is the complement of one that begins with 0."""
        lanes = np.concatenate([part for part, _ in places])
        columns = np.concatenate([np.full(len(part), j) for part, j in places])
        _, first, same = np.unique(numbers.start[lanes], return_index=True, return_inverse=True)
        fresh = self._sink.variables(prefix, labels[lanes[first]])
        bits[lanes, columns] = fresh[same.reshape(-1), 0]
        count = len(pattern) - 1
        table = np.column_stack([numbers.block(lanes[first], count), fresh])
        total = count + 1
        edges = np.flatnonzero(pattern[1:] != pattern[:-1])
        starts, stops = np.r_[-1, edges], np.r_[edges, count]
        value = np.where(pattern[np.r_[0, edges + 1]], count, count + total)
        begins = np.where(starts < 0, -1, starts + total)
        ends = np.where(stops >= count, -1, stops)
        runs = np.stack([begins, ends, value], axis=1)
        for width in (2, 3):
            kept = runs[(runs >= 0).sum(axis=1) == width]
            write(self._sink, table, width, kept[kept >= 0].reshape(-1, width))
