"""The residuals of a loss as linear expressions: how far each target is from being met, in integers.

A block holds the residuals of one kind for some targets. ``above`` gives expressions that never fall below r and reach
it, for the lines of the penalty that rise; ``below`` the opposite, for those that fall.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.encoders.linear.choices import Side, opposite
from dnnt_encode.encoders.linear.classes import ClassDifferences
from dnnt_encode.encoders.linear.signals import Needs, Sum
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss, Penalty
from dnnt_encode.instance.rationals import INT64_SAFE, max_abs

OutputSide = Callable[[int, np.ndarray, Side], Sum]
"""(output k, inputs, side) -> expressions for f_k on these inputs, bounded from that side."""


@dataclass(frozen=True, eq=False)
class ResidualBlock:
    """Residual ``label`` of the targets ``targets`` [R], with exact bounds ``lower`` and ``upper`` [R]."""

    label: int
    targets: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    above: Callable[[np.ndarray], Sum]
    below: Callable[[np.ndarray], Sum]


def output_needs(penalty: Penalty, samples: MergedSamples, inputs: int, outputs: int, *, both: bool = False) -> Needs:
    """Which sides of the outputs [inputs, outputs] the residuals read: a line that rises looks at them from above;
    ``both``: somebody else reads both."""
    plus, minus = np.zeros((inputs, outputs), dtype=bool), np.zeros((inputs, outputs), dtype=bool)
    if not isinstance(samples.y, np.ndarray):
        plus[samples.input_of] = True
    elif outputs == 1:
        minus[samples.input_of[samples.y == 1]] = True
        plus[samples.input_of[samples.y == 0]] = True
    else:
        minus[samples.input_of, samples.y] = True
        others = np.ones((len(samples.y), outputs), dtype=bool)
        others[np.arange(len(samples.y)), samples.y] = False
        for k in range(outputs):
            plus[samples.input_of[others[:, k]], k] = True
    none = np.zeros_like(plus)
    rises = Needs(under=minus, over=plus) if penalty.rises else Needs(none, none)
    return rises | Needs(under=plus, over=minus) if penalty.falls or both else rises


def class_pairs(samples: MergedSamples, outputs: int) -> list[tuple[int, int, np.ndarray]]:
    """(own class, other class, targets) for all pairs that occur."""
    assert isinstance(samples.y, np.ndarray)
    return [
        (own, other, np.flatnonzero(samples.y == own))
        for own in np.unique(samples.y).tolist()
        for other in range(outputs)
        if other != own
    ]


def residual_blocks(
    loss: Loss,
    scale: ResidualScale,
    samples: MergedSamples,
    bounds: tuple[np.ndarray, np.ndarray],
    output: OutputSide,
    differences: ClassDifferences | None,
) -> list[ResidualBlock]:
    """All residuals; ``bounds`` are those of the integer outputs [inputs, outputs]."""
    f_lower, f_upper = bounds
    y = samples.y
    constant = 0 if isinstance(y, np.ndarray) else max_abs(y.scaled(scale.unit))
    reach = (max_abs(f_lower) + max_abs(f_upper)) * scale.factor + constant
    if max(loss.scaled(scale.unit).reach(reach), reach) >= INT64_SAFE:
        raise ModelTooLarge(
            "the output layer: its residuals pass 2^62 once they are integers, more than a linear model carries"
        )
    if not isinstance(y, np.ndarray):
        return _difference_blocks(scale, samples, y.scaled(scale.unit), f_lower, f_upper, output)
    if f_lower.shape[1] == 1:
        return _single_output_blocks(scale, samples, f_lower[:, 0], f_upper[:, 0], output)
    blocks = []
    for own, other, targets in class_pairs(samples, f_lower.shape[1]):

        def gap(chosen: np.ndarray, side: Side, own: int = own, other: int = other) -> Sum:
            rows = samples.input_of[chosen]
            if differences is not None and side == "under":
                found = differences.below(own, other, rows)
            else:
                found = output(own, rows, side).minus(output(other, rows, opposite(side)))
            return found.times(-scale.factor)

        rows = samples.input_of[targets]
        lower = scale.factor * (f_lower[rows, other] - f_upper[rows, own])
        upper = scale.factor * (f_upper[rows, other] - f_lower[rows, own])
        above, below = partial(gap, side="under"), partial(gap, side="over")
        blocks.append(ResidualBlock(other, targets, lower, upper, above, below))
    return blocks


def _difference_blocks(
    scale: ResidualScale,
    samples: MergedSamples,
    y: np.ndarray,
    f_lower: np.ndarray,
    f_upper: np.ndarray,
    output: OutputSide,
) -> list[ResidualBlock]:
    targets, rows = np.arange(len(samples.input_of)), samples.input_of
    blocks = []
    for k in range(f_lower.shape[1]):

        def side(side: Side, k: int = k) -> Callable[[np.ndarray], Sum]:
            return lambda chosen: _shifted(output(k, rows[chosen], side).times(scale.factor), -y[chosen, k])

        lower, upper = f_lower[rows, k] * scale.factor - y[:, k], f_upper[rows, k] * scale.factor - y[:, k]
        blocks.append(ResidualBlock(k, targets, lower, upper, side("over"), side("under")))
    return blocks


def _single_output_blocks(
    scale: ResidualScale,
    samples: MergedSamples,
    f_lower: np.ndarray,
    f_upper: np.ndarray,
    output: OutputSide,
) -> list[ResidualBlock]:
    blocks = []
    for own in (0, 1):
        targets = np.flatnonzero(samples.y == own)
        rows = samples.input_of[targets]
        sign: int = -scale.factor if own else scale.factor

        def times_sign(chosen: np.ndarray, side: Side, sign: int = sign) -> Sum:
            return output(0, samples.input_of[chosen], side if sign > 0 else opposite(side)).times(sign)

        corners = sign * f_lower[rows], sign * f_upper[rows]
        above, below = partial(times_sign, side="over"), partial(times_sign, side="under")
        if len(targets):
            blocks.append(ResidualBlock(0, targets, np.minimum(*corners), np.maximum(*corners), above, below))
    return blocks


def _shifted(total: Sum, constant: np.ndarray) -> Sum:
    return Sum(total.columns, total.coefficients, total.constant + constant)
