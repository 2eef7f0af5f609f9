"""Runs on real backends: both give the optimum, thresholds decide, starts help, and every end is verified."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings

import dnnt_encode
from dnnt_encode import InputError, Instance, ModelTooLarge, Progress, Weights
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.solving import solve as solving
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.policy import POLICY
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import result_schema
from tests.random_instances import tiny_instances
from tests.solving.scripted import race

WIDE_XOR = Instance.from_arrays(
    [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [2], [2], [0]], hidden=[2], weights=[-1, 0, 1], loss="l1"
)


def hard(samples: int = 160, hidden: int = 4) -> Instance:
    """Random labels: no solver is done in a few seconds."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, (samples, 14)), rng.integers(0, 2, samples)
    return Instance.from_arrays(x, y, hidden=[hidden, hidden])


def check(result: dnnt_encode.Result, instance: Instance) -> None:
    """What holds for every result."""
    jsonschema.validate(result.to_dict(), result_schema())
    assert result.verified == (result.weights is not None) == (result.loss is not None)
    if result.weights is not None:
        assert dnnt_encode.evaluate(instance, result.weights).loss == result.loss
    losses = [point.loss for point in result.trace if point.loss is not None]
    bounds = [point.bound for point in result.trace if point.bound is not None]
    assert losses == sorted(losses, reverse=True)
    assert bounds == sorted(bounds)
    assert len({(point.loss, point.bound) for point in result.trace}) == len(result.trace)
    assert [point.seconds for point in result.trace] == sorted(point.seconds for point in result.trace)
    assert result.seconds["total"] >= sum(result.seconds.values()) - result.seconds["total"] - 0.01


@settings(max_examples=15)
@given(tiny_instances(assignments=150))
def test_brute_gives_the_least_loss(instance: Instance) -> None:
    least = min(enumerate_losses(instance).fractions())
    result = dnnt_encode.solve(instance, backend="brute", certify=True)
    check(result, instance)
    assert (result.status, result.loss, result.bound) == ("OPTIMUM FOUND", least, least)
    assert result.certificate.kind == "exhaustive"
    for gamma in (least, least - Fraction(1, 7)):
        decided = dnnt_encode.solve(instance, backend="brute", threshold=gamma)
        check(decided, instance)
        assert decided.status == ("SATISFIABLE" if gamma >= least else "UNSATISFIABLE")


@settings(max_examples=6)
@given(tiny_instances(assignments=300))
def test_cpsat_gives_the_least_loss(instance: Instance) -> None:
    least = min(enumerate_losses(instance).fractions())
    result = dnnt_encode.solve(instance, backend="cpsat", threads=1)
    check(result, instance)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", least)
    decided = dnnt_encode.solve(instance, backend="cpsat", threads=1, threshold=least - Fraction(1, 7))
    check(decided, instance)
    assert decided.status == "UNSATISFIABLE"


@pytest.mark.parametrize("backend", ["brute", "cpsat"])
def test_xor(backend: str) -> None:
    least = min(enumerate_losses(WIDE_XOR).fractions())
    found: list[Fraction] = []
    result = dnnt_encode.solve(WIDE_XOR, backend=backend, on_incumbent=lambda incumbent: found.append(incumbent.loss))
    check(result, WIDE_XOR)
    assert result.status == "OPTIMUM FOUND"
    assert result.loss == least == found[-1]
    assert found == sorted(set(found), reverse=True)
    assert result.backend.split("+")[0] == backend
    assert (result.encoding is None) == (backend == "brute")
    assert result.stopped is None


@pytest.mark.parametrize("backend", ["brute", "cpsat"])
def test_start_weights_are_an_incumbent_and_may_be_anything_near(backend: str) -> None:
    best = dnnt_encode.solve(WIDE_XOR, backend="brute")
    assert best.weights is not None
    again = dnnt_encode.solve(WIDE_XOR, backend=backend, start=best.weights)
    check(again, WIDE_XOR)
    assert again.status == "OPTIMUM FOUND"
    assert again.trace[0].loss == best.loss
    floats = Weights.nearest(WIDE_XOR, [([[0.7, -3.1], [-0.6, 0.9]], [0.2, -0.2]), ([[0.9, 0.8]], [0.1])])
    near = dnnt_encode.solve(WIDE_XOR, backend=backend, start=floats)
    assert near.loss == best.loss
    satisfied = dnnt_encode.solve(WIDE_XOR, backend=backend, start=best.weights, threshold=best.loss)
    assert (satisfied.status, satisfied.loss) == ("SATISFIABLE", best.loss)


