"""Outputs as wide as the targets: the sets of the output layer multiplied by a scale, and its biases moved.

Where f is an output of a network, scale * f + offset is one of the network whose output layer allows scale * w for
every w and scale * b + offset for every b. So targets of any unit are learned with the same small sets, which say how
fine a prediction is and not how large, and nothing has to be undone: outputs, losses and bounds are in the unit of the
targets, exactly, for every loss and in every format that weights are written to.

The offset is a target that is a good prediction for all samples where it is the only one. The scale is as small as the
range of the targets allows: outputs of finer steps come nearer to targets, as long as they come as far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import Penalty
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.rationals import ExactArray

MOST_WIDENED = 2
"""The scale grows so much, at most, for targets on either side of the offset to be in reach."""


@dataclass(frozen=True)
class OutputScale:
    """What the outputs are multiplied by, greater than 0, and what is added then."""

    scale: Fraction
    offset: Fraction

    def applied(self, instance: Instance) -> Instance:
        """The instance of the same targets whose outputs are ``scale`` times those of ``instance`` plus ``offset``, for
        parameters one to one. Its last activation is the identity."""
        *hidden, last = instance.network.layers
        assert last.activation.name == "identity", "no other activation commutes with a scale and an offset"
        moved = replace(
            last,
            weights=_affine(last.weights, self.scale, Fraction(0)),
            biases=_affine(last.biases, self.scale, self.offset),
        )
        return replace(instance, network=replace(instance.network, layers=(*hidden, moved)))


def output_scale(instance: Instance, scale: Fraction | None = None) -> OutputScale:
    """A scale (of one significant digit, unless it is given) and an offset with which the range of the targets is
    within that of the outputs, by their bounds, unless the given scale is too small for it or no input has any effect.
    Of an instance with targets for one output and finite sets. Raises ModelTooLarge where bounds have too many digits.
    """
    view = View(instance)
    targets, counts = view.samples.y, view.samples.multiplicity
    assert isinstance(targets, ExactArray), "classes have no unit"
    assert targets.shape[1] == 1, "one output has one scale"
    bounds, unit = view.bounds, Fraction(1, view.bounds.scaled.output_scale)
    low, high = int(bounds.layers[-1].out_lower.min()) * unit, int(bounds.layers[-1].out_upper.max()) * unit
    y = np.sort(targets.numerators[:, 0])
    first, last = (Fraction(int(end), targets.denominator) for end in (y[0], y[-1]))
    typical = Fraction(_typical(targets.numerators[:, 0], counts, instance.loss.penalty), targets.denominator)
    # Where nothing is added to it, the output is a bias: a middle one becomes the typical target, exactly.
    biases = instance.network.layers[-1].biases[0]
    middle = min(biases, key=lambda bias: abs(2 * bias - biases[0] - biases[-1]))
    if scale is None:
        wide = min(high - low, _span(view) * unit)
        scale = Fraction(1)
        if wide and first < last:
            least = most = (last - first) / wide
            for far, reach in ((last - typical, high - middle), (typical - first, middle - low)):
                most = max(most, far / reach if reach else MOST_WIDENED * least)
            scale = _rounded_up(min(most, MOST_WIDENED * least))
    ends = last - scale * high, first - scale * low
    offset = typical - scale * middle
    if ends[0] <= ends[1]:
        offset = min(max(offset, ends[0]), ends[1])
    return OutputScale(scale, offset)


def _span(view: View) -> int:
    """How far the output for two inputs is likely to lie apart at most, for the same parameters: an integer at its
    scale. The parts of a sum lie apart so far as they can, and the sum so far as they can all together, or three
    standard deviations either side of its mean, where that is less."""
    unrolled = view.bounds
    spans = [_range(unrolled.x, unrolled.x)]
    for layer, scaled, bounds in zip(unrolled.network.layers, unrolled.scaled.layers, unrolled.layers, strict=True):
        heaviest = np.maximum(np.abs(scaled.weights.lowest()), np.abs(scaled.weights.highest())).astype(object)
        parts = heaviest * np.concatenate([spans[source] for source in layer.sources])
        sums = [min(sum(row), math.isqrt(9 * sum(part * part for part in row))) for row in parts.tolist()]
        reached = _range(bounds.out_lower, bounds.out_upper)
        steepest = max(map(abs, scaled.activation.slopes), default=0)
        spans.append(np.minimum(reached, steepest * np.array(sums, dtype=object)) if steepest else reached)
    return int(spans[-1][0])


def _range(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """How far numbers between bounds [n, k] can lie apart: Python integers [k]."""
    return np.asarray(upper.max(axis=0).astype(object) - lower.min(axis=0))


def _typical(y: np.ndarray, counts: np.ndarray, penalty: Penalty) -> int:
    """Of integers y [n] one that costs little for all of them: the nearest to the mean for squares, else the quantile
    at which what it costs to be above balances what it costs to be below."""
    if penalty.power == 2:
        total = int(counts.sum())
        away = np.abs(y.astype(object) * total - int(counts.astype(object) @ y))
        return int(y[int(away.argmin())])
    order = np.argsort(y, kind="stable")
    rise, fall = penalty.lines[0][0], -penalty.lines[-1][0]
    below = np.cumsum(counts[order])
    wanted = math.ceil(int(below[-1]) * fall / (rise + fall))
    return int(y[order[int(np.searchsorted(below, wanted))]])


def _rounded_up(value: Fraction) -> Fraction:
    """The least number of one significant digit that is not below a positive one."""
    power = Fraction(10) ** math.floor(math.log10(value.numerator) - math.log10(value.denominator))
    return math.ceil(value / power) * power


def _affine(grid: SetGrid, factor: Fraction, summand: Fraction) -> SetGrid:
    return SetGrid(tuple(tuple(factor * value + summand for value in values) for values in grid.sets), grid.index)
