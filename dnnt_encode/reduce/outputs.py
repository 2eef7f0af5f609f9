"""Outputs that share no free parameter are trained apart: for losses that are sums over the outputs, such as l1 and l2,
for every loss about vectors that has to be 0, and in a stage of one for objectives that are sums over parameters.

An output depends on its own parameters and on those of the hidden units that it reads, directly or through others, by
weights that may be other than 0. Outputs that have a unit with a free parameter in common belong together; fixed units
may serve several parts, each with a copy (not in a stage, where they would count twice). The loss of the whole is the
sum of those of the parts, and so is its least; in a stage so is the cost, but for parameters that are in no part. Where
the loss has to be 0 each part has to fit on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.objectives import objective_value
from dnnt_encode.instance.stage import PARAMETERS, Stage
from dnnt_encode.reduce.grids import grids_of, nearest_zero, only_zero
from dnnt_encode.reduce.reduced import Separation
from dnnt_encode.reduce.selection import Selection


class SeparateOutputs(Separation):
    def __init__(self, instance: Instance, parts: Sequence[list[np.ndarray]]) -> None:
        asked = instance if instance.threshold == 0 else instance.with_threshold(None)
        self._selections = tuple(Selection(asked, kept) for kept in parts)
        self.parts = tuple(selection.instance for selection in self._selections)
        self.note = f"outputs that share no free parameter apart: {instance.network.outputs} in {len(parts)} groups"
        pairs = grids_of(instance.network)
        self._idle = Assignment(tuple((nearest_zero(weights), nearest_zero(biases)) for weights, biases in pairs))
        if instance.stage is not None:
            inner = [Assignment.first(part.network) for part in self.parts]
            counted = zip((instance, *self.parts), (self.join(inner), *inner), strict=True)
            whole, *own = (objective_value(instance.stage.objective, of, at.weights(of)) for of, at in counted)
            self.offset = whole - sum(own)

    def join(self, inner: Sequence[Assignment]) -> Assignment:
        outer = self._idle.copy()
        for selection, part in zip(self._selections, inner, strict=True):
            selection.place(part, outer)
        return outer

    def lower(self, outer: Assignment) -> tuple[Assignment, ...]:
        return tuple(selection.take(outer) for selection in self._selections)


def separate_outputs(instance: Instance) -> SeparateOutputs | None:
    """The parts of an instance, or None where there is one only. See the top of the file."""
    loss, network = instance.loss, instance.network
    if loss.targets != "vector" or network.outputs < 2 or network.continuous:
        return None
    if instance.stage is None:
        adds_up = loss.reduction == "sum" or instance.threshold == 0
    else:
        adds_up = _adds_up(instance.stage, instance.threshold)
    if not adds_up:
        return None
    needed = _needed(network)
    group = np.arange(network.outputs)
    for layer, mask in zip(network.layers[:-1], needed[1:-1], strict=True):
        free = (layer.weights.sizes() > 1).any(axis=1) | (layer.biases.sizes() > 1)
        for unit in np.flatnonzero(free).tolist():
            together = np.unique(group[mask[:, unit]])
            if len(together) > 1:
                group[np.isin(group, together)] = together[0]
    names = np.unique(group)
    if len(names) < 2:
        return None
    parts = [[mask[group == name].any(axis=0) for mask in needed] for name in names.tolist()]
    if instance.stage is not None and any(
        (np.sum(masks, axis=0) > 1).any() for masks in list(zip(*parts, strict=True))[1:]
    ):
        return None
    return SeparateOutputs(instance, parts)


def _adds_up(stage: Stage, threshold: Fraction | None) -> bool:
    """Whether the cost is a sum over outputs, and all that is asked of the loss is asked of each output alone."""
    return threshold == 0 and not stage.limits and stage.objective.name in PARAMETERS


def _needed(network: Network) -> list[np.ndarray]:
    """Which inputs, then which units of every layer each output depends on (bool [outputs, width])."""
    needed = [np.zeros((network.outputs, width), dtype=bool) for width in network.widths]
    needed[-1] = np.eye(network.outputs, dtype=bool)
    for position in range(len(network.layers) - 1, -1, -1):
        reads = ~only_zero(network.layers[position].weights)
        heard = needed[position + 1].astype(np.int64) @ reads.astype(np.int64) > 0
        for source, columns in network.source_slices(position):
            needed[source] |= heard[:, columns]
    return needed
