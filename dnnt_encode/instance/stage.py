"""The names of objectives, and the stage of a lexicographic run: see ``objectives`` for what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dnnt_encode.instance.rationals import number_json

PARAMETERS = ("nonzeros", "weight")
"""Objectives that are sums over single parameters, and may count biases."""

BIASES = "+biases"
NAMES = (
    "loss", *(f"{name}{more}" for name in PARAMETERS for more in ("", BIASES)), "units", "margin", "margins"
)  # fmt: skip
"""Whatever an instance's list may hold."""


@dataclass(frozen=True)
class Objective:
    """``biases``: whether it counts biases like weights."""

    name: str
    biases: bool = False

    @staticmethod
    def of(text: str) -> Objective:
        """The objective that is called so. Raises ValueError."""
        if text not in NAMES:
            raise ValueError(f"found the objective {text!r}; known are {', '.join(NAMES)}")
        return Objective(text.removesuffix(BIASES), text.endswith(BIASES))

    def __str__(self) -> str:
        return self.name + (BIASES if self.biases else "")

    @property
    def maximises(self) -> bool:
        """Whether more of it is better."""
        return self.name in ("margin", "margins")


LOSS = Objective("loss")
ONLY_LOSS = (LOSS,)
EVERY = frozenset(name.removesuffix(BIASES) for name in NAMES)
"""The names of all objectives, whether they count biases or not."""


def objectives_of(texts: Iterable[str]) -> tuple[Objective, ...]:
    """The objectives of a list of names, ``loss`` first. Raises ValueError."""
    found = tuple(Objective.of(text) for text in texts)
    if not found or found[0] != LOSS:
        raise ValueError("the first objective is loss: all others choose among networks that are best by it")
    if len(set(found)) < len(found):
        raise ValueError("found an objective twice; after the first time nothing is left for it to choose")
    return found


@dataclass(frozen=True)
class Stage:
    """What is asked of an instance in place of the least loss: the best ``objective`` where the loss is at most the
    instance's threshold, and no objective of ``limits`` is worse than the number beside it. ``top``: what an objective
    that is maximised never exceeds."""

    objective: Objective
    limits: tuple[tuple[Objective, Fraction], ...] = ()
    top: Fraction = Fraction(0)

    def cost(self, value: Fraction) -> Fraction:
        """What is minimised: the value itself, or how far it is from the top."""
        return self.top - value if self.objective.maximises else value

    def value(self, cost: Fraction) -> Fraction:
        """The inverse of ``cost``."""
        return self.cost(cost)

    def form(self) -> dict[str, Any]:
        """Plain JSON values."""
        limits = [[str(objective), number_json(value)] for objective, value in self.limits]
        return {"objective": str(self.objective), "limits": limits, "top": number_json(self.top)}

    @staticmethod
    def of_form(value: Any) -> Stage:
        """The inverse of ``form``. Raises ValueError, KeyError, TypeError, ArithmeticError."""
        limits = tuple((Objective.of(name), Fraction(limit)) for name, limit in value["limits"])
        return Stage(Objective.of(value["objective"]), limits, Fraction(value["top"]))

    @property
    def all(self) -> tuple[Objective, ...]:
        """The objective and those of the limits."""
        return (self.objective, *(objective for objective, _ in self.limits))

    @property
    def objectives(self) -> frozenset[str]:
        """The names of all objectives that matter, the loss among them."""
        return frozenset({"loss", *(objective.name for objective in self.all)})
