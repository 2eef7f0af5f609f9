"""The allowed values of a layer's parameters as one table: what a parameter is set to is a key into it.

All sets of the layer stand one after the other; a parameter's keys are ``first`` to ``first + size - 1``. Parameters
are [units, fan_in + 1], the bias last.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.scaling import ScaledLayer


class Choices:
    """``values[key]`` is the integer that a key stands for, as a float."""

    def __init__(self, layer: ScaledLayer, order: np.ndarray) -> None:
        """``order`` is the order of the layer's columns here: the column that stands first, and so on."""
        known: dict[tuple[int, ...], int] = {}
        number = [
            [known.setdefault(tuple(int(value) for value in table), len(known)) for table in grid.tables]
            for grid in (layer.weights, layer.biases)
        ]
        self.tables = [np.array(values, dtype=np.float64) for values in known]
        table = np.column_stack(
            [np.array(number[0])[layer.weights.index[:, order]], np.array(number[1])[layer.biases.index]]
        )
        sizes = np.array([len(values) for values in self.tables])
        offsets = np.r_[0, np.cumsum(sizes)[:-1]]
        self.table = table
        self.values = np.concatenate(self.tables)
        self.first = offsets[table]
        self.size = sizes[table]
        self.free = self.size > 1
        self.low = np.array([values[0] for values in self.tables])[table]
        self.high = np.array([values[-1] for values in self.tables])[table]
        span = np.array([(values[-1] - values[0]) / max(1, len(values) - 1) for values in self.tables])
        self.spacing = np.where(span == 0, 1.0, span)[table]
        self._even = all(np.ptp(np.diff(values)) == 0 for values in self.tables if len(values) > 2)
        # Where the sets are not evenly spaced, all of them stand side by side on one line, far enough from each other.
        self._apart = 4 * (1 + float(np.abs(self.values).max()))
        placed = self.values + self._apart * np.repeat(np.arange(len(sizes)), sizes)
        self._cuts = (placed[1:] + placed[:-1]) / 2

    @property
    def shape(self) -> tuple[int, ...]:
        return self.table.shape

    def nearest(self, latent: np.ndarray) -> np.ndarray:
        """The keys of the allowed values nearest to real numbers."""
        if self._even:
            steps = np.rint((latent - self.low) / self.spacing)
            return np.asarray(self.first + np.clip(steps, 0, self.size - 1).astype(np.int64))
        inside = np.clip(latent, self.low, self.high) + self._apart * self.table
        return np.asarray(np.searchsorted(self._cuts, inside))

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Keys drawn evenly."""
        return np.asarray(self.first + (rng.random(self.shape) * self.size).astype(np.int64))
