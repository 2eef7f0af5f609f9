"""PySAT's solvers: every one of them, every strategy, bounds and candidates that hold, and children that are killed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.backends.protocol import Bound, Bulletin, Candidate, CnfTask, Event, Finished
from dnnt_encode.backends.sat.backend import PysatBackend, Strategy
from dnnt_encode.backends.sat.solver import PysatSolver
from dnnt_encode.backends.sat.solvers import SOLVERS, SatSolver
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.instance import Instance
from dnnt_encode.instance.goal import LEAST as LEAST_GOAL
from dnnt_encode.instance.goal import Goal
from dnnt_encode.models.cnf import CnfModel
from tests.backends import running
from tests.cnf_models import table_model

RNG = np.random.default_rng(0)
SMALL = Instance.from_arrays(RNG.integers(-1, 2, (12, 2)), RNG.integers(0, 2, 12), hidden=[1], multiplicity=[1, 2] * 6)
LEAST = min(enumerate_losses(SMALL).fractions())
WEIGHTED = Instance.from_arrays([[1], [2], [3]], [[1], ["5/2"], [7]], hidden=[1], loss="l2", weights=[-1, 0, 1, 3])
STRATEGIES: tuple[Strategy, ...] = ("descend", "climb", "core", "alternate")
INSTALLED = [solver for solver in SOLVERS.values() if PysatBackend(solver).version() is not None]


def events_of(name: str, task: CnfTask, strategy: Strategy = "descend") -> list[Event | Finished]:
    return running.events_of(PysatBackend(SOLVERS[name], strategy), task, deadline=time.monotonic() + 60)


def check_minimum(model: CnfModel, events: Sequence[Event | Finished], least: Fraction) -> None:
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
    assert events[-1].outcome == "exhausted"
    assert model.loss(min(costs)) == least


@pytest.mark.parametrize("solver", INSTALLED, ids=lambda solver: solver.name)
def test_every_solver_minimises_and_decides(solver) -> None:  # type: ignore[no-untyped-def]
    model = table_model(SMALL)
    check_minimum(model, events_of(solver.name, CnfTask(model)), LEAST)
    below = table_model(SMALL, LEAST - 1)
    assert [type(event) for event in events_of(solver.name, CnfTask(below, Goal(LEAST - 1)))] == [Finished]
    met = table_model(SMALL, LEAST)
    candidate, finished = events_of(solver.name, CnfTask(met, Goal(LEAST)))
    assert isinstance(candidate, Candidate)
    assert isinstance(candidate.answer, np.ndarray)
    assert met.satisfied(candidate.answer)
    assert finished == Finished("answered", f"{solver.name}, decide")


@pytest.mark.parametrize("strategy", ["descend", "climb", "core", "alternate"])
@pytest.mark.parametrize("name", ["cadical195", "glucose42"])
@pytest.mark.parametrize("instance", [SMALL, WEIGHTED], ids=["small", "weighted"])
def test_each_strategy(name: str, strategy: Strategy, instance: Instance) -> None:
    least = min(enumerate_losses(instance).fractions())
    for sums in ("auto", "adder"):
        model = encode_cnf(instance, options=CnfOptions(sum=sums, objective="sum"))  # type: ignore[arg-type]
        check_minimum(model, events_of(name, CnfTask(model), strategy), least)


def test_a_solver_that_takes_no_clauses_between_solves() -> None:
    model = encode_cnf(WEIGHTED, options=CnfOptions(sum="adder", objective="sum"))
    check_minimum(model, events_of("kissat404", CnfTask(model)), min(enumerate_losses(WEIGHTED).fractions()))


def test_only_smaller_costs_are_wanted() -> None:
    model = table_model(SMALL)
    cost = int(LEAST / model.loss_unit)
    for name in ("glucose42", "cadical195", "kissat404"):
        for strategy in STRATEGIES if SOLVERS[name].incremental else ("descend",):
            events = events_of(name, CnfTask(model, below=cost), strategy)
            assert not [event for event in events if isinstance(event, Candidate)]
            assert Bound(cost) in events
            assert events[-1].outcome == "exhausted"  # type: ignore[union-attr]
            check_minimum(model, events_of(name, CnfTask(model, below=cost + 1), strategy), LEAST)


def test_what_others_find_is_heeded() -> None:
    """Told that the least cost is known, every strategy ends with the proof of that."""
    model = table_model(SMALL)
    cost = int(LEAST / model.loss_unit)
    for strategy in STRATEGIES:
        news = Bulletin()
        news.below = cost
        backend = PysatBackend(SOLVERS["glucose42"], strategy)
        *said, end = running.events_of(backend, CnfTask(model), news=news)
        assert end.outcome == "exhausted"  # type: ignore[union-attr]
        assert not [event for event in said if isinstance(event, Candidate)]


def test_hints_are_phases() -> None:
    """A solver begins with the values that it is given: all of those of a solution are one."""
    model = table_model(SMALL)
    hint = model.variable_map.hints(Enumeration(SMALL).assignment(5))
    for solver in INSTALLED:
        if solver.phases:
            said = events_of(solver.name, CnfTask(model, hint=hint))
            first = next(event for event in said if isinstance(event, Candidate))
            assert isinstance(first.answer, np.ndarray)
            assert Enumeration(SMALL).number_of(model.variable_map.decode(first.answer)) == 5


def test_a_team_has_a_core_each() -> None:
    cadical = PysatBackend(SOLVERS["cadical195"])
    assert [member.strategy for member in cadical.team(LEAST_GOAL, 1)] == ["alternate"]
    assert [member.strategy for member in cadical.team(LEAST_GOAL, 8)] == ["core", "descend", "climb"]
    assert len(cadical.team(Goal(LEAST), 8)) == 1
    assert len(PysatBackend(SOLVERS["kissat404"]).team(LEAST_GOAL, 8)) == 1


def test_the_same_run_gives_the_same_answers() -> None:
    model = encode_cnf(SMALL, options=CnfOptions(objective="sum"))
    for name in ("glucose42", "cadical195"):
        first, again = (events_of(name, CnfTask(model), "alternate") for _ in range(2))
        assert [str(event) for event in first] == [str(event) for event in again]


@pytest.mark.parametrize("solver", INSTALLED, ids=lambda solver: solver.name)
def test_the_log_tells_what_a_call_took(solver: SatSolver) -> None:
    lines: list[str] = []
    opened = PysatSolver(solver, table_model(SMALL), log=lines.append)
    answer = opened.solve()
    opened.close()
    assert len(lines) == 1
    assert lines[0].startswith(f"{solver.name}: {'satisfiable' if answer else 'unsatisfiable'}")
