"""All changes of two parameters of a unit at once, for columns of few values: see ``neighbourhood``.

With dense inputs a change of one parameter moves z in every sample, and few are ever accepted. Of two changes that
nearly cancel only the samples are moved in which the two columns differ: steps that a walk of single changes does not
take.

Both parameters change by the smallest delta there is, up or down. With indicators b of the values of the first column
and c of those of the second (``few_values``), the energy of a sample is bilinear in b and c; the coefficient of b c is
the energy where both are, less those where one is, plus that where none is. So the costs of all pairs are products of
the indicators of two groups, weighted sample by sample. The four kinds of pairs (up or down) share the weights up to
their sign where columns are -1 and 1. A bias is a column of ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.training.above import Above
from dnnt_encode.training.effort import CALL, ELEMENT, PRODUCT
from dnnt_encode.training.few_values import ValueGroup
from dnnt_encode.training.neighbourhood import Columns, Neighbourhood, Shifts
from dnnt_encode.training.state import State

PRODUCTS = 4 * 10**7
"""Pairs are evaluated for so many columns that no more products are needed than this."""


@dataclass(frozen=True, eq=False)
class _Block:
    """Pairs of a column of group ``first`` that changes by one delta with one of ``second`` that changes by another
    (``delta``: their places). Their costs are the product number ``product`` (None: none) times ``sign``, plus the
    linear terms number ``linear`` of the two groups, plus ``level`` [S] times the sums of g."""

    first: int
    second: int
    delta: tuple[int, int]
    product: int | None
    sign: float
    linear: tuple[int, int]
    level: np.ndarray


class Pairs:
    """The pairs of changes in the units of one layer; ``blocks`` is empty where there are none.

    Product number p, of the groups ``products[p]``, has the weights ``weights[p]`` [values - 1, values - 1, S] @ g; the
    linear terms of group k are indicators @ (``slopes[k]`` [values - 1, terms, S] @ g).T, summed over the values."""

    def __init__(self, around: Neighbourhood) -> None:
        self.around = around
        self.groups = [group for group in around.groups if len(group.values) > 1]
        self.blocks: list[_Block] = []
        self.products: list[tuple[int, int]] = []
        self.weights: list[np.ndarray] = []
        deltas = around.deltas
        if not len(deltas) or not self.groups:
            return
        self.groups.append(Columns(ValueGroup(slice(0, 1), (1.0,), slice(0, 0)), -1, around.bias))
        small = int(np.abs(deltas).argmin())
        signed = sorted((small, len(deltas) - 1 - small))
        ends = {v * float(deltas[place]) for group in self.groups for v in group.values for place in signed}
        self.shifts = Shifts({a + b for a in ends for b in ends})
        self._known: dict[tuple[int, int, bytes], int] = {}
        slopes: list[list[np.ndarray]] = [[] for _ in self.groups]
        last = len(self.groups) - 1
        for i in range(len(self.groups)):
            for j in range(i, len(self.groups)):
                for d in signed:
                    for e in signed:
                        if i != j or (e >= d and i != last):
                            self._add(i, j, (d, e), slopes)
        self.slopes = [np.stack(part, axis=1).astype(around.dtype) for part in slopes]
        widest = max(len(group.values) for group in self.groups) - 1
        self.width = max(1, widest) * len(self.products)

    def _add(self, i: int, j: int, delta: tuple[int, int], slopes: list[list[np.ndarray]]) -> None:
        first, second = self.groups[i], self.groups[j]
        d, e = (float(self.around.deltas[place]) for place in delta)
        g = np.array([[self.shifts.pick(d * x + e * y) for y in second.values] for x in first.values])
        alone, beside = g[1:, 0] - g[0, 0], g[0, 1:] - g[0, 0]
        both = g[1:, 1:] - g[1:, :1] - g[:1, 1:] + g[0, 0]
        # Indicators are p X + q and r Y + s: collect the terms of X Y, X, Y and 1.
        (p, q), (r, s) = (first.factor, first.constant), (second.factor, second.constant)
        product, sign = self._product(i, j, p * r * both)
        places = len(slopes[i]), len(slopes[j]) + (i == j)
        slopes[i].append(p * (alone + s * both.sum(axis=1)))
        slopes[j].append(r * (beside + q * both.sum(axis=0)))
        level = g[0, 0] + q * alone.sum(axis=0) + s * beside.sum(axis=0) + q * s * both.sum(axis=(0, 1))
        self.blocks.append(_Block(i, j, delta, product, sign, places, level.astype(self.around.dtype)))

    def _product(self, i: int, j: int, weights: np.ndarray) -> tuple[int | None, float]:
        """Which weighted product of the groups' indicators this is, and its sign; None where the weights are 0."""
        if not weights.any():
            return None, 0.0
        for sign in (1.0, -1.0):
            found = self._known.get((i, j, (sign * weights + 0.0).tobytes()))
            if found is not None:
                return found, sign
        self._known[i, j, (weights + 0.0).tobytes()] = len(self.products)
        self.products.append((i, j))
        self.weights.append(weights.astype(self.around.dtype))
        return len(self.products) - 1, 1.0


