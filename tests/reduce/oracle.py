"""What reductions promise, checked by brute force over the outer and the inner instances."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.instance import Assignment, Instance, check_allowed
from dnnt_encode.reduce import Contradiction, Reduced


class Table:
    """The loss and the number of parameters other than 0 of every assignment of an instance."""

    def __init__(self, instance: Instance) -> None:
        self.enumeration = Enumeration(instance)
        self.losses: list[Fraction] = enumerate_losses(instance).fractions().tolist()
        self.assignments = [self.enumeration.assignment(number) for number in range(len(self.losses))]
        self.instance = instance

    def loss(self, assignment: Assignment) -> Fraction:
        return self.losses[self.enumeration.number_of(assignment)]

    def nonzeros(self, number: int) -> int:
        layers = self.assignments[number].weights(self.instance).layers
        return sum(int(np.count_nonzero(part.numerators)) for pair in layers for part in (pair.weights, pair.biases))


def check(instance: Instance, parts: Sequence[Reduced]) -> None:
    """A step (one part) or a split keeps the least loss, every answer within the threshold, and what it says."""
    outer, gamma = Table(instance), instance.threshold
    within = {loss for loss in outer.losses if gamma is None or loss <= gamma}
    tables = [Table(part.instance) for part in parts]
    reached = [loss + part.offset for part, table in zip(parts, tables, strict=True) for loss in table.losses]
    if within:
        assert min(reached) == min(within)
    assert {loss for loss in reached if gamma is None or loss <= gamma} <= within
    for part, table in zip(parts, tables, strict=True):
        assert part.whole == (len(parts) == 1)
        assert part.note
        assert part.instance.network.search_space <= instance.network.search_space
        assert part.instance.network.free_parameters <= instance.network.free_parameters
        assert part.instance.threshold == (None if gamma is None else gamma - part.offset)
        again = pickle.loads(pickle.dumps(part))
        for k, inner in enumerate(table.assignments):
            lifted = (part, again)[k % 2].lift(inner)
            check_allowed(instance.network, lifted.weights(instance))
            assert outer.loss(lifted) == part.offset + table.losses[k]
        assert all(0 <= part.outer_sample(k) < instance.dataset.samples for k in range(part.instance.dataset.samples))
    for number, assignment in enumerate(outer.assignments):
        lowered = [part.lower(assignment) for part in parts]
        found = [
            table.loss(inner) + part.offset
            for part, table, inner in zip(parts, tables, lowered, strict=True)
            if inner is not None
        ]
        assert all(loss <= outer.losses[number] for loss in found)
        assert found or outer.losses[number] not in within
    for part, table in zip(parts, tables, strict=True):
        if part.whole:
            _check_preserved(outer, table, part, within)


def _check_preserved(outer: Table, inner: Table, part: Reduced, within: set[Fraction]) -> None:
    if "loss" in part.preserves:
        assert {loss + part.offset for loss in inner.losses} >= within
    if "count" in part.preserves:
        counts = (
            Counter(loss + offset for loss in table.losses) for table, offset in ((outer, 0), (inner, part.offset))
        )
        one, other = ({loss: count[loss] for loss in within} for count in counts)
        assert one == other
    if "nonzeros" in part.preserves:
        for loss in within:
            least = [
                min(table.nonzeros(k) for k, own in enumerate(table.losses) if own + offset == loss)
                for table, offset in ((outer, Fraction(0)), (inner, part.offset))
            ]
            assert least[0] == least[1]


def check_contradiction(instance: Instance, found: Contradiction) -> None:
    assert instance.threshold is not None
    assert min(Table(instance).losses) > instance.threshold
    assert found.note
    assert 0 <= found.sample < instance.dataset.samples