def test_start_weights_of_another_shape() -> None:
    other = Instance.from_arrays([[0]], [0], hidden=[1])
    start = dnnt_encode.solve(other).weights
    with pytest.raises(InputError, match="layer 1"):
        dnnt_encode.solve(WIDE_XOR, start=start)


def test_the_threshold_is_the_instances_own_unless_given() -> None:
    least = dnnt_encode.solve(WIDE_XOR).loss
    assert least is not None
    instance = WIDE_XOR.with_threshold(least + 1)
    own = dnnt_encode.solve(instance)
    assert (own.status, own.threshold) == ("SATISFIABLE", least + 1)
    minimised = dnnt_encode.solve(instance, threshold=None)
    assert (minimised.status, minimised.loss, minimised.threshold) == ("OPTIMUM FOUND", least, None)
    other = dnnt_encode.solve(instance, threshold="-1/2")
    assert (other.status, other.threshold, other.loss, other.weights) == ("UNSATISFIABLE", Fraction(-1, 2), None, None)
    assert own.instance_sha256 == minimised.instance_sha256 == instance.sha256


def test_certificates() -> None:
    least = dnnt_encode.solve(WIDE_XOR).loss
    assert least is not None
    assert dnnt_encode.solve(WIDE_XOR, backend="cpsat", certify=True).certificate.kind == "exhaustive"
    below = dnnt_encode.solve(WIDE_XOR, backend="cpsat", certify=True, threshold=least - 1)
    assert (below.status, below.certificate.kind) == ("UNSATISFIABLE", "exhaustive" if least >= 1 else "none")
    plain = dnnt_encode.solve(WIDE_XOR, backend="cpsat")
    assert plain.certificate.kind == "none"
    assert plain.certificate.detail
    assert dnnt_encode.solve(WIDE_XOR, backend="brute", certify=True).certificate.kind == "exhaustive"


@pytest.mark.parametrize("threads", [1, 2])
def test_the_time_limit_delivers_verified_weights(threads: int) -> None:
    instance = hard()
    begin = time.monotonic()
    result = dnnt_encode.solve(instance, time_limit=3, threads=threads)
    assert time.monotonic() - begin < 30
    check(result, instance)
    assert (result.status, result.stopped) == ("SATISFIABLE", "time limit")
    undecided = dnnt_encode.solve(instance, time_limit=2, threads=threads, threshold=0)
    assert undecided.status in ("UNKNOWN", "SATISFIABLE")
    if undecided.status == "UNKNOWN":
        assert undecided.verified, "the best candidate is given"


def test_a_time_limit_that_is_over_at_once() -> None:
    result = dnnt_encode.solve(hard(), time_limit=1e-6)
    check(result, hard())
    assert (result.status, result.stopped) == ("UNKNOWN", "time limit")


def test_brute_force_stops_at_the_deadline_and_says_how_far_it_came() -> None:
    instance = Instance.from_arrays(hard().dataset.x, hard().dataset.y, hidden=[1])
    result = dnnt_encode.solve(instance, backend="brute", time_limit=1)
    check(result, instance)
    assert (result.status, result.stopped) == ("SATISFIABLE", "time limit")


def test_a_stop_event_from_another_thread() -> None:
    stop = threading.Event()
    timer = threading.Timer(2, stop.set)
    timer.start()
    seen: list[Progress] = []
    begin = time.monotonic()
    result = dnnt_encode.solve(hard(), stop=stop, on_progress=seen.append)
    assert time.monotonic() - begin < 30
    check(result, hard())
    assert (result.status, result.stopped) == ("SATISFIABLE", "interrupted")
    assert {progress.stage for progress in seen} == {"start", "encode", "solve"}


def test_keyboard_interrupt_anywhere_delivers_what_is_verified() -> None:
    for stage in ("start", "encode", "solve"):
        calls = []

        def interrupt(progress: Progress, stage: str = stage, calls: list[str] = calls) -> None:
            if progress.stage == stage and not calls:
                calls.append(stage)
                raise KeyboardInterrupt

        result = dnnt_encode.solve(hard(), on_progress=interrupt)
        check(result, hard())
        assert result.status == ("UNKNOWN" if stage == "start" else "SATISFIABLE")
        assert result.stopped == "interrupted"


def test_solving_works_in_a_thread() -> None:
    results: list[dnnt_encode.Result] = []
    thread = threading.Thread(
        target=lambda: results.append(dnnt_encode.solve(WIDE_XOR, backend="cpsat", time_limit=60)), daemon=True
    )
    thread.start()
    thread.join(60)
    assert results[0].status == "OPTIMUM FOUND"


