"""The backbone: parameters that have one value in all assignments within a threshold.

Of a first solution every literal of a parameter is a candidate. One after the other is asked for its opposite: where
there is a solution, all candidates go that it contradicts; where there is none, the literal is shown. A parameter is in
the backbone where no solution that was seen differs in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.formula import ParameterFormula
from dnnt_encode.solving.request import UNSET, wanted_seconds, wanted_threshold


@dataclass(frozen=True)
class Backbone:
    """``values``: those of the parameters that never differ, by name (``w 1.0.2``: layer, unit, input), in order; None
    where nothing is within the threshold, or where it is not ``complete``: time ended first."""

    values: dict[str, Fraction] | None
    complete: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = self.values
        return {
            "values": None if values is None else {name: number_json(value) for name, value in values.items()},
            "complete": self.complete,
        }


def backbone(instance: Instance, *, threshold: Any = UNSET, time_limit: float | None = None) -> Backbone:
    """The parameters that are the same in all assignments of a loss of at most the threshold, by default the instance's
    own; parameters of one value are among them.

    Raises InputError where there is no threshold, or parameters are from intervals, ModelTooLarge, BackendError."""
    clock, most = Clock(wanted_seconds(time_limit)), wanted_threshold(instance, threshold)
    if most is None:
        raise InputError("a backbone is of the assignments within a threshold, and there is none: give one")
    if instance.network.continuous:
        raise InputError("parameters from intervals have no backbone; it takes finite sets")
    try:
        with ParameterFormula(instance, most, clock, symmetry=False) as formula:
            first = formula.solution()
            if first is None:
                return Backbone(None, True)
            same = [np.ones(grid.shape, dtype=bool) for grid in first.grids()]
            candidates = set(formula.true)
            while candidates:
                literal = candidates.pop()
                found = formula.solution([-literal])
                if found is not None:
                    candidates &= formula.true
                    same = [old & (a == b) for old, a, b in zip(same, first.grids(), found.grids(), strict=True)]
    except OutOfTime:
        return Backbone(None, False)
    return Backbone(_values(instance, first, same), True)


def _values(instance: Instance, first: Assignment, same: list[np.ndarray]) -> dict[str, Fraction]:
    layers = instance.network.layers
    sets = [grid for layer in layers for grid in (layer.weights, layer.biases)]
    found: dict[str, Fraction] = {}
    for number, (grid, positions, fixed) in enumerate(zip(sets, first.grids(), same, strict=True)):
        letter, layer = "wb"[number % 2], number // 2 + 1
        for place in np.argwhere(fixed):
            key = tuple(place.tolist())
            name = f"{letter} {'.'.join(map(str, (layer, *key)))}"
            found[name] = grid.sets[grid.index[key]][int(positions[key])]
    return found
