"""Brute force in a later stage: what every assignment costs there, or that it is outside of the limits.

The same enumeration as for the loss; the other objectives are counted from the digits of an assignment's number and
from the outputs, here and not by the encoders' tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, Enumeration
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import common_denominator
from dnnt_encode.instance.stage import Objective

OUTSIDE = -1
"""The cost of an assignment that breaks a limit."""


class StagedEnumeration(Enumeration):
    """All assignments of an instance that has a stage; a cost is ``unit`` times an integer of ``blocks``."""

    def __init__(self, instance: Instance, limit: int = DEFAULT_LIMIT) -> None:
        super().__init__(instance, limit)
        assert instance.stage is not None
        assert instance.threshold is not None
        self._stage, self._loss_unit, self._most = instance.stage, self.unit, instance.threshold
        values = [
            value
            for layer in instance.network.layers
            for grid in (layer.weights, layer.biases)
            for chosen in grid.sets
            for value in chosen
        ]
        self._denominator = common_denominator(values)
        self.unit = Fraction(1, self._denominator)

    def blocks(self, start: int = 0) -> Iterator[tuple[int, np.ndarray]]:
        for first, losses in super().blocks(start):
            numbers = first + np.arange(len(losses), dtype=object)
            bad = losses.astype(object) * self._loss_unit > self._most
            for objective, limit in self._stage.limits:
                bad |= self._counted(objective, numbers) > limit * self._denominator
            yield first, np.where(bad.astype(bool), OUTSIDE, self._counted(self._stage.objective, numbers))

    def _counted(self, objective: Objective, numbers: np.ndarray) -> np.ndarray:
        """The values of an objective, times the denominator."""
        layers: list[tuple[list[list[np.ndarray]], list[np.ndarray]]] = []
        rest = numbers
        for layer in reversed(self.instance.network.layers):
            weights: list[list[np.ndarray]] = []
            biases: list[np.ndarray] = []
            for unit in range(layer.units - 1, -1, -1):
                rest, digit = rest // len(layer.biases[unit]), rest % len(layer.biases[unit])
                biases.insert(0, self._values(layer.biases[unit])[digit.astype(np.int64)])
                row: list[np.ndarray] = []
                for edge in range(layer.weights.shape[1] - 1, -1, -1):
                    values = layer.weights[unit, edge]
                    rest, digit = rest // len(values), rest % len(values)
                    row.insert(0, self._values(values)[digit.astype(np.int64)])
                weights.insert(0, row)
            layers.insert(0, (weights, biases))
        if objective.name == "units":
            return self._felt([weights for weights, _ in layers])
        total = np.zeros(len(numbers), dtype=object)
        for weights, biases in layers:
            for value in [*(edge for row in weights for edge in row), *(biases if objective.biases else [])]:
                total = total + (abs(value) if objective.name == "weight" else (value != 0) * self._denominator)
        return np.asarray(total)

    def _values(self, values: tuple[Fraction, ...]) -> np.ndarray:
        return np.array([int(value * self._denominator) for value in values], dtype=object)

    def _felt(self, weights: list[list[list[np.ndarray]]]) -> np.ndarray:
        network = self.instance.network
        felt = [np.zeros((layer.units, len(weights[0][0][0])), dtype=bool) for layer in network.layers]
        felt[-1][:] = True
        for position in range(len(felt) - 1, 0, -1):
            for source, columns in network.source_slices(position):
                for place in range(network.widths[source] if source else 0):
                    for reader, row in enumerate(weights[position]):
                        felt[source - 1][place] |= felt[position][reader] & (row[columns.start + place] != 0)
        return sum((units.sum(axis=0) for units in felt[:-1]), np.zeros(1, np.int64)).astype(object) * self._denominator
