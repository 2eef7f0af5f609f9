"""The lightest weights of one output unit that fit every sample: a later stage of a network without hidden layers.

Every weight begins at its cheapest value; a move sets one input to another. Where the loss has to be 0 each distinct
input allows an interval of pre-activations, so a node that leaves one of them needs a move that brings its sum nearer:
these moves, of the input with the fewest, are the children of the node, each without those before it. What the rest of
the budget can move a sum by closes nodes. Budgets rise from nothing: the first that finds a fit finds a lightest one.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.one_layer.engine import Fit
from dnnt_encode.algorithms.one_layer.thresholds import fitting
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import ParameterSet
from dnnt_encode.instance.rationals import INT64_SAFE
from dnnt_encode.instance.stage import PARAMETERS, Objective

_ELEMENTS = 2**20
"""Array elements of a batch."""

_MOST_ELEMENTS = 2**25
"""Products of a move and a distinct input, from which on another way is taken."""


def takes_stage(instance: Instance) -> bool:
    """Whether the stage of an instance is a question for this search."""
    stage, network = instance.stage, instance.network
    return (
        stage is not None
        and len(network.layers) == 1
        and network.outputs == 1
        and not network.continuous
        and instance.threshold == 0
        and not stage.limits
        and not instance.constraints
        and stage.objective.name in PARAMETERS
    )


@dataclass(frozen=True, eq=False)
class _Moved:
    """``sums`` [N, n]: pre-activations; ``spent`` [N]: of the budget; ``open`` [N, M]: the moves that are left;
    ``chosen`` [N, d] and ``bias`` [N]: positions in the tables."""

    sums: np.ndarray
    spent: np.ndarray
    open: np.ndarray
    chosen: np.ndarray
    bias: np.ndarray

    def __len__(self) -> int:
        return len(self.spent)

    def take(self, which: slice | np.ndarray) -> _Moved:
        return _Moved(self.sums[which], self.spent[which], self.open[which], self.chosen[which], self.bias[which])


class LightestFit:
    """Searches an instance that ``takes_stage`` takes. ``best``: the best answer; ``bound``: no cost is below it;
    ``nodes``: so many were looked at. Raises ModelTooLarge."""

    def __init__(self, view: View) -> None:
        layer, unrolled, stage = view.instance.network.layers[0], view.unrolled, view.instance.stage
        assert stage is not None
        scaled = unrolled.scaled.layers[0]
        tables = [scaled.weights.tables[k].astype(np.int64) for k in scaled.weights.index[0].tolist()]
        prices, self._scale = _prices(stage.objective, [*layer.weights, layer.biases[0]])
        self._resting = np.array([int(price.argmin()) for price in prices[:-1]], dtype=np.int64)
        self._base = sum(int(price.min()) for price in prices)
        moves = [(k, p) for k, table in enumerate(tables) for p in range(len(table)) if p != self._resting[k]]
        self._input, self._position = np.array(moves, dtype=np.int64).reshape(-1, 2).T
        if len(moves) * len(unrolled.x) > _MOST_ELEMENTS:
            raise ModelTooLarge(f"{len(moves)} moves on {len(unrolled.x)} inputs are too many for this search")
        rest = self._resting
        deltas = [tables[k][p] - tables[k][rest[k]] for k, p in moves]
        self._extra = np.array([prices[k][p] - prices[k][rest[k]] for k, p in moves], dtype=np.int64)
        self._effect = np.array(deltas, dtype=np.int64)[:, None] * unrolled.x.T.astype(np.int64)[self._input]
        base = unrolled.x.astype(np.int64) @ np.array([t[p] for t, p in zip(tables, rest.tolist(), strict=True)])
        biases = scaled.biases.tables[scaled.biases.index[0]].astype(np.int64)
        self._bias_extra = prices[-1] - prices[-1].min()
        self._roots = base + biases[:, None]
        self._most = sum(int(price.max()) for price in prices) - self._base
        self._step = math.gcd(*self._extra.tolist(), *self._bias_extra.tolist()) or 1
        self._low, self._high = fitting(view.instance.loss, view.samples, unrolled)
        self._gains = [self._gain(self._effect), self._gain(-self._effect)]
        self._helps = [(self._effect > 0).astype(np.float32), (self._effect < 0).astype(np.float32)]
        self._cutoff: int | None = None
        self._cost = self._base
        self.best: Fit | None = None
        self.nodes = 0

    def _gain(self, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By how much moves can raise each sum: for nothing, and for every unit of the budget, at most."""
        helping, free = np.maximum(effect, 0), self._extra == 0
        for_nothing = (helping * free[:, None]).sum(axis=0)
        dear = np.maximum(self._extra, 1)[:, None]
        rate = np.max(-(-helping // dear) * ~free[:, None], axis=0, initial=0)
        if max(rate.max(initial=0) * float(self._most), float(for_nothing.max(initial=0))) >= INT64_SAFE:
            raise ModelTooLarge("a budget times what it moves passes 62 bits; this search carries no more")
        return for_nothing, rate

    @property
    def bound(self) -> Fraction:
        """No cost is below this, nor below what was to be bettered."""
        return self._cost * self._scale

    def only_below(self, cost: Fraction) -> None:
        """Look for smaller costs only."""
        limit = math.ceil(cost / self._scale)
        self._cutoff = limit if self._cutoff is None else min(self._cutoff, limit)

    def run(self, seed: int = 0, start: Assignment | None = None) -> Generator[None, None, None]:
        """Search to the end, yielding many times a second; nothing here depends on chance or on where it starts."""
        for budget in range(0, self._most + 1, self._step):
            self._cost = self._base + budget
            if self._cutoff is not None and self._cost >= self._cutoff:
                return
            for _ in self._within(budget):
                yield
                if self.best is not None:
                    return
        self._cost = self._base + self._most + 1

    def _within(self, budget: int) -> Generator[None, None, None]:
        """Look at everything that costs so much at most, until something fits."""
        count, rest = len(self._bias_extra), self._resting
        roots = _Moved(
            self._roots,
            self._bias_extra,
            np.ones((count, len(self._extra)), dtype=bool),
            np.repeat(rest[None, :], count, axis=0),
            np.arange(count),
        )
        stack = [roots.take(self._promising(roots.sums, roots.spent, budget))]
        room = max(1, _ELEMENTS // max(1, len(self._extra) * len(self._low)))
        while stack and self.best is None:
            nodes = stack.pop()
            if len(nodes) > room:
                stack.append(nodes.take(slice(room, None)))
                nodes = nodes.take(slice(room))
            self.nodes += len(nodes)
            fits = np.flatnonzero(((nodes.sums >= self._low) & (nodes.sums <= self._high)).all(axis=1))
            if len(fits):
                first = int(fits[nodes.spent[fits].argmin()])
                weights = ((nodes.chosen[first][None, :], nodes.bias[first : first + 1]),)
                self.best = Fit((self._base + int(nodes.spent[first])) * self._scale, Assignment(weights))
            elif len(nodes):
                children = self._children(nodes, budget)
                if len(children):
                    stack.append(children)
            yield

    def _promising(self, sums: np.ndarray, spent: np.ndarray, budget: int) -> np.ndarray:
        """Which nodes may lead to a fit, as far as each sum alone can tell (positions)."""
        left = (budget - spent)[:, None]
        (up, up_rate), (down, down_rate) = self._gains
        near = (sums + up + left * up_rate >= self._low) & (sums - down - left * down_rate <= self._high)
        return np.flatnonzero(near.all(axis=1) & (left[:, 0] >= 0))

    def _children(self, nodes: _Moved, budget: int) -> _Moved:
        """All moves that bring the sum nearer that has the fewest of them."""
        affordable = nodes.open & (self._extra <= (budget - nodes.spent)[:, None])
        ways = affordable.astype(np.float32)
        few = np.where(nodes.sums < self._low, ways @ self._helps[0], np.inf)
        few = np.where(nodes.sums > self._high, ways @ self._helps[1], few)
        at = few.argmin(axis=1)
        raised = np.take_along_axis(nodes.sums, at[:, None], axis=1)[:, 0] < self._low[at]
        moved = self._effect.T[at]
        helping = affordable & np.where(raised[:, None], moved > 0, moved < 0)
        parent, move = np.nonzero(helping)
        sums, spent = nodes.sums[parent] + self._effect[move], nodes.spent[parent] + self._extra[move]
        kept = self._promising(sums, spent, budget)
        parent, move = parent[kept], move[kept]
        earlier = helping[parent] & (np.arange(len(self._extra)) < move[:, None])
        left = nodes.open[parent] & ~earlier & (self._input != self._input[move][:, None])
        chosen = nodes.chosen[parent]
        chosen[np.arange(len(move)), self._input[move]] = self._position[move]
        return _Moved(sums[kept], spent[kept], left, chosen, nodes.bias[parent])


def _prices(objective: Objective, sets: list[ParameterSet]) -> tuple[list[np.ndarray], Fraction]:
    """What each value of the sets costs, the bias's last, in integers (int64), and what one of them is worth. Raises
    ModelTooLarge."""
    costs = [[abs(value) if objective.name == "weight" else Fraction(value != 0) for value in each] for each in sets]
    if not objective.biases:
        costs[-1] = [Fraction(0)] * len(costs[-1])
    scale = Fraction(1, math.lcm(*(cost.denominator for each in costs for cost in each)))
    if sum(max(each) for each in costs) / scale >= INT64_SAFE:
        raise ModelTooLarge("costs pass 62 bits; this search carries no more")
    return [np.array([int(cost / scale) for cost in each], dtype=np.int64) for each in costs], scale
