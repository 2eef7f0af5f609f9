"""The search of a whole instance: good answers first, then one output after the other.

Outputs whose losses add up are apart (see ``reduce.outputs``): no loss of the instance is below the sum of the bounds
of its parts. While one part is searched, the bounds of the others and the best sum so far say below what it would have
to come to be of use.
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
from dnnt_encode.algorithms.one_layer.unit import Unit, unit_of
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce.outputs import separate_outputs

_NO_CUTOFF = 2**62


def takes(instance: Instance) -> str | None:
    """Why the search does not apply to an instance; None where it does."""
    network, loss = instance.network, instance.loss
    if len(network.layers) > 1:
        return f"found {len(network.layers)} layers; the one-layer search takes networks without hidden layers only"
    if network.outputs > 1 and not (loss.targets == "vector" and loss.reduction == "sum"):
        return (
            f"found {network.outputs} outputs that the loss {loss.name} couples; the one-layer search takes sums over "
            "outputs only"
        )
    return None


@dataclass(frozen=True, eq=False)
class Fit:
    """An assignment and its objective: the loss and what the weights cost."""

    objective: Fraction
    assignment: Assignment


class OneLayerSearch:
    """Searches an instance without hidden layers for the least objective. ``best``: the best answer. Raises
    ModelTooLarge where the search does not apply or numbers pass int64, ValueError for limits on several outputs."""

    def __init__(self, given: Instance | View, regularisation: Regularisation = NONE) -> None:
        view = View.of(given)
        refusal = takes(view.instance)
        if refusal is not None:
            raise ModelTooLarge(refusal)
        self._apart = separate_outputs(view.instance)
        views = [view]
        if self._apart is not None:
            views = [View(part, merges=view.merges) for part in self._apart.parts]
            if regularisation.limits:
                raise ValueError("limits on inputs are for one output")
        units = [unit_of(each, regularisation) for each in views]
        self._parts = [(UnitSearch(unit, _NO_CUTOFF), unit) for unit in units]
        # Every objective is so many times this.
        self._grid = Fraction(1, math.lcm(*(unit.scale.denominator for unit in units)))
        self._cutoff: Fraction | None = None
        self.best: Fit | None = None

    @property
    def nodes(self) -> int:
        """How many nodes were bounded."""
        return sum(search.nodes for search, _ in self._parts)

    @property
    def bound(self) -> Fraction:
        """No objective is below this; above all of them where the limits allow no weights."""
        return sum((search.bound * unit.scale for search, unit in self._parts), Fraction(0))

    def only_below(self, objective: Fraction) -> None:
        """Look for smaller objectives only."""
        self._cutoff = objective if self._cutoff is None else min(self._cutoff, objective)

    def at_most(self, objective: Fraction) -> None:
        """Look for objectives up to this only."""
        self.only_below((objective // self._grid + 1) * self._grid)

    def run(self, seed: int = 0, start: Assignment | None = None) -> Generator[None, None, None]:
        """Search to the end, yielding many times a second and after every better answer; ``start`` is where local
        search begins."""
        starts = self._starts(start)
        for (search, unit), begin in zip(self._parts, starts, strict=True):
            for answer in climb(unit, seed, begin):
                search.offer(answer)
                self._improve()
                yield
                if search.cutoff <= search.bound:
                    break
        for search, unit in self._parts:
            self._narrow(search, unit)
            for _ in search.run():
                self._improve()
                yield
                self._narrow(search, unit)
            if search.best is None or search.cutoff < search.best.objective:
                # With what the other parts cost at least, the whole comes to what it was to be below.
                return

    def _starts(self, start: Assignment | None) -> list[np.ndarray | None]:
        """The positions of the weights in which the search of each part begins."""
        if start is None:
            return [None] * len(self._parts)
        parts = (start,) if self._apart is None else self._apart.lower(start)
        return [part.layers[0][0][0] for part in parts]

    def _narrow(self, search: UnitSearch, unit: Unit) -> None:
        """Tell a part below what it has to come."""
        if self._cutoff is not None:
            others = self.bound - search.bound * unit.scale
            search.cutoff = min(search.cutoff, math.ceil((self._cutoff - others) / unit.scale))

    def _improve(self) -> None:
        """Put the best answers of all parts together, where that is of use."""
        answers = [search.best for search, _ in self._parts if search.best is not None]
        if len(answers) < len(self._parts):
            return
        pairs = zip(answers, self._parts, strict=True)
        total = sum((answer.objective * unit.scale for answer, (_, unit) in pairs), Fraction(0))
        if self._cutoff is None or total < self._cutoff:
            self._cutoff = total
            inner = [Assignment(((answer.weights[None, :], np.array([answer.bias])),)) for answer in answers]
            self.best = Fit(total, inner[0] if self._apart is None else self._apart.join(inner))
