"""The question: the least loss, or any loss within a threshold. It travels beside a model, not inside it. And the words
of an answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

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
