"""Monotone functions of binary numbers: activations read from their pieces, and counts of passed thresholds.

Which piece applies is decided by comparators; a sloped piece is a constant added modulo a power of two, right wherever
its piece applies. ReLU is thus the sum's own bits, each and the literal that the sum is not negative.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.encoders.cnf import binary, order
from dnnt_encode.encoders.cnf.arena import ClauseSink, write_folded
from dnnt_encode.encoders.cnf.binary import BinaryNumbers, BinarySums, bit_lengths, constant_bits
from dnnt_encode.encoders.cnf.gates import Gates
from dnnt_encode.encoders.cnf.order import OrderNumbers
from dnnt_encode.encoders.cnf.squash import Monotone, Passed, Squash
from dnnt_encode.encoders.cnf.values import ValueSets
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.rationals import integer_array
from dnnt_encode.models.cnf import FALSE, TRUE

__all__ = ["squashed"]


def squashed(
    sink: ClauseSink,
    sums: BinarySums,
    values: ValueSets,
    z: BinaryNumbers,
    function: Monotone,
    prefix: str,
    labels: np.ndarray,
) -> BinaryNumbers | OrderNumbers:
    """The function of every lane; in order encoding where it has few values, in binary otherwise. Bounds that a
    ``Squash`` clips to are not looked at."""
    if isinstance(function, Passed):
        steps = np.arange(len(function.thresholds) + 1)
        return _steps(sink, sums, values, z, function.thresholds, steps, prefix, labels)
    if not any(function.act.slopes):
        outputs = np.array(function.act.intercepts, dtype=object)
        return _steps(sink, sums, values, z, function.act.starts, outputs, prefix, labels)
    return _pieces(sums, z, function, Gates(sink, prefix, labels), prefix, labels)


def _steps(
    sink: ClauseSink,
    sums: BinarySums,
    values: ValueSets,
    z: BinaryNumbers,
    thresholds: tuple[int, ...],
    outputs: np.ndarray,
    prefix: str,
    labels: np.ndarray,
) -> OrderNumbers:
    """``outputs[k]`` (ascending) where z reaches k of the ascending thresholds."""
    literals = np.empty((len(z), len(thresholds)), dtype=np.int32)
    for k, threshold in enumerate(thresholds):
        literals[:, k] = sums.at_least(z, np.full(len(z), threshold, dtype=object), prefix, labels)
        if k:
            write_folded(sink, np.column_stack([-literals[:, k], literals[:, k - 1]]))
    least = (literals == TRUE).sum(axis=1)
    most = len(thresholds) - (literals == FALSE).sum(axis=1)
    parts, lanes_of = [], []
    for (low, high), lanes in order.classes(least, most):
        number = values.add(outputs[low : high + 1])
        block = literals[lanes, low:high]
        start = np.arange(len(lanes)) * (high - low)
        parts.append(OrderNumbers(np.full(len(lanes), number), start, block.reshape(-1)))
        lanes_of.append(lanes)
    return order.joined(parts).take(np.argsort(np.concatenate(lanes_of), kind="stable"))


def _pieces(
    sums: BinarySums, z: BinaryNumbers, function: Squash, gates: Gates, prefix: str, labels: np.ndarray
) -> BinaryNumbers:
    act: ScaledActivation = function.act
    z_lower, z_upper = z.bounds()
    base = act.apply(z_lower).astype(object)
    upper = integer_array(act.apply(z_upper).astype(object) - base)
    lengths = bit_lengths(upper)
    width = int(lengths.max(initial=0))
    true = np.full(len(z), TRUE, dtype=np.int32)
    reached = [
        true,
        *(sums.at_least(z, np.full(len(z), start, dtype=object), prefix, labels) for start in act.starts),
        -true,
    ]
    out = np.full((len(z), width), FALSE, dtype=np.int32)
    for k, (slope, intercept) in enumerate(zip(act.slopes, act.intercepts, strict=True)):
        active = gates.conjunction(reached[k], -reached[k + 1])
        shift = integer_array(slope * z.offset.astype(object) + intercept - base)
        if slope:
            wanted = np.where(active == FALSE, 0, lengths)
            scaled = sums.multiple(z.take(np.arange(len(z))), slope, prefix, labels).bits if slope > 1 else z.bits
            bits = binary.widened(sums.plus(scaled, shift, wanted, prefix, labels), width)
        else:
            bits = constant_bits(shift, width)
            bits[np.arange(width) >= lengths[:, None]] = FALSE
        term = gates.chosen(bits, active)
        out = np.stack([gates.disjunction(out[:, j], term[:, j]) for j in range(width)], axis=1) if width else out
    return BinaryNumbers(out, integer_array(base), upper)
