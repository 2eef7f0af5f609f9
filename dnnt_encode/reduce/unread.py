"""Input columns and hidden units that nobody reads are dropped.

A signal is unread where every weight that reads it can be nothing but 0, or reads it for a unit that is itself dropped,
and also where the signal is 0 on all samples whatever the parameters are. Without it every output stays what it is. The
parameters that go keep the value nearest to 0.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce.bounds import bounds_of
from dnnt_encode.reduce.grids import grids_of, nearest_zero, only_zero
from dnnt_encode.reduce.reduced import Reduced
from dnnt_encode.reduce.selection import Selection


class Unread(Reduced):
    preserves = frozenset({"loss"})

    def __init__(self, instance: Instance, kept: list[np.ndarray], note: str) -> None:
        self.note, self._selection = note, Selection(instance, kept)
        self.instance = self._selection.instance
        pairs = grids_of(instance.network)
        self._idle = Assignment(tuple((nearest_zero(weights), nearest_zero(biases)) for weights, biases in pairs))

    def lift(self, inner: Assignment) -> Assignment:
        outer = self._idle.copy()
        self._selection.place(inner, outer)
        return outer

    def lower(self, outer: Assignment) -> Assignment:
        return self._selection.take(outer)


def unread_signals(view: View) -> Unread | None:
    """See the top of the file."""
    instance = view.instance
    network, data, unrolled = instance.network, instance.dataset, bounds_of(view)
    silent = [(data.x.numerators == 0).all(axis=0)]
    for position, layer in enumerate(network.layers):
        bounds = None if unrolled is None else unrolled.layers[position]
        none = np.zeros(layer.units, dtype=bool)
        silent.append(none if bounds is None else ((bounds.out_lower == 0) & (bounds.out_upper == 0)).all(axis=0))
    kept = [np.zeros(width, dtype=bool) for width in network.widths]
    kept[-1][:] = True
    for position in range(len(network.layers) - 1, -1, -1):
        if position < len(network.layers) - 1:
            kept[position + 1] &= ~silent[position + 1]
        reads = ~only_zero(network.layers[position].weights) & kept[position + 1][:, None]
        heard = np.asarray(reads.any(axis=0))
        for source, columns in network.source_slices(position):
            kept[source] |= heard[columns]
    kept[0] &= ~silent[0]
    # Where nothing is left, one stays to stand in.
    widths = tuple(max(1, int(mask.sum())) for mask in kept)
    if widths == network.widths:
        return None
    old, new = ("-".join(map(str, part)) for part in (network.widths, widths))
    note = f"input columns and hidden units that no output depends on dropped: network {old} into {new}"
    return Unread(instance, kept, note)
