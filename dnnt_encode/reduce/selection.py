"""A part of a network: some of its inputs, hidden units and outputs, and what lies between them.

Every layer has at least one unit, and the input one column. Where none is wanted, the first stands in: its parameters,
and the weights that read it, are 0 in the part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import ParameterSet, SetGrid
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.reduce.grids import compact


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows and columns of one layer that are kept, and which of them (bool) are more than stand-ins."""

    rows: np.ndarray
    columns: np.ndarray
    own_rows: np.ndarray
    own_columns: np.ndarray

    @property
    def outer(self) -> tuple[np.ndarray, ...]:
        return np.ix_(self.rows[self.own_rows], self.columns[self.own_columns])

    @property
    def inner(self) -> tuple[np.ndarray, ...]:
        return np.ix_(np.flatnonzero(self.own_rows), np.flatnonzero(self.own_columns))


class Selection:
    """``wanted``: which inputs, then which units of every layer are wanted (bool). ``instance`` is the part, with the
    targets of the outputs that are wanted."""

    def __init__(self, instance: Instance, wanted: Sequence[np.ndarray]) -> None:
        network, data = instance.network, instance.dataset
        kept = [mask if mask.any() else np.arange(len(mask)) == 0 for mask in wanted]
        parts, layers = [], []
        for position, layer in enumerate(network.layers):
            read, own = (np.concatenate([masks[source] for source in layer.sources]) for masks in (kept, wanted))
            rows, columns = np.flatnonzero(kept[position + 1]), np.flatnonzero(read)
            part = _Part(rows, columns, wanted[position + 1][rows], own[columns])
            parts.append(part)
            owned = part.own_rows[:, None] & part.own_columns
            weights = _zero_but(owned, layer.weights.sets, layer.weights.index[np.ix_(rows, columns)])
            biases = _zero_but(part.own_rows, layer.biases.sets, layer.biases.index[rows])
            layers.append(replace(layer, units=len(rows), weights=weights, biases=biases))
        self._parts = tuple(parts)
        inputs, y = np.flatnonzero(kept[0]), data.y
        x = ExactArray.from_scaled(data.x.numerators[:, inputs], data.x.denominator)
        if isinstance(y, ExactArray):
            y = ExactArray.from_scaled(y.numerators[:, parts[-1].rows], y.denominator)
        self.instance = replace(
            instance,
            network=Network(len(inputs), tuple(layers)),
            dataset=replace(data, x=x, y=y),
            preprocessing=None,
            source=None,
        )

    def place(self, inner: Assignment, outer: Assignment) -> None:
        """Writes an assignment of the part into one of the whole."""
        for (w, b), (inner_w, inner_b), part in zip(outer.layers, inner.layers, self._parts, strict=True):
            w[part.outer] = inner_w[part.inner]
            b[part.rows[part.own_rows]] = inner_b[part.own_rows]

    def take(self, outer: Assignment) -> Assignment:
        """The part of an assignment."""
        inner = Assignment.first(self.instance.network)
        for (w, b), (inner_w, inner_b), part in zip(outer.layers, inner.layers, self._parts, strict=True):
            inner_w[part.inner] = w[part.outer]
            inner_b[part.own_rows] = b[part.rows[part.own_rows]]
        return inner


def _zero_but(owned: np.ndarray, sets: Sequence[ParameterSet], index: np.ndarray) -> SetGrid:
    """The sets of a part; what is not ``owned`` is 0."""
    return compact([*sets, (Fraction(0),)], np.where(owned, index, len(sets)))
