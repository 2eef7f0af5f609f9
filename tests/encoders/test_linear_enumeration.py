"""The linear encoding is exact: for every parameter assignment the least objective is its loss.

With all assignments of a random instance fixed in turn, the least objective of the model must equal the loss that brute
force computes; so for every threshold the assignments that satisfy the model are those of small enough loss.
"""

from __future__ import annotations

import os
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import assignment, enumerate_losses
from dnnt_encode.analysis.levels import Levels
from dnnt_encode.analysis.samples import merge_samples
from dnnt_encode.encoders.linear import LinearOptions, classes, encode_linear, linear_size
from dnnt_encode.encoders.linear.classes import MAX_DIFFERENCES
from dnnt_encode.instance import Instance
from dnnt_encode.models.linear import LinearModel
from tests.encoders.linear_oracle import Stack, least_objectives
from tests.random_instances import classifiers, tiny_instances

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "150"))
ALL = LinearOptions(symmetry="none")
# The limit past which classes have no differences, for instances too tiny to pass it.
limits = st.sampled_from((0, MAX_DIFFERENCES))
relaxed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def encode(instance: Instance, limit: int, threshold: Fraction | None = None) -> LinearModel:
    """The model with all solutions; it has the size that was announced for it."""
    with mock.patch.object(classes, "MAX_DIFFERENCES", limit):
        model = encode_linear(instance, threshold=threshold, options=ALL)
        size = linear_size(instance, threshold=threshold, options=ALL)
    assert (size.columns, size.rows) == (model.columns, model.rows)
    assert size.terms >= model.terms
    return model


def check_every_assignment(instance: Instance, limit: int) -> None:
    model = encode(instance, limit)
    losses = enumerate_losses(instance).fractions()
    found = least_objectives(model, [assignment(instance, index) for index in range(len(losses))])
    assert found is not None, "some assignment has no solution"
    assert [model.loss(value) for value in found] == losses.tolist()
    assert model.loss(model.objective_lower) <= min(losses)
    assert merge_samples(instance).lower_bound <= min(losses)


@relaxed
@given(tiny_instances(), limits)
def test_every_assignment_costs_its_loss(instance: Instance, limit: int) -> None:
    check_every_assignment(instance, limit)


@pytest.mark.nightly
@settings(max_examples=2500, deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_instances(assignments=60), limits)
def test_every_assignment_costs_its_loss_on_many_instances(instance: Instance, limit: int) -> None:
    check_every_assignment(instance, limit)


@settings(max_examples=max(EXAMPLES // 3, 1), deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_instances(assignments=60), limits, st.data())
def test_a_threshold_keeps_exactly_the_assignments_within_it(
    instance: Instance, limit: int, data: st.DataObject
) -> None:
    losses = enumerate_losses(instance).fractions().tolist()
    gamma = data.draw(st.sampled_from(sorted({*losses, min(losses) - Fraction(1, 7), min(losses) + Fraction(1, 5)})))
    model = encode(instance, limit, gamma)
    stack = Stack(model)
    for index in range(len(losses)):
        stack.add(assignment(instance, index), optional=True)
    assert stack.satisfiable() == [value <= gamma for value in losses]


@settings(max_examples=max(EXAMPLES // 2, 1), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(tiny_instances(assignments=400), classifiers()))
def test_symmetry_breaking_keeps_the_optimum_and_a_member_of_every_orbit(instance: Instance) -> None:
    losses, levels = enumerate_losses(instance).fractions().tolist(), Levels.of(instance)
    model = encode_linear(instance, options=LinearOptions(symmetry="all"))
    chosen = np.unique(np.linspace(0, len(losses) - 1, 60).astype(int)).tolist()
    members = [levels.canonical(assignment(instance, index)) for index in chosen]
    found = least_objectives(model, members)
    assert found is not None, "an orbit lost all its members"
    assert [model.loss(value) for value in found] == [losses[index] for index in chosen]
