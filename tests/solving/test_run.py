"""Runs of several entrants: what either says counts, one goes on without the other, and contradictions are errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode import BackendError, Instance, ModelTooLarge, NotVerified
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.analysis.samples import merge_samples
from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Event, Finished, InstanceTask, Log, Task
from dnnt_encode.backends.registry import backend
from dnnt_encode.instance import Assignment
from dnnt_encode.solving.run import fresh
from dnnt_encode.solving.schedule import Entrant
from dnnt_encode.solving.work import Found, Lower
from tests.solving.scripted import Scripted, race, waits

RNG = np.random.default_rng(3)
INSTANCE = Instance.from_arrays(RNG.integers(0, 2, (14, 3)), RNG.integers(0, 2, 14), hidden=[1])
LOSSES = enumerate_losses(INSTANCE).fractions()
LEAST = min(LOSSES)
BRUTE = backend("brute")


def assignment(loss: Fraction) -> Assignment:
    """Some assignment of this loss."""
    return Enumeration(INSTANCE).assignment(int(np.flatnonzero(np.asarray(LOSSES) == loss)[0]))


POOR = sorted(set(LOSSES))[1]
COUNTED = merge_samples(INSTANCE).lower_bound
"""What equal inputs with different targets cost: a bound that every run has."""


def test_what_one_proves_ends_the_run() -> None:
    result = race(INSTANCE, Scripted("instance", waits), BRUTE)
    assert (result.status, result.loss, result.bound) == ("OPTIMUM FOUND", LEAST, LEAST)
    assert result.backend == "scripted+brute"
    assert result.certificate.kind == "exhaustive"
    assert result.stopped is None


@pytest.mark.parametrize(("threshold", "status"), [(LEAST, "SATISFIABLE"), (LEAST - 1, "UNSATISFIABLE")])
def test_thresholds(threshold: Fraction, status: str) -> None:
    assert race(INSTANCE, Scripted("instance", waits), BRUTE, threshold=threshold).status == status


def test_what_one_finds_and_another_bounds_is_proved() -> None:
    finds = Scripted("instance", [Candidate(assignment(LEAST), LEAST)], "finds")
    bounds = Scripted("instance", [Bound(LEAST)], "bounds")
    result = race(INSTANCE, finds, bounds)
    assert (result.status, result.loss, result.backend) == ("OPTIMUM FOUND", LEAST, "finds+bounds")
    assert "bounds" in result.certificate.detail


def test_what_one_finds_reaches_the_others() -> None:
    heard: list[Any] = []

    def listens(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        while controls.news.start is None and not controls.should_stop():
            time.sleep(0.01)
        heard.append((controls.news.below, controls.news.start))
        yield Finished("exhausted" if controls.news.below == LEAST else "stopped")

    class Below(Scripted):
        """Proves that nothing is below what it was told last."""

    finds = Scripted("instance", [Candidate(assignment(LEAST), LEAST), Finished("gave_up", "done")], "finds")
    race(INSTANCE, finds, Below("instance", listens, "listens", news=True, below=True), time_limit=5)
    ((below, start),) = heard
    assert below == LEAST
    assert Enumeration(INSTANCE).number_of(start) == Enumeration(INSTANCE).number_of(assignment(LEAST))


def test_an_entrant_starts_with_what_is_known_when_it_enters() -> None:
    late = Scripted("instance", [Finished("stopped")], "late")
    finds = Scripted("instance", [Candidate(assignment(POOR), POOR), Finished("gave_up", "no more")])
    race(INSTANCE, finds, Entrant(late, 1, after=0.3), time_limit=5)
    (task,) = late.tasks
    assert isinstance(task, InstanceTask)
    assert task.below == POOR
    assert task.start is not None


def test_when_an_entrant_does_not_enter() -> None:
    late = Scripted("instance", waits, "late")
    assert race(INSTANCE, Scripted("instance", waits), Entrant(late, 1, after=60), time_limit=1).backend == "scripted"
    race(INSTANCE, Scripted("instance", waits), Entrant(late, 1, after=0.1, least_left=60), time_limit=1)
    assert not late.tasks
    race(INSTANCE, BRUTE, Entrant(late, 1, after=0.1))
    assert not late.tasks


@pytest.mark.parametrize(
    "script",
    [
        [BackendError("its process was killed")],
        [Finished("gave_up", "no idea")],
        [ModelTooLarge("too large")],
        [OSError(28, "No space left on device")],
        [MemoryError()],
    ],
)
def test_others_go_on_where_one_crashes_or_gives_up(script: list[Any]) -> None:
    """And whoever was to enter later enters at once."""
    result = race(INSTANCE, Scripted("instance", script), Entrant(BRUTE, 1, after=30))
    assert (result.status, result.loss, result.stopped) == ("OPTIMUM FOUND", LEAST, None)


def test_the_error_of_the_only_one_is_raised_unless_something_was_found() -> None:
    with pytest.raises(BackendError, match="killed"):
        race(INSTANCE, Scripted("instance", [BackendError("killed")]))
    found = [Candidate(assignment(POOR), POOR), BackendError("killed")]
    result = race(INSTANCE, Scripted("instance", found))
    assert (result.status, result.loss, result.stopped) == ("SATISFIABLE", POOR, "killed")
    with pytest.raises(BackendError, match="No space left"):
        race(INSTANCE, Scripted("instance", [OSError(28, "No space left on device")]))


def test_where_no_solver_takes_the_model_local_search_is_all_there_is() -> None:
    def finds(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        controls.stop.wait(0.3)
        yield Candidate(assignment(POOR), POOR)
        yield Log("swaps", trying=True)
        yield from waits(task, controls)

    search = Entrant(Scripted("instance", finds, "search", proves=False), 1, helper=True)
    refuses = Scripted("instance", [ModelTooLarge("too large")])
    tried: list[str] = []
    result = race(
        INSTANCE, search, refuses, automatic=True, time_limit=1.5, on_progress=lambda p: tried.append(p.trying)
    )
    assert (result.status, result.loss, result.stopped) == (
        "SATISFIABLE",
        POOR,
        "too large; local search went on alone",
    )
    assert "swaps" in tried
    with pytest.raises(ModelTooLarge, match="too large"):
        race(INSTANCE, search, refuses, time_limit=10)


def test_a_helper_is_not_waited_for() -> None:
    search = Entrant(Scripted("instance", waits, "search"), 1, helper=True)
    began = time.monotonic()
    result = race(INSTANCE, search, Scripted("instance", [Finished("gave_up", "no idea")]))
    assert time.monotonic() - began < 30
    assert result.stopped == "no idea"


@pytest.mark.parametrize("stop_after", [None, 0.5])
def test_the_deadline_and_a_wish_end_all(stop_after: float | None) -> None:
    stop = threading.Event()
    if stop_after is not None:
        threading.Timer(stop_after, stop.set).start()
    began = time.monotonic()
    entrants = [Scripted("instance", waits, str(k)) for k in range(3)]
    result = race(INSTANCE, *entrants, stop=stop, time_limit=60 if stop_after else 1)
    assert time.monotonic() - began < 30
    assert result.stopped == ("interrupted" if stop_after else "time limit")


def test_last_words_count() -> None:
    def late(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        controls.stop.wait(60)
        yield Candidate(assignment(POOR), POOR)
        yield Finished("stopped")

    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    assert race(INSTANCE, Scripted("instance", late), stop=stop).loss == POOR


@pytest.mark.parametrize("threshold", [None, LEAST])
def test_entrants_that_contradict_each_other_are_an_error_with_evidence(threshold: Fraction | None) -> None:
    honest = Scripted("instance", [Candidate(assignment(LEAST), LEAST), *[Log("x")] * 3], "honest")

    def lies(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        controls.stop.wait(0.5)
        if threshold is None:
            yield Bound(LEAST + 1)
        yield Finished("exhausted")

    if threshold is None:
        with pytest.raises(NotVerified, match=f"liar claims that no loss is below {LEAST + 1}") as caught:
            race(INSTANCE, Scripted("instance", waits), honest, Scripted("instance", lies, "liar"))
        assert caught.value.evidence["loss"] == LEAST
        assert caught.value.evidence["weights"]
    else:
        # Within the threshold, the first answer ends the run.
        assert race(INSTANCE, honest, Scripted("instance", lies, "liar"), threshold=threshold).status == "SATISFIABLE"


def test_a_wrong_refutation_after_an_answer_below_the_threshold_is_an_error() -> None:
    start = assignment(POOR).weights(INSTANCE)
    liar = Scripted("instance", [Finished("exhausted")], "liar")
    result = race(INSTANCE, liar, threshold=POOR - Fraction(1, 2), start=start)
    assert result.status == "UNSATISFIABLE"
    with pytest.raises(NotVerified, match="enumeration finds"):
        race(INSTANCE, liar, threshold=POOR - Fraction(1, 2), start=start, certify=True)


def test_a_cutoff_closes_nothing_below_it() -> None:
    """What was asked for less than c and found nothing proves the bound c, and not that there is no solution."""
    start = assignment(POOR).weights(INSTANCE)
    proves = Scripted("instance", [Finished("exhausted")], below=True)
    result = race(INSTANCE, proves, start=start)
    assert (result.status, result.bound) == ("OPTIMUM FOUND", POOR)
    # Whoever does not declare that it looks below a cutoff has no way to end without a solution.
    with pytest.raises(NotVerified, match="there is no solution"):
        race(INSTANCE, Scripted("instance", [Finished("exhausted")]), start=start)


def test_bounds_in_floating_point_above_verified_weights_are_not_used_any_more() -> None:
    said: list[str] = []
    astray = [Candidate(assignment(POOR), POOR), Bound(POOR + 1), Bound(POOR), Finished("exhausted")]
    result = race(INSTANCE, Scripted("instance", astray, exact=False), on_log=said.append)
    assert (result.status, result.loss, result.bound) == ("SATISFIABLE", POOR, COUNTED)
    assert any("its bounds are not used" in text for text in said)


def test_a_proof_in_floating_point_is_called_so() -> None:
    script = [Candidate(assignment(LEAST), LEAST), Bound(LEAST), Finished("exhausted")]
    result = race(INSTANCE, Scripted("instance", script, "doubles", exact=False))
    assert result.status == "OPTIMUM FOUND"
    assert "the floating-point claim of doubles" in result.certificate.detail
    assert race(INSTANCE, Scripted("instance", script, "doubles", exact=False), certify=True).certificate.kind == (
        "exhaustive"
    )


def test_an_unforeseen_error_is_raised() -> None:
    with pytest.raises(ValueError, match="odd"):
        race(INSTANCE, Scripted("instance", [ValueError("odd")]))


def test_interrupts_in_callbacks_end_the_run_with_what_is_known() -> None:
    def interrupt(incumbent: dnnt_encode.Incumbent) -> None:
        raise KeyboardInterrupt

    def finds(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        yield Candidate(assignment(POOR), POOR)
        yield from waits(task, controls)

    result = race(INSTANCE, Scripted("instance", finds), on_incumbent=interrupt)
    assert (result.stopped, result.loss) == ("interrupted", POOR)


def test_a_solution_that_its_finder_has_bettered_is_not_verified_first() -> None:
    poor, good = assignment(POOR), assignment(LEAST)
    old, new, other = Found(poor, POOR), Found(good, LEAST), Found(poor, POOR)
    bound, unclaimed = Lower(Fraction(0)), Found(poor, None)
    claims = [(1, old), (2, other), (1, bound), (1, unclaimed), (1, new), (1, Found(poor, POOR))]
    assert fresh(claims) == [(2, other), (1, bound), (1, unclaimed), (1, new), claims[-1]]
