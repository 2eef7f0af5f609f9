"""What a presolve step, an output pattern and a cube have in common: an instance in place of another one.

A step maps an instance to one that stands for all of it; a split maps it to several that do so together. Either way the
loss of an inner assignment and that of its lifted one differ by ``offset`` alone, and no loss of the outer instance is
below the least of the inner ones plus their offsets. Steps compose to a chain. A separation is neither: its parts are
solved one and all, and their losses add up.

The threshold that counts is the instance's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.stage import NAMES, Objective

EVERYTHING = frozenset({"count", "constraints", *(Objective.of(name).name for name in NAMES)})


class Reduced(ABC):
    """``instance`` stands for an outer one: all of it where ``whole``, else one part of a split. Its threshold is that
    of the outer one less ``offset``.

    ``note`` says in one line what was done and why it loses nothing, for `dnnt info`, the headers of exported files and
    the list of steps that a certificate trusts. ``preserves``: what it keeps beside the least loss: ``loss`` (of every
    assignment within the threshold: each has an inner one of the same loss), ``count`` (of assignments of each loss
    within the threshold), ``constraints`` (each of these assignments has an inner one that is the same function of
    every input, and so has what is lifted), or an objective (each of these assignments has an inner one that is no
    worse by it, nor by any other objective that is kept, with or without biases; what is lifted is no worse either).
    Where no part of the outer instance meets the threshold, neither does the inner one. All of it pickles."""

    instance: Instance
    note: str
    offset: Fraction = Fraction(0)
    whole: bool = True
    preserves: frozenset[str] = frozenset()

    @cached_property
    def view(self) -> View:
        """The view of ``instance``."""
        return View(self.instance)

    @abstractmethod
    def lift(self, inner: Assignment) -> Assignment:
        """The outer assignment that an inner one stands for; its loss is ``offset`` plus that of the inner one."""

    @abstractmethod
    def lower(self, outer: Assignment) -> Assignment | None:
        """An inner assignment of at most the outer one's loss less ``offset``; None where there is none, which is so
        only for losses above the threshold or outside of the part."""

    def outer_sample(self, inner: int) -> int:
        """A sample of the outer instance that one of the inner instance stands for."""
        return inner


@dataclass(frozen=True)
class Contradiction:
    """No assignment is within the threshold, and what one ``sample`` asks for shows it; ``note`` says how."""

    note: str
    sample: int


Step: TypeAlias = Callable[[View], Reduced | Contradiction | None]
"""None where there is nothing to reduce. A step for an instance that it does not cover, or would take long on, returns
None."""

Split: TypeAlias = Callable[[Instance], Sequence[Reduced]]
"""Parts that together keep the least loss; none where the instance is not split."""


class Chain(Reduced):
    """Steps one after the other; without any, the instance itself. Notes are kept one by one in ``notes``.
    ``contradiction``: why nothing is within the threshold, where the last step found that; its sample is one of the
    outer instance."""

    def __init__(
        self, given: Instance | View, steps: Sequence[Reduced] = (), contradiction: Contradiction | None = None
    ) -> None:
        self.steps = tuple(steps)
        self.view = steps[-1].view if steps else View.of(given)
        self.instance = self.view.instance
        self.notes = tuple(step.note for step in steps)
        self.note = "; ".join(self.notes)
        self.offset = sum((step.offset for step in steps), Fraction(0))
        self.whole = all(step.whole for step in steps)
        self.preserves = frozenset.intersection(EVERYTHING, *(step.preserves for step in steps))
        self.contradiction = contradiction
        if contradiction is not None:
            self.contradiction = Contradiction(contradiction.note, self.outer_sample(contradiction.sample))

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

    def outer_sample(self, inner: int) -> int:
        for step in reversed(self.steps):
            inner = step.outer_sample(inner)
        return inner


def chain(given: Instance | View, steps: Iterable[Step], preserving: frozenset[str] = frozenset()) -> Chain:
    """Apply the steps in order, each where it finds something to reduce and preserves what is asked; a contradiction
    ends the chain. Networks with intervals have no steps."""
    taken: list[Reduced] = []
    if View.of(given).instance.constraints:
        preserving |= {"constraints"}
    contradiction: Contradiction | None = None
    first = view = View.of(given)
    for step in steps if not first.instance.network.continuous else ():
        found = step(view)
        if isinstance(found, Contradiction):
            contradiction = found
            break
        if found is not None and preserving <= found.preserves:
            taken.append(found)
            view = found.view
    return Chain(first, taken, contradiction)


class Separation(ABC):
    """Several instances whose least losses add up to that of the outer one, less ``offset``: they share no parameter
    that is free. The parts have no threshold; that of the outer instance bounds the sum. Where that is 0 it is theirs
    too, and losses need not add up: the outer one is 0 exactly where all of theirs are."""

    parts: tuple[Instance, ...]
    note: str
    offset: Fraction = Fraction(0)

    @abstractmethod
    def join(self, inner: Sequence[Assignment]) -> Assignment:
        """The outer assignment made of one of each part; its loss is ``offset`` plus the sum of theirs."""

    @abstractmethod
    def lower(self, outer: Assignment) -> tuple[Assignment, ...]:
        """Assignments of the parts whose losses add up to that of the outer one less ``offset``."""
