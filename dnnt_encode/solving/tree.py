"""The instance and the parts it was split into: what is open, what is closed, and what follows for the whole.

A node is an instance in place of its parent's. A leaf that is closed at a cutoff c has been shown to hold nothing below
c, which says nothing about its siblings: the bound of a node that was split is the least over its parts, with the
weakest of their evidence, or its own, where somebody has shown more of it in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.goal import Goal
from dnnt_encode.reduce.reduced import Reduced
from dnnt_encode.solving.evidence import TRIVIAL, Evidence, together


@dataclass(frozen=True)
class Fact:
    """What was shown of a node, named by the parts that lead to it: no loss of the whole that it stands for is below
    ``bound``, or, where that is None, nothing in it meets the threshold. ``part``: the hash of its instance, where that
    is one of several parts: other reductions may lead to other parts."""

    node: tuple[int, ...]
    bound: Fraction | None
    evidence: Evidence
    part: str | None = None


@dataclass(eq=False)
class Node:
    """``lower``: no loss of the node's own instance is below this, as ``evidence`` says. ``refuted``: why nothing in it
    meets the threshold. ``children`` are the parts of a node that was split."""

    reduced: Reduced
    parent: int | None
    view: View
    lower: Fraction = Fraction(0)
    evidence: Evidence = TRIVIAL
    refuted: Evidence | None = None
    children: tuple[int, ...] = field(default=())


class Tree:
    """``root`` stands for the whole instance. ``merges``: see View. ``facts``: what is known of nodes, whether they are
    there already or come with a split."""

    def __init__(self, root: Reduced, goal: Goal, *, merges: bool = True, facts: Sequence[Fact] = ()) -> None:
        self._goal, self._merges, self._facts = goal, merges, tuple(facts)
        self.nodes = [Node(root, None, self._view(root))]
        self._recall(0)

    def split(self, number: int, parts: Sequence[Reduced]) -> tuple[int, ...]:
        """Replace a leaf by the parts of its instance; they inherit its bound."""
        node = self.nodes[number]
        first = len(self.nodes)
        for part in parts:
            child = Node(part, number, self._view(part))
            child.lower, child.evidence = node.lower - part.offset, node.evidence
            self.nodes.append(child)
        node.children = tuple(range(first, len(self.nodes)))
        for child_number in node.children:
            self._recall(child_number)
        return node.children

    def _view(self, reduced: Reduced) -> View:
        return reduced.view if self._merges else View(reduced.instance, merges=False)

    def name(self, number: int) -> tuple[int, ...]:
        """The parts that lead to a node: the k-th of the first split, the j-th of the second, and so on."""
        parent = self.nodes[number].parent
        if parent is None:
            return ()
        return (*self.name(parent), self.nodes[parent].children.index(number))

    def _recall(self, number: int) -> None:
        name, node = self.name(number), self.nodes[number]
        facts = [fact for fact in self._facts if fact.node == name]
        for fact in facts:
            if fact.part != self._part(number):
                continue
            if fact.bound is None:
                node.refuted = fact.evidence
            elif fact.bound - self.offset(number) > node.lower:
                node.lower, node.evidence = fact.bound - self.offset(number), fact.evidence

    def _part(self, number: int) -> str | None:
        return None if number == 0 else self.nodes[number].view.instance.sha256

    def leaves(self, best: Fraction | None = None) -> Iterator[int]:
        """The leaves that may still hold something of use: below ``best``, or within the threshold."""
        return (number for number, node in enumerate(self.nodes) if not node.children and self.is_open(number, best))

    def is_open(self, number: int, best: Fraction | None = None) -> bool:
        """Whether a node may still hold something of use, as far as is known of it and of what it is a part of."""
        offset = self.offset(number)
        for node in reversed(self.path(number)):
            if node.refuted is not None or (best is not None and node.lower + offset >= best):
                return False
            offset -= node.reduced.offset
        return True

    def path(self, number: int) -> list[Node]:
        """The nodes from the root to one of them."""
        found: list[Node] = []
        at: int | None = number
        while at is not None:
            found.append(self.nodes[at])
            at = self.nodes[at].parent
        return found[::-1]

    def offset(self, number: int) -> Fraction:
        """A loss of the whole is a loss of the node plus this."""
        return sum((node.reduced.offset for node in self.path(number)), Fraction(0))

    def goal(self, number: int) -> Goal:
        """The question, asked of a node."""
        return self._goal.less(self.offset(number))

    def lift(self, number: int, inner: Assignment) -> Assignment:
        """The assignment of the whole that one of a node stands for."""
        for node in reversed(self.path(number)):
            inner = node.reduced.lift(inner)
        return inner

    def lower(self, number: int, outer: Assignment) -> Assignment | None:
        """What stands for an assignment of the whole in a node, where that is in it."""
        found: Assignment | None = outer
        for node in self.path(number):
            if found is None:
                return None
            found = node.reduced.lower(found)
        return found

    def raise_lower(self, number: int, loss: Fraction, evidence: Evidence) -> Fact | None:
        """No loss of a node is below ``loss``; of two equal bounds the one with the better evidence stays. What is new
        about it, if anything is."""
        node = self.nodes[number]
        if loss < node.lower or (loss == node.lower and evidence.strength <= node.evidence.strength):
            return None
        node.lower, node.evidence = loss, self._with_steps(number, evidence)
        return Fact(self.name(number), loss + self.offset(number), node.evidence, self._part(number))

    def refute(self, number: int, evidence: Evidence) -> Fact:
        """Nothing in a node meets the threshold."""
        node = self.nodes[number]
        node.refuted = self._with_steps(number, evidence)
        return Fact(self.name(number), None, node.refuted, self._part(number))

    def joined(self) -> Iterator[Fact]:
        """What the parts of nodes, together, show of these, as far as it is new."""
        for number in reversed(range(len(self.nodes))):
            node = self.nodes[number]
            parts = [self.nodes[child] for child in node.children]
            if not parts:
                continue
            least = min(part.lower + part.reduced.offset for part in parts)
            fact = self.raise_lower(number, least, together([part.evidence for part in parts]))
            if fact is not None:
                yield fact
            refuted = [part.refuted for part in parts if part.refuted is not None]
            if node.refuted is None and len(refuted) == len(parts):
                yield self.refute(number, together(refuted))

    def bound(self) -> tuple[Fraction, Evidence]:
        """No loss of the whole is below this, and why."""
        whole = self.nodes[0]
        return whole.lower + self.offset(0), whole.evidence

    def refutation(self) -> Evidence | None:
        """Why nothing meets the threshold; None where something may."""
        return self.nodes[0].refuted

    def _with_steps(self, number: int, evidence: Evidence) -> Evidence:
        notes = [node.reduced.note for node in self.path(number) if node.reduced.note]
        return replace(evidence, steps=tuple(dict.fromkeys([*notes, *evidence.steps])))
