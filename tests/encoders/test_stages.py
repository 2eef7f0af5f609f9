"""Later stages in models and in brute force: the least cost is that of evaluating assignment by assignment."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF
from pysat.solvers import Solver

from dnnt_encode.analysis.view import View
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.inprocess.brute import BruteBackend
from dnnt_encode.backends.protocol import Candidate, Controls, Event, InstanceTask, LinearTask
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.encoders.options import SumEncoding
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


@relaxed(EXAMPLES)
@given(tiny_instances(assignments=60), st.sampled_from(("auto", "order", "adder")))
def test_the_optimum_of_a_formula_is_the_least_cost(instance: Instance, sums: SumEncoding) -> None:
    for staged, least in stages(instance, usable(instance)):
        model = encode_cnf(staged, options=CnfOptions(sum=sums, objective="sum"))
        formula = WCNF()
        for block in model.blocks:
            formula.extend(block.tolist())
        for literal, weight in zip(model.soft_literals.tolist(), model.soft_weights.tolist(), strict=True):
            formula.append([literal], weight=weight)
        with RC2(formula) as solver:
            assert solver.compute() is not None
            assert model.loss(solver.cost + model.objective_constant) == least
        assert model.objective is not None
        for most, fits in ((least, True), (least - model.loss_unit, False)):
            bound = model.objective.at_most(int(most / model.loss_unit))
            with Solver("glucose42", bootstrap_with=formula.hard) as decider:
                assert decider.solve(assumptions=bound) is fits


@relaxed(3 * EXAMPLES)
@given(tiny_instances(assignments=60))
def test_brute_force_finds_the_least_cost(instance: Instance) -> None:
    for staged, least in stages(instance, usable(instance)):
        said: list[Event] = []
        finished = BruteBackend().run(InstanceTask(View(staged), exhaustive=True), Controls(), said.append)
        assert (finished.outcome, finished.exhaustive) == ("exhausted", True)
        assert min(event.objective for event in said if isinstance(event, Candidate)) == least  # type: ignore[type-var]
