"""Parameters of one layer that act as one: where signals are multiples of one another, w_1 a_1 + w_2 a_2 =
(f_1 w_1 + f_2 w_2) a, so one parameter takes the sums of the others' multiples, and those become 0.

The loss of every assignment is that of the one with the sums, and every sum is one of an assignment. A sum of sets may
grow: it is taken only where it is no harder for an encoder than its parts. A progression is one bounded column, a chain
of literals or a few bits, whatever its length; a set with gaps needs a literal a value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import ParameterSet
from dnnt_encode.instance.rationals import ExactArray, integer_array
from dnnt_encode.reduce.grids import Grids, compact
from dnnt_encode.reduce.reduced import Reduced

MAX_PROGRESSION = 1024
"""A sum that is a progression has at most so many values."""

MAX_GAPS = 64
"""One with gaps at most so many, and at most twice as many as a progression of its parts would have."""

BIAS = -1
"""The bias among the members of a group, whose other members are columns of the weights."""

_ZERO: ParameterSet = (Fraction(0),)


@dataclass(frozen=True)
class Group:
    """Parameters that act as one in every unit of ``layers[layer]``: the first of ``members`` takes the sum of
    ``factors`` times their values. Factors are exact; the first may rescale what it reads."""

    layer: int
    members: tuple[int, ...]
    factors: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class _Fusion:
    """For the units ``units`` of a layer, which have the same sets: ``values`` [V] are the sums, ``tables`` the
    multiples of every member's values in the same integers, ``positions`` [V, members] a way to make each sum."""

    layer: int
    units: np.ndarray
    members: tuple[int, ...]
    values: np.ndarray
    tables: tuple[np.ndarray, ...]
    positions: np.ndarray


class Merged(Reduced):
    """``groups`` as one instance; ``x`` are its inputs."""

    preserves = frozenset({"loss"})

    def __init__(self, instance: Instance, x: ExactArray, grids: Grids, fusions: Sequence[_Fusion], note: str) -> None:
        self.note, self._fusions = note, tuple(fusions)
        layers = [
            replace(layer, weights=weights, biases=biases)
            for layer, (weights, biases) in zip(instance.network.layers, grids, strict=True)
        ]
        self.instance = replace(
            instance,
            network=Network(instance.network.inputs, tuple(layers)),
            dataset=replace(instance.dataset, x=x),
        )

    def lift(self, inner: Assignment) -> Assignment:
        result = inner.copy()
        for fusion in reversed(self._fusions):
            w, b = result.layers[fusion.layer]
            first = fusion.members[0]
            sums = b[fusion.units] if first == BIAS else w[fusion.units, first]
            for member, chosen in zip(fusion.members, fusion.positions[sums].T, strict=True):
                if member == BIAS:
                    b[fusion.units] = chosen
                else:
                    w[fusion.units, member] = chosen
        return result

    def lower(self, outer: Assignment) -> Assignment:
        result = outer.copy()
        for fusion in self._fusions:
            w, b = result.layers[fusion.layer]
            parts = [b[fusion.units] if k == BIAS else w[fusion.units, k] for k in fusion.members]
            sums = sum(table[part] for table, part in zip(fusion.tables, parts, strict=True))
            for member in fusion.members[1:]:
                w[fusion.units, member] = 0
            chosen = np.searchsorted(fusion.values, np.asarray(sums))
            if fusion.members[0] == BIAS:
                b[fusion.units] = chosen
            else:
                w[fusion.units, fusion.members[0]] = chosen
        return result


def fused(grids: Grids, groups: Sequence[Group]) -> tuple[Grids, list[_Fusion]]:
    """The grids with the groups merged, one group after the other, unit by unit as far as the sums are worth it."""
    result, fusions = list(grids), []
    for position in sorted({group.layer for group in groups}):
        weights, biases = result[position]
        sets = [*weights.sets, *biases.sets, _ZERO]
        number = {values: k for k, values in reversed(list(enumerate(sets)))}
        # Columns of the weights, and the bias as the last one: BIAS.
        index = np.column_stack([weights.index, biases.index + len(weights.sets)])
        for group in groups:
            if group.layer != position:
                continue
            chosen = index[:, group.members]
            kinds, kind = np.unique(chosen, axis=0, return_inverse=True)
            for k, kind_sets in enumerate(kinds.tolist()):
                units = np.flatnonzero(kind.reshape(-1) == k)
                fusion, values = _fuse(group, units, [sets[choice] for choice in kind_sets])
                if values not in number:
                    number[values] = len(sets)
                    sets.append(values)
                index[units[:, None], np.array(fusion.members[1:], dtype=np.int64)] = number[_ZERO]
                index[units, fusion.members[0]] = number[values]
                if len(fusion.members) > 1 or group.factors[0] != 1:
                    fusions.append(fusion)
        result[position] = compact(sets, index[:, :-1]), compact(sets, index[:, -1])
    return result, fusions


def free_parameters(grids: Grids) -> int:
    return sum(int((grid.sizes() > 1).sum()) for pair in grids for grid in pair)


def _fuse(group: Group, units: np.ndarray, sets: Sequence[ParameterSet]) -> tuple[_Fusion, ParameterSet]:
    """The members whose sum is worth it, and the set of their sums."""
    scaled = [[value * factor for value in values] for values, factor in zip(sets, group.factors, strict=True)]
    denominator = math.lcm(*(value.denominator for values in scaled for value in values))
    tables = [integer_array([int(value * denominator) for value in values]) for values in scaled]
    total = tables[0]
    positions = np.arange(len(total))[:, None]
    if group.factors[0] < 0:
        total, positions = total[::-1], positions[::-1]
    taken, ranges = [0], len(total)
    for k in range(1, len(tables)):
        if not _may_fit(len(total), len(tables[k])):
            continue
        sums = np.add.outer(total.astype(object), tables[k].astype(object))
        values, first = np.unique(sums, return_index=True)
        if not _worth(values, ranges + len(tables[k]) - 1):
            continue
        ranges += len(tables[k]) - 1
        place, last = np.divmod(first, len(tables[k]))
        total, positions = integer_array(values), np.column_stack([positions[place], last])
        taken.append(k)
    members = tuple(group.members[k] for k in taken)
    exact = tuple(Fraction(value, denominator) for value in total.tolist())
    return _Fusion(group.layer, units, members, total, tuple(tables[k] for k in taken), positions), exact


def _may_fit(first: int, second: int) -> bool:
    """A sum has no fewer values than its larger part."""
    return max(first, second) <= MAX_PROGRESSION


def _worth(values: np.ndarray, ranges: int) -> bool:
    """Whether a sum is no harder than its parts; ``ranges``: the values of a sum of progressions of their lengths."""
    steps = np.diff(values)
    if len(values) < 3 or (steps == steps[0]).all():
        return len(values) <= MAX_PROGRESSION
    return len(values) <= min(MAX_GAPS, 2 * ranges)
