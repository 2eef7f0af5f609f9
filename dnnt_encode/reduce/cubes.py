"""Cubes: the instance with the weights that read one input fixed, one part a choice.

Units that are interchangeable differ in nothing but their parameters, so of two such units only the multiset of their
weights matters: the parts hold, up to the order of interchangeable units, every assignment, and none of them loses the
order that breaks the symmetry of what is still interchangeable in it. Fixing one unit's weights alone would.

The input is the one whose values vary most: it says most about every sum, and with it fixed the bounds of all of them
are tighter. Parts are instances like any other, and can be split again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from dnnt_encode.analysis.symmetry import orbits, permuted
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce.reduced import Reduced
from dnnt_encode.reduce.restrict import Restricted

MOST_CUBES = 32
"""The weights of so many units are fixed that there are at most so many parts."""


def cubes(instance: Instance, most: int = MOST_CUBES) -> Sequence[Reduced]:
    """The parts of an instance, at least two, or none where no input has free weights, or one unit has too many."""
    column = _column(instance)
    if column is None:
        return ()
    layer = instance.network.layers[0]
    choices: list[list[dict[int, int]]] = []
    for units in _groups(instance):
        positions = range(len(layer.weights[units[0], column]))
        chosen = list(itertools.combinations_with_replacement(positions, len(units)))
        if len(positions) > 1 and math.prod(map(len, choices)) * len(chosen) <= most:
            choices.append([dict(zip(units, each, strict=True)) for each in chosen])
    if not choices:
        return ()
    count = math.prod(map(len, choices))
    return [
        FixedInput(instance, column, {unit: k for group in chosen for unit, k in group.items()}, count)
        for chosen in itertools.product(*choices)
    ]


def cube_choices(instance: Instance) -> Iterator[Assignment]:
    """One assignment for every choice of the weights that read the input of ``cubes``, up to the order of
    interchangeable units; everything else has its first value. A split of them has to hold each."""
    column = _column(instance)
    if column is None:
        return
    groups, weights = _groups(instance), instance.network.layers[0].weights
    chosen = (
        itertools.combinations_with_replacement(range(len(weights[units[0], column])), len(units)) for units in groups
    )
    for positions in itertools.product(*chosen):
        assignment = Assignment.first(instance.network)
        for units, group in zip(groups, positions, strict=True):
            assignment.layers[0][0][list(units), column] = group
        yield assignment


def _groups(instance: Instance) -> list[tuple[int, ...]]:
    """The units of the first layer, interchangeable ones together."""
    together = [orbit.units for orbit in orbits(instance.network) if orbit.layer == 0]
    alone = set(range(instance.network.layers[0].units)) - {unit for group in together for unit in group}
    return sorted([*together, *((unit,) for unit in alone)])


def _column(instance: Instance) -> int | None:
    """The input whose values vary most, of those that a free weight reads."""
    free = (instance.network.layers[0].weights.sizes() > 1).any(axis=0)
    if instance.network.continuous or not free.any():
        return None
    x = instance.dataset.x.numerators.astype(np.float64)
    weights = instance.dataset.multiplicity.astype(np.float64)
    spread = np.average((x - np.average(x, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
    return int(np.where(free, spread, -1.0).argmax())


class FixedInput(Restricted):
    """One choice of the weights that read input ``column``, of ``count``: ``fixed`` maps units to positions."""

    def __init__(self, instance: Instance, column: int, fixed: dict[int, int], count: int) -> None:
        choices = []
        for number, layer in enumerate(instance.network.layers):
            weights = np.full(layer.weights.shape, -1)
            if number == 0:
                for unit, position in fixed.items():
                    weights[unit, column] = position
            tables = [np.array([position]) for position in range(max(fixed.values()) + 1)]
            choices.append(((weights, tables), (np.full(layer.biases.shape, -1), tables)))
        note = f"the weights of one input fixed in each of {count} cubes, which together leave out none"
        super().__init__(instance, choices, note, preserves=frozenset(), whole=False)
        self._network, self._column, self._fixed = instance.network, column, fixed
        self._groups = _groups(instance)

    def lower(self, outer: Assignment) -> Assignment | None:
        """The same function with interchangeable units in the order in which the cube has them; None where it has
        other weights."""
        order = np.arange(self._network.layers[0].units)
        for units in self._groups:
            if units[0] in self._fixed:
                order[list(units)] = sorted(units, key=lambda unit: int(outer.layers[0][0][unit, self._column]))
        return super().lower(permuted(self._network, outer, 0, order))
