"""All changes of two parameters of a unit at once, for columns of two values: see ``neighbourhood``.

With dense inputs a change of one parameter moves z in every sample, and few are ever accepted. Of two changes that nearly
cancel only the samples are moved in which the two columns differ: steps that a walk of single changes does not take.

Both parameters change by the smallest delta there is, up or down. With b, c in {0, 1} telling whether the first and the
second column are high, the energy of a sample is g00 + b (g10 - g00) + c (g01 - g00) + b c (g11 - g10 - g01 + g00), where
gbc is its energy at the shift that b and c make. So the costs of all pairs are products of the inputs with themselves,
weighted sample by sample; the four kinds of pairs (up or down) share the weights up to their sign where columns are -1
and 1. A bias is a column of ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.training.above import Above
from dnnt_encode.training.effort import CALL, PRODUCT
from dnnt_encode.training.neighbourhood import Group, Neighbourhood, Shifts
from dnnt_encode.training.state import State

PRODUCTS = 4 * 10**7
"""Pairs are evaluated for so many columns that no more products are needed than this."""


@dataclass(frozen=True, eq=False)
class _Block:
    """Pairs of a column of group ``first`` that changes by one delta with one of ``second`` that changes by another
    (``delta``: their places). Their costs are the product number ``product`` (None: none) times ``sign``, plus terms
    that are linear in g: ``slope_first`` and ``slope_second`` for the columns, and ``level``; [S] each."""

    first: int
    second: int
    delta: tuple[int, int]
    product: int | None
    sign: float
    slope_first: np.ndarray
    slope_second: np.ndarray
    level: np.ndarray


class Pairs:
    """The pairs of changes in the units of one layer. ``weights`` [products, S] times g are the weights of the products
    of the columns of two groups (``products``). ``blocks`` is empty where there are no pairs."""

    def __init__(self, around: Neighbourhood) -> None:
        self.around = around
        bias = Group(-1, slice(0, 1), slice(around.bias, around.bias + 1), 1.0, 1.0)
        self.groups = [*(group for group in around.groups if group.low != group.high), bias]
        self.blocks: list[_Block] = []
        self.products: list[tuple[int, int]] = []
        deltas = around.deltas
        if not len(deltas) or len(self.groups) == 1:
            return
        small = int(np.abs(deltas).argmin())
        signed = sorted((small, len(deltas) - 1 - small))
        ends = {
            end * float(deltas[place]) for group in self.groups for end in (group.low, group.high) for place in signed
        }
        self.shifts = Shifts({a + b for a in ends for b in ends})
        self._rows: list[np.ndarray] = []
        self._known: dict[tuple[int, int, bytes], int] = {}
        for i, first in enumerate(self.groups):
            for j, second in enumerate(self.groups[i:], start=i):
                for d in signed:
                    for e in signed:
                        if i != j or (e >= d and first is not bias):
                            self._add((i, first), (j, second), (d, e))
        self.weights = np.array(self._rows).astype(around.dtype)

    def _add(self, one: tuple[int, Group], other: tuple[int, Group], delta: tuple[int, int]) -> None:
        (i, first), (j, second) = one, other
        d, e = (float(self.around.deltas[place]) for place in delta)
        g00, g10, g01, g11 = (
            self.shifts.pick(d * x + e * y) for y in (second.low, second.high) for x in (first.low, first.high)
        )
        (p, q), (r, s) = first.indicator(), second.indicator()
        alone, beside, both = g10 - g00, g01 - g00, g11 - g10 - g01 + g00
        # b = p x + q and c = r y + s: collect the terms of x y, x, y and 1.
        product, sign = self._product(i, j, p * r * both)
        parts = (p * alone + p * s * both, r * beside + q * r * both, g00 + q * alone + s * beside + q * s * both)
        dtype = self.around.dtype
        self.blocks.append(_Block(i, j, delta, product, sign, *(part.astype(dtype) for part in parts)))

    def _product(self, i: int, j: int, row: np.ndarray) -> tuple[int | None, float]:
        """Which weighted product of the groups' columns this is, and its sign; None where the weights are 0."""
        if not row.any():
            return None, 0.0
        for sign in (1.0, -1.0):
            found = self._known.get((i, j, (sign * row + 0.0).tobytes()))
            if found is not None:
                return found, sign
        self._known[i, j, (row + 0.0).tobytes()] = len(self.products)
        self.products.append((i, j))
        self._rows.append(row)
        return len(self.products) - 1, 1.0


class PairLook:
    """Like ``neighbourhood.Look``, for all pairs of changes, or for those of some columns where they are many."""

    def __init__(
        self, pairs: Pairs, state: State, above: Above, z: np.ndarray, keys: np.ndarray, rng: np.random.Generator
    ) -> None:
        self._pairs, self._keys = pairs, keys
        around = pairs.around
        e = above.energies(pairs.shifts.rows(z, 0, state))
        self.energies, g = e[0], e[1:]
        g -= self.energies
        sums = g.sum(axis=1)
        self._choose(len(z), rng)
        x = [self._columns(state, group, places) for group, places in zip(pairs.groups, self._places, strict=True)]
        linear = [part @ g.T for part in x]
        weights = pairs.weights @ g
        size = sum(len(x[i]) * (len(x[j]) + 20) for i, j in pairs.products)
        self.effort = above.effort(1 + len(g)) + CALL * (1 + len(pairs.products)) + PRODUCT * size * len(z)
        products = [(x[i] * weight) @ x[j].T for (i, j), weight in zip(pairs.products, weights, strict=True)]
        parts = []
        for block in pairs.blocks:
            i, j = block.first, block.second
            refused = [
                around.refused[keys[self._places[k]], place] for k, place in zip((i, j), block.delta, strict=True)
            ]
            costs = np.add.outer(
                linear[i] @ block.slope_first + refused[0] + sums @ block.level,
                linear[j] @ block.slope_second + refused[1],
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
        room = max(2, int((PRODUCTS / samples) ** 0.5))
        self._places = []
        for group in groups:
            places = np.arange(group.columns.start, group.columns.stop)
            if total > room:
                places = np.sort(rng.choice(places, min(group.size, -(-room * group.size // total)), replace=False))
            self._places.append(places)

    def _columns(self, state: State, group: Group, places: np.ndarray) -> np.ndarray:
        if group.source < 0:
            return np.ones((1, state.samples), dtype=state.dtype)
        source = state.a[group.source][group.rows]
        return source if len(places) == group.size else source.take(places - group.columns.start, axis=0)

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
