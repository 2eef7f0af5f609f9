"""A loss is one entry of data: entries of all kinds that this program does not ship go through evaluation, brute force
and both encoders like its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import assignment, enumerate_losses
from dnnt_encode.analysis.samples import merge_samples
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance, evaluate
from dnnt_encode.instance.losses import ENTRIES, EPSILON, MARGIN, Entry, Penalty, Reduction
from tests.encoders.test_cnf_enumeration import attainable, check_threshold
from tests.encoders.test_linear_enumeration import check_every_assignment
from tests.instance.reference import total_loss
from tests.random_instances import tiny_instances

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "150")) // 15


def lines(*pairs: tuple[Fraction | int, Fraction | int], power: int = 1) -> Penalty:
    return Penalty(tuple((Fraction(slope), Fraction(intercept)) for slope, intercept in pairs), power)


def insensitive(e: Fraction, power: int = 1) -> Penalty:
    return lines((1, -e), (0, 0), (-1, -e), power=power)


def of_vector(penalty: Penalty, reduction: Reduction) -> Entry:
    return Entry("vector", lambda _: penalty, reduction)


NEW = {
    "tolerance": Entry("vector", insensitive, "any", EPSILON),
    "squared_insensitive": Entry("vector", lambda e: insensitive(e, 2), "sum", EPSILON),
    "worst_insensitive": Entry("vector", insensitive, "max", EPSILON),
    "kinked": of_vector(lines((3, -2), (1, 0), (Fraction(-1, 2), 0), (-2, -3)), "sum"),
    "squared_kinked": of_vector(lines((2, -1), (1, 0), (-1, 0), (-3, -4), power=2), "sum"),
    "worst_square": of_vector(lines((1, 0), (-1, 0), power=2), "max"),
    "too_high": of_vector(lines((Fraction(2, 3), 0), (0, 0)), "sum"),
    "too_low": of_vector(lines((0, 0), (-1, Fraction(-1, 2))), "any"),
    "perceptron": Entry("class", lambda _: lines((1, 0), (0, 0)), "sum"),
    "not_behind": Entry("class", lambda _: lines((1, 0), (0, 0)), "any"),
    "crammer_singer": Entry("class", lambda m: lines((1, m), (0, 0)), "max", MARGIN),
    "least_squares": Entry("class", lambda m: lines((1, m), (-1, -m), power=2), "sum", MARGIN),
    "exact_margin": Entry("class", lambda m: lines((1, m), (-1, -m)), "any", MARGIN),
    "worst_margin": Entry("class", lambda m: lines((2, 2 * m), (-1, -m)), "max", MARGIN),
}
few = settings(max_examples=max(EXAMPLES, 1), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def entries() -> Iterator[None]:
    with mock.patch.dict(ENTRIES, NEW):
        yield


def draw_instance(data: st.DataObject, name: str, assignments: int) -> Instance:
    return data.draw(tiny_instances(losses=(name,), assignments=assignments))


@pytest.mark.parametrize("name", NEW)
@few
@given(data=st.data())
def test_evaluation_and_brute_force_follow_the_definition(name: str, data: st.DataObject) -> None:
    instance = draw_instance(data, name, 100)
    losses = enumerate_losses(instance).fractions()
    for number in range(0, len(losses), max(1, len(losses) // 8)):
        weights = assignment(instance, number).weights(instance)
        assert losses[number] == evaluate(instance, weights).loss == total_loss(instance, weights)
    assert merge_samples(instance).lower_bound <= min(losses)


@pytest.mark.parametrize("name", NEW)
@few
@given(data=st.data())
def test_the_linear_model_costs_every_assignment_its_loss(name: str, data: st.DataObject) -> None:
    check_every_assignment(draw_instance(data, name, 60), data.draw(st.sampled_from((0, 64))))


@pytest.mark.parametrize("name", NEW)
@few
@given(data=st.data())
def test_the_cnf_keeps_exactly_the_assignments_within_a_threshold(name: str, data: st.DataObject) -> None:
    instance = draw_instance(data, name, 60)
    losses = enumerate_losses(instance).fractions().tolist()
    options = CnfOptions(data.draw(st.sampled_from(("auto", "order", "adder"))), symmetry="none")
    try:
        check_threshold(instance, options, attainable(data, losses), losses)
    except ModelTooLarge:
        # Order encoding, where it is forced, refuses sums of too many values.
        assert options.sum == "order"


@pytest.mark.parametrize(
    "penalty",
    [
        [(1, 0)],
        [(0, 0)],
        [(1, 1), (-1, 0)],
        [(1, -1), (-1, -1)],
        [(0, 0), (1, 0)],
        [(1, 0), (0, 1)],
        [(1, 0), (1, 1), (-1, 0)],
        [(1, 0), (0, -1), (-1, 0)],
    ],
)
def test_lines_that_are_no_penalty_are_refused(penalty: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="least value 0"):
        lines(*penalty)
