"""Values that no assignment within the threshold can take, by what single samples demand, are left out.

From the outputs that the threshold allows on a sample (see ``demands``) it follows, layer by layer backwards, which
pre-activations and which hidden outputs there may be, and so which values of a parameter are left: w is possible only
where w a meets what is demanded of z less the bounds of all other terms, on every sample. Every assignment within the
threshold keeps all its values, so everything is preserved. Where a parameter has no value left, or a unit no output, no
assignment is within the threshold.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.reach import NEAR
from dnnt_encode.analysis.scaling import IntegerGrid, ScaledLayer
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.analysis.view import View
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce.bounds import bounds_of
from dnnt_encode.reduce.demands import FAR, Demands, demands
from dnnt_encode.reduce.reduced import EVERYTHING, Chain, Contradiction, Reduced
from dnnt_encode.reduce.restrict import Restricted

MAX_VALUES = 64
"""Parameters with larger sets keep all their values."""

WORK = 10**7
"""Products of a sample and a value past which nothing is looked for."""

ROUNDS = 4
"""Fewer values mean narrower bounds, and so fewer values again."""


class Possible(Chain):
    """Rounds of leaving values out, as one step."""

    preserves = EVERYTHING

    def __init__(self, instance: Instance, rounds: list[Reduced], values: int) -> None:
        super().__init__(instance, rounds)
        before, after = instance.network.free_parameters, self.instance.network.free_parameters
        self.note = (
            f"values that no assignment within the threshold {instance.threshold} takes, by single samples, left out: "
            f"{values}; free parameters {before} into {after}"
        )


def impossible_values(view: View) -> Possible | Contradiction | None:
    """See the top of the file."""
    rounds: list[Reduced] = []
    gone, current = 0, view
    for _ in range(ROUNDS):
        found = _round(current)
        if isinstance(found, Contradiction):
            return found
        if found is None:
            break
        values, reduced = found
        rounds.append(reduced)
        gone, current = gone + values, reduced.view
    return Possible(view.instance, rounds, gone) if rounds else None


def _round(view: View) -> tuple[int, Restricted] | Contradiction | None:
    """One pass from the outputs to the inputs: how many values it leaves out, and the instance without them."""
    instance, network = view.instance, view.instance.network
    if instance.threshold is None or not all(layer.activation.is_piecewise_linear for layer in network.layers):
        return None
    unrolled = bounds_of(view)
    if unrolled is None or not _small(unrolled) or _work(instance) > WORK:
        return None
    wanted = demands(instance, unrolled)
    if isinstance(wanted, Contradiction):
        return wanted
    if wanted is None or not wanted.any:
        return None
    asked = [_nothing(bounds.out_lower.shape) for bounds in unrolled.layers]
    asked[-1] = wanted
    choices, gone = [], 0
    for position in range(len(network.layers) - 1, -1, -1):
        layer = _LeftOpen(unrolled, position, asked[position])
        if (sample := layer.contradicted()) is not None:
            return Contradiction(_text(instance, sample, f"layer {position + 1}"), sample)
        for source, columns in network.source_slices(position):
            if source:
                part = Demands(layer.asked.low[:, columns], layer.asked.high[:, columns])
                known = asked[source - 1]
                asked[source - 1] = Demands(np.maximum(known.low, part.low), np.minimum(known.high, part.high))
        pairs = []
        for grid, possible in ((layer.scaled.weights, layer.weights), (layer.scaled.biases, layer.biases)):
            gone += int((np.minimum(grid.sizes(), MAX_VALUES) - possible.sum(axis=-1)).sum())
            pairs.append(_tables(possible, grid))
        choices.append((pairs[0], pairs[1]))
    if not gone:
        return None
    return gone, Restricted(instance, choices[::-1], "", preserves=EVERYTHING)


class _LeftOpen:
    """What is possible in one layer: ``weights`` [units, fan_in, K] and ``biases`` [units, K] (bool) say which values
    of the sets are left; ``asked`` [n, fan_in] is what the layer asks of its sources."""

    def __init__(self, unrolled: Unrolled, position: int, asked: Demands) -> None:
        self.scaled: ScaledLayer = unrolled.scaled.layers[position]
        bounds = unrolled.layers[position]
        self._low, self._high = unrolled.source_bounds(position)
        out_low, out_high = np.maximum(bounds.out_lower, asked.low), np.minimum(bounds.out_upper, asked.high)
        least, most = _preimage(self.scaled.activation, out_low, out_high)
        self._z_low, self._z_high = np.maximum(bounds.z_lower, least), np.minimum(bounds.z_upper, most)
        self._empty = (out_low > out_high) | (self._z_low > self._z_high)
        self.weights, self.biases = _all(self.scaled.weights), _all(self.scaled.biases)
        self._w, self._b = _padded(self.scaled.weights), _padded(self.scaled.biases)
        self._refused: int | None = None
        self.asked = _nothing(self._low.shape)
        if not self._empty.any():
            # Nothing follows from a demand that is met anyway.
            narrow = (self._z_low > bounds.z_lower) | (self._z_high < bounds.z_upper)
            for unit in np.flatnonzero(narrow.any(axis=0)).tolist():
                self._unit(unit, np.flatnonzero(narrow[:, unit]))

    def contradicted(self) -> int | None:
        """A sample for which nothing is left, or None."""
        if self._empty.any():
            return int(np.flatnonzero(self._empty.any(axis=1))[0])
        return self._refused

    def _unit(self, unit: int, rows: np.ndarray) -> None:
        """Values and sources of one unit by what is demanded on some samples: arrays [rows, fan_in + 1] of the terms of
        its sums, the bias last."""
        grid, biases = self.scaled.weights, self.scaled.biases
        ones = np.ones((len(rows), 1), dtype=np.int64)
        low, high = np.hstack([self._low[rows], ones]), np.hstack([self._high[rows], ones])
        w_low = np.append(grid.lowest()[unit], biases.lowest()[unit])
        w_high = np.append(grid.highest()[unit], biases.highest()[unit])
        corners = (low * w_low, low * w_high, high * w_low, high * w_high)
        least, most = np.minimum.reduce(corners), np.maximum.reduce(corners)
        # What is left of the demand for one term, whatever the others are.
        at_least = self._z_low[rows, unit, None] - (most.sum(axis=1)[:, None] - most)
        at_most = self._z_high[rows, unit, None] - (least.sum(axis=1)[:, None] - least)
        sizes = np.append(grid.sizes()[unit], biases.sizes()[unit])
        large = sizes > MAX_VALUES
        asked_low, asked_high = np.full(low.shape, FAR), np.full(low.shape, -FAR)
        asked_low[:, large], asked_high[:, large] = -FAR, FAR
        for k in range(int(sizes[~large].max(initial=0))):
            has = np.flatnonzero((sizes > k) & ~large)
            v = np.append(self._w[grid.index[unit], min(k, self._w.shape[1] - 1)], 0)
            v[-1] = self._b[biases.index[unit], min(k, self._b.shape[1] - 1)]
            v, a, b = v[has], at_least[:, has], at_most[:, has]
            products = low[:, has] * v, high[:, has] * v
            meets = (np.maximum(*products) >= a) & (np.minimum(*products) <= b)
            possible = meets.all(axis=0)
            for place in np.flatnonzero(~possible).tolist():
                self._leave_out(unit, int(has[place]), k, int(rows[np.argmin(meets[:, place])]))
            left, (first, last) = has[possible], _divided(a, b, v)
            asked_low[:, left] = np.minimum(asked_low[:, left], first[:, possible])
            asked_high[:, left] = np.maximum(asked_high[:, left], last[:, possible])
        self.asked.low[rows] = np.maximum(self.asked.low[rows], asked_low[:, :-1])
        self.asked.high[rows] = np.minimum(self.asked.high[rows], asked_high[:, :-1])

    def _leave_out(self, unit: int, column: int, k: int, sample: int) -> None:
        place = self.biases[unit] if column == self.weights.shape[1] else self.weights[unit, column]
        place[k] = False
        if not place.any():
            self._refused = sample


def _divided(low: np.ndarray, high: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The integers h with low <= v h <= high, column by column; all of them where v is 0."""
    divisor = np.where(v == 0, 1, np.abs(v))
    first, last = np.where(v < 0, -high, low), np.where(v < 0, -low, high)
    return np.where(v == 0, -FAR, -(-first // divisor)), np.where(v == 0, FAR, last // divisor)


def _preimage(act: ScaledActivation, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least z with act(z) >= low and the greatest with act(z) <= high, piece by piece."""
    least, most = np.full(low.shape, FAR), np.full(high.shape, -FAR)
    starts, stops = (-FAR, *act.starts), (*(start - 1 for start in act.starts), FAR)
    for start, stop, slope, intercept in zip(starts, stops, act.slopes, act.intercepts, strict=True):
        if slope:
            first, last = (
                np.maximum(start, -((intercept - low) // slope)),
                np.minimum(stop, (high - intercept) // slope),
            )
        else:
            first, last = np.where(intercept >= low, start, FAR), np.where(intercept <= high, stop, -FAR)
        least = np.minimum(least, np.where(first <= stop, first, FAR))
        most = np.maximum(most, np.where(last >= start, last, -FAR))
    return least, most


def _nothing(shape: tuple[int, ...]) -> Demands:
    return Demands(np.full(shape, -FAR), np.full(shape, FAR))


def _padded(grid: IntegerGrid) -> np.ndarray:
    """The first values of every table [tables, K], filled up with zeros."""
    tables = [table[:MAX_VALUES] for table in grid.tables]
    padded = np.zeros((len(tables), max(map(len, tables))), dtype=np.int64)
    for row, table in zip(padded, tables, strict=True):
        row[: len(table)] = table
    return padded


def _all(grid: IntegerGrid) -> np.ndarray:
    """Every value of every set (bool [..., K])."""
    sizes = np.minimum(grid.sizes(), MAX_VALUES)
    return np.asarray(np.arange(int(sizes.max())) < sizes[..., None])


def _tables(possible: np.ndarray, grid: IntegerGrid) -> tuple[np.ndarray, list[np.ndarray]]:
    """For every parameter the number of the table of positions that it keeps, -1 for all; and the tables."""
    changed = possible.sum(axis=-1) < np.minimum(grid.sizes(), MAX_VALUES)
    chosen = np.full(grid.index.shape, -1, dtype=np.int64)
    if not changed.any():
        return chosen, []
    rows, place = np.unique(possible[changed], axis=0, return_inverse=True)
    chosen[changed] = place.reshape(-1)
    return chosen, [np.flatnonzero(row) for row in rows]


def _small(unrolled: Unrolled) -> bool:
    """Whether all numbers are far below ``FAR``."""
    for bounds, layer in zip(unrolled.layers, unrolled.scaled.layers, strict=True):
        act = layer.activation
        if max(bounds.magnitude, act.bound(bounds.magnitude), *map(abs, act.starts), 0) >= NEAR:
            return False
    return True


def _work(instance: Instance) -> int:
    """Products of a sample and a value."""
    grids = (grid for layer in instance.network.layers for grid in (layer.weights, layer.biases))
    return instance.dataset.samples * sum(int(np.minimum(grid.sizes(), MAX_VALUES).sum()) for grid in grids)


def _text(instance: Instance, sample: int, place: str) -> str:
    return f"no assignment is within the threshold {instance.threshold}: sample {sample} leaves nothing in {place}"
