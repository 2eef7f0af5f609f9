"""Output patterns: the instance with the weights from the last hidden layer to the outputs fixed, one part a choice.

Interchangeable units of that layer differ only in their outgoing weights, so the multiset of these is all that matters:
for one ternary output over H units, (H+1)(H+2)/2 of them. In each part no product of two parameters is left, and what
bounds a term is known when it is encoded. The parts hold, up to the order of interchangeable units, every assignment;
together they keep the least loss.

A unit that can be 0 on every input whatever reads it (its weights can be 0, and its activation is 0 at some allowed
bias) makes the outgoing weight 0 superfluous: any other weight does the same while the unit is dead. Such parts are
left out. That is so for ReLU with 0 in its sets, and never for sign, whose units are never 0. Several outputs of which
only the differences count are read at their level (see ``analysis.levels``), which leaves 18 of 27 columns to three.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.levels import Levels, constants
from dnnt_encode.analysis.symmetry import orbits, readers
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.reduce.reduced import Reduced

MOST = 200
"""More parts than this are not worth it."""

MOST_COLUMNS = 10**5
"""Where a unit's weights into the outputs have more values than this together, there are too many parts, too."""

UnitColumn = tuple[int, ...]
"""The positions of the outgoing weights of a unit in their sets, output by output."""


def output_patterns(instance: Instance, most: int = MOST) -> Sequence[Reduced]:
    """The parts of an instance, at least two, or none where there would be more than ``most`` or nothing to fix."""
    levels = Levels.of(instance)
    groups = _groups(levels)
    count = _count(groups)
    if not 1 < count <= most:
        return ()
    choices = [list(itertools.combinations_with_replacement(group.columns, len(group.units))) for group in groups]
    parts = []
    for chosen in itertools.product(*choices):
        fixed = {
            unit: column
            for group, columns in zip(groups, chosen, strict=True)
            for unit, column in zip(group.units, columns, strict=True)
        }
        parts.append(Pattern(levels, tuple(groups), fixed, count))
    return parts


def output_choices(instance: Instance) -> Iterator[Assignment]:
    """One assignment for every choice of the weights from the last hidden layer to the outputs, up to the order of
    interchangeable units; everything else has its first value. A split of them has to hold each."""
    network = instance.network
    last = len(network.layers) - 1
    if last < 1:
        return
    output = network.layers[last]
    starts = [start for reader, start in readers(network, last - 1) if reader == last]
    orbit_of = {unit: orbit.units for orbit in orbits(network) if orbit.layer == last - 1 for unit in orbit.units}
    together = dict.fromkeys(orbit_of.get(unit, (unit,)) for unit in range(network.layers[last - 1].units))
    choices = []
    for units in together:
        places = [(k, start + units[0]) for k in range(output.units) for start in starts]
        all_columns = itertools.product(*(range(len(output.weights[place])) for place in places))
        choices.append(list(itertools.combinations_with_replacement(all_columns, len(units))))
    for chosen in itertools.product(*choices):
        assignment = Assignment(
            tuple(
                (np.zeros(layer.weights.shape, dtype=np.int64), np.zeros(layer.biases.shape, dtype=np.int64))
                for layer in network.layers
            )
        )
        weights = assignment.layers[last][0]
        for units, columns in zip(together, chosen, strict=True):
            for unit, column in zip(units, columns, strict=True):
                for (k, start), position in zip(itertools.product(range(output.units), starts), column, strict=True):
                    weights[k, start + unit] = position
        yield assignment


def _count(groups: Sequence[_UnitGroup]) -> int:
    return math.prod(math.comb(len(group.columns) + len(group.units) - 1, len(group.units)) for group in groups)


@dataclass(frozen=True, eq=False)
class _UnitGroup:
    """Interchangeable ``units`` and the ``columns`` that each may have. ``dead``: the positions of its incoming weights
    and bias that make a unit 0, where the column of zeros ``zero`` was left out because of them."""

    units: tuple[int, ...]
    columns: tuple[UnitColumn, ...]
    dead: tuple[np.ndarray, int] | None
    zero: UnitColumn | None


