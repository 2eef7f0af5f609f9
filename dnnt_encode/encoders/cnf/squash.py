"""Monotone functions that a sum passes on its way out: activations, and counts of passed thresholds.

A sum in order encoding is written directly as the function of it, so that values which the function merges need no
literals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.rationals import INT64_SAFE


@dataclass(frozen=True)
class Squash:
    """``act`` of z, then clipped to [lowest, highest] where those are given."""

    act: ScaledActivation
    lowest: int | None = None
    highest: int | None = None

    def apply(self, z: np.ndarray) -> np.ndarray:
        out = self.act.apply(z)
        if max(abs(self.lowest or 0), abs(self.highest or 0)) >= INT64_SAFE:
            out = out.astype(object)
        if self.lowest is not None:
            out = np.maximum(out, self.lowest)
        if self.highest is not None:
            out = np.minimum(out, self.highest)
        return np.asarray(out)

    @property
    def is_identity(self) -> bool:
        return self.act.slopes == (1,) and self.act.intercepts == (0,) and self.lowest is None and self.highest is None


@dataclass(frozen=True)
class Passed:
    """How many of the ascending ``thresholds`` z reaches."""

    thresholds: tuple[int, ...]

    def apply(self, z: np.ndarray) -> np.ndarray:
        count = np.zeros(z.shape, dtype=np.int64)
        for threshold in self.thresholds:
            count += (z >= threshold).astype(np.int64)
        return count

    @property
    def is_identity(self) -> bool:
        return False


Monotone = Squash | Passed


def first_reaching(act: ScaledActivation, value: int, lowest: int, highest: int) -> int:
    """The least integer z in [lowest, highest] with act(z) >= value; highest + 1 where there is none."""
    starts = (lowest, *act.starts)
    stops = (*(start - 1 for start in act.starts), highest)
    for start, stop, slope, intercept in zip(starts, stops, act.slopes, act.intercepts, strict=True):
        z = max(start, lowest)
        if slope:
            z = max(z, -((intercept - value) // slope))
        elif intercept < value:
            continue
        if z <= min(stop, highest):
            return z
    return highest + 1
