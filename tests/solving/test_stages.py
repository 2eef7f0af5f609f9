"""Objectives one after the other: every stage against the oracle, and what a run says of its stages."""

from __future__ import annotations

import os
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings

from dnnt_encode import InputError, solve
from dnnt_encode.backends.inprocess.brute import BruteBackend
from dnnt_encode.backends.protocol import Controls, Finished, Say, Task
from dnnt_encode.instance import Instance, Weights
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.objectives import check_objectives, objective_value
from dnnt_encode.instance.stage import LOSS, Objective, objectives_of
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.executors import Inline
from dnnt_encode.solving.ledger import Incumbent
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.schedule import Entrant, Race
from dnnt_encode.solving.solve import answer
from tests.random_instances import tiny_instances
from tests.solving.scripted import ALONE, Scripted
from tests.stages import best, everything, usable

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "10"))
XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2")


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_instances(assignments=60))
def test_stages_find_the_lexicographically_best(instance: Instance) -> None:
    own = usable(instance)
    for number in range(len(own)):
        objectives = [*own[number:], *own[:number]]
        found = solve(instance, objective=["loss", *map(str, objectives)], threads=1)
        assert found.status == "OPTIMUM FOUND"
        assert [stage.value for stage in found.stages] == best(instance, objectives)
        assert all(stage.value == stage.bound for stage in found.stages)
        assert found.weights is not None
        assert evaluate(instance, found.weights).loss == found.loss == found.bound
        assert objective_value(objectives[-1], instance, found.weights) == found.stages[-1].value
        assert found.weights.instance_sha256 == instance.sha256


@pytest.mark.parametrize("backend", ["brute", "cpsat", "milp:scip", "sat:cadical195"])
def test_backends_agree_on_a_threshold_and_what_follows(backend: str) -> None:
    modules = {"cpsat": "ortools", "milp:scip": "pyscipopt"}
    if backend in modules:
        pytest.importorskip(modules[backend])
    objectives = [Objective("nonzeros"), Objective("weight", biases=True), Objective("units")]
    found = solve(XOR, threshold=1, objective=["loss", *map(str, objectives)], backend=backend, threads=1)
    assert (found.status, found.threshold) == ("OPTIMUM FOUND", 1)
    assert [stage.value for stage in found.stages[1:]] == best(XOR, objectives, found.threshold)[1:]
    assert found.loss is not None
    assert found.loss <= 1


class Timed(Scripted):
    """Enumeration on a clock of its own: it takes so many ``seconds`` of it a stage, and ends unproved where these are
    not there. ``shares``: the seconds that it was given each time."""

    def __init__(self, seconds: list[float], now: list[float]) -> None:
        super().__init__("instance", [], light=True, incumbents=True)
        self._seconds, self._now = iter(seconds), now
        self.shares: list[float] = []

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        share, wanted = controls.seconds_left(), next(self._seconds)
        assert share is not None
        self.shares.append(share)
        self._now[0] += max(0.0, min(wanted, share))
        return Finished("stopped") if wanted > share else BruteBackend().run(task, controls, say)


NEVER = 1000.0


