"""From a model's columns back to the parameters of the network.

The position of a parameter's value in its sorted set is an affine function of columns: a constant for a fixed
parameter, one column that is the position itself, or a one-hot group in which the selector of value k counts k.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import NotVerified
from dnnt_encode.instance.assignment import Assignment


@dataclass(frozen=True, eq=False)
class GridMap:
    """The parameters of one grid (weights [units, fan_in] or biases [units] of a layer), flattened to P.

    Term t adds ``coefficients[t]`` times column ``columns[t]`` to the position of parameter ``parameters[t]``;
    ``sizes`` [P] are the sizes of the sets, and a parameter without terms is fixed to position 0. ``value_columns`` [P]
    are the columns that are a position themselves, -1 elsewhere; the selectors are triples (parameter, value, column).
    """

    shape: tuple[int, ...]
    sizes: np.ndarray
    parameters: np.ndarray
    columns: np.ndarray
    coefficients: np.ndarray
    value_columns: np.ndarray
    selector_parameters: np.ndarray
    selector_values: np.ndarray
    selector_columns: np.ndarray

    def positions(self, values: np.ndarray) -> np.ndarray:
        """The positions (int64, of the grid's shape) that some column values stand for.

        Raises NotVerified where one lies outside its set."""
        result = np.zeros(len(self.sizes), dtype=np.int64)
        np.add.at(result, self.parameters, self.coefficients * values[self.columns])
        outside = np.flatnonzero((result < 0) | (result >= self.sizes))
        if len(outside):
            where = int(outside[0])
            raise NotVerified(
                f"parameter {where} of its layer got the value number {int(result[where])} of {int(self.sizes[where])}",
                {"parameter": where, "position": int(result[where]), "size": int(self.sizes[where])},
            )
        return result.reshape(self.shape)

    def hints(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The columns and their values that say these positions: the inverse of ``positions``."""
        flat = positions.reshape(-1)
        has_column = self.value_columns >= 0
        chosen = (flat[self.selector_parameters] == self.selector_values).astype(np.int64)
        return (
            np.concatenate([self.value_columns[has_column], self.selector_columns]),
            np.concatenate([flat[has_column], chosen]),
        )


@dataclass(frozen=True, eq=False)
class VariableMap:
    """A grid map for the weights and one for the biases of every layer."""

    layers: tuple[tuple[GridMap, GridMap], ...]

    def decode(self, values: np.ndarray) -> Assignment:
        """The assignment that some column values stand for. Raises NotVerified where they stand for none."""
        return Assignment(
            tuple((weights.positions(values), biases.positions(values)) for weights, biases in self.layers)
        )

    def hints(self, assignment: Assignment) -> tuple[np.ndarray, np.ndarray]:
        """Columns (int32) and values (int64) that say an assignment."""
        grids = (grid for pair in self.layers for grid in pair)
        pairs = [grid.hints(part) for grid, part in zip(grids, assignment.grids(), strict=True)]
        return (
            np.concatenate([columns for columns, _ in pairs]).astype(np.int32),
            np.concatenate([values for _, values in pairs]).astype(np.int64),
        )