def _groups(levels: Levels) -> list[_UnitGroup]:
    network = levels.instance.network
    last = len(network.layers) - 1
    if last < 1 or [reader for reader, _ in readers(network, last - 1)] != [last]:
        return []
    units, sizes = network.layers[last - 1].units, network.layers[last].weights.sizes()
    if np.log(sizes).sum(axis=0).max() > math.log(MOST_COLUMNS):
        return []
    together = [orbit.units for orbit in orbits(network) if orbit.layer == last - 1]
    alone = sorted(set(range(units)) - {unit for group in together for unit in group})
    return [_group(levels, group) for group in [*together, *((unit,) for unit in alone)]]


def _group(levels: Levels, units: tuple[int, ...]) -> _UnitGroup:
    instance = levels.instance
    network = instance.network
    last = len(network.layers) - 1
    output, ((_, start),) = network.layers[last], readers(network, last - 1)
    sets = [output.weights[k, start + units[0]] for k in range(output.units)]
    columns = tuple(itertools.product(*(range(len(values)) for values in sets)))
    if levels.weights[start + units[0]]:
        columns = tuple(column for column in columns if min(column) == 0)
        zero = (0,) * len(sets) if levels.apart[start + units[0]] else (-1,)
    else:
        zero = tuple(values.index(0) if 0 in values else -1 for values in sets)
    dead = constants(instance, units[0]).get(Fraction(0))
    if dead is None or -1 in zero or len(columns) == 1:
        return _UnitGroup(units, columns, None, None)
    return _UnitGroup(units, tuple(column for column in columns if column != zero), dead, zero)


class Pattern(Reduced):
    """One choice of outgoing weights, of ``count``: ``fixed`` maps each unit of the last hidden layer to its column."""

    whole = False

    def __init__(
        self, levels: Levels, groups: tuple[_UnitGroup, ...], fixed: dict[int, UnitColumn], count: int
    ) -> None:
        instance = levels.instance
        network = instance.network
        last = len(network.layers) - 1
        output, ((_, start),) = network.layers[last], readers(network, last - 1)
        nested = [[output.weights[k, i] for i in range(output.weights.shape[1])] for k in range(output.units)]
        for unit, column in fixed.items():
            for k, position in enumerate(column):
                nested[k][start + unit] = (nested[k][start + unit][position],)
        grid = SetGrid.from_nested(nested, output.weights.shape)
        layers = (*network.layers[:-1], replace(output, weights=grid))
        self.instance = replace(instance, network=replace(network, layers=layers))
        self.note = f"the weights into the outputs fixed in each of {count} patterns, which together leave out none"
        self._groups, self._fixed, self._start, self._levels = groups, fixed, start, levels

    def lift(self, inner: Assignment) -> Assignment:
        lifted = inner.copy()
        for unit, column in self._fixed.items():
            lifted.layers[-1][0][:, self._start + unit] = column
        return lifted

    def lower(self, outer: Assignment) -> Assignment | None:
        outer = self._levels.lowered(outer)
        lowered = outer.copy()
        (w, b), (v, _) = lowered.layers[-2], lowered.layers[-1]
        for group in self._groups:
            moves = self._matched(group, outer)
            if moves is None:
                return None
            for unit, source in moves.items():
                if source is None:
                    assert group.dead is not None
                    w[unit], b[unit] = group.dead
                else:
                    w[unit], b[unit] = outer.layers[-2][0][source], outer.layers[-2][1][source]
        for unit in self._fixed:
            v[:, self._start + unit] = 0
        return lowered

    def _matched(self, group: _UnitGroup, outer: Assignment) -> dict[int, int | None] | None:
        """For every unit of the group the outer unit that has its column, None for a dead one; or None where the outer
        assignment has another pattern."""
        given: dict[UnitColumn, list[int]] = {}
        for unit in group.units:
            column = tuple(outer.layers[-1][0][:, self._start + unit].tolist())
            given.setdefault(column, []).append(unit)
        wanted = Counter(self._fixed[unit] for unit in group.units)
        spare = 0 if group.zero is None else len(given.pop(group.zero, ()))
        if any(len(units) > wanted[column] for column, units in given.items()):
            return None
        if sum(map(len, given.values())) + spare != len(group.units):
            return None
        return {unit: given[self._fixed[unit]].pop() if given.get(self._fixed[unit]) else None for unit in group.units}
