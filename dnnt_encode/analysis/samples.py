"""Merging samples, and what samples of equal input and different targets cost at least.

Equal samples become one with the sum of their multiplicities; samples of equal input share the whole network and differ
only in their targets. Preserves the loss of every parameter assignment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from dnnt_encode.instance.conditions import Conditions
from dnnt_encode.instance.distinct import first_rows, row_groups
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import Loss, ScaledPenalty
from dnnt_encode.instance.rationals import ExactArray


@dataclass(frozen=True, eq=False)
class MergedSamples:
    """``x`` holds the distinct inputs [n, d]; target t (one of T distinct pairs of input and target) belongs to input
    ``input_of[t]`` and counts ``multiplicity[t]`` times; ``y`` is [T, m] or class indices [T]. Targets are sorted by
    input, and ``first[t]`` is the first sample of the dataset that t stands for; ``of_sample`` [samples] is the input
    of every sample of the dataset. ``lower_bound`` is a loss, in the instance's units, that no parameters can go
    below. ``asked`` are the inputs that the conditions of an instance are about, one after the other: those that no
    sample has come last in ``x``, and have no target."""

    x: ExactArray
    input_of: np.ndarray
    y: ExactArray | np.ndarray
    multiplicity: np.ndarray
    first: np.ndarray
    of_sample: np.ndarray
    lower_bound: Fraction
    asked: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def merge_samples(instance: Instance) -> MergedSamples:
    """The distinct inputs and targets of an instance, and the lower bound that conflicting targets prove."""
    dataset = instance.dataset
    input_of = row_groups(dataset.x.numerators)
    first_of_input = first_rows(input_of)
    y = dataset.y.numerators if isinstance(dataset.y, ExactArray) else dataset.y[:, None]
    target_of = row_groups(y)
    pair = input_of * (int(target_of.max()) + 1) + target_of
    _, first, pair_of = np.unique(pair, return_index=True, return_inverse=True)
    counts = np.zeros(len(first), dtype=np.int64 if dataset.total < 2**62 else object)
    np.add.at(counts, pair_of.reshape(-1), dataset.multiplicity)
    merged_y = dataset.y.take(first) if isinstance(dataset.y, ExactArray) else dataset.y[first]
    x = ExactArray(dataset.x.numerators[first_of_input], dataset.x.denominator)
    inputs = input_of[first]
    bound = conflict_bound(instance.loss, inputs, merged_y, counts)
    return MergedSamples(x, inputs, merged_y, counts, first, input_of, bound)


def single_samples(instance: Instance) -> MergedSamples:
    """Every sample on its own, in the order of the dataset: nothing is merged, and nothing follows from conflicts."""
    dataset, each = instance.dataset, np.arange(instance.dataset.samples, dtype=np.int64)
    return MergedSamples(dataset.x, each, dataset.y, dataset.multiplicity, each, each, Fraction(0))


def with_asked(samples: MergedSamples, conditions: Conditions | None) -> MergedSamples:
    """The same samples, with the inputs of conditions beside them."""
    if conditions is None:
        return samples
    scale = math.lcm(samples.x.denominator, conditions.x.denominator)
    own, count = samples.x.scaled(scale), len(samples.x)
    rows = np.concatenate([own, conditions.x.scaled(scale)])
    group = row_groups(rows)
    place = np.full(int(group.max()) + 1, -1, dtype=np.int64)
    # From the last on, so that the first of equal inputs stays.
    place[group[:count][::-1]] = np.arange(count)[::-1]
    first = first_rows(group)
    new = np.flatnonzero(place < 0)
    place[new] = count + np.arange(len(new))
    x = ExactArray.from_scaled(np.concatenate([own, rows[first[new]]]), scale)
    return replace(samples, x=x, asked=place[group[count:]])


def conflict_bound(loss: Loss, input_of: np.ndarray, y: ExactArray | np.ndarray, counts: np.ndarray) -> Fraction:
    """The sum over inputs of the least loss any outputs, equal for equal inputs, could have there.

    A loss that counts, of which outputs meet one target at most: all but the most frequent one. Any other: the least
    that its targets could pay for one number, an output or the difference of the outputs of two classes, all numbers
    together (for ``max`` the dearest alone).
    """
    if loss.counts and not loss.exclusive:
        return Fraction(0)
    scale = math.lcm(y.denominator if isinstance(y, ExactArray) else 1, loss.denominator)
    penalty = loss.scaled(scale)
    shifts = -y.scaled(scale).astype(object) if isinstance(y, ExactArray) else None
    starts = np.flatnonzero(np.r_[True, input_of[1:] != input_of[:-1]])
    stops = np.r_[starts[1:], len(input_of)]
    total = Fraction(0)
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if stop - start < 2:
            continue
        copies = [int(count) for count in counts[start:stop]]
        if loss.counts:
            total += sum(copies) - max(copies)
            continue
        if shifts is not None:
            rows = shifts[start:stop].T.tolist()
            numbers = [[(count, 1, shift) for count, shift in zip(copies, row, strict=True)] for row in rows]
        else:
            numbers = [[(p, -1, 0), (q, 1, 0)] for p, q in combinations(copies, 2)]
        paid = [least_sum(penalty, terms) for terms in numbers]
        total += penalty.unit * (max(paid) if loss.reduction == "max" else sum(paid))
    return total


def least_sum(penalty: ScaledPenalty, terms: Sequence[tuple[int, int, int]]) -> Fraction:
    """The least value, over all real z, of the sum of ``count`` times the penalty of ``sign * z + shift``, over terms
    (count, sign, shift), in units of the penalty.

    Between two kinks of its terms the sum is a polynomial in z: its coefficients are swept from left to right."""
    lines, kinks = penalty.lines[::-1], [kink.numerator if kink.denominator == 1 else kink for kink in penalty.kinks]
    changes: dict[Fraction | int, tuple[int, int, int]] = {}
    total = (0, 0, 0)
    for count, sign, shift in terms:
        own = [_polynomial(count, penalty.power, sign * a, a * shift + b) for a, b in lines[::sign]]
        total = _plus(total, own[0])
        for kink, before, after in zip(kinks[::-sign], own, own[1:], strict=False):
            place = sign * (kink - shift)
            changes[place] = _plus(changes.get(place, (0, 0, 0)), _plus(after, before, -1))
    places = sorted(changes)
    values: list[Fraction | int] = []
    # Between two places the least is at the vertex or, as the whole is convex, at an end.
    for k in range(len(places) + 1):
        square, slope, level = total
        z = Fraction(-slope, 2 * square) if square else places[min(k, len(places) - 1)]
        z = max(places[k - 1], z) if k else z
        z = min(places[k], z) if k < len(places) else z
        values.append((square * z + slope) * z + level)
        total = _plus(total, changes[places[k]]) if k < len(places) else total
    return Fraction(min(values))


def _polynomial(count: int, power: int, slope: int, level: int) -> tuple[int, int, int]:
    """``count`` times the power of a line, as the coefficients of z^2, z and 1."""
    if power == 1:
        return 0, count * slope, count * level
    return count * slope * slope, 2 * count * slope * level, count * level * level


def _plus(a: tuple[int, int, int], b: tuple[int, int, int], factor: int = 1) -> tuple[int, int, int]:
    return a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]
