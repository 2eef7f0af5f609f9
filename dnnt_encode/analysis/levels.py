"""The level of a classifier's outputs, and what may be assumed of its parameters because nobody sees it.

Principle. A loss of classes, and every answer, looks at the differences of several outputs alone. A number that is
added to all weights by which the outputs read one source, or to all their biases, changes no difference. Where the
values of these sets come in equal steps, such parameters can be lowered together until one of them has its least value.

A source whose weights are then all the least, so all equal, changes nothing. Where it is a hidden unit that nobody else
reads, and that can be 0 on every input, it does so with other weights, too: these need not be considered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from dnnt_encode.analysis.symmetry import canonical_order, readers
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import SetGrid


@dataclass(frozen=True, eq=False)
class Levels:
    """What may be assumed of the output layer: of its weights from one source, if ``weights`` (bool [fan_in]) says so,
    one has its least value and, if ``apart`` (bool [fan_in]) does, one another; of its biases, if ``biases``, one has
    its least value."""

    instance: Instance
    weights: np.ndarray
    apart: np.ndarray
    biases: bool

    @staticmethod
    def of(instance: Instance) -> Levels:
        """Nothing with one output, or where anything but classes counts."""
        network = instance.network
        output, last = network.layers[-1], len(network.layers) - 1
        weights, apart = (np.zeros(output.weights.shape[1], dtype=bool) for _ in range(2))
        differences = instance.loss.targets == "class" and network.outputs > 1 and output.activation.is_identity
        if not differences or instance.stage is not None or network.continuous:
            return Levels(instance, weights, apart, False)
        weights[:] = _movable(output.weights)
        read = readers(network, last - 1) if last else []
        if [reader for reader, _ in read] == [last]:
            start = read[0][1]
            same = (output.weights.index == output.weights.index[0]).all(axis=0) & weights
            for unit in range(network.layers[last - 1].units):
                apart[start + unit] = same[start + unit] and Fraction(0) in constants(instance, unit)
        return Levels(instance, weights, apart, bool(_movable(output.biases)))

    @property
    def some(self) -> bool:
        """Whether anything may be assumed."""
        return bool(self.weights.any()) or self.biases

    def lowered(self, assignment: Assignment) -> Assignment:
        """The same differences of outputs, with the least values that may be assumed."""
        result = assignment.copy()
        w, b = result.layers[-1]
        w[:, self.weights] -= w[:, self.weights].min(axis=0)
        if self.biases:
            b -= b.min()
        return result

    def canonical(self, assignment: Assignment) -> Assignment:
        """The same differences of outputs, with all that may be assumed, and the units in order: what symmetry breaking
        keeps."""
        result, network = self.lowered(assignment), self.instance.network
        w = result.layers[-1][0]
        for source in np.flatnonzero(self.apart & (w == 0).all(axis=0)).tolist():
            ((_, start),), (below, offsets) = readers(network, len(network.layers) - 2), result.layers[-2]
            unit, w[0, source] = source - start, 1
            below[unit], offsets[unit] = constants(self.instance, unit)[Fraction(0)]
        return canonical_order(network, result)


def constants(instance: Instance, unit: int) -> dict[Fraction, tuple[np.ndarray, int]]:
    """The constants that a unit of the last hidden layer can be whatever it reads, ascending: positions of incoming
    weights 0 and of a bias for each."""
    layer = instance.network.layers[-2]
    weights = [layer.weights[unit, i] for i in range(layer.weights.shape[1])]
    act = layer.activation
    found: dict[Fraction, tuple[np.ndarray, int]] = {}
    if not act.is_piecewise_linear or any(0 not in values for values in weights):
        return {}
    zeros = np.array([values.index(0) for values in weights], dtype=np.int64)
    for position, value in enumerate(layer.biases[unit]):
        scale = math.lcm(value.denominator, act.required_denominator())
        scaled = act.scaled(scale)
        output = scaled.apply(np.array([int(value * scale)], dtype=object))[0]
        found.setdefault(Fraction(int(output), scaled.out_scale), (zeros, position))
    return found


def _movable(grid: SetGrid) -> np.ndarray:
    """Where all sets of a column (of weights [units, fan_in], or biases [units]) have at least two values, in steps of
    one size."""
    steps = [{after - before for before, after in pairwise(values)} for values in grid.sets]
    sizes = sorted({size for found in steps for size in found})
    # Sets of one step by its number, all others apart from each other.
    kind = np.array([sizes.index(min(found)) if len(found) == 1 else -1 for found in steps])[grid.index]
    return np.asarray((kind == kind[0]).all(axis=0) & (kind[0] >= 0))
