"""What the outputs of a network can reach: bounds on the residuals of every sample, and who is out of reach.

A residual is bounded by the bounds of the outputs it is made of. A sample all of whose residuals cost something within
their bounds costs something whatever the parameters are.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss, ScaledPenalty
from dnnt_encode.instance.rationals import ExactArray, max_abs

NEAR = 2**54
"""Residuals and penalties from here on are left alone, so that sums and products with them stay in int64."""

WORK = 10**8
"""Products of a sample and a parameter past which bounds are not worth their time."""


class ResidualRanges:
    """Bounds on the integer residuals [n, k] of every sample; ``exists``: which there are (a class has none against
    itself). ``sign`` times an output, plus ``shift``, is a residual, where there are no pairs of outputs."""

    def __init__(self, y: ExactArray | np.ndarray, lower: np.ndarray, upper: np.ndarray, scale: ResidualScale) -> None:
        """``lower``, ``upper``: bounds [n, outputs] on the outputs for the targets ``y`` [n]."""
        low, high = lower * scale.factor, upper * scale.factor
        self.exists = np.ones(low.shape, dtype=bool)
        self.classes: np.ndarray | None = None
        self.shift, self.sign = np.zeros(low.shape, dtype=np.int64), np.ones(len(low), dtype=np.int64)
        if isinstance(y, ExactArray):
            self.shift = -y.scaled(scale.unit).astype(np.int64)
            self.low, self.high = low + self.shift, high + self.shift
        elif low.shape[1] == 1:
            self.sign = np.where(y == 1, -1, 1)
            flip = (self.sign < 0)[:, None]
            self.low, self.high = np.where(flip, -high, low), np.where(flip, -low, high)
        else:
            rows = np.arange(len(y))
            self.classes, self.exists[rows, y] = y, False
            self.low, self.high = low - high[rows, y][:, None], high - low[rows, y][:, None]

    def least_costs(self, loss: Loss, penalty: ScaledPenalty, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What every residual [n, k] and every sample [n], so often as it ``counts``, costs at least: Python integers,
        of the penalty's unit."""
        least = np.where(self.exists, penalty.range(self.low, self.high)[0], 0).astype(object)
        if loss.counts:
            each = (least > 0).astype(object)
            return each, counts * each.max(axis=1)
        each = least**penalty.power
        return each, counts * (each.max(axis=1) if loss.reduction == "max" else each.sum(axis=1))


def residual_scale(y: ExactArray | np.ndarray, loss: Loss, unrolled: Unrolled) -> ResidualScale | None:
    """The scale of residuals, None where residuals or penalties may pass ``NEAR``."""
    scale, outputs = ResidualScale.of(loss, unrolled.scaled.output_scale, y), unrolled.layers[-1]
    reach = 2 * max(max_abs(outputs.out_lower), max_abs(outputs.out_upper)) * scale.factor
    reach += max_abs(y.scaled(scale.unit)) if isinstance(y, ExactArray) else 0
    return None if max(loss.scaled(scale.unit).reach(reach), reach, scale.factor) >= NEAR else scale


@dataclass(frozen=True)
class OutOfReach:
    """``samples``, multiplicity counted, that cost at least ``loss`` together, whatever the parameters are; ``notes``
    say which, and what the outputs would have to be."""

    samples: int
    loss: Fraction
    notes: tuple[str, ...]

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, and what follows for the loss."""
        return (*self.notes, f"no allowed weights and biases have a loss below {_shown(self.loss)}, whatever is tried")


def out_of_reach(view: View) -> OutOfReach | None:
    """The samples that no allowed parameters get right, by the bounds of the outputs; None where there are none, or
    where the bounds would take long or have large numbers."""
    instance, samples = view.instance, view.samples
    if instance.network.continuous or len(samples.x) * instance.network.parameters > WORK:
        return None
    try:
        unrolled = view.bounds
    except ModelTooLarge:
        return None
    loss, scale = instance.loss, residual_scale(samples.y, instance.loss, unrolled)
    if scale is None:
        return None
    lower, upper = (part[samples.input_of] for part in (unrolled.layers[-1].out_lower, unrolled.layers[-1].out_upper))
    penalty = loss.scaled(scale.unit)
    each, paid = ResidualRanges(samples.y, lower, upper, scale).least_costs(loss, penalty, samples.multiplicity)
    if not paid.any():
        return None
    notes: list[str] = []
    if isinstance(samples.y, ExactArray):
        per_unit = Fraction(1, unrolled.scaled.output_scale)
        for output in np.flatnonzero((each > 0).any(axis=0)).tolist():
            missed = each[:, output] > 0
            targets = samples.y.numerators[:, output]
            low, high = (Fraction(int(end), samples.y.denominator) for end in (targets.min(), targets.max()))
            reached = int(lower[:, output].min()) * per_unit, int(upper[:, output].max()) * per_unit
            which = f" of output {output}" if instance.network.outputs > 1 else ""
            notes.append(
                f"targets{which} lie from {_shown(low)} to {_shown(high)}, outputs from {_shown(reached[0])} to "
                f"{_shown(reached[1])}: {int(samples.multiplicity[missed].sum())} of {instance.dataset.total} are out "
                "of reach"
            )
    else:
        for label in np.unique(samples.y[paid > 0]).tolist():
            own = samples.y == label
            few, total = (int(samples.multiplicity[rows].sum()) for rows in (own & (paid > 0), own))
            name = label if instance.dataset.classes is None else instance.dataset.classes[label]
            margin = f" with the margin {loss.parameters['margin']}" if "margin" in loss.parameters else ""
            notes.append(f"class {name} is out of reach{margin} for {few} of its {total} samples")
    return OutOfReach(int(samples.multiplicity[paid > 0].sum()), int(paid.sum()) * penalty.unit, tuple(notes))


def _shown(value: Fraction) -> str:
    return str(value) if value.denominator < 1000 else f"{float(value):.6g}"
