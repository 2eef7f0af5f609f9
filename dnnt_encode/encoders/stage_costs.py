"""What the objectives that are sums over parameters count, as integer tables that both encoders read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.rationals import common_denominator, integer_array
from dnnt_encode.instance.stage import Objective


@dataclass(frozen=True, eq=False)
class ParameterCosts:
    """``grids``: (layer, whether it holds biases, grid) of all parameters that count; each costs ``unit`` times an
    integer."""

    objective: Objective
    unit: Fraction
    grids: tuple[tuple[int, bool, SetGrid], ...]

    @staticmethod
    def of(objective: Objective, network: Network) -> ParameterCosts:
        grids = [(position, False, layer.weights) for position, layer in enumerate(network.layers)]
        if objective.biases:
            grids += [(position, True, layer.biases) for position, layer in enumerate(network.layers)]
        if objective.name == "nonzeros":
            return ParameterCosts(objective, Fraction(1), tuple(grids))
        values = (value for _, _, grid in grids for chosen in grid.sets for value in chosen)
        return ParameterCosts(objective, Fraction(1, common_denominator(values)), tuple(grids))

    def tables(self, grid: SetGrid) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For every set of a grid: the flat indices of its parameters, and the cost of every position."""
        index = grid.index.reshape(-1)
        for number, values in enumerate(grid.sets):
            lanes = np.flatnonzero(index == number)
            if len(lanes):
                yield lanes, integer_array([self._cost(value) for value in values])

    def _cost(self, value: Fraction) -> int:
        return int(value != 0) if self.objective.name == "nonzeros" else int(abs(value) / self.unit)
