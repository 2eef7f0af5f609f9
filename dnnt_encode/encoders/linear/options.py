"""The options of the linear encoder; every combination is exact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinearOptions:
    """``symmetry``: sort interchangeable units (keeps the optimum, not the number of solutions). ``split``: where both
    sides of a signal or product are needed, use one column a side instead of one exact column. ``z_columns``: a column
    for a pre-activation that several rows use, instead of repeating its sum. ``differences``: for classes, products of
    the difference of two output weights instead of products for each output. ``fused``: for one output, terms w relu(z)
    bounded from one side without a column for relu(z)."""

    symmetry: bool = True
    split: bool = False
    z_columns: bool = True
    differences: bool = True
    fused: bool = True


MILP_OPTIONS = LinearOptions()
"""What suits solvers of relaxations."""
