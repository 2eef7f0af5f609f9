"""Constraints on behaviour: by evaluation, by brute force, in linear models and in formulas the same assignments meet
them, those that meet their definitions."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import OUTSIDE, Enumeration
from dnnt_encode.encoders.cnf import CnfOptions, cnf_size, encode_cnf
from dnnt_encode.encoders.linear import LinearOptions, encode_linear, linear_size
from dnnt_encode.instance import Instance
from dnnt_encode.instance.behaviour import met
from dnnt_encode.instance.constraints import METRICS, Constraint, Metric, MonotoneAnswers, RobustAnswers
from dnnt_encode.reduce import FUNCTIONS, STEPS, Split, chain
from tests.constraints import CLASS_LOSSES, constrained_instances, meets
from tests.encoders.cnf_oracle import satisfying, well_formed
from tests.encoders.linear_oracle import Stack
from tests.random_instances import tiny_instances

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "40"))
radii, metrics = st.sampled_from((Fraction(1), Fraction(2), Fraction(3), Fraction(8))), st.sampled_from(METRICS)
options = st.builds(
    CnfOptions, sum=st.sampled_from(("auto", "order", "adder")), sharing=st.booleans(), symmetry=st.just("none")
)


def relaxed(examples: int) -> settings:
    return settings(max_examples=max(examples, 1), deadline=None, suppress_health_check=list(HealthCheck))


def enumerated(instance: Instance) -> list[Fraction | None]:
    """The losses of all assignments by brute force; None where one breaks a constraint."""
    enumeration = Enumeration(instance)
    losses = np.concatenate([block for _, block in enumeration.blocks()]).tolist()
    return [None if loss == OUTSIDE else loss * enumeration.unit for loss in losses]


@relaxed(EXAMPLES)
@given(constrained_instances(assignments=60))
def test_brute_force_and_evaluation_go_by_the_definitions(instance: Instance) -> None:
    enumeration, losses = Enumeration(instance), enumerated(instance)
    for number, loss in enumerate(losses):
        weights = enumeration.assignment(number).weights(instance)
        assert met(instance, weights) is meets(instance, weights) is (loss is not None)


@relaxed(EXAMPLES)
@given(tiny_instances(CLASS_LOSSES, assignments=60, max_hidden_layers=0, max_inputs=3), radii, metrics)
def test_without_hidden_layers_the_ends_of_columns_are_enough(
    instance: Instance, radius: Fraction, metric: Metric
) -> None:
    robust = replace(instance, constraints=(RobustAnswers(radius, metric),))
    enumeration = Enumeration(robust)
    for number, loss in enumerate(enumerated(robust)):
        assert meets(robust, enumeration.assignment(number).weights(robust)) is (loss is not None)


@pytest.mark.parametrize("big", [2**61, 2**80, "1/3"])
@pytest.mark.parametrize(
    "constraint", [RobustAnswers(1, "linf"), RobustAnswers(2**90, "linf"), RobustAnswers(1), MonotoneAnswers((1,))]
)
@pytest.mark.parametrize("hidden", [[], [1]])
def test_numbers_of_any_size(big: int | str, constraint: Constraint, hidden: list[int]) -> None:
    x = [[0, big], [1, f"-{big}"], [2, 0]]
    instance = Instance.from_arrays(x, [0, 1, 1], hidden=hidden, constraints=[constraint])
    enumeration, losses = Enumeration(instance), enumerated(instance)
    for number, loss in enumerate(losses):
        assert meets(instance, enumeration.assignment(number).weights(instance)) is (loss is not None)


def threshold(data: st.DataObject, losses: list[Fraction | None]) -> tuple[Fraction, set[int]]:
    """A threshold, and the assignments that are within it."""
    gamma = data.draw(st.sampled_from(sorted({loss for loss in losses if loss is not None} | {Fraction(0)})))
    return gamma, {number for number, loss in enumerate(losses) if loss is not None and loss <= gamma}


@relaxed(EXAMPLES)
@given(constrained_instances(), options, st.data())
def test_the_solutions_of_a_formula_are_those_that_meet_them(
    instance: Instance, chosen: CnfOptions, data: st.DataObject
) -> None:
    gamma, wanted = threshold(data, enumerated(instance))
    model = encode_cnf(instance, threshold=gamma, options=chosen)
    well_formed(model)
    assert satisfying(instance, model) == wanted
    assert cnf_size(instance, threshold=gamma, options=chosen).variables == model.variables


@relaxed(EXAMPLES // 2)
@given(constrained_instances(assignments=60), st.data())
def test_the_solutions_of_a_linear_model_are_those_that_meet_them(instance: Instance, data: st.DataObject) -> None:
    pytest.importorskip("ortools")
    losses = enumerated(instance)
    gamma, wanted = threshold(data, losses)
    no_order = LinearOptions(symmetry="none")
    model = encode_linear(instance, threshold=gamma, options=no_order)
    size = linear_size(instance, threshold=gamma, options=no_order)
    assert (size.columns, size.rows) == (model.columns, model.rows)
    stack, enumeration = Stack(model), Enumeration(instance)
    for number in range(len(losses)):
        stack.add(enumeration.assignment(number), optional=True)
    assert {number for number, fits in enumerate(stack.satisfiable()) if fits} == wanted
    least = Stack(encode_linear(instance, options=no_order))
    inside = [number for number, loss in enumerate(losses) if loss is not None]
    for number in inside:
        least.add(enumeration.assignment(number))
    found = least.least_objectives()
    assert found is not None
    assert [model.loss(value) for value in found] == [losses[number] for number in inside]


@relaxed(EXAMPLES)
@given(constrained_instances(assignments=100), st.sampled_from(FUNCTIONS))
def test_the_parts_of_a_split_keep_what_meets_them(instance: Instance, split: Split) -> None:
    parts, enumeration = split(instance), Enumeration(instance)
    for number, loss in enumerate(enumerated(instance) if parts else []):
        outer = enumeration.assignment(number)
        inner = [(part, part.lower(outer)) for part in parts]
        there = [(part, lowered) for part, lowered in inner if lowered is not None]
        assert there
        for part, lowered in there:
            assert met(part.instance, lowered.weights(part.instance)) is (loss is not None)
            assert met(instance, part.lift(lowered).weights(instance)) is (loss is not None)


@relaxed(EXAMPLES)
@given(constrained_instances(), st.data())
def test_reductions_keep_what_meets_them(instance: Instance, data: st.DataObject) -> None:
    losses = enumerated(instance)
    gamma, wanted = threshold(data, losses)
    reduced = chain(instance.with_threshold(gamma), STEPS)
    if reduced.contradiction is not None:
        assert not wanted
        return
    inner, outer = Enumeration(reduced.instance), Enumeration(instance)
    kept = {
        outer.number_of(reduced.lift(inner.assignment(number)))
        for number, loss in enumerate(enumerated(reduced.instance))
        if loss is not None and loss <= gamma
    }
    assert kept == wanted
