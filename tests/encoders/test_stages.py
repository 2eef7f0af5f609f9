"""Later stages in models and in brute force: the least cost is that of evaluating assignment by assignment."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnnt_encode.analysis.view import View
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.inprocess.brute import BruteBackend
from dnnt_encode.backends.protocol import Candidate, Controls, Event, InstanceTask, LinearTask
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.instance import Instance
from dnnt_encode.instance.objectives import cost
from tests.encoders.cnf_oracle import least_cost, satisfying, well_formed
from tests.random_instances import tiny_instances
from tests.stages import everything, stages, usable

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


@relaxed(EXAMPLES)
@given(tiny_instances(assignments=60), st.sampled_from(("auto", "order", "adder")))
def test_a_formula_keeps_exactly_the_assignments_within_a_cost(instance: Instance, sums: SumEncoding) -> None:
    for staged, least in stages(instance, usable(instance)):
        model = encode_cnf(staged, options=CnfOptions(sum=sums, symmetry="none", objective="sum"))
        well_formed(model)
        found = least_cost(model)
        assert found is not None
        assert model.loss(found) == least
        assert model.loss(model.objective_lower) <= least
        assert model.objective is not None
        costs = [cost(staged, weights, loss) for loss, weights in everything(instance)]
        reached = sorted({each for each in costs if each is not None})
        for most in (least - model.loss_unit, least, reached[len(reached) // 2]):
            bound = model.objective.at_most(int(most / model.loss_unit))
            wanted = {number for number, each in enumerate(costs) if each is not None and each <= most}
            assert satisfying(staged, model, bound) == wanted


@relaxed(3 * EXAMPLES)
@given(tiny_instances(assignments=60))
def test_brute_force_finds_the_least_cost(instance: Instance) -> None:
    for staged, least in stages(instance, usable(instance)):
        said: list[Event] = []
        finished = BruteBackend().run(InstanceTask(View(staged), exhaustive=True), Controls(), said.append)
        assert (finished.outcome, finished.exhaustive) == ("exhausted", True)
        assert min(event.objective for event in said if isinstance(event, Candidate)) == least  # type: ignore[type-var]
