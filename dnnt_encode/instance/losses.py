"""The losses, each stated once as data: what a target is, a penalty of the residuals, a reduction.

Summed over samples with their multiplicities. With outputs f the residuals r_k are

* f_k - y_k for a target vector y;
* f_k - f_y for every k != y and a target class y; with one output -f for class 1 and f for class 0.

A penalty is a convex piecewise-linear function, the greatest of its lines, or the square of one. Evaluation and every
encoder read the lines; a new loss is one more entry of ``ENTRIES``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from dnnt_encode.instance.rationals import INT64_SAFE, max_abs, to_fraction

Targets = Literal["vector", "class"]
Reduction = Literal["any", "sum", "max"]
Span = tuple[int | None, int | None]
"""The integers from the first to the last, both included; None where there is no such end."""


@dataclass(frozen=True)
class Penalty:
    """The greatest of some lines (slope, intercept) of a residual, to a power (1 or 2): nowhere negative, 0 somewhere.

    The slopes fall and each line is the greatest somewhere. Raises ValueError for lines of another kind."""

    lines: tuple[tuple[Fraction, Fraction], ...]
    power: int = 1

    def __post_init__(self) -> None:
        slopes, kinks = [slope for slope, _ in self.lines], _kinks(self.lines)
        least = min((max(a * kink + b for a, b in self.lines) for kink in kinks), default=None)
        falls = slopes == sorted(set(slopes), reverse=True) and kinks == sorted(kinks, reverse=True)
        if not falls or least != 0 or not slopes[0] >= 0 >= slopes[-1]:
            raise ValueError(f"{self.lines} are no lines of falling slopes whose greatest has the least value 0")

    @property
    def zero(self) -> tuple[Fraction | None, Fraction | None]:
        """The residuals that cost nothing: from the first number to the last, None where there is no such end."""
        low = max((-b / a for a, b in self.lines if a < 0), default=None)
        high = min((-b / a for a, b in self.lines if a > 0), default=None)
        return low, high

    @property
    def rises(self) -> bool:
        """Whether it grows with the residual somewhere: it looks at residuals from above."""
        return self.lines[0][0] > 0

    @property
    def falls(self) -> bool:
        """Whether it grows as the residual falls somewhere: it looks at residuals from below."""
        return self.lines[-1][0] < 0

    @property
    def denominator(self) -> int:
        """What the scale of residuals must be a multiple of, for the penalty to have an integer scale too."""
        return math.lcm(*(intercept.denominator for _, intercept in self.lines))

    def scaled(self, scale: int) -> ScaledPenalty:
        """The penalty of integers R that mean residuals R / ``scale``, a multiple of ``denominator``."""
        factor = math.lcm(*(slope.denominator for slope, _ in self.lines))
        lines = tuple((int(slope * factor), int(intercept * factor * scale)) for slope, intercept in self.lines)
        return ScaledPenalty(lines, self.power, Fraction(1, (factor * scale) ** self.power))


def _kinks(lines: Sequence[tuple[Fraction, Fraction] | tuple[int, int]]) -> list[Fraction]:
    """The residuals where one line passes into the next."""
    return [Fraction(d - b) / (a - c) for (a, b), (c, d) in pairwise(lines) if a != c]


@dataclass(frozen=True)
class ScaledPenalty:
    """A penalty between integers: ``unit`` times the greatest of the lines A R + B, to the power."""

    lines: tuple[tuple[int, int], ...]
    power: int
    unit: Fraction

    @property
    def kinks(self) -> list[Fraction]:
        """The residuals where one line passes into the next, from the first line to the last."""
        return _kinks(self.lines)

    @property
    def rising(self) -> tuple[tuple[int, int], ...]:
        """The lines that grow with the residual: what looks at residuals from above."""
        return tuple(line for line in self.lines if line[0] > 0)

    @property
    def falling(self) -> tuple[tuple[int, int], ...]:
        """The lines that grow as the residual falls: what looks at residuals from below."""
        return tuple(line for line in self.lines if line[0] < 0)

    def within(self, most: int) -> Span:
        """The residuals whose penalty, before the power, is at most ``most``."""
        low = max((-((most - b) // -a) for a, b in self.falling), default=None)
        high = min(((most - b) // a for a, b in self.rising), default=None)
        return low, high

    def range(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest penalty, before the power, of residuals within bounds (int64): a convex function
        is least where it is nearest to costing nothing, and greatest at an end."""
        nearest = [self.linear(np.clip(end, lower, upper)) for end in self.within(0) if end is not None]
        return np.minimum.reduce(nearest), np.maximum(self.linear(lower), self.linear(upper))

    def linear(self, residuals: np.ndarray) -> np.ndarray:
        """The penalty before the power. Floats and int64 are for callers that know that ``reach`` fits."""
        if self.lines == ((1, 0), (-1, 0)):
            return np.asarray(np.abs(residuals))
        result: np.ndarray | None = None
        for slope, intercept in self.lines:
            if slope:
                line = residuals if slope == 1 else residuals * slope
                line = line + intercept if intercept else line
                result = line if result is None else np.maximum(result, line)
        levels = [intercept for slope, intercept in self.lines if not slope]
        assert result is not None, "a penalty of one level is refused where it is made"
        return np.asarray(np.maximum(result, max(levels)) if levels else result)

    def apply(self, residuals: np.ndarray) -> np.ndarray:
        """The penalty of an integer array of any shape, exact: int64 where it fits, Python integers otherwise."""
        reach = self.reach(max_abs(residuals))
        if max(reach**self.power, reach) >= INT64_SAFE:
            residuals = residuals.astype(object)
        return self.raised(self.linear(residuals))

    def raised(self, linear: np.ndarray) -> np.ndarray:
        """The power of what ``linear`` gave."""
        return np.asarray(linear * linear if self.power == 2 else linear)

    def reach(self, residual: int) -> int:
        """What no line, nor a part of it, passes for residuals up to this magnitude."""
        return max((abs(slope) * residual + abs(intercept) for slope, intercept in self.lines), default=0)


