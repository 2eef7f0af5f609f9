"""The forward pass, exact: rational parameters and inputs in, rational outputs out.

Every layer is brought to integers over one denominator. A matrix product runs in doubles where a bound proves that no
partial sum passes 2^53 (so the result is exact in any order), in int64 below 2^62, and in Python integers beyond.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, integer_array, max_abs, multiplied

FLOAT_SAFE = 2**53
MAX_BITS = 1 << 22
"""Values of more bits than this are refused: their exact evaluation would not end in reasonable time or memory."""


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """The values of one layer: ``weights`` [units, fan_in] and ``biases`` [units]."""

    weights: ExactArray
    biases: ExactArray

    @staticmethod
    def from_values(weights: Any, biases: Any) -> LayerWeights:
        return LayerWeights(ExactArray.from_values(weights), ExactArray.from_values(biases))


def check_shapes(network: Network, layers: tuple[LayerWeights, ...]) -> None:
    """Raises InputError where the values do not have the network's shapes."""
    if len(layers) != len(network.layers):
        raise InputError(f"found the values of {len(layers)} layers; the network has {len(network.layers)}")
    for number, (layer, values) in enumerate(zip(network.layers, layers, strict=True), start=1):
        if values.weights.shape != layer.weights.shape:
            raise InputError(f"layer {number}: weights of shape {values.weights.shape}, not {layer.weights.shape}")
        if values.biases.shape != layer.biases.shape:
            raise InputError(f"layer {number}: biases of shape {values.biases.shape}, not {layer.biases.shape}")


def exact_product(a: np.ndarray, w: np.ndarray) -> np.ndarray:
    """``a @ w.T`` for integer arrays a [n, f] and w [u, f], exact; see the top of the file."""
    row_sum = max(np.abs(w.astype(object)).sum(axis=1), default=0) if w.size else 0
    bound = int(row_sum) * max_abs(a)
    if bound < FLOAT_SAFE and a.dtype != object and w.dtype != object:
        return np.rint(a.astype(np.float64) @ w.T.astype(np.float64)).astype(np.int64)
    if max(bound, int(row_sum), max_abs(a)) < INT64_SAFE:
        return np.asarray(a.astype(np.int64) @ w.T.astype(np.int64))
    return integer_array(a.astype(object) @ w.T.astype(object))


def added(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a + b`` of broadcastable integer arrays, exact."""
    bound = max_abs(a) + max_abs(b)
    if bound < INT64_SAFE and a.dtype != object and b.dtype != object:
        return np.asarray(a + b)
    return integer_array(a.astype(object) + b.astype(object), bound)


def forward(network: Network, layers: tuple[LayerWeights, ...], x: ExactArray) -> ExactArray:
    """The outputs [n, m] of the network on inputs x [n, d].

    Raises InputError where a shape does not fit, ModelTooLarge where a value would need more than ``MAX_BITS`` bits.
    """
    check_shapes(network, layers)
    if x.ndim != 2 or x.shape[1] != network.inputs:
        raise InputError(f"found inputs of shape {x.shape}; the network takes {network.inputs} inputs a sample")
    signals = [x]
    for number, (layer, values) in enumerate(zip(network.layers, layers, strict=True), start=1):
        sources = [signals[source] for source in layer.sources]
        scale_in = math.lcm(*(source.denominator for source in sources))
        a = np.concatenate([source.scaled(scale_in) for source in sources], axis=1)
        product_scale = scale_in * values.weights.denominator
        scale = math.lcm(product_scale, values.biases.denominator, layer.activation.required_denominator())
        if scale.bit_length() > MAX_BITS:
            raise ModelTooLarge(f"layer {number}: the common denominator has more than {MAX_BITS} bits")
        z = multiplied(exact_product(a, values.weights.numerators), scale // product_scale)
        z = added(z, values.biases.scaled(scale)[None, :])
        if max_abs(z).bit_length() > MAX_BITS:
            raise ModelTooLarge(f"layer {number}: a pre-activation has more than {MAX_BITS} bits")
        act = layer.activation.scaled(scale)
        signals.append(ExactArray.from_scaled(act.apply(z), act.out_scale))
    return signals[-1]
