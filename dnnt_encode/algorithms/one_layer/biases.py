"""The allowed biases of a unit as a scale on which thresholds are ranked."""

from __future__ import annotations

import numpy as np


class Biases:
    """Sorted, distinct integers. A condition that holds from some bias on is the number of biases below it."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.count = len(values)
        steps = np.diff(values)
        self._step = int(steps[0]) if len(steps) and (steps == steps[0]).all() else 1 if not len(steps) else 0

    def below(self, thresholds: np.ndarray) -> np.ndarray:
        """For every threshold how many biases are below it: 0 to ``count``."""
        if not self._step:
            return np.searchsorted(self.values, thresholds).astype(thresholds.dtype)
        ranks = thresholds - self.values[0]
        if self._step > 1:
            ranks = -(-ranks // self._step)
        return np.asarray(np.clip(ranks, 0, self.count))
