"""The lightest weights that fit everything, against the enumeration of all assignments."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.algorithms.one_layer import lightest
from dnnt_encode.algorithms.one_layer.lightest import LightestFit, takes_stage
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import LOSSES, Instance
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.objectives import cost, objective_value
from dnnt_encode.instance.stage import Objective, Stage
from dnnt_encode.reduce import separate_outputs
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.policy import Policy
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.solve import answer
from tests.algorithms.running import finish
from tests.algorithms.test_one_layer import scoring_instances
from tests.stages import everything

OBJECTIVES = ("nonzeros", "weight", "nonzeros+biases", "weight+biases")


def staged(instance: Instance, objective: str) -> Instance:
    return replace(instance, threshold=Fraction(0), stage=Stage(Objective.of(objective)))


@given(scoring_instances(tuple(LOSSES)), st.sampled_from(OBJECTIVES), st.sampled_from([2**20, 1]), st.booleans())
def test_what_it_finds_is_the_lightest_fit(instance: Instance, objective: str, elements: int, fits: bool) -> None:
    asked = staged(fit_of(instance) if fits else instance, objective)
    assert takes_stage(asked)
    costs = [cost(asked, weights, loss) for loss, weights in everything(asked)]
    least = min((found for found in costs if found is not None), default=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightest, "_ELEMENTS", elements)
        search = LightestFit(View(asked))
        finish(search.run())
    if least is None:
        assert search.best is None
        return
    assert search.best is not None
    weights = search.best.assignment.weights(asked)
    assert evaluate(asked, weights).loss == 0
    assert objective_value(asked.stage.objective, asked, weights) == search.best.objective == search.bound == least  # type: ignore[union-attr]
    search = LightestFit(View(asked))
    search.only_below(least)
    finish(search.run())
    assert search.best is None
    assert search.bound >= least


def fit_of(instance: Instance) -> Instance:
    """The instance with only those samples that some assignment gets right."""
    _, weights = min(everything(instance), key=lambda pair: pair[0])
    rows = np.flatnonzero(evaluate(instance, weights).sample_losses.numerators == 0)
    return replace(instance, dataset=instance.dataset.take(rows if len(rows) else np.array([0])))


def test_what_it_does_not_take() -> None:
    one = Instance.from_arrays([[0, 1], [1, 1]], [0, 1], hidden=[], loss="misclassification", threshold=0)
    asked = staged(one, "weight")
    assert takes_stage(asked)
    assert not takes_stage(one)
    assert not takes_stage(replace(asked, threshold=Fraction(1)))
    assert not takes_stage(replace(asked, stage=Stage(Objective("margin"))))
    assert not takes_stage(replace(asked, stage=Stage(Objective("weight"), ((Objective("nonzeros"), Fraction(1)),))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightest, "_MOST_ELEMENTS", 1)
        with pytest.raises(ModelTooLarge, match="moves on"):
            LightestFit(View(asked))


@pytest.mark.parametrize("loss", ["zero_one", "linf", "l1"])
@pytest.mark.parametrize("fits", [True, False])
def test_outputs_that_are_to_fit_everything_are_apart(loss: str, fits: bool) -> None:
    x = list(itertools.product([0, 1], repeat=3))
    y = [[sum(row) % 2 if not fits else int(sum(row) > 1), 1 - row[0]] for row in x]
    biases = [-2, -1, 0, 1, 2]
    instance = Instance.from_arrays(x, y, hidden=[], loss=loss, output_activation="step", threshold=0, biases=biases)
    assert (min(enumerate_losses(instance).fractions().tolist()) == 0) == fits
    assert separate_outputs(instance) is not None
    policy = Policy(brute_operations=0, dynamic_transitions=0)
    result = answer(Request(instance, threshold=Fraction(0), threads=1), Clock(60), policy)
    assert result.status == ("SATISFIABLE" if fits else "UNSATISFIABLE")
    assert result.backend == "onelayer" or not fits
