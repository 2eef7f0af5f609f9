"""One layer: the sums of all its units over all samples, along a tree over the features.

A feature is a column of what the layer reads (a constant or a signal for every sample) times its weights; the bias is
the feature of the constant one. At each node there is a lane for every unit and every distinct pattern of the samples
on the node's features. The last merge also applies the activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.scaling import IntegerGrid
from dnnt_encode.encoders.cnf import order
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic, Numbers
from dnnt_encode.encoders.cnf.feature_tree import InputPatterns, every_sample, joint, patterns_of, plan
from dnnt_encode.encoders.cnf.parameters import LayerLiterals
from dnnt_encode.instance.rationals import max_abs


@dataclass(frozen=True, eq=False)
class Signal:
    """The output of one unit: for sample s it is lane ``lane[s]`` of ``numbers``."""

    numbers: Numbers
    lane: np.ndarray

    def at(self, samples: np.ndarray) -> Numbers:
        """A lane for each of some samples."""
        return self.numbers.take(self.lane[samples])


SourceColumn = np.ndarray | Signal
"""What a layer reads from one source unit: constants [n], or a signal."""


def at(column: SourceColumn, samples: np.ndarray) -> SourceColumn:
    """The same column on some of the samples."""
    return Signal(column.numbers, column.lane[samples]) if isinstance(column, Signal) else column[samples]


@dataclass(frozen=True, eq=False)
class _PartialSum:
    """Lane ``u * patterns.count + p`` of ``numbers`` belongs to the u-th unit and pattern p."""

    numbers: Numbers
    patterns: InputPatterns


class LayerSums:
    """Writes the sums of one layer."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        number: int,
        grid: IntegerGrid,
        literals: LayerLiterals,
        columns: Sequence[SourceColumn],
        samples: int,
        *,
        sharing: bool,
    ) -> None:
        self._arithmetic, self._number, self._literals = arithmetic, number, literals
        self._columns, self._samples, self._sharing = columns, samples, sharing
        zero = np.array([len(table) == 1 and int(table[0]) == 0 for table in grid.tables], dtype=bool)
        self._used = ~zero[grid.index]
        self.merges = 0

    def encode(self, squash: np.ndarray) -> list[Signal]:
        """The units' signals; ``squash`` [units, n] are numbers of functions that each sum passes, -1 for none."""
        signals: list[Signal | None] = [None] * len(self._used)
        _, group = np.unique(self._used, axis=0, return_inverse=True)
        group = group.reshape(-1)
        for number in range(int(group.max()) + 1):
            units = np.flatnonzero(group == number)
            for unit, signal in zip(units.tolist(), self._group(units, squash[units]), strict=True):
                signals[unit] = signal
        return [signal for signal in signals if signal is not None]

    def _group(self, units: np.ndarray, squash: np.ndarray) -> list[Signal]:
        """The signals of units that read the same columns."""
        nodes = [self._bias(units)]
        nodes += [self._feature(units, int(column)) for column in np.flatnonzero(self._used[units[0]])]
        if len(nodes) == 1:
            zero = order.constants(self._arithmetic.values, np.zeros(1, dtype=np.int64))
            lanes = np.zeros(len(units), dtype=np.int64)
            nodes.append(_PartialSum(zero.take(lanes), patterns_of(np.zeros(self._samples, dtype=np.int64))))
        merges = plan([node.patterns for node in nodes])
        for step, merge in enumerate(merges[:-1]):
            left, right = nodes[merge.left], nodes[merge.right]
            first, count = merge.patterns.first, merge.patterns.count
            self.merges += count
            unit = np.repeat(np.arange(len(units)), count)
            labels = np.column_stack([units[unit], np.tile(np.arange(count), len(units))])
            sums = self._arithmetic.sum(
                left.numbers.take(unit * left.patterns.count + np.tile(left.patterns.code[first], len(units))),
                right.numbers.take(unit * right.patterns.count + np.tile(right.patterns.code[first], len(units))),
                f"s.{self._number}.{step}",
                labels,
            )
            nodes.append(_PartialSum(sums, merge.patterns))
        return self._root(units, nodes[merges[-1].left], nodes[merges[-1].right], squash)

    def _root(self, units: np.ndarray, left: _PartialSum, right: _PartialSum, squash: np.ndarray) -> list[Signal]:
        whole = joint(left.patterns, right.patterns) if self._sharing else every_sample(self._samples)
        patterns = [joint(whole, patterns_of(row)) for row in squash]
        counts = np.array([pattern.count for pattern in patterns])
        first = np.concatenate([pattern.first for pattern in patterns])
        unit = np.repeat(np.arange(len(units)), counts)
        self.merges += int(counts[0])
        numbers = self._arithmetic.sum(
            left.numbers.take(unit * left.patterns.count + left.patterns.code[first]),
            right.numbers.take(unit * right.patterns.count + right.patterns.code[first]),
            f"z.{self._number}",
            np.column_stack([units[unit], first]),
            squash[unit, first],
        )
        starts = np.cumsum(counts) - counts
        return [Signal(numbers, start + pattern.code) for start, pattern in zip(starts, patterns, strict=True)]

    def _bias(self, units: np.ndarray) -> _PartialSum:
        biases = self._literals.biases.times(self._arithmetic.values, units, 1)
        return _PartialSum(biases, patterns_of(np.zeros(self._samples, dtype=np.int64)))

    def _feature(self, units: np.ndarray, column: int) -> _PartialSum:
        parameters = units * self._used.shape[1] + column
        read = self._columns[column]
        distinct = _column_patterns(read)
        patterns = distinct if self._sharing else every_sample(self._samples)
        if isinstance(read, Signal):
            lanes = read.lane[distinct.first]
            unit = np.repeat(np.arange(len(units)), distinct.count)
            w = self._literals.weights.times(self._arithmetic.values, parameters, 1).take(unit)
            labels = np.column_stack([units[unit], np.tile(lanes, len(units))])
            numbers = self._arithmetic.product(
                w, read.numbers, np.tile(lanes, len(units)), f"p.{self._number}.{column}", labels
            )
        else:
            values = [int(read[place]) for place in distinct.first.tolist()]
            leaves = [self._literals.weights.times(self._arithmetic.values, parameters, value) for value in values]
            place = np.arange(distinct.count * len(units)).reshape(distinct.count, len(units))
            numbers = order.joined(leaves).take(place.T.reshape(-1))
        if not self._sharing:
            unit = np.repeat(np.arange(len(units)), self._samples)
            numbers = numbers.take(unit * distinct.count + np.tile(distinct.code, len(units)))
        return _PartialSum(numbers, patterns)


def _column_patterns(read: SourceColumn) -> InputPatterns:
    if isinstance(read, Signal):
        return patterns_of(read.lane)
    if read.dtype == object and max_abs(read) >= 2**62:
        known: dict[int, int] = {}
        return patterns_of(np.array([known.setdefault(int(value), len(known)) for value in read], dtype=np.int64))
    return patterns_of(read.astype(np.int64))
