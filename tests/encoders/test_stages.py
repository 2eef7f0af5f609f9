"""Later stages in models and in brute force: the least cost is that of evaluating assignment by assignment."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from dnnt_encode.analysis.view import View
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.inprocess.brute import BruteBackend
from dnnt_encode.backends.protocol import Candidate, Controls, Event, InstanceTask, LinearTask
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.instance import Instance
from tests.random_instances import tiny_instances
from tests.stages import stages, usable

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "12"))


def relaxed(examples: int) -> settings:
    return settings(max_examples=max(examples, 1), deadline=None, suppress_health_check=list(HealthCheck))


@relaxed(EXAMPLES)
@given(tiny_instances(assignments=60))
def test_the_optimum_of_a_linear_model_is_the_least_cost(instance: Instance) -> None:
    pytest.importorskip("ortools")
    for staged, least in stages(instance, usable(instance)):
        model = encode_linear(staged)
        size = linear_size(staged)
        assert (size.columns, size.rows) == (model.columns, model.rows)
        said: list[Event] = []
        CpsatBackend().run(LinearTask(model), Controls(), said.append)
        objectives = [event.objective for event in said if isinstance(event, Candidate)]
        assert model.loss(min(objectives)) == least  # type: ignore[type-var, arg-type]


@relaxed(3 * EXAMPLES)
@given(tiny_instances(assignments=60))
def test_brute_force_finds_the_least_cost(instance: Instance) -> None:
    for staged, least in stages(instance, usable(instance)):
        said: list[Event] = []
        finished = BruteBackend().run(InstanceTask(View(staged), exhaustive=True), Controls(), said.append)
        assert (finished.outcome, finished.exhaustive) == ("exhausted", True)
        assert min(event.objective for event in said if isinstance(event, Candidate)) == least  # type: ignore[type-var]
