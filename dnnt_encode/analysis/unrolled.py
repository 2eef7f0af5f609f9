"""The unrolled network: for every distinct input and every unit, exact bounds on what the allowed parameters can do.

The bounds of a first layer are attained; deeper ones are interval bounds over them. They are what every big-M, every
size estimate and every encoder uses. int64 where a bound on the magnitudes proves it safe, Python integers otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.scaling import IntegerGrid, ScaledLayer, ScaledNetwork, scale_network
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.forward import MAX_BITS, exact_product
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs

MAX_SHARED_TABLES = 8
"""Layers with more different sets than this are bounded unit by unit."""


@dataclass(frozen=True, eq=False)
class LayerBounds:
    """Bounds [n, units] on the integer pre-activations and on the integer outputs of one layer.

    ``magnitude`` bounds every partial sum of a pre-activation in absolute value."""

    z_lower: np.ndarray
    z_upper: np.ndarray
    out_lower: np.ndarray
    out_upper: np.ndarray
    magnitude: int

    @property
    def bits(self) -> int:
        """Signed bits that hold every pre-activation of the layer."""
        return max(max_abs(self.z_lower), max_abs(self.z_upper)).bit_length() + 1


@dataclass(frozen=True, eq=False)
class Unrolled:
    """The scaled network on ``x`` (integers [n, d] at ``scaled.input_scale``), with the bounds of every layer."""

    scaled: ScaledNetwork
    x: np.ndarray
    layers: tuple[LayerBounds, ...]

    @property
    def network(self) -> Network:
        return self.scaled.network

    def source_bounds(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """What ``layers[layer]`` reads, [n, fan_in]: lowest and highest outputs of its sources, concatenated."""
        return _sources(self.network, (self.x, self.x), self.layers, layer)


def unroll(network: Network, x: ExactArray) -> Unrolled:
    """The bounds of every layer on the inputs x [n, d], for an encoder or an algorithm on states.

    Raises ModelTooLarge where an activation is not piecewise linear."""
    check_piecewise_linear(network)
    return value_bounds(network, x)


def check_piecewise_linear(network: Network) -> None:
    """Raises ModelTooLarge where an activation is not piecewise linear."""
    for number, layer in enumerate(network.layers, start=1):
        if not layer.activation.is_piecewise_linear:
            raise ModelTooLarge(
                f"layer {number} has the activation {layer.activation.name}, which can be evaluated but not encoded: "
                "with such activations values of exponential length decide, and deep discrete training is not in NP "
                "under standard assumptions (arXiv 2412.13057, Theorem 1.1); piecewise-linear ones such as relu keep "
                "it in NP (arXiv 2602.19017)"
            )


def value_bounds(network: Network, x: ExactArray) -> Unrolled:
    """The bounds of every layer on the inputs x [n, d], whatever the activations. Raises ModelTooLarge where a number
    would have more than ``MAX_BITS`` bits."""
    scaled = scale_network(network, x.denominator)
    return Unrolled(scaled, x.numerators, interval_bounds(scaled, x.numerators, x.numerators))


def interval_bounds(scaled: ScaledNetwork, lower: np.ndarray, upper: np.ndarray) -> tuple[LayerBounds, ...]:
    """The bounds of every layer where the inputs, integers [n, d] at ``input_scale``, lie between two such arrays.
    Raises ModelTooLarge like ``value_bounds``."""
    layers: list[LayerBounds] = []
    for position, layer in enumerate(scaled.layers):
        layers.append(_layer_bounds(layer, *_sources(scaled.network, (lower, upper), layers, position)))
    return tuple(layers)


def _sources(
    network: Network, inputs: tuple[np.ndarray, np.ndarray], layers: Sequence[LayerBounds], position: int
) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest values [n, fan_in] that a layer reads; ``inputs``: those of the network."""
    chosen = network.layers[position].sources
    if chosen == (0,):
        return inputs
    lower = np.concatenate([inputs[0] if s == 0 else layers[s - 1].out_lower for s in chosen], axis=1)
    upper = np.concatenate([inputs[1] if s == 0 else layers[s - 1].out_upper for s in chosen], axis=1)
    return lower, upper


def _layer_bounds(layer: ScaledLayer, lower: np.ndarray, upper: np.ndarray) -> LayerBounds:
    w_low, w_high = layer.weights.lowest(), layer.weights.highest()
    b_low, b_high = layer.biases.lowest(), layer.biases.highest()
    reach = np.maximum(np.abs(lower.min(axis=0).astype(object)), np.abs(upper.max(axis=0).astype(object)))
    heaviest = np.maximum(np.abs(w_low.astype(object)), np.abs(w_high.astype(object)))
    magnitude = int((heaviest @ reach).max()) + max(max_abs(b_low), max_abs(b_high))
    # A factor may be larger than every sum, where it only ever meets zeros.
    magnitude = max(magnitude, int(heaviest.max()), int(reach.max()))
    if magnitude.bit_length() > MAX_BITS:
        raise ModelTooLarge(f"a pre-activation may have more than {MAX_BITS} bits")
    dtype = np.int64 if magnitude < INT64_SAFE else object
    exact = lower is upper
    lower, w_low, w_high = (part.astype(dtype, copy=False) for part in (lower, w_low, w_high))
    upper = lower if exact else upper.astype(dtype, copy=False)
    if dtype is np.int64 and len(layer.weights.tables) <= MAX_SHARED_TABLES:
        z_lower, z_upper = _sums_by_table(layer.weights, lower, upper)
    else:
        z_lower, z_upper = _sums_by_unit(lower, upper, w_low, w_high)
    z_lower, z_upper = z_lower + b_low, z_upper + b_high
    out_lower, out_upper = layer.activation.apply(z_lower), layer.activation.apply(z_upper)
    if not layer.activation.slopes:
        around_zero = (z_lower < 0) & (z_upper > 0)
        out_lower, out_upper = np.minimum(out_lower, out_upper), np.maximum(out_lower, out_upper)
        out_lower = np.where(around_zero, 0, out_lower)
    return LayerBounds(z_lower, z_upper, out_lower, out_upper, magnitude)


def _sums_by_unit(
    lower: np.ndarray, upper: np.ndarray, w_low: np.ndarray, w_high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The least and greatest sums of products [n, units], for weights that may differ everywhere."""
    z_lower = np.empty((len(lower), len(w_low)), dtype=lower.dtype)
    z_upper = np.empty_like(z_lower)
    for unit in range(len(w_low)):
        corners = [lower * w_low[unit], lower * w_high[unit], upper * w_low[unit], upper * w_high[unit]]
        z_lower[:, unit] = np.minimum.reduce(corners).sum(axis=1)
        z_upper[:, unit] = np.maximum.reduce(corners).sum(axis=1)
    return z_lower, z_upper


def _sums_by_table(weights: IntegerGrid, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same where there are few different sets: the products of a set are shared by all units that use it, and what
    remains is a matrix product."""
    z_lower = np.zeros((len(lower), len(weights.index)), dtype=np.int64)
    z_upper = np.zeros_like(z_lower)
    for choice, table in enumerate(weights.tables):
        chosen = weights.index == choice
        used = chosen.any(axis=0)
        low, high = int(table[0]), int(table[-1])
        ends = (lower[:, used],) if lower is upper else (lower[:, used], upper[:, used])
        corners = [end * weight for end in ends for weight in {low, high}]
        users = chosen[:, used].astype(np.int64)
        z_lower += exact_product(np.minimum.reduce(corners), users).astype(np.int64)
        z_upper += exact_product(np.maximum.reduce(corners), users).astype(np.int64)
    return z_lower, z_upper
