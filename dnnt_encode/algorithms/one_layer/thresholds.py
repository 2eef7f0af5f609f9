"""Where on the axis of pre-activations a sample is right, or best: by bisection, since activations are monotone.

A penalty is 0 for residuals between two numbers, so a sample costs nothing where the output is between two others.
Losses that count become steps there (see ``stepped``), the others keep a best pre-activation for each target (see
``direct``).
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.algorithms.one_layer.direct import DirectLoss
from dnnt_encode.algorithms.one_layer.relaxation import UnitLoss
from dnnt_encode.algorithms.one_layer.stepped import SteppedLoss
from dnnt_encode.algorithms.one_layer.steps import StepLosses
from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import ExactArray, max_abs

Reach = tuple[int, int]
"""The least and the greatest pre-activation."""


def unit_loss(loss: Loss, samples: MergedSamples, unrolled: Unrolled) -> UnitLoss:
    """The loss of the only output. Raises ModelTooLarge."""
    bounds, activation = unrolled.layers[0], unrolled.scaled.layers[0].activation
    out_bound = max(max_abs(bounds.out_lower), max_abs(bounds.out_upper))
    # Its checks keep every number below within int64.
    integer = IntegerLoss(loss, samples, activation.out_scale, 1, out_bound)
    lower, upper, sides, reach = _ends(loss, samples, unrolled)
    if loss.counts:
        return _steps(samples, lower, upper, sides)
    best = np.where(sides[0], _better(integer, activation, lower, reach), reach[0])
    best = np.where(sides[1], best, reach[1])
    return DirectLoss(integer, samples, activation, best, convex=activation.slopes == (1,))


def fitting(loss: Loss, samples: MergedSamples, unrolled: Unrolled) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last pre-activation (int64 [distinct inputs] each) at which an input costs nothing; the first
    is beyond the last where there is none."""
    lower, upper, sides, reach = _ends(loss, samples, unrolled)
    low, high = (np.full(len(samples.x), end, dtype=np.int64) for end in reach)
    np.maximum.at(low, samples.input_of[sides[0]], lower[sides[0]])
    np.minimum.at(high, samples.input_of[sides[1]], upper[sides[1]])
    return low, high


def _ends(loss: Loss, samples: MergedSamples, unrolled: Unrolled) -> tuple[np.ndarray, np.ndarray, np.ndarray, Reach]:
    """For each target the first and the last pre-activation at which it costs nothing (int64 [T] each), whether there
    are such ends (bool [2, T]), and what pre-activations there are."""
    bounds, activation = unrolled.layers[0], unrolled.scaled.layers[0].activation
    reach = int(bounds.z_lower.min()), int(bounds.z_upper.max())
    first, last, sides = _free(loss, samples, ResidualScale.of(loss, activation.out_scale, samples.y))
    return first_reaching(activation, first, reach), first_reaching(activation, last + 1, reach) - 1, sides, reach


def _free(loss: Loss, samples: MergedSamples, scale: ResidualScale) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each target the first and the last integer output at which it costs nothing (int64 [T] each), and whether
    there are such ends (bool [2, T])."""
    ends = loss.scaled(scale.unit).within(0)
    sides = np.repeat([[end is not None] for end in ends], len(samples.input_of), axis=1)
    low, high = (0 if end is None else end for end in ends)
    if isinstance(samples.y, ExactArray):
        y = samples.y.scaled(scale.unit)[:, 0].astype(np.int64)
        return -(-(y + low) // scale.factor), (y + high) // scale.factor, sides
    # The residual of class 1 is the output turned round.
    turned = samples.y == 1
    first = np.where(turned, -(high // scale.factor), -(-low // scale.factor))
    last = np.where(turned, -low // scale.factor, high // scale.factor)
    return first, last, np.where(turned, sides[::-1], sides)


def first_reaching(activation: ScaledActivation, outputs: np.ndarray, reach: Reach) -> np.ndarray:
    """The least pre-activations within ``reach`` at which the outputs are at least these; one beyond it where none
    is."""
    first = np.full(len(outputs), reach[0], dtype=np.int64)
    last = np.full(len(outputs), reach[1] + 1, dtype=np.int64)
    while (first < last).any():
        middle = (first + last) // 2
        enough = activation.apply(np.minimum(middle, reach[1])) >= outputs
        enough |= middle > reach[1]
        first, last = np.where(enough | (first == last), first, middle + 1), np.where(enough, middle, last)
    return first


def _steps(samples: MergedSamples, lower: np.ndarray, upper: np.ndarray, sides: np.ndarray) -> SteppedLoss:
    """Targets that are right where lower <= z <= upper, as far as they have these ``sides``."""
    counts = samples.multiplicity.astype(np.int64)
    nowhere = sides.all(axis=0) & (lower > upper)
    below, above = (np.flatnonzero(side & ~nowhere) for side in sides)
    both = np.concatenate([below, above])
    steps = StepLosses(
        row=samples.input_of[both],
        value=np.concatenate([lower[below], upper[above]]),
        upper=np.arange(len(both)) >= len(below),
        weight=counts[both],
    )
    return SteppedLoss(len(samples.x), steps, int(counts[nowhere].sum()))


def _better(loss: IntegerLoss, activation: ScaledActivation, lower: np.ndarray, reach: Reach) -> np.ndarray:
    """The better of the first pre-activation at which a target costs nothing from below, and of the one before it."""
    around = np.clip(np.stack([lower - 1, lower]), *reach)
    costs = loss.each(activation.apply(around)[:, :, None])
    return np.asarray(np.where(costs[0] < costs[1], around[0], around[1]))
