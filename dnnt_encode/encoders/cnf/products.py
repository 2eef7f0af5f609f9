"""Products of a parameter and a binary number.

With u the number's unsigned part of B bits, w u is read from the multiples |v| u of the values v of w by the literals
that select v; a negative value takes all bits negated, for which 2^B - 1 is taken off again: w u = bits + n - n 2^B
with n = [w < 0]. The multiples are made once a number, for all readers.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.encoders.cnf import binary
from dnnt_encode.encoders.cnf.arena import ClauseSink, write_folded
from dnnt_encode.encoders.cnf.binary import BinaryNumbers, BinarySums, bit_lengths
from dnnt_encode.encoders.cnf.order import OrderNumbers, OrderSums, classes
from dnnt_encode.encoders.cnf.values import ValueSets
from dnnt_encode.instance.rationals import integer_array
from dnnt_encode.models.cnf import FALSE, TRUE


class BinaryProducts:
    """Products with some lanes of binary numbers, whose multiples are kept."""

    def __init__(
        self,
        sink: ClauseSink,
        sums: BinarySums,
        ordered: OrderSums,
        numbers: BinaryNumbers,
        prefix: str,
        labels: np.ndarray,
    ) -> None:
        self._sink, self._sums, self._ordered, self._values = sink, sums, ordered, ordered.values
        self._numbers, self._prefix, self._labels = numbers, prefix, labels
        self._multiples: dict[int, BinaryNumbers] = {}

    def product(self, w: OrderNumbers, lanes: np.ndarray, prefix: str, labels: np.ndarray) -> BinaryNumbers:
        """w[l] times the number of lane ``lanes[l]``."""
        parts, places = [], []
        for (number,), rows in classes(w.sets):
            parts.append(self._one_set(number, w.take(rows), lanes[rows], prefix, labels[rows]))
            places.append(rows)
        total = binary.joined(parts).take(np.argsort(np.concatenate(places), kind="stable"))
        offset = self._numbers.offset[lanes]
        if not (offset != 0).any():
            return total
        shift = self._sums.of_order(_shifts(self._ordered, w, offset), prefix, labels)
        return self._sums.sum(total, shift, prefix, labels)

    def _multiple(self, factor: int, lanes: np.ndarray) -> BinaryNumbers:
        """``factor`` (positive) times the unsigned parts."""
        if factor not in self._multiples:
            numbers = self._numbers
            unsigned = BinaryNumbers(numbers.bits, np.zeros(len(numbers), dtype=np.int64), numbers.upper)
            self._multiples[factor] = self._sums.multiple(unsigned, factor, self._prefix, self._labels)
        return self._multiples[factor].take(lanes)

    def _one_set(
        self, number: int, w: OrderNumbers, lanes: np.ndarray, prefix: str, labels: np.ndarray
    ) -> BinaryNumbers:
        """w[l] times the unsigned part, where all w have the same set."""
        values = [int(value) for value in self._values.arrays[number]]
        if len(values) == 1:
            return self._fixed(values[0], lanes)
        multiples = {abs(value): self._multiple(abs(value), lanes) for value in values if value}
        most = integer_array(np.maximum.reduce([m.upper.astype(object) for m in multiples.values()]))
        lengths = bit_lengths(most)
        width = int(lengths.max(initial=0))
        order = w.block(np.arange(len(w)), len(values) - 1)
        ends = np.column_stack([np.full(len(w), TRUE), order, np.full(len(w), FALSE)]).astype(np.int32)
        out = np.full((len(w), width), FALSE, dtype=np.int32)
        for j in range(width):
            rows = np.flatnonzero(lengths > j)
            out[rows, j] = self._sink.variables(prefix, labels[rows])[:, 0]
            for k, value in enumerate(values):
                unless = np.column_stack([-ends[rows, k], ends[rows, k + 1]])
                bit = binary.widened(multiples[abs(value)].bits, width)[rows, j] if value else np.full(len(rows), FALSE)
                bit = -bit if value < 0 else bit
                write_folded(self._sink, np.column_stack([unless, -out[rows, j], bit]))
                write_folded(self._sink, np.column_stack([unless, out[rows, j], -bit]))
        negatives = sum(value < 0 for value in values)
        zero = np.zeros(len(w), dtype=np.int64)
        if not negatives:
            return BinaryNumbers(out, zero, most)
        negative = -ends[:, negatives]
        top = np.full((len(w), width + 1), FALSE, dtype=np.int32)
        top[:, :width] = out
        top[np.arange(len(w)), lengths] = -negative
        power = integer_array(1 << lengths.astype(object))
        positive = max(values[-1], 0) * self._numbers.upper[lanes].astype(object)
        upper = integer_array(power + positive)
        bits = self._sums.ripple(top, negative[:, None], bit_lengths(upper), prefix, labels)
        return BinaryNumbers(bits, -power, upper)

    def _fixed(self, value: int, lanes: np.ndarray) -> BinaryNumbers:
        if value:
            multiple = self._multiple(abs(value), lanes)
            return multiple.negative() if value < 0 else multiple
        zero = np.zeros(len(lanes), dtype=np.int64)
        return BinaryNumbers(np.zeros((len(lanes), 0), dtype=np.int32), zero, zero)


def _shifts(ordered: OrderSums, w: OrderNumbers, offset: np.ndarray) -> OrderNumbers:
    """Lane by lane w times a constant."""
    numbers: list[int] = offset.tolist()
    values: ValueSets = ordered.values
    sets = np.array([values.add(np.array([number], dtype=object)) for number in numbers], dtype=np.int64)
    constant = OrderNumbers(sets, np.zeros(len(sets), dtype=np.int64), np.zeros(0, dtype=np.int32))
    return ordered.product(w, constant, "", np.zeros((len(sets), 0), dtype=np.int32))
