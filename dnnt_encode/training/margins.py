"""Greater margins by way of losses: an instance whose loss asks for more than the samples have.

The trainer goes down a loss. For the least margin it is the count of samples whose margin is not above what is reached;
for the sum of margins what each sample lacks of twice the mean, where a sample that counts as wrong costs many times
that, so that those that are right stay right. What comes out is judged by the stage's own cost.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.instance.forward import forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import Loss, Penalty, loss
from dnnt_encode.instance.objectives import least_margin, margins
from dnnt_encode.instance.weights import Weights

STEEP = 2
"""What a sample with margin 0 costs more than one that just counts as right, in margins that are asked for."""


def harder(instance: Instance, weights: Weights) -> Instance:
    """An instance with a stage that is about margins, in place of it: the loss asks for more than the weights give."""
    assert instance.stage is not None
    network, dataset = instance.network, instance.dataset
    found = margins(instance.loss, dataset, forward(network, weights.layers, dataset.x))
    least, each = least_margin(instance.loss), found.fractions()
    if instance.stage.objective.name == "margin":
        reached = min((margin for margin in each if margin >= least), default=least)
        wanted: Loss = loss("misclassification", margin=reached + Fraction(1, found.denominator))
    else:
        pairs = zip(each, dataset.multiplicity.tolist(), strict=True)
        total = sum((margin * count for margin, count in pairs if margin >= least), Fraction(0))
        top = max(2 * total / dataset.total, least + Fraction(1, found.denominator))
        # In round numbers, which keep the arithmetic small.
        top = Fraction(-(-top * found.denominator // 1), found.denominator)
        zero, one, steep = Fraction(0), Fraction(1), Fraction(math.ceil(STEEP * top / least))
        wrong = (steep, top - least + steep * least)
        wanted = Loss("margins", "class", Penalty((wrong, (one, top), (zero, zero))), "max")
    return replace(instance, loss=wanted, threshold=None, stage=None)
