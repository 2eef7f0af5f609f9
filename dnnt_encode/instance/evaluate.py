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
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, integer_array, max_abs
from dnnt_encode.instance.weights import Weights


@dataclass(frozen=True, eq=False)
class Evaluation:
    """``loss`` counts multiplicities; ``sample_losses`` ([n]) are those of one copy of each sample; ``outputs`` is
    [n, m]."""

    loss: Fraction
    sample_losses: ExactArray
    outputs: ExactArray


def residuals(loss: Loss, dataset: Dataset, outputs: ExactArray) -> ExactArray:
    """The residuals r [n, k] of every sample; k is the number of outputs for ``difference`` and for one output, and
    one less (the other classes, in order) for ``margin`` with several outputs."""
    if loss.residual == "difference":
        assert isinstance(dataset.y, ExactArray)
        scale = math.lcm(outputs.denominator, dataset.y.denominator)
        return ExactArray.from_scaled(added(outputs.scaled(scale), -dataset.y.scaled(scale)), scale)
    assert isinstance(dataset.y, np.ndarray)
    scale = math.lcm(outputs.denominator, loss.margin.denominator)
    f = outputs.scaled(scale)
    margin = integer_array(np.array([loss.margin * scale], dtype=object))
    if outputs.shape[1] == 1:
        signs = np.where(dataset.y == 1, -1, 1)[:, None]
        return ExactArray.from_scaled(added(margin, f * signs), scale)
    rows = np.arange(len(f))
    own = f[rows, dataset.y][:, None]
    others = np.ones(f.shape, dtype=bool)
    others[rows, dataset.y] = False
    return ExactArray.from_scaled(added(added(f, -own)[others].reshape(len(f), -1), margin), scale)


def sample_losses(loss: Loss, dataset: Dataset, outputs: ExactArray) -> ExactArray:
    """The loss of one copy of each sample, [n]."""
    r = residuals(loss, dataset, outputs)
    penalties, unit = r.numerators, r.denominator
    penalties = np.maximum(penalties, 0) if loss.one_sided else np.abs(penalties)
    if loss.reduction == "any":
        return ExactArray((penalties > 0).any(axis=1).astype(np.int64))
    if loss.degree == 2:
        if max_abs(penalties) ** 2 >= INT64_SAFE:
            penalties = penalties.astype(object)
        penalties, unit = penalties * penalties, unit * unit
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
