"""The dictionary of behaviours: complete search and local search against enumeration, and what they refuse."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given

import dnnt_encode
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.algorithms.dictionary import Dictionary
from dnnt_encode.algorithms.hashing import distinct_rows, sorted_distinct
from dnnt_encode.algorithms.local_search import Complements, LocalSearch
from dnnt_encode.algorithms.meet_in_the_middle import CompleteSearch, estimated_sums
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance, check_allowed, evaluate
from dnnt_encode.instance.goal import Goal
from dnnt_encode.solving.plan import planned
from dnnt_encode.solving.policy import POLICY
from tests.algorithms.running import finish
from tests.random_instances import tiny_instances


def teacher(samples: int, inputs: int, hidden: int, seed: int, changed: int = 0) -> Instance:
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (samples, inputs))
    w, b, v = rng.integers(-1, 2, (hidden, inputs)), rng.integers(-1, 2, hidden), rng.choice([-1, 1], hidden)
    y = np.maximum(0, x @ w.T + b) @ v + rng.integers(-1, 2)
    y[:changed] += 1
    return Instance.from_arrays(
        x,
        y[:, None],
        hidden=[hidden],
        layer_weights=[(-1, 0, 1), (-1, 1)],
        layer_biases=[(-1, 0, 1), (-1, 0, 1)],
        loss="zero_one",
        threshold=0,
    )


@given(tiny_instances(losses=("l1", "zero_one", "l2"), max_hidden_layers=1, assignments=300))
def test_the_answer_is_that_of_enumeration(instance: Instance) -> None:
    assume(len(instance.network.layers) == 2 and instance.network.layers[-1].activation.is_identity)
    dictionary = Dictionary(instance)
    possible = min(enumerate_losses(instance).fractions()) == 0
    for limit in (3, 2**20):
        search = CompleteSearch(dictionary, pass_sums=limit)
        assert search.sums <= estimated_sums(instance)
        found = finish(search.run())
        assert (found is not None) == possible
        if found is not None:
            weights = dictionary.assignment(*found).weights(instance)
            check_allowed(instance.network, weights)
            assert evaluate(instance, weights).loss == 0


@pytest.mark.parametrize("hidden", [1, 2, 3, 4])
@pytest.mark.parametrize("limit", [300, 2**20])
def test_teachers_are_found_and_their_corruptions_refuted(hidden: int, limit: int) -> None:
    inputs = 4 if hidden < 4 else 3
    for changed in (0, 1):
        instance = teacher(25, inputs, hidden, hidden, changed)
        dictionary = Dictionary(instance)
        found = finish(CompleteSearch(dictionary, pass_sums=limit).run())
        assert (found is None) == bool(changed)
        if found is not None:
            assert evaluate(instance, dictionary.assignment(*found).weights(instance)).loss == 0


def test_units_with_sets_of_their_own() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(-2, 3, (12, 2))
    sets = [[(-1, 1), (0, 1)], [(0, 2), (-1, 0, 1)], [(-1, 0, 1), (1, 3)]]
    answers = set()
    for seed in range(12):
        chosen = np.random.default_rng(seed)
        w = np.array([[chosen.choice(values) for values in row] for row in sets])
        y = np.maximum(0, x @ w.T) @ np.array([1, 2, -1]) + (seed % 2) * (np.arange(12) == 3)
        instance = Instance.from_arrays(
            x,
            y[:, None],
            [3],
            layer_weights=[sets, [[(1,), (1, 2), (-1, 1)]]],
            layer_biases=[(0,), (0, 1)],
            threshold=0,
        )
        possible = min(enumerate_losses(instance).fractions()) == 0
        found = finish(CompleteSearch(Dictionary(instance)).run())
        assert (found is not None) == possible
        answers.add(possible)
    assert answers == {True, False}


def test_local_search() -> None:
    for seed in range(3):
        instance = teacher(30, 5, 4, seed)
        dictionary = Dictionary(instance)
        found = finish(LocalSearch(dictionary, seed).run(200))
        assert found is not None
        assert evaluate(instance, dictionary.assignment(*found).weights(instance)).loss == 0
    wrong = Dictionary(teacher(30, 4, 4, 0, changed=1))
    assert finish(LocalSearch(wrong).run(2)) is None


def test_the_backend() -> None:
    assert dnnt_encode.solve(teacher(25, 4, 3, 0), backend="dictionary").status == "SATISFIABLE"
    refuted = dnnt_encode.solve(teacher(25, 4, 3, 0, changed=1), backend="dictionary")
    assert refuted.status == "UNSATISFIABLE"
    assert refuted.certificate.kind == "exhaustive"
    assert dnnt_encode.solve(teacher(25, 4, 3, 0), backend="dictionary", threshold=None).status == "OPTIMUM FOUND"
    least = dnnt_encode.solve(teacher(25, 4, 3, 0, changed=1), backend="dictionary", threshold=None)
    assert least.status == "SATISFIABLE"
    assert least.stopped is not None
    assert "no weights have the loss 0" in least.stopped
    assert dnnt_encode.solve(teacher(25, 4, 3, 0, changed=1), backend="dictionary", threshold=1).status == "UNKNOWN"
    late = dnnt_encode.solve(teacher(40, 8, 5, 0), backend="dictionary", time_limit=2)
    assert late.status in ("UNKNOWN", "SATISFIABLE")


def test_auto_takes_it_for_exact_fit_only() -> None:

    instance = teacher(40, 6, 3, 0)
    for threshold, expected in ((Fraction(0), True), (None, False)):
        plan = planned("auto", View(instance), Goal(threshold), 2, POLICY)
        assert (plan.main.name == "dictionary") == expected
    assert dnnt_encode.solve(teacher(25, 5, 3, 0, changed=1)).backend == "dictionary"


def test_what_is_refused() -> None:
    with pytest.raises(ModelTooLarge, match="3 layers"):
        Dictionary(Instance.from_arrays([[1]], [[1]], hidden=[1, 1]))
    with pytest.raises(ModelTooLarge, match="hinge"):
        Dictionary(Instance.from_arrays([[1]], [1], hidden=[1], loss="hinge"))
    with pytest.raises(ModelTooLarge, match="their limit is 1000"):
        Dictionary(teacher(25, 4, 3, 0), bytes_limit=1000)
    conflict = Instance.from_arrays([[1], [1]], [[1], [0]], hidden=[1], threshold=0)
    assert Dictionary(conflict).target is None
    assert dnnt_encode.solve(conflict, backend="dictionary").status == "UNSATISFIABLE"


def test_hashes() -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, (500, 5))
    assert len(distinct_rows(rows)[0]) == len(np.unique(rows, axis=0))
    values = rng.integers(0, 300, 1000).astype(np.uint64)
    assert sorted_distinct(values).tolist() == sorted(set(values.tolist()))
    pairs = Complements(values[:50], values[50:90], [300, 307]).of(7)
    assert all(int(values[i]) + int(values[50 + j]) + 7 in (300, 307) for i, j in pairs)
    sums = {target - int(value) for value in values[50:90] for target in (300, 307)}
    assert {i for i, _ in pairs} == {i for i in range(50) if 7 + int(values[i]) in sums}
