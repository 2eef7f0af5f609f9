"""Sums, products and comparisons of numbers in either encoding, chosen by size.

Order encoding propagates best and wins up to about thirty summands of small weights, but its clauses grow with the
product of the numbers of values; adders grow with the bits. A node takes adders where order encoding would cost
``PREFERENCE`` times as many clauses, and a number in binary stays so.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.encoders.cnf import binary, order
from dnnt_encode.encoders.cnf.activation import squashed
from dnnt_encode.encoders.cnf.arena import ClauseSink
from dnnt_encode.encoders.cnf.binary import BinaryNumbers, BinarySums
from dnnt_encode.encoders.cnf.order import OrderNumbers, OrderSums, classes
from dnnt_encode.encoders.cnf.products import BinaryProducts
from dnnt_encode.encoders.cnf.squash import Passed, Squash
from dnnt_encode.encoders.cnf.values import LARGEST_TABLE, ValueSets
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.instance.activations import activation

Numbers = OrderNumbers | BinaryNumbers

PREFERENCE = 20
CLAUSES_PER_BIT = 20


class Arithmetic:
    """Writes into one formula, by one choice of encodings."""

    def __init__(self, sink: ClauseSink, values: ValueSets, encoding: SumEncoding) -> None:
        self.sink, self.values, self._encoding = sink, values, encoding
        self.ordered, self.binary = OrderSums(sink, values), BinarySums(sink, values)
        self._products: dict[int, tuple[BinaryNumbers, BinaryProducts]] = {}

    def sum(self, a: Numbers, b: Numbers, prefix: str, labels: np.ndarray, squash: np.ndarray | None = None) -> Numbers:
        """Lane by lane squash(a + b), where ``squash`` [L] are numbers of functions, -1 for none."""
        functions = np.full(len(a), -1, dtype=np.int64) if squash is None else squash
        if isinstance(a, OrderNumbers) and isinstance(b, OrderNumbers) and self._in_order(a, b, functions):
            return self.ordered.sum(a, b, functions, prefix, labels)
        z = self.binary.sum(self.to_binary(a, prefix, labels), self.to_binary(b, prefix, labels), prefix, labels)
        if (functions < 0).all():
            return z
        parts: list[Numbers] = []
        places = []
        for (function,), lanes in classes(functions):
            chosen = z.take(lanes)
            if function >= 0:
                known = self.values.squashes[function]
                parts.append(squashed(self.sink, self.binary, self.values, chosen, known, prefix, labels[lanes]))
            else:
                parts.append(chosen)
            places.append(lanes)
        return self.joined(parts, prefix, labels).take(np.argsort(np.concatenate(places), kind="stable"))

    def product(self, w: OrderNumbers, h: Numbers, lanes: np.ndarray, prefix: str, labels: np.ndarray) -> Numbers:
        """The parameter w[l] times the number of lane ``lanes[l]`` of h."""
        if isinstance(h, OrderNumbers):
            return self.ordered.product(w, h.take(lanes), prefix, labels)
        if id(h) not in self._products:
            own = np.arange(len(h))[:, None]
            self._products[id(h)] = h, BinaryProducts(self.sink, self.binary, self.ordered, h, f"m.{prefix}", own)
        return self._products[id(h)][1].product(w, lanes, prefix, labels)

    def negative(self, a: Numbers) -> Numbers:
        """Minus every lane, at no cost."""
        if isinstance(a, BinaryNumbers):
            return a.negative()
        minus = order.constants(self.values, np.array([-1])).take(np.zeros(len(a), dtype=np.int64))
        return self.ordered.product(a, minus, "", np.zeros((len(a), 0), dtype=np.int32))

    def maximum(self, a: Numbers, b: Numbers, prefix: str, labels: np.ndarray) -> Numbers:
        """Lane by lane the greater one: in binary b + max(0, a - b)."""
        if isinstance(a, OrderNumbers) and isinstance(b, OrderNumbers):
            return self.ordered.maximum(a, b, prefix, labels)
        first, second = self.to_binary(a, prefix, labels), self.to_binary(b, prefix, labels)
        relu = np.full(len(a), self.values.squash(Squash(activation("relu").scaled(1))))
        excess = self.sum(first, second.negative(), prefix, labels, relu)
        return self.sum(excess, second, prefix, labels)

    def affine(
        self, a: Numbers, factor: int, constant: np.ndarray, squash: int, prefix: str, labels: np.ndarray
    ) -> Numbers:
        """squash(factor * a + constant), lane by lane; ``factor`` is not 0."""
        if isinstance(a, OrderNumbers):
            fixed = order.constants(self.values, np.array([factor], dtype=object)).take(
                np.zeros(len(a), dtype=np.int64)
            )
            scaled: Numbers = self.ordered.product(a, fixed, prefix, labels)
        else:
            scaled = a.negative() if factor < 0 else a
            scaled = self.binary.multiple(scaled, abs(factor), prefix, labels) if abs(factor) > 1 else scaled
        shift = order.constants(self.values, constant)
        return self.sum(scaled, shift, prefix, labels, np.full(len(a), squash))

    def joined(self, parts: list[Numbers], prefix: str, labels: np.ndarray) -> Numbers:
        """All lanes one after the other, in binary where one collection is."""
        ordered = [part for part in parts if isinstance(part, OrderNumbers)]
        if len(ordered) == len(parts):
            return order.joined(ordered)
        return binary.joined([self.to_binary(part, prefix, labels) for part in parts])

    def to_binary(self, a: Numbers, prefix: str, labels: np.ndarray) -> BinaryNumbers:
        return a if isinstance(a, BinaryNumbers) else self.binary.of_order(a, prefix, labels)

    def at_least(self, a: Numbers, thresholds: np.ndarray, prefix: str, labels: np.ndarray) -> np.ndarray:
        """The literal [L] that each number is at least its threshold; constants where that is decided."""
        if isinstance(a, OrderNumbers):
            return self.ordered.at_least(a, thresholds)
        return self.binary.at_least(a, thresholds, prefix, labels)

    def bounds(self, a: Numbers) -> tuple[np.ndarray, np.ndarray]:
        return self.ordered.bounds(a) if isinstance(a, OrderNumbers) else a.bounds()

    def _in_order(self, a: OrderNumbers, b: OrderNumbers, functions: np.ndarray) -> bool:
        if self._encoding != "auto":
            return self._encoding == "order"
        total, bits = 0, 0
        for (first, second, function), lanes in classes(a.sets, b.sets, functions):
            one, two = self.values.arrays[first], self.values.arrays[second]
            m, n = len(one), len(two)
            if m == 1 or n == 1:
                continue
            if m * n > LARGEST_TABLE // 16:
                return False
            known = self.values.squashes[function] if function >= 0 else None
            pairs = (m + n) * len(known.thresholds) if isinstance(known, Passed) else m * n
            reach = int(one[-1]) - int(one[0]) + int(two[-1]) - int(two[0])
            total += 2 * pairs * len(lanes)
            bits += reach.bit_length() * len(lanes)
        return total <= PREFERENCE * CLAUSES_PER_BIT * bits
