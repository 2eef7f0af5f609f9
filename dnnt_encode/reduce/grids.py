"""Grids of sets under change: new sets for some parameters, and what is kept of the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import ParameterSet, SetGrid

Grids = list[tuple[SetGrid, SetGrid]]
"""Weights and biases, layer by layer."""


def grids_of(network: Network) -> Grids:
    return [(layer.weights, layer.biases) for layer in network.layers]


def compact(sets: Sequence[ParameterSet], index: np.ndarray) -> SetGrid:
    """The grid in which ``index`` chooses among ``sets``: those that are used, equal ones once."""
    used, place = np.unique(index, return_inverse=True)
    known: dict[ParameterSet, int] = {}
    numbers = [known.setdefault(sets[choice], len(known)) for choice in used.tolist()]
    return SetGrid(tuple(known), np.array(numbers, dtype=np.int32)[place.reshape(index.shape)])


def nearest_zero(grid: SetGrid) -> np.ndarray:
    """For every parameter the position of the value nearest to 0, the smaller of two (int64, the grid's shape)."""
    return np.asarray(np.array([_nearest(values) for values in grid.sets], dtype=np.int64)[grid.index])


def only_zero(grid: SetGrid) -> np.ndarray:
    """Which parameters can be nothing but 0 (bool, the grid's shape)."""
    zero = [len(values) == 1 and not values[0] for values in grid.sets]
    return np.asarray(np.array(zero, dtype=bool)[grid.index])


def _nearest(values: ParameterSet) -> int:
    return min(range(len(values)), key=lambda position: abs(values[position]))
