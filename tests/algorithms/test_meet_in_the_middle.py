"""The parts of the complete search: sums in passes, sieves, classes modulo affine functions, every kind of split."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dnnt_encode
from dnnt_encode.algorithms import meet_in_the_middle
from dnnt_encode.algorithms.affine_kernel import AffineKernel
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.algorithms.dictionary import Dictionary
from dnnt_encode.algorithms.local_search import LocalSearch
from dnnt_encode.algorithms.meet_in_the_middle import CompleteSearch, Meeting, estimated_sums, plan
from dnnt_encode.algorithms.pair_sums import PairSums, Sieve
from dnnt_encode.algorithms.quotient import Quotient
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance, evaluate
from dnnt_encode.instance.activations import activation
from dnnt_encode.solving import solve as solving
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.policy import POLICY
from dnnt_encode.solving.request import Request
from tests.algorithms.running import finish


def answer(search: CompleteSearch) -> Any:
    return finish(search.run())


@given(
    st.integers(0, 200), st.one_of(st.none(), st.integers(0, 60)), st.sampled_from([2, 4, 64]), st.integers(0, 2**32)
)
def test_every_sum_is_made_in_the_pass_of_its_residue(first: int, second: int | None, modulus: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Numbers of few low bits fall into few residues.
    low = np.uint64(rng.choice([1, 3, 2**20 - 1]))
    a = rng.integers(0, 2**64, first, dtype=np.uint64) & ~low
    b = a if second is None else rng.integers(0, 2**64, second, dtype=np.uint64)
    sums = PairSums(a, None if second is None else b, modulus, seed % 7)
    wanted = set((a[:, None] + b[None, :]).reshape(-1).tolist())
    for residue in range(modulus):
        made = sums.make(residue, np.empty(sums.largest, dtype=np.uint64))
        assert {total for total in wanted if total % modulus == residue} <= set(made.tolist())


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 2**14), st.integers(0, 2**32))
def test_sieves_keep_what_is_common(first: int, second: int, spread: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**64, spread, dtype=np.uint64)
    a, b = values[rng.integers(0, spread, first)], values[rng.integers(0, spread, second)]
    expected = sorted(set(a.tolist()) & set(b.tolist()))
    assert Sieve().common(a.copy(), b.copy(), 0).tolist() == expected


@given(st.integers(1, 7), st.integers(0, 4), st.integers(1, 2), st.integers(0, 2**32))
def test_the_kernel_sees_what_is_not_affine(samples: int, inputs: int, outputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, (samples, inputs)) * rng.integers(1, 3, inputs)
    affine = np.column_stack([x, np.ones(samples, dtype=np.int64)])
    kernel = AffineKernel.of(x)
    assert (kernel is None) == (np.linalg.matrix_rank(affine) == samples)
    if kernel is None:
        return
    hasher = kernel.hash(outputs, seed)
    vectors = rng.integers(-9, 10, (30, samples, outputs))
    shifts = affine @ rng.integers(-5, 6, (30, inputs + 1, outputs))
    assert (hasher(vectors.reshape(30, -1)) == hasher((vectors + shifts).reshape(30, -1))).all()
    ranks = [max(np.linalg.matrix_rank(np.column_stack([affine, v])) for v in vector.T) for vector in vectors]
    assert [bool(value) for value in hasher(vectors.reshape(30, -1))] == [
        rank > np.linalg.matrix_rank(affine) for rank in ranks
    ]


def small(
    hidden: int, outputs: int, seed: int, scale: int = 1, slope: int = 0, changed: bool | None = None, **parts: Any
) -> Instance:
    """One input, units of nine assignments (with three values), targets near what the network can give."""
    rng = np.random.default_rng(seed)
    x = np.arange(-3, 4)[:, None]
    w, b = rng.choice([-1, 0, 1], (2, hidden))
    v = rng.choice([-1, 1], (hidden, outputs))
    y = scale * (np.maximum(0, x * w + b) @ v) + slope * x
    place, change = rng.integers(0, 7), int(rng.integers(0, 2))
    y[place, 0] += scale * (change if changed is None else int(changed))
    settings = {
        "layer_weights": [(-scale, 0, scale), (-1, 1)],
        "layer_biases": [(-scale, 0, scale), (0, scale)],
        "threshold": 0,
        **parts,
    }
    return Instance.from_arrays(x, y, hidden=[hidden], **settings)


@pytest.mark.parametrize("hidden", [1, 2, 3, 4])
@pytest.mark.parametrize("scale", [1, 4])
def test_all_splits_against_enumeration(hidden: int, scale: int) -> None:
    answers = set()
    for seed in range(12 if hidden < 4 else 6):
        instance = small(hidden, 1, seed, scale)
        dictionary = Dictionary(instance)
        possible = min(enumerate_losses(instance).fractions()) == 0
        for drawn, pass_sums, threads in ((0, 5, 1), (1, 2**19, 2), (2, 40, 3)):
            search = CompleteSearch(dictionary, threads=threads, pass_sums=pass_sums, seed=drawn)
            found = answer(search)
            assert (found is not None) == possible
            if found is not None:
                assert evaluate(instance, dictionary.assignment(*found).weights(instance)).loss == 0
        answers.add(possible)
    assert answers == {True, False} or hidden == 4


def test_targets_that_terms_with_a_common_factor_do_not_reach() -> None:
    x = np.arange(-3, 4)[:, None]
    for y, possible in ((4 * np.maximum(x, 0), True), (4 * np.maximum(x, 0) + 1, False)):
        instance = Instance.from_arrays(
            x, y, hidden=[2], layer_weights=[(-4, 0, 4), (-1, 1)], layer_biases=[(0, 4), (0, 4)], threshold=0
        )
        dictionary = Dictionary(instance)
        assert (answer(CompleteSearch(dictionary)) is not None) == possible
        assert (finish(LocalSearch(dictionary).run(20)) is not None) == possible


@pytest.mark.parametrize("hidden", [3, 4])
def test_targets_of_either_parity(hidden: int) -> None:
    parities = set()
    for seed in range(8):
        # Even seeds are what a network gives.
        dictionary = Dictionary(small(hidden, 1, 40 + seed, changed=seed % 2 == 1))
        answers = set()
        for drawn in range(5):
            assert dictionary.kernel is not None
            quotient = Quotient(dictionary, dictionary.kernel.hash(1, drawn))
            parities.add(quotient.target % 2)
            answers.add(finish(Meeting(quotient, 60).run(1))[0] is not None)
        assert len(answers) == 1
        assert seed % 2 == 1 or answers == {True}
    assert parities == {0, 1}


def test_the_answer_does_not_depend_on_the_threads() -> None:
    dictionary = Dictionary(small(4, 1, 3))
    answers = [answer(CompleteSearch(dictionary, threads=threads, pass_sums=40)) for threads in (1, 2, 5)]
    assert answers[0] is not None
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("hidden", [3, 4, 5, 6])
def test_planted_fits_of_many_units_are_found(hidden: int) -> None:
    for seed in range(4):
        instance = small(hidden, 2, 2 * seed + 50, layer_biases=[(-1, 0, 1), (0,)])
        rng = np.random.default_rng(seed)
        w, b, v = rng.choice([-1, 1], hidden), rng.choice([-1, 0, 1], hidden), rng.choice([-1, 1], (hidden, 2))
        x = np.arange(-3, 4)[:, None]
        planted = Instance.from_arrays(
            x,
            np.maximum(0, x * w + b) @ v,
            hidden=[hidden],
            layer_weights=[(-1, 0, 1), (-1, 1)],
            layer_biases=[(-1, 0, 1), (0,)],
            threshold=0,
        )
        for case, known in ((planted, True), (instance, False)):
            dictionary = Dictionary(case)
            found = answer(CompleteSearch(dictionary, pass_sums=500, seed=seed))
            assert found is not None or not known
            if found is not None:
                assert evaluate(case, dictionary.assignment(*found).weights(case)).loss == 0


def test_units_of_all_kinds_on_both_sides() -> None:
    """Groups of different sets, fractions, clipped units: against enumeration."""
    rng = np.random.default_rng(5)
    answers = set()
    for seed in range(10):
        x = rng.integers(-2, 3, (6, 1))
        y = rng.integers(-1, 2, (6, 1)) if seed % 2 else np.maximum(x, 0) + x
        instance = Instance.from_arrays(
            x,
            y,
            hidden=[3],
            activation=activation("clipped_relu", Fraction(1)) if seed % 3 == 0 else "relu",
            layer_weights=[[[(-1, 1)], [(-2, 0, 2)], [(-1, 1)]], (-1, 1, Fraction(1, 2))],
            layer_biases=[(0, 1), (-1, 0)],
            threshold=0,
        )
        possible = min(enumerate_losses(instance).fractions()) == 0
        assert (answer(CompleteSearch(Dictionary(instance), pass_sums=9)) is not None) == possible
        answers.add(possible)
    assert answers == {True, False}


def test_where_classes_meet_too_often_the_terms_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meet_in_the_middle, "CHOICES_LIMIT", 1)
    exact = []
    real = Quotient.exact
    monkeypatch.setattr(Quotient, "exact", staticmethod(lambda *args: exact.append(1) or real(*args)))
    for seed in range(8):
        # A slope that no units have: the classes meet, but no members of theirs fit.
        instance = small(3, 1, seed, slope=seed % 2 * 4)
        possible = min(enumerate_losses(instance).fractions()) == 0
        assert (answer(CompleteSearch(Dictionary(instance))) is not None) == possible
    assert exact


def test_estimates_are_not_exceeded() -> None:
    for hidden in (1, 2, 3, 4):
        for biases in ((-1, 0, 1), (0, 1)):
            instance = small(hidden, 1, 7, layer_biases=[biases, (-1, 0, 1)])
            search = CompleteSearch(Dictionary(instance))
            assert 0 < search.sums <= estimated_sums(instance)
    # Classes count half of the terms where the sets are symmetric, and no biases.
    assert estimated_sums(small(2, 1, 7)) < estimated_sums(small(2, 1, 7, layer_biases=[(-1, 0, 2), (0, 1)]))


def test_limits() -> None:
    """Classes that hold everything are given up in no time; too many units, and too many sums, are refused."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (20, 5))
    # Sums of inputs that are not negative: no unit ever bends, and all terms are one class.
    flat = Instance.from_arrays(
        x,
        2 * x.sum(axis=1, keepdims=True) + np.eye(20, 1, dtype=np.int64),
        hidden=[4],
        layer_weights=[(0, 1), (1,)],
        layer_biases=[(0, 1), (0,)],
        threshold=0,
    )
    assert answer(CompleteSearch(Dictionary(flat))) is None
    many = Instance.from_arrays([[1], [2]], [[1], [2]], hidden=[14], threshold=0)
    for refused in (CompleteSearch, lambda dictionary: estimated_sums(dictionary.instance)):
        with pytest.raises(ModelTooLarge, match="at most 13"):
            refused(Dictionary(many))  # type: ignore[operator]
    assert finish(LocalSearch(Dictionary(many)).run(0)) is None
    assert dnnt_encode.solve(many, backend="dictionary", time_limit=5).status in ("SATISFIABLE", "UNKNOWN")


