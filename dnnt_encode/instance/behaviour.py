"""Whether weights meet the constraints of an instance, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.instance.conditions import joined
from dnnt_encode.instance.forward import forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights, classify


@dataclass(frozen=True)
class Upheld:
    """``constraint`` in words, whether it ``holds``, and how far, where there is something to say."""

    constraint: str
    holds: bool
    detail: str


def check_constraints(instance: Instance) -> None:
    """Raises ValueError where the constraints do not fit the instance, ModelTooLarge where they are about too many
    inputs."""
    if not instance.constraints:
        return
    if instance.network.continuous:
        raise ValueError("parameters from intervals are trained without constraints")
    assert instance.conditions is not None


def met(instance: Instance, weights: Weights) -> bool:
    """Whether weights meet all constraints."""
    conditions = instance.conditions
    if conditions is None:
        return True
    answers = classify(forward(instance.network, weights.layers, conditions.x))
    return not conditions.broken(answers).any()


def upheld(instance: Instance, weights: Weights) -> list[Upheld]:
    """How each of the constraints stands with weights that carry their network."""
    found = []
    for constraint in instance.constraints:
        own = joined([constraint.conditions(instance.dataset, instance.network)])
        answers = classify(weights.outputs(own.x))
        detail = constraint.detail(instance.dataset, own, answers)
        found.append(Upheld(str(constraint), not np.any(own.broken(answers)), detail))
    return found
