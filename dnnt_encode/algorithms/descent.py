"""Descent by single parameters: good weights of a network with one hidden layer, or none, within a second.

A step takes one unit, computes the loss of all changes of one of its parameters at once (they change one column of
pre-activations), and makes the best that is not tabu, unless it worsens things; now and then any is made. After a while
without a better answer some parameters are redrawn. Where the loss only counts, the sum of the penalties ranks what it
leaves equal. A heuristic: it proves nothing. All arithmetic is on the scaled integers of ``analysis.unroll``.

The work is bounded in array elements, not in seconds, so that the same seed gives the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.analysis.scaling import IntegerGrid
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import max_abs

WORK = 15 * 10**6
"""Array elements that a descent may compute."""

_STEP_OVERHEAD = 6000
_MOVE_ELEMENTS = 10**6
_PATIENCE = 250
_SAFE = 2**60


def descend(
    given: Instance | View, seed: int = 0, work: int = WORK, stop: Callable[[], bool] = lambda: False
) -> Iterator[Assignment]:
    """Ever better assignments. Yields nothing for networks of another shape, or whose numbers pass int64."""
    view = View.of(given)
    instance, network = view.instance, view.instance.network
    if len(network.layers) > 2 or any(layer.sources != (k,) for k, layer in enumerate(network.layers)):
        return
    samples, unrolled = view.samples, view.unrolled
    parts = [samples.x.numerators, *(part for b in unrolled.layers for part in (b.z_lower, b.out_lower))]
    if any(part.dtype == object for part in parts) or max(b.magnitude for b in unrolled.layers) >= _SAFE:
        return
    outer = max(max_abs(unrolled.layers[-1].out_lower), max_abs(unrolled.layers[-1].out_upper))
    scale = unrolled.scaled.output_scale
    try:
        loss = IntegerLoss(instance.loss, samples, scale, network.outputs, outer, ranks=True)
    except ModelTooLarge:
        return
    floor = math.ceil(samples.lower_bound / loss.unit)
    yield from _ParameterDescent(unrolled, loss, floor, np.random.default_rng(seed)).run(work, stop)


class _UnitChoices:
    """One unit: for each parameter (its weights, then its bias) the allowed integers."""

    def __init__(self, weights: IntegerGrid, biases: IntegerGrid, unit: int) -> None:
        self.tables = [weights.tables[int(k)] for k in weights.index[unit]] + [biases.tables[int(biases.index[unit])]]
        sizes = [len(table) for table in self.tables]
        self.move_parameter = np.repeat(np.arange(len(sizes)), sizes)
        self.move_position = np.concatenate([np.arange(size) for size in sizes])
        self.move_value = np.concatenate(self.tables).astype(np.int64)
        self.free = max(sizes) > 1

    def values(self, positions: np.ndarray) -> np.ndarray:
        return np.array([table[k] for table, k in zip(self.tables, positions.tolist(), strict=True)], dtype=np.int64)


class _ParameterDescent:
    """``loss`` of the outputs on the distinct inputs; none is below ``floor``."""

    def __init__(self, unrolled: Unrolled, loss: IntegerLoss, floor: int, rng: np.random.Generator) -> None:
        self._unrolled, self._loss, self._floor, self._rng = unrolled, loss, floor, rng
        self._layers = [
            [_UnitChoices(layer.weights, layer.biases, unit) for unit in range(len(layer.biases.index))]
            for layer in unrolled.scaled.layers
        ]
        self._x = np.column_stack([unrolled.x, np.ones(len(unrolled.x), dtype=np.int64)])
        self._units = [(i, u) for i, layer in enumerate(self._layers) for u, unit in enumerate(layer) if unit.free]
        self._positions = [[self._redraw(unit, None) for unit in layer] for layer in self._layers]

    def run(self, work: int, stop: Callable[[], bool]) -> Iterator[Assignment]:
        best: tuple[int, int] | None = None
        best_positions = self._copy()
        self._tabu: dict[tuple[int, int], np.ndarray] = {}
        stalled, step = 0, 0
        current = self._restart()
        while work > 0 and not stop():
            if best is None or current < best:
                if best is None or current[0] < best[0]:
                    yield self._assignment()
                best, best_positions, stalled = current, self._copy(), 0
                if best[0] <= self._floor or not self._units:
                    return
            if stalled > _PATIENCE:
                share = None if self._rng.random() < 0.5 else 0.1
                self._positions = [
                    [self._redraw(unit, share, old) for unit, old in zip(layer, held, strict=True)]
                    for layer, held in zip(self._layers, best_positions, strict=True)
                ]
                current, stalled = self._restart(), 0
            spent, current = self._step(step, current, best)
            work -= spent + _STEP_OVERHEAD
            step, stalled = step + 1, stalled + 1

    def _step(self, step: int, current: tuple[int, int], best: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        """Make the best change of one unit; returns the elements computed and the new (loss, rank)."""
        layer, index = self._units[int(self._rng.integers(len(self._units)))]
        unit, positions = self._layers[layer][index], self._positions[layer][index]
        held = unit.move_position == positions[unit.move_parameter]
        moves = np.flatnonzero(~held)
        room = max(1, _MOVE_ELEMENTS // (len(self._x) * self._f.shape[1]))
        if len(moves) > room:
            moves = self._rng.choice(moves, room, replace=False)
        parameter = unit.move_parameter[moves]
        change = unit.move_value[moves] - unit.values(positions)[parameter]
        source = self._signals[layer]
        z = self._z[layer][:, index, None] + source[:, parameter] * change
        act = self._unrolled.scaled.layers[layer].activation
        moved = act.apply(z)
        if layer + 1 < len(self._layers):
            reads = self._weights_of(layer + 1)[:, index]
            sums = (
                self._z[layer + 1][:, None, :] + (moved - self._signals[layer + 1][:, index, None])[:, :, None] * reads
            )
            f = self._unrolled.scaled.layers[layer + 1].activation.apply(sums)
        else:
            f = np.repeat(self._f[:, None, :], len(moves), axis=1)
            f[:, :, index] = moved
        losses, ranks = self._loss.ranked(np.moveaxis(f, 1, 0))
        until = self._tabu.setdefault((layer, index), np.zeros(len(unit.tables), dtype=np.int64))
        allowed = (until[parameter] <= step) | (losses < best[0])
        order = np.lexsort((self._rng.random(len(moves)), ranks, losses, ~allowed))
        chosen = int(order[0])
        found = int(losses[chosen]), int(ranks[chosen])
        if allowed[chosen] and (found <= current or self._rng.random() < 0.05):
            positions[parameter[chosen]] = unit.move_position[moves[chosen]]
            until[parameter[chosen]] = step + int(self._rng.integers(4, 16))
            self._refresh()
            return int(f.size), found
        return int(f.size), current

    def _restart(self) -> tuple[int, int]:
        self._tabu.clear()
        self._refresh()
        losses, ranks = self._loss.ranked(self._f[None])
        return int(losses[0]), int(ranks[0])

    def _refresh(self) -> None:
        """Pre-activations and signals (with a column of ones for the bias) of the present values."""
        self._signals, self._z = [self._x], []
        for layer in range(len(self._layers)):
            self._z.append(self._signals[-1] @ self._weights_of(layer).T)
            out = self._unrolled.scaled.layers[layer].activation.apply(self._z[-1])
            self._signals.append(np.column_stack([out, np.ones(len(out), dtype=np.int64)]))
        self._f = self._signals[-1][:, :-1]

    def _weights_of(self, layer: int) -> np.ndarray:
        """The present integers of a layer, biases last: [units, fan_in + 1]."""
        pairs = zip(self._layers[layer], self._positions[layer], strict=True)
        return np.stack([unit.values(positions) for unit, positions in pairs])

    def _redraw(self, unit: _UnitChoices, share: float | None, old: np.ndarray | None = None) -> np.ndarray:
        """New random positions: of all parameters, or of a share of them."""
        fresh = np.array([self._rng.integers(len(table)) for table in unit.tables], dtype=np.int64)
        if share is None or old is None:
            return fresh
        return np.where(self._rng.random(len(fresh)) < share, fresh, old)

    def _copy(self) -> list[list[np.ndarray]]:
        return [[positions.copy() for positions in layer] for layer in self._positions]

    def _assignment(self) -> Assignment:
        tables = [np.stack(held) for held in self._positions]
        return Assignment(tuple((table[:, :-1], table[:, -1]) for table in tables))
