"""The options of the encoders; every combination is exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SumEncoding = Literal["auto", "order", "adder"]


@dataclass(frozen=True)
class CnfOptions:
    """``sum``: how sums are written, order encoding or binary adders, or node by node by their size. ``sharing``: one
    partial sum for all samples that agree on its features. ``symmetry``: sort interchangeable units (keeps the optimum,
    not the number of solutions; a certificate has to trust it). ``objective``: soft literals alone, or also their sum
    in clauses, whose bound can be assumed or asserted."""

    sum: SumEncoding = "auto"
    sharing: bool = True
    symmetry: bool = True
    objective: Literal["soft", "sum"] = "soft"


@dataclass(frozen=True)
class LinearOptions:
    """``symmetry``: sort interchangeable units (keeps the optimum, not the number of solutions)."""

    symmetry: bool = True
