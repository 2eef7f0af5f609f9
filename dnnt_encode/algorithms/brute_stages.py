"""Brute force in a later stage: what every assignment costs there, or that it is outside of the limits.

The same enumeration as for the loss; the other objectives are counted from the digits of an assignment's number and
from the outputs, here and not by the encoders' tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, OUTSIDE, Enumeration
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import least_margin
from dnnt_encode.instance.rationals import INT64_SAFE, common_denominator
from dnnt_encode.instance.stage import Objective


class StagedEnumeration(Enumeration):
    """All assignments of an instance that has a stage; a cost is ``unit`` times an integer of ``blocks``. One that
    breaks a limit has ``OUTSIDE``."""

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
        self._margins = np.zeros((1, 1, 1), dtype=object)
        self._denominator = math.lcm(common_denominator([*values, self._stage.top]), self._residual_scale)
        self.unit = Fraction(1, self._denominator)

    def blocks(self, start: int = 0) -> Iterator[tuple[int, np.ndarray]]:
        for first, losses in super().blocks(start):
            numbers = first + np.arange(len(losses), dtype=object)
            bad = (losses == OUTSIDE) | (losses.astype(object) * self._loss_unit > self._most)
            for objective, limit in self._stage.limits:
                bad |= self._cost(objective, numbers) > self._stage_limit(objective, limit)
            yield first, np.where(bad.astype(bool), OUTSIDE, self._cost(self._stage.objective, numbers))

    def _stage_limit(self, objective: Objective, limit: Fraction) -> Fraction:
        return (self._stage.top - limit if objective.maximises else limit) * self._denominator

    def _cost(self, objective: Objective, numbers: np.ndarray) -> np.ndarray:
        """What assignments cost by an objective, times the denominator."""
        if objective.maximises:
            return np.asarray(int(self._stage.top * self._denominator) - self._margin(objective))
        return self._counted(objective, numbers)

    def _margin(self, objective: Objective) -> np.ndarray:
        """The values of an objective about margins, of the block at hand, times the denominator."""
        margins = self._margins.astype(object) * (self._denominator // self._residual_scale)
        right = (margins >= least_margin(self.instance.loss) * self._denominator).astype(bool)
        if objective.name == "margins":
            return np.asarray((np.where(right, margins, 0) * self._multiplicity).sum(axis=-1)).reshape(-1)
        most = int(margins.max()) + 1
        least = np.where(right, margins, most).min(axis=-1)
        return np.asarray(np.where(right.any(axis=-1), least, 0)).reshape(-1)

    def _prepare_loss(self, out_scale: int, out_bound: int, magnitude: int) -> None:
        super()._prepare_loss(out_scale, out_bound, magnitude)
        self._residual_scale = out_scale * self._out_factor

    def _loss_of(self, outputs: list[np.ndarray]) -> np.ndarray:
        """The losses of a block, whose margins are kept."""
        losses = super()._loss_of(outputs)
        if self.instance.loss.targets == "class":
            gaps = [
                np.where((counts == 0), -INT64_SAFE, residual) if counts is not None else residual
                for residual, counts in self._residuals([array * self._out_factor for array in outputs])
            ]
            shape = np.broadcast_shapes(*(gap.shape for gap in gaps))
            nearest = np.max(np.stack([np.broadcast_to(gap, shape) for gap in gaps]), axis=0)
            self._margins = -np.broadcast_to(nearest, (shape[0], self._low_total, shape[-1]))
        return losses

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
