"""MILP backends against enumeration, and what they make of doubles."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.milp.backend import ENGINES, Engine, MilpBackend
from dnnt_encode.backends.milp.reporter import MilpJob, MilpReporter
from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Event
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.instance import Assignment, Instance, evaluate
from dnnt_encode.instance.goal import Goal
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.solving.aside import claims_of
from dnnt_encode.solving.work import Claim, Ended, Found, Lower, Work
from tests.random_instances import tiny_instances
from tests.random_models import linear_model

INSTALLED = [
    pytest.param(
        solver,
        engine,
        id=f"{solver}-{engine.package}",
        marks=pytest.mark.skipif(engine.version() is None, reason=f"{engine.package} is not installed"),
    )
    for solver, engines in ENGINES.items()
    for engine in engines
]


def claims(solver: str, engine: Engine, instance: Instance, threshold: Fraction | None = None) -> list[Claim]:
    """What a piece of work claims, run in a process of its own: not all solvers can share one."""
    view = View(instance)
    work = Work(0, 0, view, Goal(threshold), MilpBackend(solver, engine), seconds=60, seed=3)
    return list(claims_of(work, threading.Event()))


@pytest.mark.parametrize(("solver", "engine"), INSTALLED)
@settings(max_examples=6)
@given(instance=tiny_instances())
def test_the_optimum_is_that_of_enumeration(solver: str, engine: Engine, instance: Instance) -> None:
    least = min(int(block.min()) for _, block in Enumeration(instance).blocks()) * Enumeration(instance).unit
    said = claims(solver, engine, instance)
    assert isinstance(said[-1], Ended)
    assert said[-1].outcome == "exhausted"
    assert max(claim.loss for claim in said if isinstance(claim, Lower)) == least
    model, found = encode_linear(instance), [claim for claim in said if isinstance(claim, Found)][-1]
    assert found.values is not None
    assert not len(model.violated(found.values))
    assert isinstance(found.answer, Assignment)
    assert evaluate(instance, found.answer.weights(instance)).loss == least


@pytest.mark.parametrize(("solver", "engine"), INSTALLED)
def test_thresholds_are_decided(solver: str, engine: Engine) -> None:
    instance = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])
    least = min(int(block.min()) for _, block in Enumeration(instance).blocks()) * Enumeration(instance).unit
    for threshold, outcome in ((least, "answered"), (least - 1, "exhausted")):
        last = claims(solver, engine, instance, threshold)[-1]
        assert isinstance(last, Ended)
        assert last.outcome == outcome


def reporter(minimise: bool = True, below: int | None = None) -> tuple[MilpReporter, list[Event]]:
    # a => x <= 1; minimise -x, x in [0, 1000], 0 <= 1 - a.
    model = linear_model([(0, 1), (0, 1000)], [([(1, 1)], None, 1, [1])], [(1, -1)], constant=2000)
    sent: list[Event] = []
    return MilpReporter(MilpJob("highs", lower_model(model), minimise, None, below, Controls()), sent.append), sent


def test_doubles_are_rounded_and_checked() -> None:
    report, sent = reporter()
    report.solution([1e-7, 999.9999999])
    (found,) = sent
    assert isinstance(found, Candidate)
    assert found.feasible
    assert found.objective == 1000
    assert isinstance(found.answer, np.ndarray)
    assert found.answer.tolist() == [0, 1000]


def test_what_breaks_a_row_is_sent_without_a_claim_and_its_optimum_is_none() -> None:
    report, sent = reporter()
    report.solution([1 - 1e-6, 1.001 * 500])
    report.bound(-501.0)
    end = report.finish("OPTIMUM FOUND", "it says")
    found, bound = sent
    assert isinstance(found, Candidate)
    assert not found.feasible
    assert found.objective is None
    assert bound == Bound(1499)
    assert end.outcome == "gave_up"
    assert "does not hold when rounded" in end.detail


@pytest.mark.parametrize(("claim", "bound"), [(2.9999, 3), (3.00005, 3), (3.2, 4), (-1e-9, 0), (float("-inf"), None)])
def test_bounds_become_integers(claim: float, bound: int | None) -> None:
    report, sent = reporter()
    report.bound(claim)
    # The solver knows nothing of the objective's constant.
    assert sent == ([] if bound is None else [Bound(bound + 2000)])


def test_that_nothing_is_a_solution_is_no_answer_to_minimising() -> None:
    assert reporter()[0].finish("UNSATISFIABLE", "").outcome == "gave_up"
    assert reporter(below=3)[0].finish("UNSATISFIABLE", "").outcome == "exhausted"
    assert reporter(minimise=False)[0].finish("UNSATISFIABLE", "").outcome == "exhausted"


def test_an_optimum_above_its_bound_is_none() -> None:
    report, _ = reporter()
    report.solution([0, 999])
    report.bound(-1000.0)
    assert report.finish("OPTIMUM FOUND", "").outcome == "gave_up"


def test_numbers_past_the_tolerances_prove_nothing() -> None:
    model = lower_model(linear_model([(0, 10**8), (0, 1)], [([(0, 1), (1, 1)], 5, None, [])], [(0, 1)]))
    assert not model.safe
    for minimise, status, outcome in (
        (True, "OPTIMUM FOUND", "gave_up"),
        (True, "UNSATISFIABLE", "gave_up"),
        (False, "UNSATISFIABLE", "gave_up"),
        (False, "OPTIMUM FOUND", "answered"),
    ):
        sent: list[Event] = []
        report = MilpReporter(MilpJob("highs", model, minimise, None, 9, Controls()), sent.append)
        if status == "OPTIMUM FOUND":
            report.solution([4, 1])
            report.bound(4)
        assert report.finish(status, "").outcome == outcome  # type: ignore[arg-type]
        assert not any(isinstance(event, Bound) for event in sent)
