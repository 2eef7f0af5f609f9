"""Which floats hold every number of an instance exactly: the bounds behind the trainer's arithmetic.

A sum of products of integers is exact in floating point, in any order, while the magnitudes of its terms add up to less
than 2^24 (float32) or 2^53 (float64). Pre-activations are bounded layer by layer from the ranges of inputs and sets.
Losses are summed in integers, and need no bound.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dnnt_encode.analysis.scaling import ScaledLayer, ScaledNetwork
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import ScaledPenalty
from dnnt_encode.instance.rationals import max_abs

FLOAT32_EXACT = 2**24
FLOAT64_EXACT = 2**53


def arithmetic(scaled: ScaledNetwork, x: np.ndarray, penalty: ScaledPenalty, factor: int, targets: int) -> Any:
    """``np.float32`` or ``np.float64`` for integer inputs x [n, d] and penalties of ``factor`` times an output less a
    target up to ``targets`` or, with classes, less another output. Raises ModelTooLarge where neither is exact."""
    low, high = [x.min(axis=0).astype(object)], [x.max(axis=0).astype(object)]
    worst = max_abs(x)
    for number, layer in enumerate(scaled.layers, start=1):
        sources = scaled.network.layers[number - 1].sources
        lower, upper = (np.concatenate([ends[source] for source in sources]) for ends in (low, high))
        magnitude, z_low, z_high = _sums(layer, lower, upper)
        act = layer.activation
        bend = (magnitude + max(map(abs, (0, *act.starts)))) * max(map(abs, (1, *act.slopes)))
        # Twice a slope bounds a difference of two; and a changed parameter adds a difference of two of its values.
        largest = 3 * (2 * bend * len(act.slopes) + max(map(abs, act.intercepts)))
        _check(f"layer {number}: the sums of a pre-activation", largest)
        worst = max(worst, largest)
        low.append(act.apply(z_low).astype(object))
        high.append(act.apply(z_high).astype(object))
    output = factor * max(max_abs(low[-1]), max_abs(high[-1]))
    largest = 3 * max(factor, penalty.reach(2 * (output + targets)))
    _check("a penalty", largest)
    return np.float32 if max(worst, largest) < FLOAT32_EXACT else np.float64


def _sums(layer: ScaledLayer, lower: np.ndarray, upper: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """The largest sum of magnitudes in a pre-activation, and its least and greatest value for every unit."""
    w_low, w_high = layer.weights.lowest().astype(object), layer.weights.highest().astype(object)
    b_low, b_high = layer.biases.lowest().astype(object), layer.biases.highest().astype(object)
    corners = [lower * w_low, lower * w_high, upper * w_low, upper * w_high]
    least, most = np.minimum.reduce(corners), np.maximum.reduce(corners)
    sums = np.maximum(np.abs(least), np.abs(most)).sum(axis=1) + np.maximum(np.abs(b_low), np.abs(b_high))
    # Values may be larger than every sum, where they only ever meet zeros.
    parts = [max_abs(part) for part in (w_low, w_high, lower, upper)]
    return max(int(sums.max()), *parts), least.sum(axis=1) + b_low, most.sum(axis=1) + b_high


def _check(what: str, largest: int) -> None:
    if largest >= FLOAT64_EXACT:
        raise ModelTooLarge(
            f"{what} may have {largest.bit_length()} bits; the trainer computes in doubles, which hold 53 exactly"
        )
