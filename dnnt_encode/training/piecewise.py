"""Activations on arrays of floats that hold integers, read from the pieces, and the slopes that a gradient follows.

A piecewise-linear function is an affine function plus a bend or a jump at every breakpoint t:
act(z) = slope z + intercept + sum over t of (bend max(z - t, 0) + jump [z >= t]). Every term is an integer where z is,
so the result is exact as long as the bounds of ``problem`` hold.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.training.buffers import Buffers

LEAK = 0.1
"""The share of the steepest slope that a gradient sees on a flat piece."""


class PiecewiseLinear:
    """One activation; ``two_values`` are its outputs where it has only two."""

    def __init__(self, scaled: ScaledActivation) -> None:
        self.slope, self.intercept = float(scaled.slopes[0]), float(scaled.intercepts[0])
        self.starts = [float(start) for start in scaled.starts]
        self.slopes = [float(slope) for slope in scaled.slopes]
        self.bends: list[tuple[float, float, float]] = []
        lines = list(zip(scaled.slopes, scaled.intercepts, strict=True))
        for start, (slope, intercept), (after, moved) in zip(scaled.starts, lines[:-1], lines[1:], strict=True):
            jump = (after - slope) * start + moved - intercept
            self.bends.append((float(start), float(after - slope), float(jump)))
        constant = not any(scaled.slopes) and len(scaled.slopes) == 2
        self.two_values = (float(scaled.intercepts[0]), float(scaled.intercepts[1])) if constant else None

    @property
    def is_identity(self) -> bool:
        return not self.bends and self.slope == 1 and self.intercept == 0

    @property
    def is_ramp(self) -> bool:
        """Whether it is max(z, 0)."""
        return (self.slope, self.intercept) == (0, 0) and self.bends == [(0, 1, 0)]

    def apply(self, z: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The outputs of z, of any shape, in place of z."""
        if self.is_identity:
            return z
        if self.is_ramp:
            return np.asarray(np.maximum(z, buffers.zeros(z.shape, z.dtype), out=z))
        given = buffers.get("given", z.shape, z.dtype)
        part = buffers.get("part", z.shape, z.dtype)
        np.copyto(given, z)
        z *= z.dtype.type(self.slope)
        z += z.dtype.type(self.intercept)
        for start, bend, jump in self.bends:
            if bend:
                np.subtract(given, z.dtype.type(start), out=part)
                np.maximum(part, buffers.zeros(z.shape, z.dtype), out=part)
                part *= z.dtype.type(bend)
                z += part
            if jump:
                np.copyto(part, given >= z.dtype.type(start))
                part *= z.dtype.type(jump)
                z += part
        return z

    def slopes_at(self, z: np.ndarray) -> np.ndarray | None:
        """What stands for the derivative at z [rows, units] when a gradient passes: the slope of the piece, a leak of
        the steepest where it is flat, and for a function of jumps alone a bump around each of them, as wide as z is
        spread. None stands for 1."""
        if self.is_identity:
            return None
        steepest = max(map(abs, self.slopes))
        if not steepest:
            width = z.std(axis=0) + z.dtype.type(1e-6)
            result = np.zeros_like(z)
            for start, _, jump in self.bends:
                off = (z - z.dtype.type(start)) / width
                result += z.dtype.type(abs(jump) / 2) / ((1 + off * off) * width)
            return result
        table = np.array([max(slope, LEAK * steepest) for slope in self.slopes], dtype=z.dtype)
        if len(table) == 2:
            return np.asarray(np.where(z > z.dtype.type(self.starts[0]), table[1], table[0]))
        return np.asarray(table[np.searchsorted(np.array(self.starts, dtype=z.dtype), z)])
