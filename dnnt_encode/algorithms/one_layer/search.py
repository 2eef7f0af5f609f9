"""Branch and bound over the weights of one output unit, many nodes at once.

Where only so many inputs may be used, or no good answer can afford all, supports come first (see ``supports``): those
of few inputs before those of many, those of the least bound before the others; then the weights of a support, none of
them 0. Otherwise, and where there are too many supports of a size, there is one subspace, that of all inputs, with 0
among their weights.

Within a subspace a node has chosen the weights of some inputs. A batch of nodes is expanded by all weights of the next
input, the bounds of the children are computed together, and those that may still be better than the best answer go on
a stack, best first. The next input of a depth is chosen once, by trying all of them on a few nodes: the one that leaves
the fewest nodes open, then the one with the greatest bounds.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.one_layer.nodes import Subspace
from dnnt_encode.algorithms.one_layer.supports import MAX_SUPPORTS, Supports
from dnnt_encode.algorithms.one_layer.unit import Unit

_ELEMENTS = 2**15
"""Array elements of a batch: what stays in a processor's cache."""

_TRIED = 4
"""On so many nodes inputs are tried for a depth."""


@dataclass(frozen=True, eq=False)
class UnitFit:
    """Positions [d] of the weights and of the bias in their tables, and the objective."""

    objective: int
    weights: np.ndarray
    bias: int


class UnitSearch:
    """The search for one unit. ``cutoff``: only smaller objectives are looked for; anybody may lower it meanwhile.
    ``best``: the best answer; ``bound``: no objective is below the lesser of this and the cutoff; ``nodes``: so many
    were bounded."""

    def __init__(self, unit: Unit, cutoff: int) -> None:
        self._unit, self._supports = unit, Supports(unit)
        self.cutoff = cutoff
        self.best: UnitFit | None = None
        self.bound = unit.loss_price * unit.floor + self._supports.price(0)
        self.nodes = 0

    def offer(self, answer: UnitFit) -> None:
        """An answer, wherever it comes from."""
        if answer.objective < self.cutoff:
            self.best, self.cutoff = answer, answer.objective

    def run(self) -> Generator[None, None, None]:
        """Search to the end, yielding many times a second. Afterwards no objective is below the cutoff."""
        if not self._supports.possible:
            pass
        elif self._by_supports():
            yield from self._all_supports()
        else:
            yield from self._everything()
        self.bound = max(self.bound, self.cutoff)

    def _by_supports(self) -> bool:
        """Whether not all inputs can be used: for their number or for their price."""
        supports, unit = self._supports, self._unit
        dear = unit.loss_price * unit.floor + supports.price(supports.largest) >= self.cutoff
        return supports.limited or dear

    def _everything(self) -> Generator[None, None, None]:
        yield from self._within(self._unit.free, self.cutoff, zeros=True)

    def _all_supports(self) -> Generator[None, None, None]:
        supports = self._supports
        least = self._unit.loss_price * self._unit.floor
        for size in range(supports.largest + 1):
            if least + supports.price(size) >= self.cutoff:
                return
            if not supports.limited and supports.count(size) > MAX_SUPPORTS:
                yield from self._everything()
                return
            later = least + supports.price(size + 1) if size < supports.largest else self.cutoff
            for block in supports.of_size(size, self.cutoff):
                if block is None:
                    yield
                    continue
                beyond = later if block.later is None else min(later, block.later)
                for support, bound in zip(block.supports.tolist(), block.bounds.tolist(), strict=True):
                    if bound >= self.cutoff:
                        break
                    yield from self._within([*supports.always, *support], min(beyond, bound), zeros=False)

    def _within(self, features: list[int], elsewhere: int, zeros: bool) -> Generator[None, None, None]:
        """The weights of some inputs, the others being 0 or fixed. ``elsewhere``: no objective that is still to come
        after this is below it."""
        supports = self._supports
        subspace = Subspace(self._unit, features, supports.base, supports.base_price, zeros)
        stack = [subspace.root()]
        self.nodes += 1
        while stack:
            nodes = stack.pop().sorted_below(self.cutoff)
            if not len(nodes):
                continue
            if nodes.depth == subspace.depth:
                self.offer(UnitFit(int(nodes.bound[0]), subspace.weights(nodes.chosen[0]), int(nodes.bias[0])))
                yield
                continue
            if nodes.depth == len(subspace.order):
                self.nodes += subspace.extend(nodes, self.cutoff, _TRIED)
            room = subspace.room(nodes.depth, _ELEMENTS)
            if len(nodes) > room:
                stack.append(nodes.take(slice(room, None)))
            children = subspace.children(nodes.take(slice(room)))
            self.nodes += len(children)
            stack.append(children)
            least = min(int(nodes.bound.min(initial=self.cutoff)) for nodes in stack)
            self.bound = max(self.bound, min(elsewhere, least, self.cutoff))
            yield
