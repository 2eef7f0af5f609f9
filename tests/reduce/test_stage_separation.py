"""Outputs apart in a stage: costs add up, and the least cost of the whole is the sum of those of the parts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from dnnt_encode.instance import Assignment, Instance
from dnnt_encode.instance.objectives import cost, objective_value
from dnnt_encode.instance.stage import Objective, Stage
from dnnt_encode.reduce import separate_outputs
from tests.random_instances import tiny_instances
from tests.stages import everything


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_instances(losses=("zero_one", "l1", "l2", "linf"), assignments=200))
def test_costs_add_up(instance: Instance) -> None:
    for name in ("nonzeros", "weight+biases"):
        objective = Objective.of(name)
        staged = replace(instance, threshold=Fraction(0), stage=Stage(objective))
        found = separate_outputs(staged)
        assume(found is not None)
        assert found is not None
        for _, weights in everything(instance)[::7]:
            inner = found.lower(Assignment.of(instance.network, weights))
            joined = found.join(inner).weights(instance)
            pairs = zip(found.parts, inner, strict=True)
            own = [objective_value(objective, part, part_of.weights(part)) for part, part_of in pairs]
            assert objective_value(objective, instance, joined) == sum(own) + found.offset
        least = [costs(part) for part in found.parts]
        whole = costs(staged)
        if whole is None or None in least:
            assert whole is None
            assert None in least
        else:
            assert whole == sum(value for value in least if value is not None) + found.offset


def costs(instance: Instance) -> Fraction | None:
    """The least cost; None where nothing is within the limits."""
    found = [cost(instance, weights, loss) for loss, weights in everything(instance)]
    return min((value for value in found if value is not None), default=None)


def test_what_is_shared_or_limited_stays_together() -> None:
    pixels = Instance.from_arrays(np.eye(3, dtype=int), [[0, 1], [1, 0], [1, 1]], hidden=[], loss="l1")
    stage = Stage(Objective("weight"))
    fits = replace(pixels, threshold=Fraction(0), stage=stage)
    assert separate_outputs(fits) is not None
    assert separate_outputs(replace(fits, threshold=Fraction(1))) is None
    assert separate_outputs(replace(fits, stage=Stage(Objective("units")))) is None
    assert separate_outputs(replace(fits, stage=replace(stage, limits=((Objective("nonzeros"), Fraction(9)),)))) is None
