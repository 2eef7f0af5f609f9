"""Columns that are at least the square of a bounded non-negative column, exactly so at the optimum.

On integers t^2 is the greatest of the secants through consecutive integers, (2k + 1) t - k (k + 1): no literal, one
row a secant. Ranges past ``MAX_SECANTS`` are written in binary, t = sum 2^i b_i, whose square is a sum over pairs of
bits; a few secants keep the linear relaxation close.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from dnnt_encode.encoders.linear.sink import RowBlock, RowSink

MAX_SECANTS = 128


def squares(
    sink: RowSink, label: str, labels: np.ndarray, t: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    """For columns t within [lower, upper], lower >= 0: columns q with q >= t^2 (and q = t^2 allowed)."""
    q = sink.columns("q", labels, lower * lower, upper * upper)
    narrow = upper - lower <= MAX_SECANTS
    _secants(sink, label, q[narrow], t[narrow], lower[narrow], upper[narrow])
    wide = np.flatnonzero(~narrow)
    for bits in np.unique([int(value).bit_length() for value in upper[wide]]).tolist():
        rows = wide[[int(value).bit_length() == bits for value in upper[wide]]]
        _binary(sink, label, labels[rows], q[rows], t[rows], bits)
    return q


def _secants(sink: RowSink, label: str, q: np.ndarray, t: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    for step in range(int((upper - lower).max(initial=0))):
        has = lower + step < upper
        k = (lower + step)[has]
        sink.rows(label, int(has.sum()), 2, partial(_secant, q[has], t[has], k))


def _binary(sink: RowSink, label: str, labels: np.ndarray, q: np.ndarray, t: np.ndarray, bits: int) -> None:
    count = len(q)
    b = np.column_stack([sink.columns(f"bit.{i}", labels, 0, 1) for i in range(bits)])
    powers = np.broadcast_to(np.left_shift(1, np.arange(bits, dtype=np.int64)), b.shape)
    ones = np.ones((count, 1), dtype=np.int64)
    sink.rows(label, count, bits + 1, lambda: RowBlock(np.column_stack([t, b]), np.column_stack([-ones, powers]), 0, 0))
    columns, coefficients = [q, *b.T], [np.ones(count, np.int64), *(-(powers * powers)).T]
    for i in range(bits):
        for j in range(i + 1, bits):
            both = sink.columns(f"bits.{i}.{j}", labels, 0, 1)
            sink.rows(label, count, 3, partial(_both, both, b[:, i], b[:, j]))
            columns.append(both)
            coefficients.append(np.full(count, -(1 << (i + j + 1)), dtype=np.int64))
    sink.rows(
        label, count, len(columns), lambda: RowBlock(np.column_stack(columns), np.column_stack(coefficients), lower=0)
    )
    for power in range(bits):
        k = np.full(count, (1 << power) - 1, dtype=np.int64)
        sink.rows(label, count, 2, partial(_secant, q, t, k))


def _secant(q: np.ndarray, t: np.ndarray, k: np.ndarray) -> RowBlock:
    """q >= (2k + 1) t - k (k + 1)."""
    return RowBlock(np.column_stack([q, t]), np.column_stack([np.ones_like(k), -(2 * k + 1)]), lower=-k * (k + 1))


def _both(both: np.ndarray, a: np.ndarray, b: np.ndarray) -> RowBlock:
    """both >= a + b - 1."""
    return RowBlock(np.column_stack([both, a, b]), np.array([1, -1, -1]), lower=-1)
