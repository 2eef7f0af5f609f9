"""Exact evaluation: rational numbers in, exact outputs and an exact loss out.

The losses are read from their data; see ``losses`` for what they mean and ``forward`` for the outputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.forward import added, forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import Loss
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs
from dnnt_encode.instance.weights import Weights


@dataclass(frozen=True, eq=False)
class Evaluation:
    """``loss`` counts multiplicities; ``sample_losses`` ([n]) are those of one copy of each sample; ``outputs`` is
    [n, m]."""

    loss: Fraction
    sample_losses: ExactArray
    outputs: ExactArray


def residuals(loss: Loss, dataset: Dataset, outputs: ExactArray) -> ExactArray:
    """The residuals r [n, k] of every sample; k is the number of outputs for target vectors and for one output, and
    one less (the other classes, in order) for classes with several outputs."""
    if loss.targets == "vector":
        assert isinstance(dataset.y, ExactArray)
        scale = math.lcm(outputs.denominator, dataset.y.denominator)
        return ExactArray.from_scaled(added(outputs.scaled(scale), -dataset.y.scaled(scale)), scale)
    assert isinstance(dataset.y, np.ndarray)
    f, scale = outputs.numerators, outputs.denominator
    if outputs.shape[1] == 1:
        return ExactArray.from_scaled(f * np.where(dataset.y == 1, -1, 1)[:, None], scale)
    rows = np.arange(len(f))
    own = f[rows, dataset.y][:, None]
    others = np.ones(f.shape, dtype=bool)
    others[rows, dataset.y] = False
    return ExactArray.from_scaled(added(f, -own)[others].reshape(len(f), -1), scale)


def sample_losses(loss: Loss, dataset: Dataset, outputs: ExactArray) -> ExactArray:
    """The loss of one copy of each sample, [n]."""
    r = residuals(loss, dataset, outputs)
    scale = math.lcm(r.denominator, loss.penalty.denominator)
    penalty = loss.penalty.scaled(scale)
    penalties, unit = penalty.apply(r.scaled(scale)), penalty.unit.denominator
    if loss.counts:
        return ExactArray(np.asarray((penalties > 0).any(axis=1), dtype=np.int64))
    if loss.reduction == "max":
        return ExactArray.from_scaled(penalties.max(axis=1), unit)
    if max_abs(penalties) * penalties.shape[1] >= INT64_SAFE:
        penalties = penalties.astype(object)
    return ExactArray.from_scaled(penalties.sum(axis=1), unit)


def evaluate(instance: Instance, weights: Weights) -> Evaluation:
    """The exact loss of some weights on an instance's dataset, sample by sample and in total.

    Whether the values are allowed is another question: see ``weights.check_allowed``. Raises InputError where shapes
    do not fit.
    """
    outputs = forward(instance.network, weights.layers, instance.dataset.x)
    each = sample_losses(instance.loss, instance.dataset, outputs)
    counts, values = instance.dataset.multiplicity, each.numerators
    if instance.dataset.total * max_abs(values) >= INT64_SAFE:
        counts, values = counts.astype(object), values.astype(object)
    return Evaluation(Fraction(int(counts @ values), each.denominator), each, outputs)
