"""The residuals of a loss as linear expressions: how far each target is from being met, in integers.

A block holds the residuals of one kind for some targets. ``above`` gives expressions that never fall below r and reach
it; a two-sided loss also reads ``below``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.encoders.linear.choices import Side
from dnnt_encode.encoders.linear.classes import ClassDifferences
from dnnt_encode.encoders.linear.signals import Needs, Sum
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE, integer_array, max_abs

Output = Callable[[int, np.ndarray, Side], Sum]
"""(output k, inputs, side) -> expressions for f_k on these inputs, bounded from that side."""


@dataclass(frozen=True, eq=False)
class ResidualBlock:
    """Residual ``label`` of the targets ``targets`` [R], with exact bounds ``lower`` and ``upper`` [R]."""

    label: int
    targets: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    above: Callable[[np.ndarray], Sum]
    below: Callable[[np.ndarray], Sum] | None


def output_needs(loss: Loss, samples: MergedSamples, inputs: int, outputs: int) -> Needs:
    """Which sides of the outputs [inputs, outputs] the residuals read."""
    if not isinstance(samples.y, np.ndarray):
        both = np.ones((inputs, outputs), dtype=bool)
        return Needs(both, both)
    under, over = np.zeros((inputs, outputs), dtype=bool), np.zeros((inputs, outputs), dtype=bool)
    if outputs == 1:
        under[samples.input_of[samples.y == 1]] = True
        over[samples.input_of[samples.y == 0]] = True
        return Needs(under, over)
    under[samples.input_of, samples.y] = True
    others = np.ones((len(samples.y), outputs), dtype=bool)
    others[np.arange(len(samples.y)), samples.y] = False
    for k in range(outputs):
        over[samples.input_of[others[:, k]], k] = True
    return Needs(under, over)


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
    output: Output,
    differences: ClassDifferences | None,
) -> list[ResidualBlock]:
    """All residuals; ``bounds`` are those of the integer outputs [inputs, outputs]."""
    f_lower, f_upper = bounds
    y = samples.y
    constant = math.ceil(loss.margin * scale.unit) if isinstance(y, np.ndarray) else max_abs(y.scaled(scale.unit))
    if (max_abs(f_lower) + max_abs(f_upper)) * scale.factor + constant >= INT64_SAFE:
        raise ModelTooLarge(
            "the output layer: its residuals pass 2^62 once they are integers, more than a linear model carries"
        )
    if not isinstance(y, np.ndarray):
        return _difference_blocks(scale, samples, y.scaled(scale.unit), f_lower, f_upper, output)
    if f_lower.shape[1] == 1:
        return _single_output_blocks(scale, samples, constant, f_lower[:, 0], f_upper[:, 0], output)
    blocks = []
    for own, other, targets in class_pairs(samples, f_lower.shape[1]):

        def above(chosen: np.ndarray, own: int = own, other: int = other) -> Sum:
            rows = samples.input_of[chosen]
            if differences is not None:
                gap = differences.below(own, other, rows)
            else:
                gap = output(own, rows, "under").minus(output(other, rows, "over"))
            return _shifted(gap.times(-scale.factor), constant)

        rows = samples.input_of[targets]
        lower = constant - scale.factor * (f_upper[rows, own] - f_lower[rows, other])
        upper = constant - scale.factor * (f_lower[rows, own] - f_upper[rows, other])
        blocks.append(ResidualBlock(other, targets, lower, upper, above, None))
    return blocks


def _difference_blocks(
    scale: ResidualScale,
    samples: MergedSamples,
    y: np.ndarray,
    f_lower: np.ndarray,
    f_upper: np.ndarray,
    output: Output,
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
    constant: int,
    f_lower: np.ndarray,
    f_upper: np.ndarray,
    output: Output,
) -> list[ResidualBlock]:
    blocks = []
    for own in (0, 1):
        targets = np.flatnonzero(samples.y == own)
        rows = samples.input_of[targets]
        sign, side = (-scale.factor, "under") if own else (scale.factor, "over")

        def above(chosen: np.ndarray, sign: int = sign, side: str = side) -> Sum:
            return _shifted(output(0, samples.input_of[chosen], side).times(sign), constant)  # type: ignore[arg-type]

        corners = constant + sign * f_lower[rows], constant + sign * f_upper[rows]
        if len(targets):
            blocks.append(ResidualBlock(0, targets, np.minimum(*corners), np.maximum(*corners), above, None))
    return blocks


def _shifted(total: Sum, constant: int | np.ndarray) -> Sum:
    shift = integer_array([constant])[0] if isinstance(constant, int) else constant
    return Sum(total.columns, total.coefficients, total.constant + shift)
