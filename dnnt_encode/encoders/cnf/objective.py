"""The loss as one more sum: a threshold on it, or a number whose bound is chosen later by assumptions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.cnf.arena import contradiction, write_folded
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic, Numbers
from dnnt_encode.encoders.cnf.binary import BinaryNumbers
from dnnt_encode.encoders.cnf.costs import CostSteps
from dnnt_encode.encoders.cnf.order import OrderNumbers
from dnnt_encode.encoders.cnf.squash import Squash
from dnnt_encode.instance.activations import activation
from dnnt_encode.instance.rationals import integer_array
from dnnt_encode.models.cnf import FALSE, TRUE

MAX_LEVELS = 2048
"""A binary sum of at most this reach gets a literal a level, so that ever lower bounds can be asserted."""


@dataclass(frozen=True, eq=False)
class OrderObjective:
    """A sum in order encoding: ``literals[k]`` holds where the sum reaches ``values[k + 1]``; ``values[0]`` is its
    least value, constant included."""

    values: tuple[int, ...]
    literals: np.ndarray

    def at_most(self, k: int) -> list[int]:
        if k < self.values[0]:
            return [FALSE]
        above = next((place for place, value in enumerate(self.values) if value > k), None)
        return [] if above is None else [-int(self.literals[above - 1])]


@dataclass(frozen=True, eq=False)
class BinaryObjective:
    """A sum in binary, kept at most ``lowest`` plus the unsigned number of the free literals ``bound``. A bound is to
    be assumed: once asserted it cannot sink further."""

    lowest: int
    highest: int
    bound: np.ndarray

    def at_most(self, k: int) -> list[int]:
        if k < self.lowest:
            return [FALSE]
        if k >= self.highest:
            return []
        rest = k - self.lowest
        return [int(literal) if rest >> j & 1 else -int(literal) for j, literal in enumerate(self.bound)]


def constrain(arithmetic: Arithmetic, steps: CostSteps, most: int) -> None:
    """The steps that hold cost at most ``most``."""
    if most < 0:
        contradiction(arithmetic.sink)
        return
    total = int(steps.weights.astype(object).sum())
    if total <= most:
        return
    # What costs too much alone never holds; the rest is summed up to the first value past the bound.
    dear = steps.weights > most
    write_folded(arithmetic.sink, -steps.literals[dear][:, None])
    kept = CostSteps(steps.literals[~dear], steps.weights[~dear], steps.owners[~dear])
    if int(kept.weights.astype(object).sum()) <= most:
        return
    number = _summed(arithmetic, kept, most + 1)
    labels = np.zeros((1, 1), dtype=np.int64)
    reached = arithmetic.at_least(number, np.array([most + 1], dtype=object), "bound", labels)
    write_folded(arithmetic.sink, -reached[:, None])


def objective(arithmetic: Arithmetic, steps: CostSteps, constant: int) -> OrderObjective | BinaryObjective:
    """The sum of the steps that hold, constant included, as something to bound later."""
    if not len(steps.literals):
        return OrderObjective((constant,), np.zeros(0, dtype=np.int32))
    number = _summed(arithmetic, steps, None)
    if isinstance(number, OrderNumbers):
        values = arithmetic.values.arrays[int(number.sets[0])]
        literals = number.block(np.zeros(1, dtype=np.int64), len(values) - 1)[0]
        return OrderObjective(tuple(int(value) + constant for value in values), literals)
    reach = int(number.upper[0])
    if reach > MAX_LEVELS:
        return _bounded(arithmetic, number, constant)
    lowest = int(number.offset[0])
    levels = np.arange(lowest, lowest + reach + 1, dtype=object)
    lanes = number.take(np.zeros(reach, dtype=np.int64))
    reached = arithmetic.at_least(lanes, levels[1:], "level", np.arange(reach)[:, None])
    write_folded(arithmetic.sink, np.column_stack([-reached[1:], reached[:-1]]))
    return OrderObjective(tuple(int(level) + constant for level in levels), reached)


def _bounded(arithmetic: Arithmetic, number: BinaryNumbers, constant: int) -> BinaryObjective:
    """sum <= bound, from the least bit up: below[j] says it of the bits up to j."""
    width, sink = number.width, arithmetic.sink
    bound = sink.variables("bound", np.arange(width)[:, None])[:, 0]
    below = np.concatenate([[TRUE], sink.variables("below", np.arange(width)[:, None])[:, 0]])
    s, t = number.bits[0], bound
    none = np.full(width, FALSE)
    clauses = [
        np.column_stack([-below[1:], -s, t]),
        np.column_stack([-below[1:], -s, below[:-1]]),
        np.column_stack([-below[1:], t, below[:-1]]),
    ]
    write_folded(sink, np.concatenate([*clauses, np.column_stack([below[1:], none, none])[-1:]]))
    lowest = int(number.offset[0]) + constant
    return BinaryObjective(lowest, lowest + int(number.upper[0]), bound)


def _summed(arithmetic: Arithmetic, steps: CostSteps, cap: int | None) -> Numbers:
    """The sum of the steps that hold as one lane; values past ``cap`` are one with it."""
    function = arithmetic.values.squash(Squash(activation("identity").scaled(1), None, cap))
    numbers: Numbers = _leaves(arithmetic, steps)
    level = 0
    while len(numbers) > 1:
        pairs = len(numbers) // 2
        place = np.arange(pairs)
        labels, prefix = place[:, None], f"loss.{level}"
        merged = arithmetic.sum(
            numbers.take(2 * place), numbers.take(2 * place + 1), prefix, labels, np.full(pairs, function)
        )
        if len(numbers) % 2:
            last = numbers.take(np.array([len(numbers) - 1]))
            merged = arithmetic.joined([merged, last], prefix, np.zeros((max(pairs, 1), 1), dtype=np.int64))
        numbers, level = merged, level + 1
    return numbers


def _leaves(arithmetic: Arithmetic, steps: CostSteps) -> OrderNumbers:
    """A number for each owner; those of small reach first, so that like is added to like."""
    weights = steps.weights.astype(object)
    _, first, owner = np.unique(steps.owners, return_index=True, return_inverse=True)
    owner = owner.reshape(-1)
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner)
    stops = np.cumsum(counts)
    sums = np.cumsum(weights[order])
    before = np.concatenate([[0], sums])[stops - counts]
    sets = np.array(
        [
            arithmetic.values.add(np.concatenate([[0], sums[stop - count : stop] - base]).astype(object))
            for stop, count, base in zip(stops.tolist(), counts.tolist(), before.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    reach = integer_array([int(sums[stop - 1]) - int(base) for stop, base in zip(stops, before, strict=True)])
    lanes = np.lexsort((first, reach))
    return OrderNumbers(sets, stops - counts, steps.literals[order]).take(lanes)
