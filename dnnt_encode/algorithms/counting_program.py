"""How many assignments of at most two layers are within a threshold: a dynamic program with a number beside each state.

Principle. The states are those of ``dynamic_program``: the partial sums of a hidden unit's pre-activations, then those
of the outputs, on all distinct inputs. Nothing is left out for being worse than something else: equal sums alone are
one, and here they are merged by adding up in how many ways each is reached. In the end the ways are added up of all
sums whose loss is within the threshold.

Up to the order of interchangeable units, assignments are counted by Burnside's lemma: there are as many orbits as
assignments that a permutation leaves as they are, on average over all permutations. What one of given cycles leaves has
equal units in each cycle, so a cycle of L units is a stage that adds L times what one unit adds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.algorithms.reachable import Packing
from dnnt_encode.algorithms.two_layer import TwoLayer, terms
from dnnt_encode.analysis.symmetry import orbits
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import INT64_SAFE

_CHUNK = 2**20
_MOST_STATES = 2**25
"""Some gigabytes, with what merging takes."""

_MOST_TERMS = 2**22
"""Of one hidden unit: behaviours times output weights times outputs."""


@dataclass(frozen=True, eq=False)
class _Addends:
    """Vectors [C, K] of which one is added, and in how many ways [C] each comes about."""

    vectors: np.ndarray
    ways: np.ndarray

    def times(self, factor: int) -> _Addends:
        return _Addends(self.vectors * factor, self.ways)


class CountingProgram:
    """For one instance. ``most``: so many transitions are made. Raises ModelTooLarge for deeper networks and for sums
    past int64."""

    def __init__(self, given: Instance | View, most: int) -> None:
        self._left = most
        self._net = TwoLayer(given)
        network = self._net.instance.network
        self._dtype = np.int64 if network.search_space < INT64_SAFE else object
        self._orbits = [orbit.units for orbit in orbits(network)]

    def run(self, most: Fraction, *, up_to_symmetry: bool = False) -> Generator[None, None, int]:
        """The number of assignments of a loss of at most ``most``, or of their orbits; yields a few times a second.
        Raises ModelTooLarge before more than the limit is spent."""
        units = yield from self._units()
        direct = [
            self._once(terms(self._net.column_choices(column), values[None, :]))
            for column, values in self._net.direct_columns()
        ]
        moved = self._orbits if up_to_symmetry else []
        alone = [stage for unit, stage in units.items() if not any(unit in orbit for orbit in moved)]
        total = 0
        for types in itertools.product(*(_cycle_types(len(orbit)) for orbit in moved)):
            cycles = [
                units[orbit[0]].times(length)
                for orbit, (lengths, _) in zip(moved, types, strict=True)
                for length in lengths
            ]
            within = yield from self._within([*alone, *cycles, *direct], most)
            total += within * math.prod(permutations for _, permutations in types)
        return total // math.prod(math.factorial(len(orbit)) for orbit in moved)

    def _once(self, vectors: np.ndarray) -> _Addends:
        return _Addends(vectors, np.ones(len(vectors), dtype=self._dtype))

    def _units(self) -> Generator[None, None, dict[int, _Addends]]:
        """What each hidden unit may add to the outputs."""
        start, found = self._net.hidden_columns().start, {}
        for kind in self._net.types():
            packing, codes, ways = yield from self._summed([self._once(stage) for stage in kind.stages])
            images = kind.activation.apply(packing.vectors(codes))
            behaviours, place = np.unique(images, axis=0, return_inverse=True)
            merged = np.zeros(len(behaviours), dtype=self._dtype)
            np.add.at(merged, place.reshape(-1), ways)
            for unit in kind.units:
                choices = self._net.column_choices(start + unit)
                if len(choices) * behaviours.size * self._net.outputs > _MOST_TERMS:
                    raise ModelTooLarge("a hidden unit has more behaviours than counting takes")
                found[unit] = _Addends(terms(choices, behaviours), np.tile(merged, len(choices)))
        return dict(sorted(found.items()))

    def _within(self, stages: list[_Addends], most: Fraction) -> Generator[None, None, int]:
        net = self._net
        zero = self._once(np.zeros((1, net.inputs * net.outputs), dtype=np.int64))
        packing, codes, ways = yield from self._summed(stages or [zero])
        loss = IntegerLoss(net.instance.loss, net.samples, net.output.activation.out_scale, net.outputs, net.out_bound)
        limit, total = math.floor(most / loss.unit), 0
        step = max(1, _CHUNK // (net.inputs * net.outputs))
        for first in range(0, len(codes), step):
            vectors = packing.vectors(codes[first : first + step]).reshape(-1, net.inputs, net.outputs)
            for bias in net.bias_choices():
                losses = loss(net.output.activation.apply(vectors + bias))
                total += int(ways[first : first + step][losses <= limit].sum())
                yield
        return total

    def _summed(self, stages: Sequence[_Addends]) -> Generator[None, None, tuple[Packing, np.ndarray, np.ndarray]]:
        """The sums of one vector of each stage, sorted, as codes [S, W], and their ways [S]."""
        packing = Packing.of([stage.vectors for stage in stages])
        codes = np.zeros((1, len(packing.words)), dtype=np.int64)
        ways = np.ones(1, dtype=self._dtype)
        for stage in stages:
            added, times = _merged(packing.choices(stage.vectors), stage.ways)
            before, known = codes, ways
            self._left -= len(before) * len(added)
            if self._left < 0:
                raise ModelTooLarge("counting would make more transitions than its limit")
            codes, ways = codes[:0], ways[:0]
            step = max(1, _CHUNK // len(before))
            for first in range(0, len(added), step):
                some = added[first : first + step, None] + before[None]
                more = times[first : first + step, None] * known[None]
                codes, ways = _merged(
                    np.concatenate([codes, some.reshape(-1, codes.shape[1])]), np.concatenate([ways, more.reshape(-1)])
                )
                if len(codes) > _MOST_STATES:
                    raise ModelTooLarge(f"counting would keep more than {_MOST_STATES} sums")
                yield
        return packing, codes, ways


def _merged(codes: np.ndarray, ways: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows, sorted, and the sums of their ways."""
    order = np.argsort(codes[:, 0], kind="stable") if codes.shape[1] == 1 else np.lexsort(codes.T[::-1])
    codes = codes[order]
    first = np.flatnonzero(np.concatenate([[True], (codes[1:] != codes[:-1]).any(axis=1)]))
    return codes[first], np.add.reduceat(ways[order], first)


def _cycle_types(size: int) -> list[tuple[tuple[int, ...], int]]:
    """The lengths of the cycles that a permutation of ``size`` things may have, and how many permutations have them."""
    found = []
    for lengths in _partitions(size, size):
        repeated = math.prod(math.factorial(lengths.count(length)) for length in set(lengths))
        found.append((lengths, math.factorial(size) // (math.prod(lengths) * repeated)))
    return found


def _partitions(total: int, most: int) -> Iterator[tuple[int, ...]]:
    """The ways to write a number as a sum of numbers of at most ``most``, the greatest first."""
    if total == 0:
        yield ()
    for first in range(min(total, most), 0, -1):
        for rest in _partitions(total - first, first):
            yield first, *rest
