"""The question: the least loss, or any loss within a threshold. It travels beside a model, not inside it. And the words
of an answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from dnnt_encode.instance.rationals import to_fraction

Status = Literal["OPTIMUM FOUND", "SATISFIABLE", "UNSATISFIABLE", "UNKNOWN"]
"""What is known of a question: what a result says, and what a solver claims."""


@dataclass(frozen=True)
class Goal:
    """``at_most`` None: find the least loss. Otherwise: find a loss of at most this, or prove that there is none."""

    at_most: Fraction | None = None

    @property
    def minimises(self) -> bool:
        return self.at_most is None

    def met_by(self, loss: Fraction) -> bool:
        """Whether a loss answers a question with a threshold."""
        return self.at_most is not None and loss <= self.at_most

    def less(self, offset: Fraction) -> Goal:
        """The same question about losses that are smaller by ``offset``."""
        return self if self.at_most is None else Goal(self.at_most - offset)


LEAST = Goal()


@dataclass(frozen=True)
class Gap:
    """How far the loss may be from its bound: ``size`` in the units of the loss, or, where ``relative``, as a part of
    the loss.

    >>> Gap.of("5%").holds(Fraction(20), Fraction(19)), Gap.of("1/2").holds(Fraction(20), Fraction(19))
    (True, False)
    """

    size: Fraction
    relative: bool = False

    @staticmethod
    def of(value: Any) -> Gap:
        """A number, or a text with a percent sign behind one. Raises ValueError."""
        relative = isinstance(value, str) and value.strip().endswith("%")
        size = to_fraction(value.strip()[:-1] if relative else value)
        if size < 0:
            raise ValueError(f"found the gap {value}; it must be at least 0")
        return Gap(size / 100 if relative else size, relative)

    def holds(self, loss: Fraction, bound: Fraction) -> bool:
        """Whether the bound is so near, in exact numbers."""
        return loss - bound <= (self.size * loss if self.relative else self.size)
