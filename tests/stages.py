"""Stages of instances, and the least cost of all assignments: the oracle of everything that optimises more than the
loss. It evaluates assignment by assignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.instance import Instance, Weights, evaluate
from dnnt_encode.instance.objectives import cost, objective_value
from dnnt_encode.instance.stage import NAMES, Objective, Stage

OBJECTIVES = tuple(Objective.of(name) for name in NAMES[1:])


def usable(instance: Instance) -> list[Objective]:
    """The objectives that an instance has."""
    return [objective for objective in OBJECTIVES if not objective.maximises or instance.loss.targets == "class"]


@lru_cache(maxsize=4)
def everything(instance: Instance) -> list[tuple[Fraction, Weights]]:
    """The loss and the weights of every assignment."""
    enumeration = Enumeration(instance)
    found = (enumeration.assignment(number).weights(instance) for number in range(enumeration.total))
    return [(evaluate(instance, weights).loss, weights) for weights in found]


def best(instance: Instance, objectives: Sequence[Objective], most: Fraction | None = None) -> list[Fraction]:
    """The values of all objectives, the loss first, of the lexicographically best assignment; ``most``: losses up to
    this are equally good."""
    left = everything(instance)
    least = min(loss for loss, _ in left)
    left = [(loss, weights) for loss, weights in left if loss <= (least if most is None else most)]
    values = [least]
    for objective in objectives:
        own = [objective_value(objective, instance, weights) for _, weights in left]
        values.append(max(own) if objective.maximises else min(own))
        left = [pair for pair, value in zip(left, own, strict=True) if value == values[-1]]
    return values


def stages(instance: Instance, about: Sequence[Objective]) -> Iterator[tuple[Instance, Fraction]]:
    """Instances with stages, and their least costs: every objective alone, and under a limit of the one before it; the
    loss at most the one of a third of the assignments."""
    losses = sorted(loss for loss, _ in everything(instance))
    most = losses[len(losses) // 3]
    for number, objective in enumerate(about):
        other = about[number - 1]
        inside = [weights for loss, weights in everything(instance) if loss <= most]
        values = sorted(objective_value(other, instance, weights) for weights in inside)
        limit = values[-1 - len(values) // 4] if other.maximises else values[len(values) // 4]
        for limits in ((), ((other, limit),)):
            top = max(objective_value(objective, instance, weights) for weights in inside)
            staged = replace(instance, threshold=most, stage=Stage(objective, limits, max(top, Fraction(0)) + 1))
            costs = [cost(staged, weights, loss) for loss, weights in everything(instance)]
            yield staged, min(found for found in costs if found is not None)
