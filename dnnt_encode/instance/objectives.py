"""What is optimised beside the loss, one after the other: each objective among the networks that are best by all
earlier ones.

| name | value | best |
|---|---|---|
| ``loss`` | the loss | least |
| ``nonzeros`` | how many weights are other than 0 | least |
| ``weight`` | the sum of the absolute weights, in the instance's units | least |
| ``units`` | how many hidden units some output can feel: a path of weights other than 0 leads there | least |
| ``margin`` | the least margin of the samples that count as right; 0 where none does | greatest |
| ``margins`` | the sum of the margins of the samples that count as right, with multiplicities | greatest |

``nonzeros+biases`` and ``weight+biases`` count biases like weights. The margin of a sample is by how much the output of
its class exceeds the largest other one, with one output the output itself for class 1 and its opposite for class 0; a
sample counts as right where that is at least the loss's own margin. A stage is run as a loss is: every objective has a
cost that is least where the objective is best, and never below 0. What is maximised costs what it lacks of a ``top``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.behaviour import met
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.evaluate import residuals
from dnnt_encode.instance.forward import LayerWeights, forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import MARGIN, Loss
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.stage import Objective
from dnnt_encode.instance.weights import Weights


def check_objectives(instance: Instance, objectives: Sequence[Objective]) -> None:
    """Raises ValueError where the instance has no such objective."""
    if len(objectives) > 1 and instance.network.continuous:
        raise ValueError("parameters from intervals are trained for the loss alone")
    for objective in objectives:
        if objective.maximises and instance.loss.targets != "class":
            raise ValueError(
                f"the objective {objective} is about classes; the loss {instance.loss.name} has numbers for targets"
            )


def objective_value(objective: Objective, instance: Instance, weights: Weights) -> Fraction:
    """The exact value of an objective other than the loss."""
    if objective.maximises:
        return _margin_value(objective, instance, weights)
    if objective.name == "units":
        return Fraction(sum(int(unit.sum()) for unit in felt_units(instance.network, weights.layers)))
    counted = [layer.weights for layer in weights.layers]
    counted += [layer.biases for layer in weights.layers] if objective.biases else []
    total = Fraction(0)
    for values in counted:
        numerators = values.numerators.astype(object)
        if objective.name == "nonzeros":
            total += int((numerators != 0).sum())
        else:
            total += Fraction(int(np.abs(numerators).sum()), values.denominator)
    return total


def cost(instance: Instance, weights: Weights, loss: Fraction) -> Fraction | None:
    """What weights of this loss cost in the stage of an instance; the loss where it has none. None where they break a
    limit or a constraint."""
    stage = instance.stage
    if not met(instance, weights):
        return None
    if stage is None:
        return loss
    if instance.threshold is not None and loss > instance.threshold:
        return None
    for objective, limit in stage.limits:
        value = objective_value(objective, instance, weights)
        if value < limit if objective.maximises else value > limit:
            return None
    return stage.cost(objective_value(stage.objective, instance, weights))


def felt_units(network: Network, layers: Sequence[LayerWeights]) -> list[np.ndarray]:
    """For every hidden layer which of its units (bool) some output can feel."""
    felt = [np.zeros(layer.units, dtype=bool) for layer in network.layers]
    felt[-1][:] = True
    for position in range(len(network.layers) - 1, 0, -1):
        reads = np.asarray(layers[position].weights.numerators != 0).astype(bool)
        heard = (felt[position][:, None] & reads).any(axis=0)
        for source, columns in network.source_slices(position):
            if source:
                felt[source - 1] |= heard[columns]
    return felt[:-1]


def least_margin(loss: Loss) -> Fraction:
    """The margin from which on a sample counts as right."""
    return loss.parameters[MARGIN.name]


def margins(loss: Loss, dataset: Dataset, outputs: ExactArray) -> ExactArray:
    """The margins [n] of all samples, from the outputs [n, m]."""
    gaps = residuals(loss, dataset, outputs)
    return ExactArray.from_scaled(-np.max(gaps.numerators, axis=1), gaps.denominator)


def _margin_value(objective: Objective, instance: Instance, weights: Weights) -> Fraction:
    found = margins(
        instance.loss, instance.dataset, forward(instance.network, weights.layers, instance.dataset.x)
    ).fractions()
    counts = instance.dataset.multiplicity.tolist()
    least = least_margin(instance.loss)
    right = [(margin, count) for margin, count in zip(found, counts, strict=True) if margin >= least]
    if objective.name == "margin":
        return min((margin for margin, _ in right), default=Fraction(0))
    return sum((margin * count for margin, count in right), Fraction(0))
