"""PySAT's solvers: every one of them, every strategy, bounds and candidates that hold, and children that are killed."""

from __future__ import annotations

import threading
import time
from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends.protocol import Bound, Candidate, CnfTask, Controls, Event, Finished, Tick
from dnnt_encode.backends.pysat import PysatBackend, strategies
from dnnt_encode.backends.pysat_solvers import SOLVERS
from dnnt_encode.backends.pysat_worker import Knowledge, PysatJob, climb, decide, descend
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.instance import Instance
from dnnt_encode.models.cnf import CnfModel
from tests.cnf_models import table_model

RNG = np.random.default_rng(0)
SMALL = Instance.from_arrays(RNG.integers(-1, 2, (12, 2)), RNG.integers(0, 2, 12), hidden=[1], multiplicity=[1, 2] * 6)
LEAST = min(enumerate_losses(SMALL).fractions())
WEIGHTED = Instance.from_arrays([[1], [2], [3]], [[1], ["5/2"], [7]], hidden=[1], loss="l2", weights=[-1, 0, 1, 3])
INSTALLED = [solver for solver in SOLVERS.values() if PysatBackend(solver).version() is not None]


class Recorder:
    """A channel that keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[Event] = []

    def send(self, message: Event) -> None:
        self.messages.append(message)


def events_of(name: str, task: CnfTask, threads: int = 1) -> list[Event]:
    with PysatBackend(SOLVERS[name]).open(Controls(threads=threads, deadline=time.monotonic() + 60)) as session:
        return [event for event in session.run(task) if not isinstance(event, Tick)]


def check_minimum(model: CnfModel, events: list[Event], least: Fraction) -> None:
    """Candidates have the costs they claim, bounds hold, and the end is the optimum."""
    costs = []
    for event in events:
        if isinstance(event, Candidate):
            assert isinstance(event.answer, np.ndarray)
            assert model.satisfied(event.answer)
            assert model.cost(event.answer) == event.objective
            costs.append(event.objective)
        if isinstance(event, Bound):
            assert model.loss(int(event.objective)) <= least
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome == "optimal"
    assert model.loss(min(costs)) == least


@pytest.mark.parametrize("solver", INSTALLED, ids=lambda solver: solver.name)
def test_every_solver_minimises_and_decides(solver) -> None:  # type: ignore[no-untyped-def]
    model = table_model(SMALL)
    check_minimum(model, events_of(solver.name, CnfTask(model)), LEAST)
    below = table_model(SMALL, LEAST - 1)
    assert [type(event) for event in events_of(solver.name, CnfTask(below))] == [Finished]
    met = table_model(SMALL, LEAST)
    candidate, finished = events_of(solver.name, CnfTask(met))
    assert isinstance(candidate, Candidate)
    assert met.satisfied(candidate.answer)
    assert finished == Finished("satisfied", f"{solver.name}, decide")


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", ["cadical195", "glucose42"])
@pytest.mark.parametrize("instance", [SMALL, WEIGHTED], ids=["small", "weighted"])
def test_strategies_side_by_side(name: str, threads: int, instance: Instance) -> None:
    least = min(enumerate_losses(instance).fractions())
    for sums in ("auto", "adder"):
        model = encode_cnf(instance, options=CnfOptions(sum=sums, objective="sum"))  # type: ignore[arg-type]
        check_minimum(model, events_of(name, CnfTask(model), threads), least)


@pytest.mark.parametrize("name", ["glucose42", "kissat404"])
def test_each_strategy_alone(name: str) -> None:
    for model in (table_model(SMALL), encode_cnf(WEIGHTED, options=CnfOptions(sum="adder", objective="sum"))):
        least = LEAST if model.instance_sha256 == SMALL.sha256 else min(enumerate_losses(WEIGHTED).fractions())
        for strategy in (descend, climb) if SOLVERS[name].incremental else (descend,):
            channel = Recorder()
            job = PysatJob(name, "descend", model, None, None)
            outcome = strategy(job, Knowledge(job, channel))  # type: ignore[arg-type]
            check_minimum(model, [*channel.messages, Finished(outcome)], least)


def test_an_upper_bound_leaves_only_what_is_below() -> None:
    model = table_model(SMALL)
    cost = int(LEAST / model.loss_unit)
    for name in ("glucose42", "cadical195", "kissat404"):
        for threads in (1, 3):
            events = events_of(name, CnfTask(model, upper=cost), threads)
            assert not [event for event in events if isinstance(event, Candidate)]
            assert Bound(cost) in events
            assert events[-1].outcome == "optimal"  # type: ignore[union-attr]
            check_minimum(model, events_of(name, CnfTask(model, upper=cost + 1), threads), LEAST)


def test_hints_are_phases() -> None:
    model = table_model(SMALL)
    channel = Recorder()
    hint = -np.arange(2, model.variables + 1, dtype=np.int32)
    job = PysatJob("glucose42", "decide", model, hint, None)
    assert decide(job, Knowledge(job, channel)) == "satisfied"  # type: ignore[arg-type]


def test_one_thread_is_one_worker_and_repeats_itself() -> None:
    model = encode_cnf(SMALL, options=CnfOptions(objective="sum"))
    for name in ("glucose42", "cadical195"):
        assert len(strategies(SOLVERS[name], CnfTask(model), 1)) == 1
        first, again = (events_of(name, CnfTask(model)) for _ in range(2))
        assert [str(event) for event in first] == [str(event) for event in again]


def hard_model() -> CnfModel:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, (60, 12)), rng.integers(0, 2, 60)
    return encode_cnf(Instance.from_arrays(x, y, hidden=[4, 4]), options=CnfOptions(objective="sum"))


@pytest.mark.parametrize("threads", [1, 3])
def test_children_are_killed_on_time(threads: int) -> None:
    model = hard_model()
    for stop in (False, True):
        controls = Controls(threads=threads, deadline=None if stop else time.monotonic() + 2)
        if stop:
            threading.Timer(2, controls.stop.set).start()
        begin = time.monotonic()
        with PysatBackend(SOLVERS["cadical195"]).open(controls) as session:
            events = list(session.run(CnfTask(model)))
        assert 1.5 < time.monotonic() - begin < 4
        assert isinstance(events[-1], Finished)
        assert events[-1].outcome == "stopped"
