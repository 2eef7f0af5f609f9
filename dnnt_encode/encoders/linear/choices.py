"""How a monotone piecewise-linear function is bounded from one side by a choice of lines.

From below (``under``: p <= f(z)) a line L of f, cut off at the supremum of f, is *safe* if it never passes f: choosing
it at the wrong z loses nothing. Safe lines need no literal beyond the choice among them, and where one of them equals f
on all of a unit's range no choice remains. An unsafe line carries guards: choosing it forces z into its interval.
``over`` (q >= f(z)) is the mirror image. For ReLU this gives p <= 0 or p <= z (one literal) and q >= z, q >= 0 (none);
for sign p <= -1, or z >= 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dnnt_encode.instance.activations import ScaledActivation

Side = Literal["under", "over"]


def opposite(side: Side) -> Side:
    return "over" if side == "under" else "under"


@dataclass(frozen=True)
class Choice:
    """The line ``slope * z + intercept`` cut off at ``bound`` (None: nowhere); choosing it forces ``z >= at_least`` and
    ``z <= at_most`` where those are given."""

    slope: int
    intercept: int
    bound: int | None
    at_least: int | None
    at_most: int | None

    def value(self, z: np.ndarray, side: Side) -> np.ndarray:
        """The cut-off line at integers z."""
        line = self.slope * z + self.intercept
        if self.bound is None:
            return np.asarray(line)
        return np.asarray(np.minimum(line, self.bound) if side == "under" else np.maximum(line, self.bound))


def choices(act: ScaledActivation, side: Side, lowest: int, highest: int) -> tuple[Choice, ...]:
    """A set of lines whose best choice is f at every integer between ``lowest`` and ``highest``."""
    edge = -1 if side == "under" else 0
    bound = act.intercepts[edge] if act.slopes[edge] == 0 else None
    lines = [Choice(slope, icpt, bound, None, None) for slope, icpt in zip(act.slopes, act.intercepts, strict=True)]
    points = np.array(test_points(act, lines, lowest, highest), dtype=object)
    f = act.apply(points)
    starts = (lowest, *act.starts)
    stops = (*(start - 1 for start in act.starts), highest)
    chosen: list[Choice] = []
    for line, start, stop in zip(lines, starts, stops, strict=True):
        inside = (points >= start) & (points <= stop)
        if not inside.any():
            continue
        excess = line.value(points, side) - f if side == "under" else f - line.value(points, side)
        if any((old.value(points, side) == f)[inside].all() for old in chosen if _free(old)):
            continue
        at_least = start if (excess[points < start] > 0).any() else None
        at_most = stop if (excess[points > stop] > 0).any() else None
        chosen.append(Choice(line.slope, line.intercept, bound, at_least, at_most))
    needed = [
        choice
        for k, choice in enumerate(chosen)
        if not _covered(points, f, side, choice, [c for c in chosen[k + 1 :] if _free(c)])
    ]
    return tuple(needed)


def _free(choice: Choice) -> bool:
    return choice.at_least is None and choice.at_most is None


def _covered(points: np.ndarray, f: np.ndarray, side: Side, choice: Choice, others: list[Choice]) -> bool:
    """Whether a later safe line equals f wherever this one does."""
    met = choice.value(points, side) == f
    return any((other.value(points, side) == f)[met].all() for other in others)


def test_points(act: ScaledActivation, lines: list[Choice], lowest: int, highest: int) -> list[int]:
    """Integers of the range between which f and all cut-off lines are straight: two functions of this kind that agree
    (or are ordered) at these points are so on the whole range."""
    points = {lowest, highest}
    for start in act.starts:
        points |= {start - 1, start}
    for line in lines:
        if line.slope and line.bound is not None:
            crossing = (line.bound - line.intercept) // line.slope
            points |= {crossing, crossing + 1}
    return sorted(point for point in points if lowest <= point <= highest)


def sufficient(
    act: ScaledActivation, chosen: tuple[Choice, ...], side: Side, z_lower: np.ndarray, z_upper: np.ndarray
) -> np.ndarray:
    """For arrays of ranges: the first choice that alone equals f on the whole range, or -1 (int64, the same shape)."""
    lowest, highest = int(z_lower.min(initial=0)), int(z_upper.max(initial=0))
    points = test_points(act, list(chosen), lowest, highest)
    result = np.full(z_lower.shape, -1, dtype=np.int64)
    for k in reversed(range(len(chosen))):
        equal = np.ones(z_lower.shape, dtype=bool)
        for z in (z_lower, z_upper, *(np.clip(point, z_lower, z_upper) for point in points)):
            equal &= chosen[k].value(z, side) == act.apply(z)
        result[equal] = k
    return result
