"""MILP backends against enumeration, and what they make of doubles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.milp import ENGINES, Engine, MilpBackend
from dnnt_encode.backends.milp_worker import MilpJob, Reporter
from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Event, Finished, LinearTask
from dnnt_encode.decoder import decode_linear
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.instance import Instance, evaluate
from dnnt_encode.models.lowering import lower_model
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


def events_of(solver: str, engine: Engine, task: LinearTask, **controls: object) -> list[Event]:
    with MilpBackend(solver, engine).open(Controls(**controls)) as session:  # type: ignore[arg-type]
        return list(session.run(task))


@pytest.mark.parametrize(("solver", "engine"), INSTALLED)
@settings(max_examples=6)
@given(instance=tiny_instances())
def test_the_optimum_is_that_of_enumeration(solver: str, engine: Engine, instance: Instance) -> None:
    least = min(int(block.min()) for _, block in Enumeration(instance).blocks()) * Enumeration(instance).unit
    model = encode_linear(instance)
    events = events_of(solver, engine, LinearTask(model))
    candidates = [event for event in events if isinstance(event, Candidate)]
    bounds = [event.objective for event in events if isinstance(event, Bound)]
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome == "optimal"
    assert model.loss_unit * max(bounds) == least
    answer = candidates[-1].answer
    assert isinstance(answer, np.ndarray)
    assert not len(model.violated(answer))
    assert evaluate(instance, decode_linear(instance, model, answer)).loss == least


@pytest.mark.parametrize(("solver", "engine"), INSTALLED)
def test_thresholds_are_decided(solver: str, engine: Engine) -> None:
    instance = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])
    least = min(int(block.min()) for _, block in Enumeration(instance).blocks()) * Enumeration(instance).unit
    for threshold, outcome in ((least, "satisfied"), (least - 1, "infeasible")):
        events = events_of(solver, engine, LinearTask(encode_linear(instance, threshold=threshold)), seed=3)
        assert isinstance(events[-1], Finished)
        assert events[-1].outcome == outcome


class Recorder:
    """What a reporter sends."""

    def __init__(self) -> None:
        self.sent: list[Event] = []

    def send(self, message: Event) -> None:
        self.sent.append(message)


def reporter(minimise: bool = True) -> tuple[Reporter, list[Event]]:
    # a => x <= 1; minimise -x, x in [0, 1000], 0 <= 1 - a.
    model = linear_model([(0, 1), (0, 1000)], [([(1, 1)], None, 1, [1])], [(1, -1)], constant=2000)
    recorder = Recorder()
    job = MilpJob("highs", lower_model(model), minimise, None, None, None, 1, None, False, 0.0)
    return Reporter(job, recorder), recorder.sent  # type: ignore[arg-type]


def test_doubles_are_rounded_and_checked() -> None:
    report, sent = reporter()
    report.solution([1e-7, 999.9999999, 1.0])
    (found,) = sent
    assert isinstance(found, Candidate)
    assert found.exact
    assert found.objective == 1000
    assert isinstance(found.answer, np.ndarray)
    assert found.answer.tolist() == [0, 1000]


def test_what_breaks_a_row_is_sent_without_a_claim_and_its_optimum_is_none() -> None:
    report, sent = reporter()
    report.solution([1 - 1e-6, 1.001 * 500, 1.0])
    report.bound(1499.0)
    report.finish("optimal", "it says")
    found, bound, end = sent
    assert isinstance(found, Candidate)
    assert not found.exact
    assert found.objective is None
    assert bound == Bound(1499)
    assert isinstance(end, Finished)
    assert end.outcome == "stopped"
    assert "does not hold when rounded" in end.detail


@pytest.mark.parametrize(("claim", "bound"), [(2.9999, 3), (3.00005, 3), (3.2, 4), (-1e-9, 0), (float("-inf"), None)])
def test_bounds_become_integers(claim: float, bound: int | None) -> None:
    report, sent = reporter()
    report.bound(claim)
    assert sent == ([] if bound is None else [Bound(bound)])


def test_that_nothing_is_a_solution_is_no_answer_to_minimising() -> None:
    report, sent = reporter()
    report.finish("infeasible", "")
    assert isinstance(sent[-1], Finished)
    assert sent[-1].outcome == "stopped"
    report, sent = reporter(minimise=False)
    report.finish("infeasible", "")
    assert isinstance(sent[-1], Finished)
    assert sent[-1].outcome == "infeasible"


def test_an_optimum_above_its_bound_is_none() -> None:
    report, sent = reporter()
    report.solution([0, 999, 1])
    report.bound(1000.0)
    report.finish("optimal", "")
    assert isinstance(sent[-1], Finished)
    assert sent[-1].outcome == "stopped"
