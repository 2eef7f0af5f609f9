"""The loss that asks for greater margins, at outputs one by one."""

from dataclasses import replace
from fractions import Fraction

import pytest

from dnnt_encode.instance import Instance, Weights, evaluate
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.stage import Objective, Stage
from dnnt_encode.training.margins import harder

Y = [1, 0, 1, 1]
"""The margins of outputs 3, -2, 1, -4 are 3, 2, 1 and, wrong, -4."""


def staged(objective: str) -> tuple[Instance, Weights]:
    instance = Instance.from_arrays([[3], [-2], [1], [-4]], Y, hidden=[], weights=[1], biases=[0])
    weights = Assignment.first(instance.network).weights(instance)
    return replace(instance, threshold=Fraction(1), stage=Stage(Objective(objective), (), Fraction(99))), weights


@pytest.mark.parametrize(
    ("objective", "losses"),
    [
        # More than the least margin 1 of those that are right is what two of them have.
        ("margin", [0, 0, 1, 1]),
        # Twice the mean of what is right, (3 + 2 + 1) / 4, are 3. A wrong one costs 6 a step below 1.
        ("margins", [0, 1, 2, 32]),
    ],
)
def test_what_is_asked_for(objective: str, losses: list[int]) -> None:
    instance, weights = staged(objective)
    asked = harder(instance, weights)
    found = evaluate(asked, Weights.for_instance(asked, weights.layers))
    assert (asked.stage, asked.threshold) == (None, None)
    assert [int(loss) for loss in found.sample_losses.fractions()] == losses
