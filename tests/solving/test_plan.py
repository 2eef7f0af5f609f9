"""Who takes part in a run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.analysis.view import View
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.inprocess.search import DescentBackend, SearchBackend
from dnnt_encode.backends.registry import sat
from dnnt_encode.errors import BackendError
from dnnt_encode.instance import Instance
from dnnt_encode.instance.goal import LEAST, Goal
from dnnt_encode.solving.plan import Plan, planned
from dnnt_encode.solving.policy import POLICY, Policy
from dnnt_encode.solving.schedule import Entrant, Race, Together

SMALL = Instance.from_arrays([[0, 0], [0, 1]], [0, 1], hidden=[1])
ROWS = np.arange(600).reshape(30, 20) * 37 % 11
LARGE = Instance.from_arrays(ROWS, [0] * 30, hidden=[5])
MIDDLE = Instance.from_arrays(ROWS[:, :3], [0] * 30, hidden=[3])
FEW_SAMPLES = Instance.from_arrays([[0] * 20] * 30, [0] * 30, hidden=[5])
EXACT = Instance.from_arrays(ROWS[:, :4] % 3, [[1]] * 30, hidden=[2])


def entrants(plan: Plan) -> list[list[Entrant]]:
    """Those of every round, without the descent that begins on small instances."""
    rounds = ([e for e in race.entrants if not isinstance(e.backend, DescentBackend)] for race in plan.rounds)
    return [found for found in rounds if found]


def names(plan: Plan) -> list[list[str]]:
    return [[entrant.backend.name for entrant in race] for race in entrants(plan)]


def auto(instance: Instance, goal: Goal = LEAST, threads: int = 2, policy: Policy = POLICY) -> Plan:
    return planned("auto", View(instance), goal, threads, policy)


def test_auto_enumerates_what_is_quickly_enumerated_and_races_for_the_rest() -> None:
    few = replace(POLICY, brute_operations=0, dynamic_transitions=0)
    race = ["search", "cpsat", "sat:glucose42"]
    assert names(auto(SMALL)) == [["brute"]]
    patterns = ["sat:glucose42", "search", "cpsat"]
    assert names(auto(LARGE)) == names(auto(MIDDLE)) == [patterns]
    assert names(auto(LARGE, policy=replace(POLICY, patterns=0))) == [race]
    assert names(auto(FEW_SAMPLES)) == [["dp"], patterns]
    assert names(auto(EXACT, Goal(Fraction(0)), policy=few)) == [["dictionary"], patterns]
    assert names(auto(EXACT, policy=few)) == [patterns]
    second = entrants(auto(LARGE, policy=replace(few, patterns_work=0)))[0][2]
    assert (second.after, second.threads, second.rival) == (POLICY.join_after, 1, True)


def test_where_there_are_few_output_patterns_the_sat_solver_goes_round_them_first() -> None:
    classes = Instance.from_arrays(ROWS, np.arange(30) % 3, hidden=[5])
    assert isinstance(auto(LARGE).rounds[0], Together)
    first, _, second = entrants(auto(LARGE))[0]
    assert (first.after, second.after, second.idle) == (0, POLICY.patterns_alone, POLICY.patterns_idle)
    for other in (auto(classes), auto(LARGE, policy=replace(POLICY, patterns=5))):
        assert isinstance(other.rounds[0], Race)
        assert names(other) == [["search", "cpsat", "sat:glucose42"]]


def test_without_hidden_layers_branch_and_bound_is_first() -> None:
    shallow = Instance.from_arrays(ROWS, [0] * 30, hidden=[])
    race = entrants(auto(shallow))[0]
    assert [(each.backend.name, each.after) for each in race] == [
        ("onelayer", 0), ("search", 1 + POLICY.search_after), ("cpsat", 1), ("sat:glucose42", POLICY.join_after + 1),
    ]  # fmt: skip
    assert names(auto(shallow, threads=1)) == [["onelayer"], ["search"], ["cpsat"]]
    coupled = Instance.from_arrays(ROWS, np.arange(30) % 3, hidden=[])
    assert names(auto(coupled)) == [["search", "cpsat", "sat:glucose42"]]


def test_on_one_core_local_search_comes_first() -> None:
    plan = auto(LARGE, threads=1)
    assert names(plan) == [["search"], ["sat:glucose42"], ["cpsat"]]
    assert entrants(plan)[1][0].backend == sat("sat:glucose42", POLICY.patterns_turns)
    assert names(auto(LARGE, threads=1, policy=replace(POLICY, patterns=0))) == [["search"], ["cpsat"]]
    # It ends after so much work, not after so many seconds.
    turns = 30 * (20 * 5 + 5 + 5 + 1) // 100
    assert entrants(plan)[0][0].backend == SearchBackend(turns=turns)
    assert names(planned("sat:cadical195", View(LARGE), LEAST, 1, POLICY)) == [["search"], ["sat:cadical195"]]


def test_on_small_instances_descent_begins_and_needs_no_process() -> None:
    first = auto(LARGE, policy=replace(POLICY, patterns=0)).rounds[0].entrants[0]
    assert (type(first.backend), first.helper, first.after) == (DescentBackend, True, 0)
    for name in ("auto", "search"):
        alone = planned(name, View(LARGE), LEAST, 1, POLICY).rounds
        assert [type(entrant.backend) for entrant in alone[0].entrants] == [DescentBackend]
        assert names(planned(name, View(LARGE), LEAST, 1, POLICY))[0] == ["search"]
    wide = Instance.from_arrays(np.arange(60000).reshape(60, 1000) % 7, [0] * 60, hidden=[4])
    assert not any(isinstance(e.backend, DescentBackend) for race in auto(wide).rounds for e in race.entrants)


def test_beside_patterns_local_search_is_in_front_as_long_as_it_has_patience() -> None:
    (search,) = [each for each in entrants(auto(LARGE))[0] if isinstance(each.backend, SearchBackend)]
    assert (search.backend, search.front) == (SearchBackend(patience=POLICY.search_patience), None)
    (search,) = [
        each
        for each in entrants(auto(LARGE, policy=replace(POLICY, patterns=0)))[0]
        if isinstance(each.backend, SearchBackend)
    ]
    assert (search.backend, search.front) == (SearchBackend(), POLICY.search_front)


def test_large_instances_are_left_to_cpsat() -> None:
    assert names(auto(LARGE, policy=replace(POLICY, join_work=10))) == [["search", "cpsat"]]


def test_where_proofs_are_far_search_has_the_cores_and_solvers_what_is_left() -> None:
    few = replace(POLICY, search_large=100)
    race = entrants(auto(LARGE, threads=3, policy=few))[0]
    assert [entrant.backend.name for entrant in race] == ["search"] * 3 + ["cpsat", "sat:glucose42"]
    assert [entrant.front for entrant in race] == [None, None, None, 0, POLICY.join_after]
    # Whom somebody has asked for does not step back.
    assert names(planned("cpsat", View(LARGE), LEAST, 3, few)) == [["search", "cpsat"]]
    assert names(planned("search", View(LARGE), LEAST, 3, few)) == [["search"] * 3]


def test_a_named_backend_has_the_cores_and_local_search_beside_it() -> None:
    plan = planned("cpsat", View(LARGE), LEAST, 8, POLICY)
    assert names(plan) == [["search", "cpsat"]]
    search, solver = entrants(plan)[0]
    assert (search.threads, search.helper, search.front) == (1, True, POLICY.search_front)
    assert (solver.threads, solver.helper, solver.front) == (8, False, None)
    assert plan.main.name == "cpsat"
    assert names(planned("cpsat", View(LARGE), LEAST, 8, replace(POLICY, search=False))) == [["cpsat"]]
    assert names(planned("sat:cadical195", View(LARGE), LEAST, 3, POLICY)) == [["search"] + ["sat:cadical195"] * 3]
    assert names(planned("dp", View(LARGE), LEAST, 8, POLICY)) == [["dp"]]


def test_without_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CpsatBackend, "version", lambda self: None)
    assert names(auto(MIDDLE)) == [["brute"]]
    assert names(auto(Instance.from_arrays(ROWS, [0] * 30, hidden=[]))) == [["onelayer"]]
    with pytest.raises(BackendError, match="pip install"):
        auto(LARGE)


def test_enumeration_is_the_last_resort_where_it_is_possible() -> None:
    fallback = auto(MIDDLE).fallback()
    assert fallback is not None
    assert fallback.name == "brute"
    assert auto(LARGE).fallback() is None
