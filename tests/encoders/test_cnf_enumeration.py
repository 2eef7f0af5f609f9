"""The CNF is exact: for every threshold, the assignments that satisfy it are those that brute force finds."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import Enumeration, assignment, enumerate_losses
from dnnt_encode.analysis.levels import Levels
from dnnt_encode.encoders.cnf import CnfOptions, cnf_size, encode_cnf
from dnnt_encode.instance import Instance
from tests.encoders.cnf_oracle import least_cost, satisfying, well_formed
from tests.random_instances import classifiers, tiny_instances

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "100"))
options = st.builds(
    CnfOptions, sum=st.sampled_from(("auto", "order", "adder")), sharing=st.booleans(), symmetry=st.just("none")
)


def relaxed(examples: int) -> settings:
    return settings(max_examples=max(examples, 1), deadline=None, suppress_health_check=list(HealthCheck))


def check_threshold(instance: Instance, chosen: CnfOptions, gamma: Fraction, losses: list[Fraction]) -> None:
    model = encode_cnf(instance, threshold=gamma, options=chosen)
    well_formed(model)
    wanted = {number for number, loss in enumerate(losses) if loss <= gamma}
    assert satisfying(instance, model) == wanted
    size = cnf_size(instance, threshold=gamma, options=chosen)
    assert size.variables == model.variables
    # Clauses in which one literal stands twice or with its negation are counted as they were meant.
    assert model.clauses <= size.clauses <= 1.1 * model.clauses + 20


def attainable(data: st.DataObject, losses: list[Fraction]) -> Fraction:
    levels = sorted(set(losses))
    return data.draw(st.sampled_from([*levels, levels[0] - Fraction(1, 7), levels[0] + Fraction(1, 5)]))


@relaxed(EXAMPLES)
@given(tiny_instances(), options, st.data())
def test_a_threshold_keeps_exactly_the_assignments_within_it(
    instance: Instance, chosen: CnfOptions, data: st.DataObject
) -> None:
    losses = enumerate_losses(instance).fractions().tolist()
    check_threshold(instance, chosen, attainable(data, losses), losses)


@pytest.mark.nightly
@relaxed(2000)
@given(tiny_instances(), options, st.data())
def test_a_threshold_keeps_exactly_the_assignments_within_it_on_many_instances(
    instance: Instance, chosen: CnfOptions, data: st.DataObject
) -> None:
    losses = enumerate_losses(instance).fractions().tolist()
    check_threshold(instance, chosen, attainable(data, losses), losses)


@relaxed(EXAMPLES // 3)
@given(tiny_instances(assignments=40), options)
def test_every_assignment_costs_its_loss(instance: Instance, chosen: CnfOptions) -> None:
    model = encode_cnf(instance, options=chosen)
    well_formed(model)
    losses = enumerate_losses(instance).fractions().tolist()
    for number in range(len(losses)):
        literals = model.variable_map.hints(assignment(instance, number))
        cost = least_cost(model, literals.tolist())
        assert cost is not None, "an assignment has no solution"
        assert model.loss(cost) == losses[number]
    assert model.loss(model.objective_lower) <= min(losses)


@relaxed(EXAMPLES // 3)
@given(tiny_instances(assignments=100), options, st.data())
def test_the_bound_of_the_objective_can_be_assumed(instance: Instance, chosen: CnfOptions, data: st.DataObject) -> None:
    losses = enumerate_losses(instance).fractions().tolist()
    model = encode_cnf(instance, options=CnfOptions(chosen.sum, chosen.sharing, symmetry="none", objective="sum"))
    well_formed(model)
    gamma = attainable(data, losses)
    assert model.objective is not None
    literals = model.objective.at_most(int(gamma // model.loss_unit))
    wanted = {number for number, loss in enumerate(losses) if loss <= gamma}
    assert satisfying(instance, model, literals) == wanted


@relaxed(EXAMPLES // 3)
@given(st.one_of(tiny_instances(assignments=400), classifiers()), options, st.data())
def test_symmetry_breaking_keeps_the_canonical_assignments(
    instance: Instance, chosen: CnfOptions, data: st.DataObject
) -> None:
    losses, levels = enumerate_losses(instance).fractions().tolist(), Levels.of(instance)
    gamma = attainable(data, losses)
    model = encode_cnf(instance, threshold=gamma, options=CnfOptions(chosen.sum, chosen.sharing, symmetry="all"))
    wanted, numbers = set(), Enumeration(instance)
    for number, loss in enumerate(losses):
        member = levels.canonical(assignment(instance, number))
        kept = numbers.number_of(member)
        assert losses[kept] == loss
        if loss <= gamma and kept == number:
            wanted.add(number)
    assert satisfying(instance, model) == wanted
