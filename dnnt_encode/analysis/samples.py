"""Merging samples, and what samples of equal input and different targets cost at least.

Equal samples become one with the sum of their multiplicities; samples of equal input share the whole network and differ
only in their targets. Preserves the loss of every parameter assignment.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import ExactArray


@dataclass(frozen=True, eq=False)
class MergedSamples:
    """``x`` holds the distinct inputs [n, d]; target t (one of T distinct pairs of input and target) belongs to input
    ``input_of[t]`` and counts ``multiplicity[t]`` times; ``y`` is [T, m] or class indices [T]. Targets are sorted by
    input. ``lower_bound`` is a loss, in the instance's units, that no parameters can go below."""

    x: ExactArray
    input_of: np.ndarray
    y: ExactArray | np.ndarray
    multiplicity: np.ndarray
    lower_bound: Fraction


def merge_samples(instance: Instance) -> MergedSamples:
    """The distinct inputs and targets of an instance, and the lower bound that conflicting targets prove."""
    dataset = instance.dataset
    input_of = _groups(dataset.x.numerators)
    first_of_input = _first(input_of)
    y = dataset.y.numerators if isinstance(dataset.y, ExactArray) else dataset.y[:, None]
    target_of = _groups(y)
    pair = input_of * (int(target_of.max()) + 1) + target_of
    _, first, pair_of = np.unique(pair, return_index=True, return_inverse=True)
    counts = np.zeros(len(first), dtype=np.int64 if dataset.total < 2**62 else object)
    np.add.at(counts, pair_of.reshape(-1), dataset.multiplicity)
    merged_y = dataset.y.take(first) if isinstance(dataset.y, ExactArray) else dataset.y[first]
    x = ExactArray(dataset.x.numerators[first_of_input], dataset.x.denominator)
    inputs = input_of[first]
    bound = conflict_bound(instance.loss, instance.class_count, inputs, merged_y, counts)
    return MergedSamples(x, inputs, merged_y, counts, bound)


def single_samples(instance: Instance) -> MergedSamples:
    """Every sample on its own, in the order of the dataset: nothing is merged, and nothing follows from conflicts."""
    dataset = instance.dataset
    return MergedSamples(
        dataset.x, np.arange(dataset.samples, dtype=np.int64), dataset.y, dataset.multiplicity, Fraction(0)
    )


def conflict_bound(
    loss: Loss, classes: int, input_of: np.ndarray, y: ExactArray | np.ndarray, counts: np.ndarray
) -> Fraction:
    """The sum over inputs of the least loss any outputs, equal for equal inputs, could have there.

    ``any``: all but the most frequent target. Absolute values: the spread around the weighted median, output by output
    (for ``max`` the largest of them); squares: around the weighted mean. Class margins: every pair of classes on one
    input asks for m on both sides of one difference, 2 m min(p, q), or 4 m^2 p q / (p + q) when squared.
    """
    starts = np.flatnonzero(np.r_[True, input_of[1:] != input_of[:-1]])
    stops = np.r_[starts[1:], len(input_of)]
    total = Fraction(0)
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if stop - start < 2:
            continue
        copies = [int(count) for count in counts[start:stop]]
        if loss.reduction == "any":
            total += sum(copies) - max(copies)
        elif isinstance(y, ExactArray):
            rows = y.numerators[start:stop].astype(object).T.tolist()
            spreads = [_spread(loss, row, copies) / y.denominator**loss.degree for row in rows]
            total += max(spreads) if loss.reduction == "max" else sum(spreads)
        else:
            total += _margin_bound(loss, copies)
    return total


def _spread(loss: Loss, values: list[int], copies: list[int]) -> Fraction:
    weight = sum(copies)
    if loss.degree == 2:
        linear = sum(c * v for c, v in zip(copies, values, strict=True))
        return sum(c * v * v for c, v in zip(copies, values, strict=True)) - Fraction(linear * linear, weight)
    reached, median = 0, 0
    for value, count in sorted(zip(values, copies, strict=True)):
        reached += count
        median = value
        if 2 * reached >= weight:
            break
    return Fraction(sum(c * abs(v - median) for c, v in zip(copies, values, strict=True)))


def _margin_bound(loss: Loss, copies: list[int]) -> Fraction:
    pairs = [(p, q) for i, p in enumerate(copies) for q in copies[i + 1 :]]
    if loss.degree == 2:
        return sum((4 * loss.margin**2 * Fraction(p * q, p + q) for p, q in pairs), Fraction(0))
    return sum((2 * loss.margin * min(p, q) for p, q in pairs), Fraction(0))


def _groups(rows: np.ndarray) -> np.ndarray:
    """For each row the number of its group of equal rows; groups are numbered by first appearance."""
    if rows.dtype == object:
        known: dict[tuple[int, ...], int] = {}
        return np.array([known.setdefault(tuple(row), len(known)) for row in rows.tolist()], dtype=np.int64)
    flat = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).reshape(-1)
    _, first, inverse = np.unique(flat, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse.reshape(-1)])


def _first(groups: np.ndarray) -> np.ndarray:
    """The first row of every group, in the order of the groups."""
    return np.unique(groups, return_index=True)[1]
