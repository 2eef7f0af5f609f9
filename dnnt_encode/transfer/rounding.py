"""From the weights of a float model to allowed ones: a scale for every unit, then the nearest value.

A network of ReLU units computes the same when the weights and the bias of a unit are multiplied by s > 0 and whatever
reads it is divided by s; so does a unit whose output is a sign or a step, without dividing. Allowed values such as -1,
0, +1 are a coarse grid, and s is what lays the float weights on it best: for each unit, layer by layer, the one with
which the rounded unit, reading the rounded layers before it, comes nearest to the float unit's outputs on the samples.
The scale of the outputs of a classifier is free too; it is the one of least loss. Doubles choose, the loss is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.instance.activations import Activation
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.weights import Weights

SCALES = 2.0 ** np.arange(-3, 4.01, 1 / 8)
"""Tried for a unit, as multiples of the scale that makes its largest weight the largest allowed one."""

MOST_SAMPLES = 2000
"""Units are compared on so many samples at most."""

FloatLayers = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Rounded:
    """Positions of the weights [units, fan_in] and of the biases [units] in their sets, and their values."""

    positions: tuple[np.ndarray, np.ndarray]
    values: tuple[np.ndarray, np.ndarray]


def rounded(instance: Instance, pairs: FloatLayers) -> Weights:
    """Allowed weights near the float weights [units, fan_in] and biases [units] of every layer: the best found by their
    exact loss, the plainly nearest ones among them."""
    network = instance.network
    x = instance.dataset.x.floats()[:: -(-instance.dataset.samples // MOST_SAMPLES)]
    exact, near = [x], [x]
    factors = [np.ones(network.inputs)]
    chosen: list[Rounded] = []
    for layer, (weights, biases) in zip(network.layers[:-1], pairs[:-1], strict=True):
        a, read = (np.concatenate([signals[source] for source in layer.sources], axis=1) for signals in (exact, near))
        weights_there = weights / np.concatenate([factors[source] for source in layer.sources])
        targets = apply(layer.activation, a @ weights.T + biases)
        homogeneous, free = _freedom(layer.activation)
        tried = [np.ones(layer.units)]
        if free:
            tried += [scale * _natural(layer.weights, weights_there) for scale in SCALES]
        options = [_nearest(layer.weights, layer.biases, weights_there, biases, scales) for scales in tried]
        outputs = [apply(layer.activation, read @ option.values[0].T + option.values[1]) for option in options]
        divisors = [scales if homogeneous else np.ones(layer.units) for scales in tried]
        errors = [((f / d - targets) ** 2).sum(axis=0) for f, d in zip(outputs, divisors, strict=True)]
        best = np.argmin(errors, axis=0)
        chosen.append(_picked(options, best))
        exact.append(targets)
        near.append(np.stack(outputs)[best, :, np.arange(layer.units)].T)
        factors.append(np.stack(divisors)[best, np.arange(layer.units)])
    last = network.layers[-1]
    weights_there = pairs[-1][0] / np.concatenate([factors[source] for source in last.sources])
    tried = [np.ones(last.units)]
    if instance.loss.targets == "class" and _freedom(last.activation)[1]:
        natural = _natural(last.weights, weights_there).min()
        tried += [np.full(last.units, scale * natural) for scale in SCALES]
    ends = [_nearest(last.weights, last.biases, weights_there, pairs[-1][1], scales) for scales in tried]
    candidates = [_weights(instance, [*chosen, end]) for end in ends]
    ones = [np.ones(layer.units) for layer in network.layers]
    plain = [
        _nearest(layer.weights, layer.biases, *pair, scales)
        for layer, pair, scales in zip(network.layers, pairs, ones, strict=True)
    ]
    return min([*candidates, _weights(instance, plain)], key=lambda weights: evaluate(instance, weights).loss)


def apply(activation: Activation, z: np.ndarray) -> np.ndarray:
    """An activation in doubles."""
    result = np.zeros_like(z)
    for piece in activation.pieces:
        value = z * float(piece.slope) + float(piece.intercept)
        result = value if piece.start is None else np.where(z >= float(piece.start), value, result)
    return np.asarray(result)


def _freedom(activation: Activation) -> tuple[bool, bool]:
    """Whether multiplying the pre-activation multiplies the output, and whether that or nothing changes: both are so
    for pieces that begin at 0."""
    at_zero = all(piece.start in (None, 0) for piece in activation.pieces)
    homogeneous = at_zero and not any(piece.intercept for piece in activation.pieces)
    constant = at_zero and not any(piece.slope for piece in activation.pieces)
    return homogeneous, homogeneous or constant


def _natural(grid: SetGrid, weights: np.ndarray) -> np.ndarray:
    """For each unit the scale that makes its largest weight the largest allowed one."""
    reach = np.array([max(abs(float(values[0])), abs(float(values[-1]))) for values in grid.sets])
    most, largest = reach[grid.index].max(axis=1), np.abs(weights).max(axis=1)
    usable = (most > 0) & (largest > 0)
    return np.where(usable, most / np.where(usable, largest, 1), 1.0)


def _nearest(
    weight_sets: SetGrid, bias_sets: SetGrid, weights: np.ndarray, biases: np.ndarray, scales: np.ndarray
) -> Rounded:
    w, b = _round(weight_sets, weights * scales[:, None]), _round(bias_sets, biases * scales)
    return Rounded((w[0], b[0]), (w[1], b[1]))


def _round(grid: SetGrid, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions of the nearest allowed values, the smaller of two equally near, and those values."""
    positions, nearest = np.zeros(grid.shape, dtype=np.int64), np.zeros(grid.shape)
    for choice, allowed in enumerate(grid.sets):
        chosen = grid.index == choice
        table = np.array([float(value) for value in allowed])
        positions[chosen] = np.searchsorted((table[1:] + table[:-1]) / 2, values[chosen])
        nearest[chosen] = table[positions[chosen]]
    return positions, nearest


def _picked(options: Sequence[Rounded], best: np.ndarray) -> Rounded:
    """For each unit the option of its number."""
    units = np.arange(len(best))
    parts = [
        tuple(np.stack([getattr(option, field)[part] for option in options])[best, units] for part in (0, 1))
        for field in ("positions", "values")
    ]
    return Rounded((parts[0][0], parts[0][1]), (parts[1][0], parts[1][1]))


def _weights(instance: Instance, layers: Sequence[Rounded]) -> Weights:
    return Assignment(tuple(layer.positions for layer in layers)).weights(instance)