def test_a_search_that_gives_up_leaves_the_question_to_cpsat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.algorithms.meet_in_the_middle.SUMS_LIMIT", 0)
    monkeypatch.setattr("dnnt_encode.backends.inprocess.dictionary.ROUNDS", 1)
    policy = replace(POLICY, brute_operations=0, dynamic_transitions=0)
    instance = small(2, 1, 7, changed=True)
    given_up = dnnt_encode.solve(instance, backend="dictionary")
    result = solving.answer(Request(instance, threshold=instance.threshold), Clock(), policy)
    assert (given_up.status, result.backend.split("+")[0]) == ("UNKNOWN", "cpsat")
    assert result.status in ("SATISFIABLE", "UNSATISFIABLE")


def test_plans() -> None:
    four = plan([100], [0, 0, 0, 0])
    assert (four.alike, four.even, four.sums) == (True, True, -(-2 * 5050 // 4))
    three = plan([100], [0, 0, 0])
    assert (three.first, three.second, three.even) == ((0,), (0, 0), True)
    six = plan([10], [0] * 6)
    assert six.alike
    assert not six.even
    mixed = plan([10, 20], [0, 0, 1, 1])
    assert not mixed.even
    assert sorted([*mixed.first, *mixed.second]) == [0, 0, 1, 1]
