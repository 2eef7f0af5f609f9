"""What a presolve step, an output pattern and a cube have in common: an instance in place of another one.

A step maps an instance to one that stands for all of it; a split maps it to several that do so together. Either way the
loss of an inner assignment and that of its lifted one differ by ``offset`` alone, and no loss of the outer instance is
below the least of the inner ones plus their offsets. Steps compose to a chain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance


class Reduced(ABC):
    """``instance`` stands for an outer one: all of it where ``whole``, else one part of a split.

    ``note`` says in one line what was done and why it loses nothing, for `dnnt info`, the headers of exported files and
    the list of steps that a certificate trusts. ``preserves``: what it keeps beside the least loss: ``loss`` (of every
    assignment within the threshold: each has an inner one of the same loss), ``count`` (of assignments within the
    threshold), ``nonzeros``. Where no part of the outer instance meets the threshold, neither does the inner one."""

    instance: Instance
    note: str
    offset: Fraction = Fraction(0)
    whole: bool = True
    preserves: frozenset[str] = frozenset()

    @abstractmethod
    def lift(self, inner: Assignment) -> Assignment:
        """The outer assignment that an inner one stands for; its loss is ``offset`` plus that of the inner one."""

    @abstractmethod
    def lower(self, outer: Assignment) -> Assignment | None:
        """An inner assignment of at most the outer one's loss less ``offset``; None where there is none."""


Step: TypeAlias = Callable[[Instance], Reduced | None]
"""None where there is nothing to reduce."""

Split: TypeAlias = Callable[[Instance], Sequence[Reduced]]
"""Parts that together keep the least loss; none where the instance is not split."""


class Chain(Reduced):
    """Steps one after the other; without any, the instance itself. Notes are kept one by one in ``notes``."""

    def __init__(self, instance: Instance, steps: Sequence[Reduced] = ()) -> None:
        self.steps = tuple(steps)
        self.instance = steps[-1].instance if steps else instance
        self.notes = tuple(step.note for step in steps)
        self.note = "; ".join(self.notes)
        self.offset = sum((step.offset for step in steps), Fraction(0))
        self.whole = all(step.whole for step in steps)
        kept = [step.preserves for step in steps]
        self.preserves = frozenset.intersection(*kept) if kept else frozenset({"loss", "count", "nonzeros"})

    def lift(self, inner: Assignment) -> Assignment:
        for step in reversed(self.steps):
            inner = step.lift(inner)
        return inner

    def lower(self, outer: Assignment) -> Assignment | None:
        found: Assignment | None = outer
        for step in self.steps:
            if found is None:
                return None
            found = step.lower(found)
        return found


def chain(instance: Instance, steps: Sequence[Step]) -> Chain:
    """Apply the steps in order, each where it finds something to reduce."""
    taken: list[Reduced] = []
    for step in steps:
        reduced = step(taken[-1].instance if taken else instance)
        if reduced is not None:
            taken.append(reduced)
    return Chain(instance, taken)