@pytest.mark.parametrize(
    ("seconds", "shares"),
    [
        ((2, 2, 2), (10, 14, 26)),
        ((NEVER, 2, 2), (10, 10, 18)),
        ((2, NEVER, 2), (10, 14, 14)),
        ((2, 2, NEVER), (10, 14, 26)),
        ((NEVER, NEVER, NEVER), (10, 10, 10)),
    ],
)
def test_a_time_limit_ends_each_stage_at_its_share(
    seconds: tuple[float, ...], shares: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unproved is kept as it is, and what is left of the time goes to the later stages. No real time is looked
    at."""
    instance = Instance.from_arrays(XOR.dataset.x, [0, 1, 1, 0], hidden=[1], weights=[-2, -1, 1, 2], biases=[-2, 1])
    now = [100.0]
    backend = Timed(list(seconds), now)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for name in ("planned", "planned_stage"):
        monkeypatch.setattr(f"dnnt_encode.solving.solve.{name}", lambda *_: Plan((Race(Entrant(backend, 1)),)))
    start = everything(instance)[-1][1]
    request = Request(instance, objectives=objectives_of(["loss", "weight+biases", "margins"]), start=start)
    found = answer(request, Clock(30.0), ALONE, Inline())
    assert backend.shares == pytest.approx(shares, abs=0.31)
    late = [each == NEVER for each in seconds]
    assert [stage.status == "SATISFIABLE" for stage in found.stages] == late
    assert (found.status, found.stopped) == (("SATISFIABLE", "time limit") if any(late) else ("OPTIMUM FOUND", None))
    # Whatever a stage was left at, those after it are the best that keep it.
    assert found.weights is not None
    inside = everything(instance)
    for stage, unproved in zip(found.stages, late, strict=True):
        objective = Objective.of(stage.objective)
        own = [loss if objective == LOSS else objective_value(objective, instance, each) for loss, each in inside]
        assert stage.value is not None
        assert unproved or stage.value == stage.bound == (max if objective.maximises else min)(own)
        inside = [
            pair
            for pair, value in zip(inside, own, strict=True)
            if (value >= stage.value if objective.maximises else value <= stage.value)
        ]
    assert evaluate(instance, found.weights).loss == found.stages[0].value
    assert objective_value(Objective("margins"), instance, found.weights) == found.stages[-1].value


def test_no_stage_begins_once_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]

    class Late(Timed):
        def run(self, task: Task, controls: Controls, say: Say) -> Finished:
            now[0] += 31
            return super().run(task, controls, say)

    backend = Late([0.0], now)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for name in ("planned", "planned_stage"):
        monkeypatch.setattr(f"dnnt_encode.solving.solve.{name}", lambda *_: Plan((Race(Entrant(backend, 1)),)))
    start = Weights.nearest(XOR, [([[1, 1], [1, 1]], [1, 1]), ([[1, 1]], [1])])
    request = Request(XOR, objectives=objectives_of(["loss", "nonzeros", "units"]), start=start)
    found = answer(request, Clock(30.0), ALONE, Inline())
    assert len(backend.shares) == 1
    assert [stage.status for stage in found.stages] == ["SATISFIABLE"] * 3
    assert (found.status, found.stopped) == ("SATISFIABLE", "time limit")


def test_nothing_follows_a_threshold_that_nothing_meets() -> None:
    found = solve(XOR, threshold=-1, objective="loss,nonzeros")
    assert (found.status, len(found.stages), found.weights) == ("UNSATISFIABLE", 1, None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"objective": "nonzeros"}, "first objective is loss"),
        ({"objective": "loss,loss"}, "twice"),
        ({"objective": "loss,size"}, "'size'"),
        ({"objective": "loss,units", "certify": True}, "about the loss"),
        ({"objective": "loss,units", "backend": "dp"}, "dp does not know the objective units; it knows loss"),
    ],
)
def test_what_cannot_be_asked(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        solve(XOR, **wrong)  # type: ignore[arg-type]


def test_margins_are_about_classes() -> None:
    instance = Instance.from_arrays([[0], [1]], [[0], [1]], hidden=[], loss="l1")
    with pytest.raises(ValueError, match="margin is about classes"):
        check_objectives(instance, [Objective("margin")])


@pytest.mark.parametrize("objective", ["margin", "margins"])
@pytest.mark.parametrize("threads", [1, 2])
def test_local_search_makes_margins_greater(objective: str, threads: int) -> None:
    """Alone, without a proof, it finds what the oracle knows to be the greatest."""
    instance = Instance.from_arrays(XOR.dataset.x, [0, 1, 1, 0], hidden=[2], weights=[-2, -1, 0, 1, 2], biases=[-1, 0])
    greatest = solve(instance, objective=f"loss,{objective}", threads=1).stages[1].value
    stop = threading.Event()

    def enough(incumbent: Incumbent) -> None:
        if (incumbent.objective, incumbent.value) == (objective, greatest):
            stop.set()

    found = solve(
        instance, objective=f"loss,{objective}", backend="search", threads=threads, time_limit=60, stop=stop,
        on_incumbent=enough,
    )  # fmt: skip
    assert (found.status, found.loss, found.stages[1].value) == ("SATISFIABLE", 0, greatest)
    assert found.weights is not None
    assert objective_value(Objective(objective), instance, found.weights) == found.stages[1].value


def test_local_search_knows_no_other_objectives() -> None:
    with pytest.raises(InputError, match="search does not know the objective nonzeros"):
        solve(XOR, objective="loss,margins,nonzeros", backend="search")
