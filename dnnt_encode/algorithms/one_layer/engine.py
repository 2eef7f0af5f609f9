"""The search of a whole instance: one unit after the other, good answers first.

No objective of the instance is below the sum of the bounds of its units. While one unit is searched, the bounds of the
others and the best sum so far say below what it would have to come to be of use.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.one_layer.climb import climb
from dnnt_encode.algorithms.one_layer.regularisation import NONE, Regularisation
from dnnt_encode.algorithms.one_layer.search import UnitSearch
from dnnt_encode.algorithms.one_layer.unit import one_layer
from dnnt_encode.analysis.view import View
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance

_NO_CUTOFF = 2**62


@dataclass(frozen=True, eq=False)
class Found:
    """An assignment and its objective: the loss and what the weights cost."""

    objective: Fraction
    assignment: Assignment


class OneLayerSearch:
    """Searches an instance without hidden layers for the least objective. ``best``: the best answer; ``bound``: no
    objective is below the lesser of this and what ``only_below`` was told. Raises ModelTooLarge where it does not
    apply."""

    def __init__(self, given: Instance | View, regularisation: Regularisation = NONE) -> None:
        self._view = View.of(given)
        self._problem = one_layer(self._view, regularisation)
        self._searches = [UnitSearch(unit, _NO_CUTOFF) for unit in self._problem.units]
        self._cutoff = _NO_CUTOFF
        self.best: Found | None = None

    @property
    def nodes(self) -> int:
        """How many nodes were bounded."""
        return sum(search.nodes for search in self._searches)

    @property
    def bound(self) -> Fraction:
        """What is proved so far; above every objective where the limits allow no weights."""
        return self._problem.scale * min(self._cutoff, sum(search.bound for search in self._searches))

    def only_below(self, objective: Fraction) -> None:
        """Look for smaller objectives only."""
        self._cutoff = min(self._cutoff, math.ceil(objective / self._problem.scale))

    def at_most(self, objective: Fraction) -> None:
        """Look for objectives up to this only."""
        self._cutoff = min(self._cutoff, math.floor(objective / self._problem.scale) + 1)

    def run(self, seed: int = 0, start: Assignment | None = None) -> Generator[None, None, None]:
        """Search to the end, yielding many times a second and after every better answer; ``start`` is where local
        search begins."""
        for k, (unit, search) in enumerate(zip(self._problem.units, self._searches, strict=True)):
            for answer in climb(unit, seed, None if start is None else start.layers[0][0][k]):
                search.offer(answer)
                self._improve()
                yield
                if search.cutoff <= search.bound:
                    break
        for search in self._searches:
            for _ in self._steps(search):
                self._improve()
                yield
            if search.best is None or search.cutoff < search.best.objective:
                # All that is left costs at least the cutoff.
                search.bound = _NO_CUTOFF
                return

    def _steps(self, search: UnitSearch) -> Generator[None, None, None]:
        others = sum(other.bound for other in self._searches if other is not search)
        search.cutoff = min(search.cutoff, self._cutoff - others)
        for _ in search.run():
            yield
            search.cutoff = min(search.cutoff, self._cutoff - others)

    def _improve(self) -> None:
        """Put the best answers of all units together, where that is of use."""
        answers = [search.best for search in self._searches]
        if any(answer is None for answer in answers):
            return
        known = [answer for answer in answers if answer is not None]
        total = sum(answer.objective for answer in known)
        if total < self._cutoff:
            self._cutoff = total
            layer = np.stack([answer.weights for answer in known]), np.array([answer.bias for answer in known])
            self.best = Found(total * self._problem.scale, Assignment((layer,)))
