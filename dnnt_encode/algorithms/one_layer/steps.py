"""Steps: what a loss that counts is made of, as parallel arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class StepLosses:
    """Step k costs ``weight[k]`` where the z of row ``row[k]`` is below ``value[k]``, or, where it is ``upper[k]``,
    above it."""

    row: np.ndarray
    value: np.ndarray
    upper: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: np.ndarray) -> StepLosses:
        return StepLosses(self.row[which], self.value[which], self.upper[which], self.weight[which])

    def sides(self, of: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """What the lower and what the upper steps weigh (int64 [count] each), step k counted at ``of[k]``."""
        lower, upper = (
            np.bincount(of[side], self.weight[side], count).astype(np.int64) for side in (~self.upper, self.upper)
        )
        return lower, upper
