"""What is minimised beside the loss: a price for every input that is used, and limits on how many are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Limit:
    """At most ``at_most`` of ``inputs`` (indices, from 0) may have a weight other than 0."""

    inputs: tuple[int, ...]
    at_most: int


@dataclass(frozen=True)
class Regularisation:
    """``l0`` for every input whose weight is not 0, and ``l1`` times the magnitude of every weight, both at least 0 and
    in units of the loss; biases are free. ``limits`` hold whatever they cost."""

    l0: Fraction = Fraction(0)
    l1: Fraction = Fraction(0)
    limits: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        if self.l0 < 0 or self.l1 < 0:
            raise ValueError(f"found the penalties {self.l0} and {self.l1}; a penalty is at least 0")

    def price(self, weight: Fraction) -> Fraction:
        """What one weight costs."""
        return (self.l0 if weight else Fraction(0)) + self.l1 * abs(weight)

    def cost(self, weights: Sequence[Fraction]) -> Fraction:
        """What all weights of a unit cost."""
        return sum((self.price(weight) for weight in weights), Fraction(0))

    def allows(self, weights: Sequence[Fraction]) -> bool:
        """Whether the weights of a unit keep within the limits."""
        return all(sum(weights[i] != 0 for i in limit.inputs) <= limit.at_most for limit in self.limits)


NONE = Regularisation()
"""The loss alone."""
