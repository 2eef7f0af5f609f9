"""An instance whose sets are cut down: the same network and data, fewer values.

Cubes have this form, and so have steps that find values of no use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.reduce.grids import compact
from dnnt_encode.reduce.reduced import Reduced


@dataclass(frozen=True, eq=False)
class Kept:
    """Which positions of their old sets the parameters of a grid keep: table ``index`` [...] is the part of ``flat``
    from ``start`` on, ascending; ``back`` from ``back_start`` on has the new position of every old one, -1 for none.
    """

    index: np.ndarray
    start: np.ndarray
    flat: np.ndarray
    back_start: np.ndarray
    back: np.ndarray

    def outer(self, inner: np.ndarray) -> np.ndarray:
        return np.asarray(self.flat[self.start[self.index] + inner])

    def inner(self, outer: np.ndarray) -> np.ndarray:
        """The new positions; -1 where the value is not kept."""
        return np.asarray(self.back[self.back_start[self.index] + outer])


def cut(grid: SetGrid, chosen: np.ndarray, tables: Sequence[np.ndarray]) -> tuple[SetGrid, Kept]:
    """The grid in which a parameter keeps the positions ``tables[chosen]`` (ascending), all where ``chosen`` is -1."""
    codes = grid.index.astype(np.int64) * (len(tables) + 1) + chosen + 1
    used, place = np.unique(codes, return_inverse=True)
    place = place.reshape(grid.shape)
    sets, kept, back = [], [], []
    for code in used.tolist():
        values = grid.sets[code // (len(tables) + 1)]
        table = tables[code % (len(tables) + 1) - 1] if code % (len(tables) + 1) else np.arange(len(values))
        sets.append(tuple(values[position] for position in table.tolist()))
        kept.append(table.astype(np.int64))
        back.append(np.full(len(values), -1, dtype=np.int64))
        back[-1][table] = np.arange(len(table))
    starts = [np.concatenate([[0], np.cumsum([len(part) for part in parts])])[:-1] for parts in (kept, back)]
    return compact(sets, place), Kept(place, starts[0], np.concatenate(kept), starts[1], np.concatenate(back))


class Restricted(Reduced):
    """``choices``: for the weights and the biases of every layer which positions they keep, as ``cut`` takes them."""

    def __init__(
        self,
        instance: Instance,
        choices: Sequence[tuple[tuple[np.ndarray, Sequence[np.ndarray]], tuple[np.ndarray, Sequence[np.ndarray]]]],
        note: str,
        *,
        preserves: frozenset[str],
        whole: bool = True,
    ) -> None:
        self.note, self.preserves, self.whole = note, preserves, whole
        layers, kept = [], []
        for layer, (weights, biases) in zip(instance.network.layers, choices, strict=True):
            w, kept_w = cut(layer.weights, *weights)
            b, kept_b = cut(layer.biases, *biases)
            layers.append(replace(layer, weights=w, biases=b))
            kept.append((kept_w, kept_b))
        self._kept = tuple(kept)
        self.instance = replace(instance, network=Network(instance.network.inputs, tuple(layers)))

    def lift(self, inner: Assignment) -> Assignment:
        pairs = zip(self._kept, inner.layers, strict=True)
        return Assignment(tuple((kept_w.outer(w), kept_b.outer(b)) for (kept_w, kept_b), (w, b) in pairs))

    def lower(self, outer: Assignment) -> Assignment | None:
        """The same values; None where one of them is not kept."""
        pairs = zip(self._kept, outer.layers, strict=True)
        found = Assignment(tuple((kept_w.inner(w), kept_b.inner(b)) for (kept_w, kept_b), (w, b) in pairs))
        return None if any((part < 0).any() for part in found.grids()) else found


class Fixed(Restricted):
    """Parameters that change nothing keep one value each, whatever it is: ``positions`` of the weights and biases of
    every layer, -1 where they stay free. An outer assignment with other values there has the same loss."""

    def __init__(
        self,
        instance: Instance,
        positions: Sequence[tuple[np.ndarray, np.ndarray]],
        note: str,
        *,
        preserves: frozenset[str],
    ) -> None:
        choices = []
        for pair in positions:
            w, b = ((part, _singletons(part)) for part in pair)
            choices.append((w, b))
        super().__init__(instance, choices, note, preserves=preserves)
        self._positions = tuple(positions)

    def lower(self, outer: Assignment) -> Assignment | None:
        pairs = zip(self._positions, outer.layers, strict=True)
        return super().lower(
            Assignment(tuple((np.where(p < 0, w, p), np.where(q < 0, b, q)) for (p, q), (w, b) in pairs))
        )


def _singletons(positions: np.ndarray) -> list[np.ndarray]:
    return [np.array([position]) for position in range(int(positions.max(initial=-1)) + 1)]