def test_one_thread_repeats_its_answer() -> None:
    instance = Instance.from_arrays(hard(20).dataset.x, hard(20).dataset.y, hidden=[2])
    first, second = (dnnt_encode.solve(instance, backend="cpsat", threads=1, seed=3) for _ in range(2))
    assert first.weights is not None
    assert second.weights is not None
    assert [layer.weights.json() for layer in first.weights.layers] == [
        layer.weights.json() for layer in second.weights.layers
    ]
    assert [point.loss for point in first.trace] == [point.loss for point in second.trace]


def test_wrong_arguments_are_named() -> None:
    for wrong, words in (
        ({"time_limit": 0}, "time limit"),
        ({"time_limit": float("nan")}, "time limit"),
        ({"threads": 0}, "threads"),
        ({"seed": -1}, "seed"),
        ({"threshold": "x"}, "threshold"),
    ):
        with pytest.raises(InputError, match=words):
            dnnt_encode.solve(WIDE_XOR, **wrong)  # type: ignore[arg-type]


def test_a_model_that_does_not_fit_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.models.memory.available_memory", lambda: 100_000)

    def build(*_: object, **__: object) -> None:
        raise AssertionError("the model was built")

    monkeypatch.setattr("dnnt_encode.encoders.linear.encode_linear", build)
    with pytest.raises(ModelTooLarge, match=r"columns.*would need about .* of memory.*100 kB are available"):
        race(hard(), CpsatBackend())


def test_auto_falls_back_to_enumeration_where_numbers_are_too_large_for_the_solver() -> None:
    x = [[i * 10**20 + j for j in range(6)] for i in range(400)]
    instance = Instance.from_arrays(x, [[2]] * 400, hidden=[1], weights=[0, 1, 3], loss="l2")
    with pytest.raises(ModelTooLarge, match="layer 1"):
        dnnt_encode.solve(instance, backend="cpsat")
    assert dnnt_encode.solve(instance, time_limit=60).backend == "brute"


def test_on_one_core_the_same_run_gives_the_same_answer() -> None:
    """A SAT solver gives up after so many conflicts, and CP-SAT follows it."""
    rng = np.random.default_rng(4)
    instance = Instance.from_arrays(rng.integers(0, 2, (24, 6)), rng.integers(0, 2, 24), hidden=[2])
    policy = replace(POLICY, search=False, brute_operations=0, descent_work=0, guesses=1, patterns_turns=1)
    request = Request(instance=instance, threads=1, seed=5)
    first, second = (solving.answer(request, Clock(None), policy) for _ in range(2))
    assert (first.status, first.backend) == ("OPTIMUM FOUND", "cpsat")
    assert repr(first.weights) == repr(second.weights)


def test_a_first_guess_is_kept_where_time_ends_before_better_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses = solving.first_guesses

    def interrupted(instance: Instance, most: int) -> Iterator[Weights]:
        yield next(guesses(instance, most))
        raise OutOfTime

    monkeypatch.setattr(solving, "first_guesses", interrupted)
    instance = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])
    result = dnnt_encode.solve(instance, backend="cpsat")
    assert (result.status, result.stopped) == ("SATISFIABLE", "time limit")
    assert result.weights is not None


@pytest.mark.parametrize(
    "options",
    [
        {"time_limit": float("inf"), "threads": np.int64(1)},
        {"time_limit": "9e8", "threads": "1e9", "seed": np.array(3)},
        {"time_limit": Fraction(10**30), "threads": 1.0, "seed": 10**30},
    ],
)
def test_limits_in_every_form(options: dict[str, object]) -> None:
    result = dnnt_encode.solve(WIDE_XOR, backend="cpsat", **options)  # type: ignore[arg-type]
    assert (result.status, result.loss) == ("OPTIMUM FOUND", 2)
    assert result.seed == (None if options.get("seed") is None else int(options["seed"]))  # type: ignore[call-overload]
    jsonschema.validate(result.to_dict(), result_schema())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time_limit": 0}, "time limit 0; it must be more than 0"),
        ({"time_limit": float("nan")}, "time limit nan; it must be more than 0"),
        ({"time_limit": -np.inf}, "time limit -inf; it must be more than 0"),
        ({"time_limit": "soon"}, "time limit 'soon'; a number of seconds is needed"),
        ({"time_limit": [1]}, "a number of seconds is needed"),
        ({"threads": 0}, "at least 1 is needed"),
        ({"threads": 1.5}, "threads: found 3/2; a whole number is needed"),
        ({"threads": True}, "threads: found the truth value"),
        ({"seed": -1}, "a seed is an integer from 0"),
        ({"seed": float("inf")}, "seed: found Infinity"),
    ],
)
def test_what_is_no_limit(options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        dnnt_encode.solve(WIDE_XOR, **options)  # type: ignore[arg-type]
