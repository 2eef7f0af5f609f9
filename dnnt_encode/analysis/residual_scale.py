"""The integers in which residuals are measured, whatever model they are written into."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import ExactArray


@dataclass(frozen=True)
class ResidualScale:
    """``factor`` times an integer output, ``unit`` times a target, is a residual in integers."""

    factor: int
    unit: int

    @staticmethod
    def of(loss: Loss, output_scale: int, y: ExactArray | np.ndarray) -> ResidualScale:
        targets = y.denominator if isinstance(y, ExactArray) else 1
        unit = math.lcm(output_scale, targets, loss.denominator)
        return ResidualScale(unit // output_scale, unit)
