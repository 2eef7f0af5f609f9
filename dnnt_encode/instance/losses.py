"""The losses, each stated once as data: affine residuals of the outputs, a penalty, a reduction.

Summed over samples with their multiplicities. With targets y, outputs f and margin m > 0, the residuals r_k are

* ``difference``: f_k - y_k for a target vector y;
* ``margin``: m - (f_y - f_k) for every k != y and a target class y; with one output m - s f, where s = -1 for class 0
  and +1 for class 1.

Evaluation and every encoder read the rest from the fields of ``Loss``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Residual = Literal["difference", "margin"]
Penalty = Literal["absolute", "square", "positive", "positive_square"]
Reduction = Literal["any", "sum", "max"]


@dataclass(frozen=True)
class Loss:
    """A loss of one sample: ``reduction`` over k of ``penalty(r_k)``; ``any`` is 1 where one penalty is > 0, else 0."""

    name: str
    residual: Residual
    penalty: Penalty
    reduction: Reduction
    margin: Fraction

    @property
    def targets(self) -> Literal["vector", "class"]:
        """What a target is: a vector of output values, or the index of a class."""
        return "vector" if self.residual == "difference" else "class"

    @property
    def one_sided(self) -> bool:
        """Whether the penalty never falls as a residual grows, so that an encoder may bound residuals from one side."""
        return self.penalty in ("positive", "positive_square")

    @property
    def degree(self) -> int:
        """The power of the residuals' scale that the loss is measured in: 0 for a count, 1, or 2 for squares."""
        if self.reduction == "any":
            return 0
        return 2 if self.penalty in ("square", "positive_square") else 1


_LOSSES: dict[str, tuple[Residual, Penalty, Reduction]] = {
    "zero_one": ("difference", "absolute", "any"),
    "l1": ("difference", "absolute", "sum"),
    "l2": ("difference", "square", "sum"),
    "linf": ("difference", "absolute", "max"),
    "misclassification": ("margin", "positive", "any"),
    "hinge": ("margin", "positive", "sum"),
    "squared_hinge": ("margin", "positive_square", "sum"),
}

LOSSES: tuple[str, ...] = tuple(_LOSSES)
"""The names an instance may use."""


def loss(name: str, margin: Fraction | None = None) -> Loss:
    """The loss called ``name``; the margin (default 1) belongs to class losses only. Raises ValueError."""
    if name not in _LOSSES:
        raise ValueError(f"found the loss {name!r}; known are {', '.join(LOSSES)}")
    residual, penalty, reduction = _LOSSES[name]
    if margin is not None and residual != "margin":
        raise ValueError(f"the loss {name} takes no margin")
    if margin is not None and margin <= 0:
        raise ValueError(f"found the margin {margin}; a margin is greater than 0")
    return Loss(name, residual, penalty, reduction, Fraction(1) if margin is None else margin)
