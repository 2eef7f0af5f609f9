"""The options of the encoders; every combination is exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SumEncoding = Literal["auto", "order", "adder"]

Symmetry = Literal["none", "units", "all"]
"""What is broken: nothing, the order of interchangeable units, or the level of a classifier's outputs too."""


@dataclass(frozen=True)
class CnfOptions:
    """``sum``: how sums are written, order encoding or binary adders, or node by node by their size. ``sharing``: one
    partial sum for all samples that agree on its features. ``symmetry``: what is broken of it (keeps the optimum, not
    the number of solutions; a certificate has to trust it). ``objective``: soft literals alone, or also their sum
    in clauses, whose bound can be assumed or asserted."""

    sum: SumEncoding = "auto"
    sharing: bool = True
    symmetry: Symmetry = "all"
    objective: Literal["soft", "sum"] = "soft"


@dataclass(frozen=True)
class LinearOptions:
    """``symmetry``: what is broken of it (keeps the optimum, not the number of solutions)."""

    symmetry: Symmetry = "all"
