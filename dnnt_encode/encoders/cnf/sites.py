"""Which thresholds a counting loss asks of each number, and what the answers cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.cnf.squash import first_reaching
from dnnt_encode.instance.activations import ScaledActivation

HalfOpen = tuple[int | None, int | None]
"""The z from the first integer on, before the second one; None where there is no such end."""


def interval_of(act: ScaledActivation, least: int | None, most: int | None, lowest: int, highest: int) -> HalfOpen:
    """The z in [lowest, highest] with least <= act(z) <= most."""
    low = lowest if least is None else first_reaching(act, least, lowest, highest)
    high = highest + 1 if most is None else first_reaching(act, most + 1, lowest, highest)
    return (None if low <= lowest else low), (None if high > highest else high)


@dataclass(frozen=True, eq=False)
class Sites:
    """``thresholds`` of each input, ascending; target t is met where the number of its input reaches at least
    ``first[t]`` and less than ``last[t]`` of them."""

    thresholds: list[tuple[int, ...]]
    first: np.ndarray
    last: np.ndarray

    @staticmethod
    def of(intervals: list[HalfOpen], input_of: np.ndarray, inputs: int) -> Sites:
        wanted: list[set[int]] = [set() for _ in range(inputs)]
        for (low, high), place in zip(intervals, input_of.tolist(), strict=True):
            wanted[place] |= {end for end in (low, high) if end is not None}
        thresholds = [tuple(sorted(ends)) for ends in wanted]
        first, last = np.zeros(len(intervals), dtype=np.int64), np.zeros(len(intervals), dtype=np.int64)
        for target, ((low, high), place) in enumerate(zip(intervals, input_of.tolist(), strict=True)):
            known = thresholds[place]
            first[target] = 0 if low is None else known.index(low) + 1
            last[target] = len(known) + 1 if high is None else known.index(high) + 1
        return Sites(thresholds, first, last)


def outside(
    values: np.ndarray,
    lanes: np.ndarray,
    total: int,
    site: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """For lanes with the same ``values``: what their targets pay at each value, [len(lanes), V]. Target t belongs to
    lane ``site[t]`` of ``total`` and pays ``weights[t]`` where the value is not in [first[t], last[t])."""
    own = np.full(total, -1, dtype=np.int64)
    own[lanes] = np.arange(len(lanes))
    entries = np.flatnonzero(own[site] >= 0)
    misses = (values < first[entries][:, None]) | (values >= last[entries][:, None])
    table = np.zeros((len(lanes), len(values)), dtype=weights.dtype)
    np.add.at(table, own[site[entries]], weights[entries][:, None] * misses)
    return table
