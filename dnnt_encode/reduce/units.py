"""Parameters that cannot change any output are fixed.

By the bounds of the unrolled network a unit is *settled* where its output on every sample is the same whatever the
parameters are: a ReLU that is never active, a sign or step that never changes, a clipped ReLU always at its cap. Nobody
*feels* a unit whose readers are settled, unfelt themselves, or read it by weights that can be nothing but 0. What comes
into a settled or unfelt unit changes no output on any sample, and so does a weight whose source is 0 on all of them: it
keeps the value nearest to 0 alone. Every assignment then has the loss of the one with these values; units that are
always active stay as they are, they are cheap for every encoder.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.analysis.view import View
from dnnt_encode.reduce.bounds import bounds_of
from dnnt_encode.reduce.grids import nearest_zero, only_zero
from dnnt_encode.reduce.reduced import EVERYTHING
from dnnt_encode.reduce.restrict import Fixed


def idle_parameters(view: View) -> Fixed | None:
    """See the top of the file."""
    instance = view.instance
    unrolled = bounds_of(view)
    if unrolled is None:
        return None
    network = instance.network
    felt = _felt(unrolled)
    positions, fixed = [], 0
    for position, layer in enumerate(network.layers):
        lower, upper = unrolled.source_bounds(position)
        silent = ((lower == 0) & (upper == 0)).all(axis=0)
        part = []
        for grid, idle in (
            (layer.weights, ~felt[position][:, None] | silent[None, :]),
            (layer.biases, ~felt[position]),
        ):
            idle = idle & (grid.sizes() > 1)
            fixed += int(idle.sum())
            part.append(np.where(idle, nearest_zero(grid), -1))
        positions.append((part[0], part[1]))
    if not fixed:
        return None
    free = network.free_parameters
    note = f"parameters that change no output on any sample fixed: free parameters {free} into {free - fixed}"
    return Fixed(instance, positions, note, preserves=EVERYTHING - {"count", "constraints"})


def _felt(unrolled: Unrolled) -> list[np.ndarray]:
    """Which units of every layer may change an output by their own parameters (bool [units])."""
    network = unrolled.network
    felt = [~(bounds.out_lower == bounds.out_upper).all(axis=0) for bounds in unrolled.layers]
    read = [np.zeros(layer.units, dtype=bool) for layer in network.layers]
    read[-1][:] = True
    for position in range(len(network.layers) - 1, -1, -1):
        felt[position] &= read[position]
        heard = (felt[position][:, None] & ~only_zero(network.layers[position].weights)).any(axis=0)
        for source, columns in network.source_slices(position):
            if source:
                read[source - 1] |= heard[columns]
    return felt
