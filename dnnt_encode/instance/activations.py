"""The activations, each stated once as the pieces of a monotone piecewise-linear function.

Evaluation, bounds and every encoder read the pieces; a new activation is one more entry of ``_PIECES``.

Beside them stands ``square``, z^2, without pieces. It is for exact evaluation only: values double in length with every
layer, so no encoder takes it (see ``analysis.unrolled``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.rationals import INT64_SAFE, integer_array, max_abs


@dataclass(frozen=True)
class LinearPiece:
    """``slope * z + intercept`` for z >= ``start`` up to the next piece; ``start`` None is minus infinity."""

    start: Fraction | None
    slope: Fraction
    intercept: Fraction


@dataclass(frozen=True)
class Activation:
    """A non-decreasing piecewise-linear function, or, without pieces, z^2; ``c`` is the cap of ``clipped_relu``, None
    elsewhere."""

    name: str
    c: Fraction | None
    pieces: tuple[LinearPiece, ...]

    @property
    def is_identity(self) -> bool:
        return self.pieces == (LinearPiece(None, Fraction(1), Fraction(0)),)

    @property
    def is_piecewise_linear(self) -> bool:
        return bool(self.pieces)

    def required_denominator(self) -> int:
        """What an integer scale of the pre-activation must be a multiple of, for breakpoints and intercepts to be
        integers on it."""
        sloped = any(piece.slope for piece in self.pieces)
        return math.lcm(
            *(piece.start.denominator for piece in self.pieces if piece.start is not None),
            *(piece.intercept.denominator for piece in self.pieces if sloped),
        )

    def scaled(self, scale: int) -> ScaledActivation:
        """The function between integers: from ``scale * z`` to ``out_scale * act(z)``.

        A function that is constant on every piece starts again at the scale of its values; any other one keeps the
        scale of its argument, times the denominators of its slopes. A square has the square of the scale.
        """
        if not self.pieces:
            return ScaledActivation((), (), (), scale * scale)
        if any(piece.slope for piece in self.pieces):
            factor = math.lcm(*(piece.slope.denominator for piece in self.pieces))
            out_scale = scale * factor
        else:
            factor = 0
            out_scale = math.lcm(*(piece.intercept.denominator for piece in self.pieces))
        return ScaledActivation(
            starts=tuple(_integer(piece.start * scale) for piece in self.pieces[1:] if piece.start is not None),
            slopes=tuple(_integer(piece.slope * factor) for piece in self.pieces),
            intercepts=tuple(_integer(piece.intercept * out_scale) for piece in self.pieces),
            out_scale=out_scale,
        )


@dataclass(frozen=True)
class ScaledActivation:
    """An activation between integers: piece k is ``slopes[k] * z + intercepts[k]`` for ``starts[k-1] <= z <
    starts[k]``; there is one start less than there are pieces. Without pieces it is z^2. Outputs are in units of
    ``1 / out_scale``."""

    starts: tuple[int, ...]
    slopes: tuple[int, ...]
    intercepts: tuple[int, ...]
    out_scale: int

    def bound(self, z: int) -> int:
        """The largest magnitude of an output for arguments of magnitude up to ``z``, at least."""
        if not self.slopes:
            return z * z
        return max(map(abs, self.slopes)) * z + max(map(abs, (0, *self.intercepts)))

    def apply(self, z: np.ndarray) -> np.ndarray:
        """The outputs of an integer array of any shape, exact (int64 where it fits, Python integers otherwise)."""
        if self.slopes == (1,) and self.intercepts == (0,):
            return z
        if not self.slopes:
            squared = z if max_abs(z) ** 2 < INT64_SAFE else z.astype(object)
            return integer_array(squared * squared)
        bound = max(map(abs, self.slopes)) * max_abs(z) + max(map(abs, (*self.intercepts, *self.starts)))
        if z.dtype != object and bound >= INT64_SAFE:
            z = z.astype(object)
        result = z * self.slopes[0] + self.intercepts[0]
        for start, slope, intercept in zip(self.starts, self.slopes[1:], self.intercepts[1:], strict=True):
            result = np.where(z >= start, z * slope + intercept, result)
        return integer_array(result) if z.dtype == object else np.asarray(result)


def _integer(value: Fraction) -> int:
    if value.denominator != 1:
        raise ValueError(f"{value} is not an integer on this scale")
    return value.numerator


_ZERO, _ONE = Fraction(0), Fraction(1)
_PIECES: dict[str, Callable[[Fraction], tuple[LinearPiece, ...]]] = {
    "relu": lambda c: (LinearPiece(None, _ZERO, _ZERO), LinearPiece(_ZERO, _ONE, _ZERO)),
    "identity": lambda c: (LinearPiece(None, _ONE, _ZERO),),
    "sign": lambda c: (LinearPiece(None, _ZERO, -_ONE), LinearPiece(_ZERO, _ZERO, _ONE)),
    "step": lambda c: (LinearPiece(None, _ZERO, _ZERO), LinearPiece(_ZERO, _ZERO, _ONE)),
    "clipped_relu": lambda c: (
        LinearPiece(None, _ZERO, _ZERO),
        LinearPiece(_ZERO, _ONE, _ZERO),
        LinearPiece(c, _ZERO, c),
    ),
}

CAPPED: tuple[str, ...] = ("clipped_relu",)
"""Those that have a cap c."""

POLYNOMIAL: tuple[str, ...] = ("square",)
"""Activations for exact evaluation only."""

ACTIVATIONS: tuple[str, ...] = tuple(_PIECES)
"""The piecewise-linear activations: what an instance may use and every encoder takes."""


def activation(name: str, c: Fraction | None = None) -> Activation:
    """The activation called ``name``; ``c`` > 0 is needed by, and only by, ``clipped_relu``. Raises ValueError.

    >>> activation("relu").scaled(2).apply(np.array([-3, 4])).tolist()
    [0, 4]
    """
    if name in POLYNOMIAL:
        if c is not None:
            raise ValueError(f"{name} takes no cap c")
        return Activation(name, None, ())
    if name not in _PIECES:
        raise ValueError(f"found the activation {name!r}; known are {', '.join(ACTIVATIONS)}")
    if name in CAPPED and (c is None or c <= 0):
        raise ValueError(f"{name} needs a cap c > 0, as in {{'name': '{name}', 'c': 1}}; found {c}")
    if name not in CAPPED and c is not None:
        raise ValueError(f"{name} takes no cap c")
    return Activation(name, c, _PIECES[name](c if c is not None else _ZERO))
