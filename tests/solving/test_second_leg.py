"""The SAT solver that joins a long run of CP-SAT: what either says counts, and one goes on without the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode import BackendError, Instance
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Controls,
    Event,
    Finished,
    Log,
    Task,
    Tick,
)
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.solving import pipeline, second_leg
from dnnt_encode.solving.start import hint
from tests.solving.scripted import Script, Scripted

RNG = np.random.default_rng(3)
INSTANCE = Instance.from_arrays(RNG.integers(0, 2, (14, 3)), RNG.integers(0, 2, 14), hidden=[1])
LEAST = min(enumerate_losses(INSTANCE).fractions())


def waits(task: Task, controls: Controls) -> Iterator[Event]:
    while not controls.should_stop():
        time.sleep(0.02)
        yield Tick()
    yield Finished("stopped")


def solve(monkeypatch: pytest.MonkeyPatch, script: Script, after: float = 0, **options: object) -> dnnt_encode.Result:
    monkeypatch.setattr(pipeline, "choose_backend", lambda name, instance: Scripted("linear", script, "cpsat"))
    monkeypatch.setattr(pipeline, "descend", lambda *_, **__: iter(()))
    monkeypatch.setattr(second_leg, "JOIN_AFTER", after)
    return dnnt_encode.solve(INSTANCE, **{"time_limit": 60, "threads": 2, **options})  # type: ignore[arg-type]


def test_what_it_proves_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    result = solve(monkeypatch, waits)
    assert (result.status, result.loss, result.bound) == ("OPTIMUM FOUND", LEAST, LEAST)
    assert result.backend == "cpsat+sat:glucose42"
    assert "sat:glucose42" in result.certificate.detail
    assert result.stopped is None


@pytest.mark.parametrize(("threshold", "status"), [(LEAST, "SATISFIABLE"), (LEAST - 1, "UNSATISFIABLE")])
def test_thresholds(monkeypatch: pytest.MonkeyPatch, threshold: int, status: str) -> None:
    assert solve(monkeypatch, waits, threshold=threshold).status == status


def test_what_cpsat_finds_meanwhile_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    best = dnnt_encode.solve(INSTANCE, backend="brute").weights
    assert best is not None
    model = encode_linear(INSTANCE)
    columns, values = hint(INSTANCE, model, best)
    answer = model.lower.copy()
    answer[columns] = values

    def finds(task: Task, controls: Controls) -> Iterator[Event]:
        yield Candidate(answer, None, exact=False)
        yield from waits(task, controls)

    result = solve(monkeypatch, finds)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST)


def test_it_goes_on_alone_where_cpsat_crashes_or_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    joined = threading.Event()
    real = second_leg.SecondLeg._join

    def join(self: second_leg.SecondLeg) -> None:
        real(self)
        joined.set()

    monkeypatch.setattr(second_leg.SecondLeg, "_join", join)

    def crashes(task: Task, controls: Controls) -> Iterator[Event]:
        while not joined.is_set():
            yield Tick()
        raise BackendError("cpsat: its process was killed")

    def gives_up(task: Task, controls: Controls) -> Iterator[Event]:
        while not joined.is_set():
            yield Tick()
        yield Finished("stopped", "no idea", gave_up=True)

    start = dnnt_encode.solve(INSTANCE, backend="brute").weights
    for script in (crashes, gives_up):
        joined.clear()
        result = solve(monkeypatch, script, start=start)
        assert (result.status, result.stopped) == ("OPTIMUM FOUND", None)


def test_a_stop_ends_it_when_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages arrive: eight cores have two children of the second solver."""
    stop = threading.Event()

    def gives_up(task: Task, controls: Controls) -> Iterator[Event]:
        yield Finished("stopped", "no idea", gave_up=True)

    def stays(self: second_leg.SecondLeg, best: object, loss: object) -> None:
        while not self._stop.is_set():
            time.sleep(0.01)
            self._events.put(Log("busy"))
        self._events.put(BackendError("ended"))

    monkeypatch.setattr(second_leg.SecondLeg, "_work", stays)
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()
    solve(monkeypatch, gives_up, stop=stop, threads=8)
    assert time.monotonic() - began < 30


def test_what_it_found_survives_a_crash_of_cpsat(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashes(task: Task, controls: Controls) -> Iterator[Event]:
        yield Tick()
        raise BackendError("cpsat: its process was killed")

    monkeypatch.setattr(pipeline, "first_guesses", lambda instance: iter(()))
    result = solve(monkeypatch, crashes)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST)


@pytest.mark.parametrize("error", [MemoryError(), ValueError("odd")])
def test_what_goes_wrong_in_it_ends_it_alone(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(second_leg, "cnf_task", fails)
    assert solve(monkeypatch, waits, time_limit=4).stopped == "time limit"


def test_a_bound_above_verified_weights_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    def lies(task: Task, controls: Controls) -> Iterator[Event]:
        yield Bound(10**6)

    with pytest.raises(dnnt_encode.NotVerified, match="no loss is below"):
        solve(monkeypatch, lies)


def test_when_it_does_not_join(monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    assert solve(monkeypatch, waits, threads=1, time_limit=1.5).backend == "cpsat"
    assert solve(monkeypatch, waits, time_limit=1.5).backend == "cpsat"
    assert solve(monkeypatch, waits, after=60, time_limit=1.5).backend == "cpsat"
    monkeypatch.setattr(second_leg, "MAX_CLAUSES", 10)
    monkeypatch.setattr(second_leg, "LEAST_LEFT", 0)
    monkeypatch.setattr(second_leg, "JOIN_AFTER", 0)
    request = pipeline.Request(INSTANCE, threads=2, on_log=messages.append)
    pipeline.run(request, pipeline.Clock(1.5))
    assert any("the limit is 10" in text for text in messages)


def test_interrupts_end_both(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    began = time.monotonic()
    result = solve(monkeypatch, waits, after=30, stop=stop)
    assert result.stopped == "interrupted"
    assert time.monotonic() - began < 50