class PairLook:
    """Like ``neighbourhood.Look``, for all pairs of changes, or for those of some columns where they are many."""

    def __init__(
        self, pairs: Pairs, state: State, above: Above, z: np.ndarray, keys: np.ndarray, rng: np.random.Generator
    ) -> None:
        self._pairs, self._keys = pairs, keys
        around = pairs.around
        table = pairs.shifts.rows(z, 0, state)
        self.effort = above.effort(len(table))
        e = above.energies(table)
        self.energies, g = e[0], e[1:]
        g -= self.energies
        sums = g.sum(axis=1)
        self._choose(len(z), rng)
        x = [self._indicators(state, group, places) for group, places in zip(pairs.groups, self._places, strict=True)]
        linear = [self._linear(part, slopes, g) for part, slopes in zip(x, pairs.slopes, strict=True)]
        products = [
            self._product(x[i], x[j], weights @ g)
            for (i, j), weights in zip(pairs.products, pairs.weights, strict=True)
        ]
        parts = []
        for block in pairs.blocks:
            i, j = block.first, block.second
            refused = [
                around.refused[keys[self._places[k]], place] for k, place in zip((i, j), block.delta, strict=True)
            ]
            costs = np.add.outer(
                linear[i][:, block.linear[0]] + refused[0] + block.level @ sums,
                linear[j][:, block.linear[1]] + refused[1],
            )
            if block.product is not None:
                costs += products[block.product] if block.sign > 0 else -products[block.product]
            if i == j and block.delta[0] == block.delta[1]:
                costs[np.tri(len(costs), dtype=bool)] = np.inf
            elif i == j:
                np.fill_diagonal(costs, np.inf)
            parts.append(costs.ravel())
        self.changes = np.concatenate(parts)

    def _choose(self, samples: int, rng: np.random.Generator) -> None:
        """The columns of every group that are looked at: all, or as many as time allows."""
        groups = self._pairs.groups
        total = sum(group.size for group in groups)
        room = max(2, int((PRODUCTS / samples / self._pairs.width) ** 0.5))
        self._places = []
        for group in groups:
            places = np.arange(group.columns.start, group.columns.stop)
            if total > room:
                places = np.sort(rng.choice(places, min(group.size, -(-room * group.size // total)), replace=False))
            self._places.append(places)

    def _indicators(self, state: State, group: Columns, places: np.ndarray) -> np.ndarray:
        """[values - 1, chosen columns, n]; the bias has none."""
        if group.source < 0:
            return np.empty((0, 1, state.samples), dtype=state.dtype)
        indicators = group.indicators(state)
        if len(places) == group.size:
            return indicators
        return np.asarray(indicators.take(places - group.columns.start, axis=1))

    def _linear(self, x: np.ndarray, slopes: np.ndarray, g: np.ndarray) -> np.ndarray:
        """The linear terms of a group [columns, terms]."""
        self.effort += CALL / 4 + PRODUCT * slopes.shape[1] * x.size
        result = np.zeros((x.shape[1], slopes.shape[1]), dtype=g.dtype)
        for indicators, slope in zip(x, slopes, strict=True):
            result += indicators @ (slope @ g).T
        return result

    def _product(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The sum over the values of x @ weights @ y [columns, columns], weighted sample by sample."""
        self.effort += CALL / 2 + x.size * len(y) * (2 * ELEMENT + PRODUCT * y.shape[1] / len(x))
        result = np.zeros((x.shape[1], y.shape[1]), dtype=x.dtype)
        for k, indicators in enumerate(y):
            weighted = x[0] * weights[0, k]
            for value in range(1, len(x)):
                weighted += x[value] * weights[value, k]
            result += weighted @ indicators.T
        return result

    def made(self, change: int) -> np.ndarray:
        """The unit's keys after a pair of changes."""
        keys = self._keys.copy()
        for block in self._pairs.blocks:
            first, second = self._places[block.first], self._places[block.second]
            if change < len(first) * len(second):
                a, b = divmod(change, len(second))
                for column, place in ((int(first[a]), block.delta[0]), (int(second[b]), block.delta[1])):
                    keys[column] = self._pairs.around.after[keys[column], place]
                break
            change -= len(first) * len(second)
        return keys
