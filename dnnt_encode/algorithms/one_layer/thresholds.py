"""Where on the axis of pre-activations a sample is right, or best: by bisection, since activations are monotone.

Losses that count become steps (see ``stepped``), the others keep a best pre-activation for each target (see
``direct``).
"""

from __future__ import annotations

import math

import numpy as np

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.algorithms.one_layer.direct import DirectLoss
from dnnt_encode.algorithms.one_layer.relaxation import UnitLoss
from dnnt_encode.algorithms.one_layer.stepped import SteppedLoss
from dnnt_encode.algorithms.one_layer.steps import Steps
from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import ExactArray, max_abs


def unit_loss(loss: Loss, samples: MergedSamples, unrolled: Unrolled, output: int) -> UnitLoss:
    """The loss of one output unit; ``samples`` have its targets only. Raises ModelTooLarge."""
    bounds, activation = unrolled.layers[0], unrolled.scaled.layers[0].activation
    reach = int(bounds.z_lower[:, output].min()), int(bounds.z_upper[:, output].max())
    out_bound = max(max_abs(bounds.out_lower[:, output]), max_abs(bounds.out_upper[:, output]))
    # Its checks keep every number below within int64.
    integer = IntegerLoss(loss, samples, activation.out_scale, 1, out_bound)
    scale = ResidualScale.of(loss, activation.out_scale, samples)
    if isinstance(samples.y, ExactArray):
        targets = samples.y.scaled(scale.unit)[:, 0].astype(np.int64)
        outputs = -(-targets // scale.factor)
        at_least = first_reaching(activation, outputs, reach)
        if loss.reduction == "any":
            beyond = first_reaching(activation, outputs + 1, reach) - 1
            wrong = (targets % scale.factor != 0) | (at_least > beyond)
            return _steps(samples, at_least, beyond, wrong, np.ones((2, len(targets)), dtype=bool))
        return DirectLoss(
            integer, samples, activation, _nearest(integer, activation, at_least, reach), _convex(loss, activation)
        )
    positive = samples.y == 1
    if loss.reduction == "any":
        least = -(-math.ceil(loss.margin * scale.unit) // scale.factor)
        ends = first_reaching(activation, np.array([least, 1 - least]), reach)
        nobody = np.zeros(len(positive), dtype=bool)
        return _steps(
            samples,
            np.full(len(positive), ends[0]),
            np.full(len(positive), ends[1] - 1),
            nobody,
            np.stack([positive, ~positive]),
        )
    return DirectLoss(integer, samples, activation, np.where(positive, reach[1], reach[0]), _convex(loss, activation))


def first_reaching(activation: ScaledActivation, outputs: np.ndarray, reach: tuple[int, int]) -> np.ndarray:
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


def _steps(
    samples: MergedSamples, lower: np.ndarray, upper: np.ndarray, wrong: np.ndarray, sides: np.ndarray
) -> SteppedLoss:
    """Targets that are right where lower <= z <= upper, as far as they have these ``sides`` [2, T]; ``wrong`` ones are
    nowhere right."""
    counts = samples.multiplicity.astype(np.int64)
    parts = [(~wrong & sides[0], lower, False), (~wrong & sides[1], upper, True)]
    steps = Steps(
        row=np.concatenate([samples.input_of[chosen] for chosen, _, _ in parts]),
        value=np.concatenate([values[chosen] for chosen, values, _ in parts]),
        upper=np.concatenate([np.full(int(chosen.sum()), side) for chosen, _, side in parts]),
        weight=np.concatenate([counts[chosen] for chosen, _, _ in parts]),
    )
    return SteppedLoss(len(samples.x), steps, int(counts[wrong].sum()))


def _nearest(
    loss: IntegerLoss, activation: ScaledActivation, at_least: np.ndarray, reach: tuple[int, int]
) -> np.ndarray:
    """The better of the first pre-activation that reaches the target and the one before it."""
    around = np.clip(np.stack([at_least - 1, at_least]), *reach)
    costs = loss.each(activation.apply(around)[:, :, None])
    return np.asarray(np.where(costs[0] < costs[1], around[0], around[1]))


def _convex(loss: Loss, activation: ScaledActivation) -> bool:
    return activation.slopes == (1,) and loss.reduction != "any"
