"""The backend ``search``: what it says is true, it hears others, a team differs, and it goes on until told."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode import Instance
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.inprocess.search import SearchBackend
from dnnt_encode.backends.protocol import Candidate, Controls, Event, Finished, InstanceTask, Log
from dnnt_encode.backends.registry import backend
from dnnt_encode.instance import Assignment, evaluate
from dnnt_encode.instance.goal import LEAST, Goal

RNG = np.random.default_rng(2)
X = RNG.integers(0, 2, (60, 8))
TEACHER = Instance.from_arrays(X, X[:, 0] | X[:, 1], hidden=[3])
NOISE = Instance.from_arrays(X, RNG.integers(0, 2, 60), hidden=[3])


def run(
    searched: SearchBackend, instance: Instance, goal: Goal = LEAST, controls: Controls | None = None
) -> tuple[list[Candidate], list[Event], Finished]:
    said: list[Event] = []
    finished = searched.run(InstanceTask(View(instance), goal), controls or Controls(seed=3), said.append)
    found = [event for event in said if isinstance(event, Candidate)]
    for event in found:
        assert isinstance(event.answer, Assignment)
        assert evaluate(instance, event.answer.weights(instance)).loss == event.objective
    losses = [event.objective for event in found]
    assert losses == sorted(set(losses), reverse=True)
    return found, said, finished


@pytest.mark.parametrize("hidden", [[], [4], [4, 3], [3, 3, 2]])
def test_of_any_depth(hidden: list[int]) -> None:
    found, said, finished = run(SearchBackend(turns=40), Instance.from_arrays(2 * X - 1, X[:, 0], hidden=hidden))
    assert found[-1].objective == 0
    assert finished.outcome == "gave_up"
    assert any(isinstance(event, Log) and event.trying for event in said)


def test_a_threshold_ends_it() -> None:
    found, _, finished = run(SearchBackend(), TEACHER, Goal(Fraction(5)))
    assert finished.outcome == "answered"
    assert found[-1].objective <= 5  # type: ignore[operator]
    assert not [event for event in found[:-1] if event.objective <= 5]  # type: ignore[operator]


def test_it_goes_on_until_it_is_stopped_and_hears_what_others_find() -> None:
    best = run(SearchBackend(turns=40), NOISE)[0][-1]
    controls = Controls(seed=4)
    said: list[Event] = []

    def say(event: Event) -> None:
        said.append(event)
        if isinstance(event, Candidate) and controls.news.start is None:
            # Somebody else's, after its first: nothing worse is said from then on.
            controls.news.start, controls.news.below = best.answer, best.objective  # type: ignore[assignment]
        if isinstance(event, Log) and len([e for e in said if isinstance(e, Log)]) > 3:
            controls.stop.set()

    finished = SearchBackend(member=1).run(InstanceTask(View(NOISE)), controls, say)
    assert finished.outcome == "stopped"
    later = [event.objective for event in said if isinstance(event, Candidate)][2:]
    assert all(loss < best.objective for loss in later)  # type: ignore[operator]


def test_it_is_out_of_patience_after_turns_without_anything_new() -> None:
    """What others find is new too."""
    found, said, finished = run(SearchBackend(patience=(20, 0)), NOISE)
    assert finished.outcome == "gave_up"
    tried = [event for event in said if isinstance(event, Log)]
    controls, heard = Controls(seed=3), []

    def say(event: Event) -> None:
        if isinstance(event, Log):
            heard.append(event)
            controls.news.start = found[-1].answer.copy()  # type: ignore[union-attr]
            if len(heard) > len(tried):
                controls.stop.set()

    assert SearchBackend(patience=(20, 0)).run(InstanceTask(View(NOISE)), controls, say).outcome == "stopped"
    # Nor is it out of it where it has found something for so long.
    longer = run(SearchBackend(patience=(20, 10**6)), NOISE, controls=Controls(seed=3, deadline=time.monotonic() + 1))
    assert longer[2].outcome == "stopped"


def test_members_of_a_team_draw_other_numbers_and_each_the_same_again() -> None:
    team = SearchBackend(turns=15).team(LEAST, 3)
    assert len({member.member for member in team}) == 3
    runs = [[event.answer for event in run(member, NOISE)[0]] for member in (team[1], team[2], team[1])]
    texts = [[repr(answer) for answer in answers] for answers in runs]
    assert texts[0] == texts[2]
    assert texts[0] != texts[1]


def test_what_the_trainer_does_not_take_is_said() -> None:
    huge = Instance.from_arrays(X.astype(object) * 2**70, X[:, 0], hidden=[2])
    _, _, finished = run(SearchBackend(), huge)
    assert finished.outcome == "gave_up"
    assert finished.detail


def test_by_its_name() -> None:
    assert backend("search") == SearchBackend()
