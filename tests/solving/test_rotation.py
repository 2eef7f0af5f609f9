"""Rotations: every part gets its turns, a part that is closed says nothing about the others, all of them say all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dnnt_encode import BackendError, Instance, ModelTooLarge
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Event, Finished, InstanceTask, Task
from dnnt_encode.backends.registry import backend
from dnnt_encode.instance.goal import LEAST, Goal
from dnnt_encode.reduce import STEPS, Chain, Reduced, chain
from dnnt_encode.reduce.cubes import cubes
from dnnt_encode.reduce.patterns import output_patterns
from dnnt_encode.solving.evidence import Evidence
from dnnt_encode.solving.ledger import Progress
from dnnt_encode.solving.rotation import Deeper, Rotation
from dnnt_encode.solving.schedule import Entrant, Race, Together
from dnnt_encode.solving.tree import Fact, Tree
from tests.solving.scripted import Scripted, race, run, waits

RNG = np.random.default_rng(6)
GIVEN = Instance.from_arrays(RNG.integers(-1, 2, (12, 2)), RNG.integers(0, 2, 12), hidden=[2], biases=(0, 1))
INSTANCE = chain(GIVEN, STEPS).instance
LOSSES = enumerate_losses(INSTANCE).fractions()
OPTIMUM, COUNTED = min(LOSSES), View(INSTANCE).samples.lower_bound
PARTS = output_patterns(INSTANCE)
WHOLE = {part.instance.sha256 for part in PARTS}
BRUTE = backend("brute")


def rotation(
    *engines: Scripted | Entrant,
    slices: tuple[float, ...] = (60,),
    places: int = 1,
    deeper: Deeper | None = None,
) -> Rotation:
    entrants = tuple(each if isinstance(each, Entrant) else Entrant(each, 1) for each in engines)
    return Rotation(entrants, output_patterns, slices, places, deeper)


def part_of(task: Task) -> int:
    """Which part a task is about."""
    assert isinstance(task, InstanceTask)
    return [part.instance.sha256 for part in PARTS].index(task.view.instance.sha256)


@pytest.mark.parametrize("seed", range(6))
def test_all_parts_together_give_the_least_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = ("relu", "sign", "step")[seed % 3]
    instance = Instance.from_arrays(
        rng.integers(-1, 2, (9, 2)), rng.integers(0, 2, 9), hidden=[2], biases=(0, 1), activation=kind
    )
    least = min(enumerate_losses(instance).fractions())
    result = run(instance, rotation(Entrant(BRUTE, 1)))
    assert (result.status, result.loss, result.bound) == ("OPTIMUM FOUND", least, least)
    if least > 0:
        assert result.certificate.kind == "exhaustive"
        assert "patterns, which together leave out none" in result.certificate.detail
    assert run(instance, rotation(Entrant(BRUTE, 1)), threshold=least).status == "SATISFIABLE"
    # By enumeration, and not by what reductions count.
    below = run(instance, rotation(Entrant(BRUTE, 1)), threshold=least - 1, reductions=False)
    assert (below.status, below.certificate.kind) == ("UNSATISFIABLE", "exhaustive" if least else "none")


def test_progress_tells_how_many_leaves_are_open() -> None:
    told: list[Progress] = []

    def script(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        # The last of them waits for the others, so that somebody has time to look.
        while part_of(task) == len(PARTS) - 1 and not any(each.leaves == (1, len(PARTS)) for each in told):
            time.sleep(0.01)
        yield Bound(OPTIMUM)

    found = next(k for k, loss in enumerate(LOSSES) if loss == OPTIMUM)
    start = Enumeration(INSTANCE).assignment(found).weights(INSTANCE)
    result = run(
        INSTANCE,
        rotation(Scripted("instance", script), places=len(PARTS)),
        start=start,
        reductions=False,
        on_progress=told.append,
    )
    assert result.status == "OPTIMUM FOUND"
    opened = [each.leaves for each in told if each.leaves is not None]
    assert {total for _, total in opened} == {len(PARTS)}
    assert opened == sorted(opened, reverse=True)


def test_a_part_that_is_closed_says_nothing_about_the_others() -> None:
    start = next(Enumeration(INSTANCE).assignment(k) for k, loss in enumerate(LOSSES) if loss > OPTIMUM)

    def closes_the_first(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        if part_of(task) == 0:
            yield Finished("exhausted")
        yield from waits(task, controls)

    result = run(
        INSTANCE, rotation(Scripted("instance", closes_the_first, below=True), places=8),
        start=start.weights(INSTANCE), time_limit=1.0,
    )  # fmt: skip
    assert (result.status, result.bound) == ("SATISFIABLE", COUNTED)


def test_every_part_has_its_turns_and_begins_anew_with_what_is_known_then() -> None:
    engine = Scripted("instance", waits)
    run(INSTANCE, rotation(engine, slices=(0.05,)), time_limit=1.5)
    turns = [part_of(task) for task in engine.tasks]
    assert turns[: len(PARTS)] == list(range(len(PARTS)))
    assert len(turns) > len(PARTS)


def test_who_hears_rests_and_goes_on_where_it_was() -> None:
    worked: dict[int, int] = {}
    at_once: list[int] = []
    working: set[int] = set()

    def counts(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        part = part_of(task)
        while not controls.should_stop():
            controls.rest()
            working.add(part)
            time.sleep(0.01)
            worked[part] = worked.get(part, 0) + 1
            at_once.append(len(working))
            working.discard(part)
            if worked[part] > 40:
                yield Bound(OPTIMUM)
                yield Finished("gave_up", "done")
        yield Finished("stopped")

    engine = Scripted("instance", counts, news=True)
    start = Enumeration(INSTANCE).assignment(int(np.argmin(LOSSES)))
    result = run(INSTANCE, rotation(engine, slices=(0.1,)), start=start.weights(INSTANCE))
    assert (result.status, result.bound) == ("OPTIMUM FOUND", OPTIMUM)
    assert len(engine.tasks) == len(PARTS)
    # One core: but for the moment in which the turns change, one works.
    assert np.mean(np.array(at_once) == 1) > 0.8


def test_work_on_a_part_that_another_has_closed_ends() -> None:
    begun, stopped = threading.Event(), threading.Event()

    def slow(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        begun.set()
        controls.stop.wait(20)
        stopped.set()
        yield Finished("stopped")

    def proves(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        begun.wait(20)
        if part_of(task) == 0:
            yield Bound(OPTIMUM)
            stopped.wait(20)
        if stopped.is_set():
            yield Bound(OPTIMUM)
        yield Finished("gave_up", "enough")

    start = Enumeration(INSTANCE).assignment(int(np.argmin(LOSSES)))
    first, second = Entrant(Scripted("instance", slow, "slow"), 1), Entrant(Scripted("instance", proves, "proves"), 1)
    result = run(INSTANCE, rotation(first, second), start=start.weights(INSTANCE))
    assert result.status == "OPTIMUM FOUND"
    assert stopped.is_set()


def test_an_engine_that_takes_no_part_leaves_the_others_alone() -> None:
    large = Scripted("instance", [ModelTooLarge("too large")], "large")
    result = run(INSTANCE, Together(Race(Entrant(BRUTE, 1, after=0.5)), rotation(large)), automatic=True)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", OPTIMUM)
    assert len(large.tasks) <= 2


def test_a_part_whose_pieces_fail_is_tried_again_and_then_left() -> None:
    failures: list[int] = []

    def fails_at_first(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        failures.append(part_of(task))
        if failures.count(part_of(task)) < 9:
            raise BackendError("its process was killed")
        yield Finished("exhausted")

    start = Enumeration(INSTANCE).assignment(int(np.argmin(LOSSES))).weights(INSTANCE)
    result = run(INSTANCE, rotation(Scripted("instance", fails_at_first, below=True)), start=start)
    assert (result.status, len(failures)) == ("OPTIMUM FOUND", 9 * len(PARTS))
    tries = []

    class Broken(Scripted):
        """Never gets as far as to begin."""

        def memory(self, model_bytes: int, threads: int) -> int:
            tries.append(model_bytes)
            raise BackendError("it is broken")

    result = run(INSTANCE, rotation(Broken("linear", [])), start=start)
    assert (result.status, result.stopped) == ("SATISFIABLE", "it is broken")
    assert len(tries) == 3 * len(PARTS)


def test_where_places_are_idle_a_part_is_split_again() -> None:
    inner: list[str] = []

    def closes_small_ones(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        assert isinstance(task, InstanceTask)
        if task.view.instance.sha256 in WHOLE:
            yield from waits(task, controls)
        inner.append(task.view.instance.sha256)
        yield Finished("exhausted")

    start = Enumeration(INSTANCE).assignment(int(np.argmin(LOSSES))).weights(INSTANCE)
    engine = Scripted("instance", closes_small_ones, below=True)
    deeper = Deeper(cubes, 0.2, 1)
    result = run(INSTANCE, rotation(engine, places=8, deeper=deeper), start=start)
    assert (result.status, result.bound) == ("OPTIMUM FOUND", OPTIMUM)
    assert set(inner) == {small.instance.sha256 for part in PARTS for small in cubes(part.instance)}
    exact = run(INSTANCE, rotation(Entrant(BRUTE, 1), places=8, deeper=deeper))
    assert (exact.status, exact.bound) == ("OPTIMUM FOUND", OPTIMUM)


def test_beside_a_race_either_may_end_it() -> None:
    whole = Scripted("instance", [Bound(OPTIMUM), *([Finished("gave_up", "")])], "whole")
    found = Scripted(
        "instance", [Candidate(Enumeration(INSTANCE).assignment(int(np.argmin(LOSSES))), OPTIMUM)], "finds"
    )
    idle = Scripted("instance", waits, "idle")
    result = run(INSTANCE, Together(Race(Entrant(whole, 1), Entrant(found, 1)), rotation(idle)))
    assert (result.status, result.bound) == ("OPTIMUM FOUND", OPTIMUM)
    parts = run(INSTANCE, Together(Race(Entrant(idle, 1)), rotation(Entrant(BRUTE, 1))))
    assert (parts.status, parts.certificate.kind) == ("OPTIMUM FOUND", "exhaustive")


def test_where_a_core_is_idle_somebody_enters_before_the_time() -> None:
    late = Entrant(BRUTE, 1, after=1000, idle=0)
    first, others = Scripted("instance", waits), {"threads": 2, "time_limit": 3}
    assert run(INSTANCE, Race(Entrant(first, 1), late), **others).status == "OPTIMUM FOUND"
    assert run(INSTANCE, Race(Entrant(first, 2), late), **others).status == "UNKNOWN"


def test_where_there_is_no_split_the_round_is_over() -> None:
    single = Instance.from_arrays([[0, 1], [1, 0], [1, 1]], [0, 1, 1], hidden=[])
    result = run(single, Together(Race(Entrant(BRUTE, 1)), rotation(Scripted("instance", waits))))
    assert result.status == "OPTIMUM FOUND"


def test_a_bound_of_the_whole_is_the_better_of_its_own_and_that_of_its_parts() -> None:
    tree = Tree(Chain(INSTANCE), LEAST)
    parts = tree.split(0, PARTS)
    word = Evidence("exact", "someone")
    for number, bound in zip(parts, (3, 1, 2), strict=True):
        tree.raise_lower(number, Fraction(bound), word)
    assert [fact.bound for fact in tree.joined()] == [1]
    assert not list(tree.joined())
    assert tree.bound()[0] == 1
    assert list(tree.leaves(Fraction(2))) == [parts[1]]
    tree.raise_lower(0, Fraction(2), Evidence("floating", "another"))
    assert (tree.bound()[0], tree.bound()[1].kind) == (2, "floating")
    assert not list(tree.leaves(Fraction(2)))
    tree.raise_lower(parts[1], Fraction(2), Evidence("floating", "a third"))
    assert not list(tree.joined())
    assert tree.bound()[0] == 2
    tree.raise_lower(parts[1], Fraction(5), Evidence("exact", "a fourth"))
    assert len(list(tree.joined())) == 1
    assert tree.bound() == (2, Evidence("exact", "someone and a fourth", steps=(PARTS[0].note,)))


def test_parts_refute_a_threshold_together() -> None:
    tree = Tree(Chain(INSTANCE.with_threshold(Fraction(0))), Goal(Fraction(0)))
    parts = tree.split(0, PARTS)
    for number in parts:
        assert not [fact for fact in tree.joined() if fact.bound is None]
        assert tree.refutation() is None
        tree.refute(number, Evidence("exact", "someone"))
    assert [fact.bound for fact in tree.joined()] == [None]
    refuted = tree.refutation()
    assert refuted is not None
    assert refuted.by == "someone"


def test_what_was_shown_of_a_part_holds_for_that_part_alone() -> None:
    tree = Tree(Chain(INSTANCE), LEAST)
    parts = tree.split(0, PARTS)
    fact = tree.raise_lower(parts[1], Fraction(4), Evidence("exact", "someone"))
    assert fact is not None
    other = Fact(fact.node, fact.bound, fact.evidence, "0" * 64)
    for known, bound in ((fact, 4), (other, 0)):
        again = Tree(Chain(INSTANCE), LEAST, facts=(known,))
        assert again.nodes[again.split(0, PARTS)[1]].lower == bound


def test_a_run_goes_on_with_the_parts_that_are_open(tmp_path: Path) -> None:
    file = str(tmp_path / "run.journal")
    start: Any = Enumeration(INSTANCE).assignment(int(np.argmin(LOSSES))).weights(INSTANCE)

    def closes(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        if part_of(task) != 1:
            yield Finished("exhausted")
        yield from waits(task, controls)

    engine = Scripted("instance", closes, "first", below=True)
    first = run(INSTANCE, rotation(engine, places=8), start=start, journal=file, time_limit=1.5)
    assert first.status == "SATISFIABLE"
    second = Scripted("instance", [Finished("exhausted")], "second", below=True)
    result = run(INSTANCE, rotation(second), journal=file, resume=True)
    assert (result.status, [part_of(task) for task in second.tasks]) == ("OPTIMUM FOUND", [1])
    assert "first, says the journal" in result.certificate.detail
    assert "second" in result.certificate.detail
    # And nothing is left for a third.
    third = Scripted("instance", [], "third")
    assert race(INSTANCE, third, journal=file, resume=True).status == "OPTIMUM FOUND"


def test_parts_keep_what_symmetry_needs() -> None:
    """Each part is an instance of its own, with views of its own."""
    parts: list[Reduced] = list(PARTS)
    assert len({part.instance.sha256 for part in parts}) == len(parts)
    assert all(View.of(part.view) is part.view for part in parts)
