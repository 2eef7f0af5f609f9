"""Objectives one after the other: every stage against the oracle, and what a run says of its stages."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import HealthCheck, given, settings

from dnnt_encode import InputError, solve
from dnnt_encode.instance import Instance
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.objectives import check_objectives, objective_value
from dnnt_encode.instance.stage import Objective
from dnnt_encode.solving.ledger import Incumbent
from tests.random_instances import tiny_instances
from tests.stages import best, usable

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


def test_a_stage_without_time_keeps_what_it_began_with() -> None:
    start = solve(XOR, backend="brute").weights
    found = solve(XOR, objective="loss,nonzeros,weight", start=start, time_limit=1e-9)
    assert found.stopped == "time limit"
    assert found.status == "SATISFIABLE" if found.weights is not None else "UNKNOWN"


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
