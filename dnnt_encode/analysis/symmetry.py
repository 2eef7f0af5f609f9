"""Interchangeable hidden units, and the order that breaks their symmetry.

Units of one layer are interchangeable when their bias sets, their vectors of incoming sets and their vectors of
outgoing sets to every reader agree. Each such group may be sorted by a key of parameters. A matrix between two hidden
layers may serve as the key of one of them only, or two independent orders would lose solutions: here it belongs to the
layer that reads it, and a matrix into the output layer belongs to the layer that it comes from. Layers sorted first to
last then keep each other's order, so every orbit keeps a member.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.network import Network

Layers: TypeAlias = tuple[tuple[np.ndarray, np.ndarray], ...]


@dataclass(frozen=True)
class Parameter:
    """One parameter: the bias of a unit where ``column`` is None, else a weight. ``layer`` counts from 0."""

    layer: int
    unit: int
    column: int | None = None


@dataclass(frozen=True, eq=False)
class Orbit:
    """A group of at least two interchangeable units of a hidden layer and the sort key of each of them, most
    significant parameter first; equal positions of different keys have equal sets."""

    layer: int
    units: tuple[int, ...]
    keys: tuple[tuple[Parameter, ...], ...]


def readers(network: Network, layer: int) -> list[tuple[int, int]]:
    """Which layers read ``layers[layer]``: their index, and where its units begin in their weight matrices."""
    found = []
    for position in range(layer + 1, len(network.layers)):
        for source, columns in network.source_slices(position):
            if source == layer + 1:
                found.append((position, columns.start))
    return found


def orbits(network: Network) -> tuple[Orbit, ...]:
    """All groups of interchangeable units of the hidden layers, first layer first."""
    result = []
    last = len(network.layers) - 1
    for position, layer in enumerate(network.layers[:-1]):
        read_by = readers(network, position)
        columns = [network.layers[reader].weights.index[:, start : start + layer.units] for reader, start in read_by]
        signature = np.concatenate([layer.biases.index[None, :], layer.weights.index.T, *columns], axis=0).T
        _, group = np.unique(signature, axis=0, return_inverse=True)
        group = group.reshape(-1)
        for number in range(int(group.max()) + 1):
            units = tuple(np.flatnonzero(group == number).tolist())
            if len(units) > 1:
                outgoing = [(reader, start) for reader, start in read_by if reader == last]
                keys = tuple(_key(network, position, unit, outgoing) for unit in units)
                result.append(Orbit(position, units, keys))
    return tuple(result)


def _key(network: Network, layer: int, unit: int, outgoing: Sequence[tuple[int, int]]) -> tuple[Parameter, ...]:
    key = [
        Parameter(reader, target, start + unit)
        for reader, start in outgoing
        for target in range(network.layers[reader].units)
    ]
    key.append(Parameter(layer, unit))
    key.extend(Parameter(layer, unit, column) for column in range(network.fan_in(layer)))
    return tuple(key)


def canonical_order(network: Network, assignment: Assignment) -> Assignment:
    """The same function with the units of every orbit sorted by their keys: the member of its class that symmetry
    breaking keeps, whatever prefix of the keys an encoder uses."""
    for orbit in orbits(network):

        def digit(parameter: Parameter, layers: Layers = assignment.layers) -> int:
            w, b = layers[parameter.layer]
            return int(b[parameter.unit] if parameter.column is None else w[parameter.unit, parameter.column])

        ranked = sorted(range(len(orbit.units)), key=lambda k: [digit(parameter) for parameter in orbit.keys[k]])
        order = np.arange(network.layers[orbit.layer].units)
        order[list(orbit.units)] = [orbit.units[k] for k in ranked]
        assignment = permuted(network, assignment, orbit.layer, order)
    return assignment


def permuted(network: Network, assignment: Assignment, layer: int, order: np.ndarray) -> Assignment:
    """The same with the units of a hidden layer reordered: unit k becomes the old unit ``order[k]``."""
    result = list(assignment.layers)
    w, b = result[layer]
    result[layer] = (w[order], b[order])
    for reader, start in readers(network, layer):
        w, b = result[reader]
        columns = np.arange(w.shape[1])
        columns[start : start + len(order)] = start + order
        result[reader] = (w[:, columns], b)
    return Assignment(tuple(result))
