"""Numbers in order encoding: for each value but the least one literal, the number is at least this value.

A collection holds L numbers ("lanes"); lanes of equal value sets are written together. Sums are totalizer merges over
value sets, in both directions and with the chain clauses: without these, sets with gaps would be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.cnf.arena import ClauseSink, write
from dnnt_encode.encoders.cnf.values import Template, ValueSets
from dnnt_encode.models.cnf import FALSE, TRUE


@dataclass(frozen=True, eq=False)
class OrderNumbers:
    """L numbers: lane l has the value set ``sets[l]`` and the literals ``literals[start[l]:]``, one less than the set
    has values, none of them constant."""

    sets: np.ndarray
    start: np.ndarray
    literals: np.ndarray

    def __len__(self) -> int:
        return len(self.sets)

    def take(self, lanes: np.ndarray) -> OrderNumbers:
        return OrderNumbers(self.sets[lanes], self.start[lanes], self.literals)

    def block(self, lanes: np.ndarray, count: int) -> np.ndarray:
        """The literals [len(lanes), count] of lanes whose sets have ``count + 1`` values."""
        return np.asarray(self.literals[self.start[lanes][:, None] + np.arange(count)])


def constants(values: ValueSets, numbers: np.ndarray) -> OrderNumbers:
    """One lane for each of some integers."""
    sets = np.array([values.add(np.array([value])) for value in numbers.tolist()], dtype=np.int64)
    return OrderNumbers(sets, np.zeros(len(sets), dtype=np.int64), np.zeros(0, dtype=np.int32))


def joined(parts: list[OrderNumbers]) -> OrderNumbers:
    """The lanes of all collections, one after the other."""
    if len(parts) == 1:
        return parts[0]
    shift, total = {}, 0
    for part in parts:
        if id(part.literals) not in shift:
            shift[id(part.literals)] = total
            total += len(part.literals)
    distinct = {id(part.literals): part.literals for part in parts}
    return OrderNumbers(
        np.concatenate([part.sets for part in parts]),
        np.concatenate([part.start + shift[id(part.literals)] for part in parts]),
        np.concatenate(list(distinct.values())),
    )


def classes(*keys: np.ndarray) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """The lanes that agree on all keys (integers >= -1, [L] each): the keys and the lanes, class by class."""
    code = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        code = code * (int(key.max(initial=0)) + 2) + key + 1
    _, first, inverse, counts = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(inverse.reshape(-1), kind="stable")
    stop = np.cumsum(counts)
    for number, place in enumerate(first.tolist()):
        lanes = order[stop[number] - counts[number] : stop[number]]
        yield tuple(int(key[place]) for key in keys), lanes


class _Lanes:
    """Lanes under construction, filled class by class."""

    def __init__(self, lanes: int) -> None:
        self._sets = np.zeros(lanes, dtype=np.int64)
        self._start = np.zeros(lanes, dtype=np.int64)
        self._literals: list[np.ndarray] = []
        self._used = 0

    def put(self, lanes: np.ndarray, number: int, literals: np.ndarray) -> None:
        self._sets[lanes] = number
        self._start[lanes] = self._used + np.arange(len(lanes)) * literals.shape[1]
        self._literals.append(literals.reshape(-1))
        self._used += literals.size

    def numbers(self) -> OrderNumbers:
        return OrderNumbers(self._sets, self._start, np.concatenate([np.zeros(0, np.int32), *self._literals]))


class OrderSums:
    """Writes sums and products of lanes into one formula."""

    def __init__(self, sink: ClauseSink, values: ValueSets) -> None:
        self._sink, self.values = sink, values

    def sum(
        self, a: OrderNumbers, b: OrderNumbers, squash: np.ndarray, prefix: str, labels: np.ndarray
    ) -> OrderNumbers:
        """Lane by lane squash(a + b); ``squash`` [L] are numbers of functions, -1 for none."""
        result = _Lanes(len(a))
        for (first, second, function), lanes in classes(a.sets, b.sets, squash):
            template = self.values.sum(first, second, function)
            self._write(result, template, lanes, (a, first), (b, second), prefix, labels)
        return result.numbers()

    def product(self, w: OrderNumbers, h: OrderNumbers, prefix: str, labels: np.ndarray) -> OrderNumbers:
        """Lane by lane w h."""
        result = _Lanes(len(w))
        for (first, second), lanes in classes(w.sets, h.sets):
            for fixed, number, source in ((first, second, h), (second, first, w)):
                if len(self.values.arrays[fixed]) == 1:
                    self._multiple(result, int(self.values.arrays[fixed][0]), number, source, lanes)
                    break
            else:
                template = self.values.product(first, second)
                self._write(result, template, lanes, (w, first), (h, second), prefix, labels)
        return result.numbers()

    def maximum(self, a: OrderNumbers, b: OrderNumbers, prefix: str, labels: np.ndarray) -> OrderNumbers:
        """Lane by lane the greater one."""
        result = _Lanes(len(a))
        for (first, second), lanes in classes(a.sets, b.sets):
            template = self.values.maximum(first, second)
            self._write(result, template, lanes, (a, first), (b, second), prefix, labels)
        return result.numbers()

    def _multiple(self, result: _Lanes, factor: int, number: int, source: OrderNumbers, lanes: np.ndarray) -> None:
        """A constant times a number: its literals again, or backwards and negated."""
        count = len(self.values.arrays[number]) - 1 if factor else 0
        literals = source.block(lanes, count)
        result.put(lanes, self.values.scaled(number, factor), -literals[:, ::-1] if factor < 0 else literals)

    def _write(
        self,
        result: _Lanes,
        template: Template,
        lanes: np.ndarray,
        a: tuple[OrderNumbers, int],
        b: tuple[OrderNumbers, int],
        prefix: str,
        labels: np.ndarray,
    ) -> None:
        parts = [number.block(lanes, len(self.values.arrays[values]) - 1) for number, values in (a, b)]
        if template.source is not None:
            result.put(lanes, template.result, np.concatenate(parts, axis=1)[:, template.source])
            return
        count = len(self.values.arrays[template.result]) - 1
        fresh = self._sink.variables(prefix, labels[lanes], count)
        columns = np.concatenate([*parts, fresh], axis=1)
        for width, table in template.clauses:
            write(self._sink, columns, width, table)
        result.put(lanes, template.result, fresh)

    def at_least(self, numbers: OrderNumbers, thresholds: np.ndarray) -> np.ndarray:
        """The literal [L] that each number is at least its threshold; constants where that is decided."""
        result = np.empty(len(numbers), dtype=np.int32)
        for (number,), lanes in classes(numbers.sets):
            values = self.values.arrays[number]
            index = np.searchsorted(values, thresholds[lanes])
            padded = np.empty((len(lanes), len(values) + 1), dtype=np.int32)
            padded[:, 0], padded[:, -1] = TRUE, FALSE
            padded[:, 1:-1] = numbers.block(lanes, len(values) - 1)
            result[lanes] = padded[np.arange(len(lanes)), index]
        return result

    def bounds(self, numbers: OrderNumbers) -> tuple[np.ndarray, np.ndarray]:
        """The least and greatest value of every lane (int64, or Python integers)."""
        chosen, inverse = np.unique(numbers.sets, return_inverse=True)
        arrays = [self.values.arrays[number] for number in chosen.tolist()]
        wide = any(array.dtype == object for array in arrays)
        dtype = object if wide else np.int64
        low = np.array([array[0] for array in arrays], dtype=dtype)
        high = np.array([array[-1] for array in arrays], dtype=dtype)
        return low[inverse.reshape(-1)], high[inverse.reshape(-1)]
