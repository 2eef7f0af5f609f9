"""The options of the linear encoder; every combination is exact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinearOptions:
    """``symmetry``: sort interchangeable units (keeps the optimum, not the number of solutions)."""

    symmetry: bool = True