@dataclass(frozen=True)
class Loss:
    """A loss of one sample: ``reduction`` over k of ``penalty(r_k)``; ``any`` is 1 where one penalty is > 0, else 0.

    ``parameters`` are the values it was made with, such as that of the margin."""

    name: str
    targets: Targets
    penalty: Penalty
    reduction: Reduction
    parameters: Mapping[str, Fraction] = field(default_factory=dict, hash=False)

    @property
    def counts(self) -> bool:
        """Whether the loss only counts the samples that are missed."""
        return self.reduction == "any"

    @property
    def degree(self) -> int:
        """The power of the residuals' scale that the loss is measured in: 0 for a count, 1, or 2 for squares."""
        return 0 if self.counts else self.penalty.power

    @property
    def exclusive(self) -> bool:
        """Whether no outputs meet two different targets, so that they cost nothing for both."""
        low, high = self.penalty.zero
        if self.targets == "vector":
            return low is not None and low == high
        return (high is not None and high < 0) or (low is not None and low > 0)

    @property
    def denominator(self) -> int:
        """What the scale of residuals must be a multiple of, for losses to be integers too."""
        return 1 if self.counts else self.penalty.denominator

    def scaled(self, scale: int) -> ScaledPenalty:
        """The penalty of integer residuals at ``scale``, a multiple of ``denominator``. For a loss that counts, one
        that is positive exactly where the loss's own is: its lines are rounded, and have the slopes -1 and 1."""
        if not self.counts:
            return self.penalty.scaled(scale)
        lines = ((1 if a > 0 else -1, math.ceil(b * scale / abs(a))) if a else (0, 0) for a, b in self.penalty.lines)
        return ScaledPenalty(tuple(lines), 1, Fraction(1))


@dataclass(frozen=True)
class LossParameter:
    """The one number that a loss may have. ``allowed`` describes, and ``allows`` tells, which values it takes."""

    name: str
    default: Fraction
    allowed: str
    allows: Callable[[Fraction], bool]


@dataclass(frozen=True)
class Entry:
    """What a loss is, by the value of its parameter."""

    targets: Targets
    penalty: Callable[[Fraction], Penalty]
    reduction: Reduction
    parameter: LossParameter | None = None


def _lines(*lines: tuple[Fraction | int, Fraction | int], power: int = 1) -> Penalty:
    return Penalty(tuple((Fraction(slope), Fraction(intercept)) for slope, intercept in lines), power)


_ABSOLUTE = _lines((1, 0), (-1, 0))
MARGIN = LossParameter("margin", Fraction(1), "greater than 0", lambda value: value > 0)
EPSILON = LossParameter("epsilon", Fraction(1, 10), "at least 0", lambda value: value >= 0)
QUANTILE = LossParameter("quantile", Fraction(1, 2), "between 0 and 1", lambda value: 0 < value < 1)

ENTRIES: dict[str, Entry] = {
    "zero_one": Entry("vector", lambda _: _ABSOLUTE, "any"),
    "l1": Entry("vector", lambda _: _ABSOLUTE, "sum"),
    "l2": Entry("vector", lambda _: _lines((1, 0), (-1, 0), power=2), "sum"),
    "linf": Entry("vector", lambda _: _ABSOLUTE, "max"),
    "misclassification": Entry("class", lambda m: _lines((1, m), (0, 0)), "any", MARGIN),
    "hinge": Entry("class", lambda m: _lines((1, m), (0, 0)), "sum", MARGIN),
    "squared_hinge": Entry("class", lambda m: _lines((1, m), (0, 0), power=2), "sum", MARGIN),
    "epsilon_insensitive": Entry("vector", lambda e: _lines((1, -e), (0, 0), (-1, -e)), "sum", EPSILON),
    "pinball": Entry("vector", lambda q: _lines((1 - q, 0), (-q, 0)), "sum", QUANTILE),
}

LOSSES: tuple[str, ...] = tuple(ENTRIES)
"""The names an instance may use."""

LOSS_PARAMETERS: tuple[str, ...] = (MARGIN.name, EPSILON.name, QUANTILE.name)
"""The names of what a loss may take."""


def loss(name: str, margin: Any = None, **parameters: Any) -> Loss:
    """The loss called ``name``; a loss that has a parameter takes its value under its name, as any exact number.

    Raises ValueError.

    >>> loss("hinge", margin="1/2").parameters, loss("pinball").parameters
    ({'margin': Fraction(1, 2)}, {'quantile': Fraction(1, 2)})
    """
    if name not in ENTRIES:
        raise ValueError(f"found the loss {name!r}; known are {', '.join(LOSSES)}")
    entry, parameter = ENTRIES[name], ENTRIES[name].parameter
    given = {key: value for key, value in {"margin": margin, **parameters}.items() if value is not None}
    other = next((key for key in given if parameter is None or key != parameter.name), None)
    if other is not None:
        raise ValueError(f"the loss {name} takes no {other}")
    if parameter is None:
        return Loss(name, entry.targets, entry.penalty(Fraction(0)), entry.reduction)
    value = to_fraction(given.get(parameter.name, parameter.default))
    if not parameter.allows(value):
        raise ValueError(f"found the {parameter.name} {value}; that of {name} is {parameter.allowed}")
    return Loss(name, entry.targets, entry.penalty(value), entry.reduction, {parameter.name: value})
