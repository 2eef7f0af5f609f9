"""CP-SAT on hand-made linear models: rows, literals, bounds, hints, limits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.backends.cpsat import CpsatBackend, check_limits, objective_bounds, workers
from dnnt_encode.backends.protocol import Bound, Candidate, Event, Finished, LinearTask, Log, Stop
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.goal import Goal
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY, LinearModel, RowGroup
from dnnt_encode.models.variable_map import VariableMap
from tests.backends.running import events_of

Row = tuple[dict[int, int], int, int, list[int]]


def model(
    bounds: list[tuple[int, int]],
    rows: list[Row],
    objective: dict[int, int],
    constant: int = 0,
    threshold: int | None = None,
    lower: int = -(10**6),
) -> LinearModel:
    """Columns with bounds; rows as (coefficients by column, lower, upper, literals)."""
    return LinearModel(
        lower=np.array([low for low, _ in bounds], dtype=np.int64),
        upper=np.array([high for _, high in bounds], dtype=np.int64),
        row_start=np.cumsum([0, *(len(row[0]) for row in rows)]).astype(np.int64),
        row_columns=np.array([c for row in rows for c in row[0]], dtype=np.int32),
        row_coefficients=np.array([a for row in rows for a in row[0].values()], dtype=np.int64),
        row_lower=np.array([row[1] for row in rows], dtype=np.int64),
        row_upper=np.array([row[2] for row in rows], dtype=np.int64),
        enforce_start=np.cumsum([0, *(len(row[3]) for row in rows)]).astype(np.int64),
        enforce_literals=np.array([x for row in rows for x in row[3]], dtype=np.int32),
        objective_columns=np.array(list(objective), dtype=np.int32),
        objective_coefficients=np.array(list(objective.values()), dtype=np.int64),
        objective_constant=constant,
        objective_lower=lower,
        loss_unit=Fraction(1),
        threshold=threshold,
        variable_map=VariableMap(()),
        column_groups=(),
        row_groups=(RowGroup("layer 2: products", 0, len(rows)),),
        instance_sha256="",
    )


def run(task: LinearTask, **controls: Any) -> list[Event | Finished]:
    return events_of(CpsatBackend(), task, **controls)


# x, y in 0..5 and a literal column a; a => x + y >= 7, not a => x - y <= -3.
ROWS: list[Row] = [({0: 1, 1: 1}, 7, PLUS_INFINITY, [3]), ({0: 1, 1: -1}, MINUS_INFINITY, -3, [-3])]
BOUNDS = [(0, 5), (0, 5), (0, 1)]


def test_rows_bind_under_their_literals() -> None:
    subject = model(BOUNDS, ROWS, {0: 1, 1: 1, 2: 1}, constant=10)
    found = run(LinearTask(subject))
    best = [event for event in found if isinstance(event, Candidate)][-1]
    assert isinstance(best.answer, np.ndarray)
    assert best.answer.tolist() == [0, 3, 0]
    assert best.objective == 13 == subject.objective_value(best.answer)
    assert not len(subject.violated(best.answer))
    assert found[-1] == Finished("exhausted", "OPTIMAL")
    assert Bound(13) in found


def test_the_other_literal() -> None:
    subject = model([(0, 5), (0, 5), (1, 1)], ROWS, {0: 1, 1: 1})
    best = [event for event in run(LinearTask(subject)) if isinstance(event, Candidate)][-1]
    assert best.objective == 7


@pytest.mark.parametrize(("below", "found"), [(14, True), (13, False), (-100, False), (-(10**7), False)])
def test_only_smaller_objectives_are_wanted(below: int, found: bool) -> None:
    subject = model(BOUNDS, ROWS, {0: 1, 1: 1, 2: 1}, constant=10)
    *said, last = run(LinearTask(subject, below=below))
    assert any(isinstance(event, Candidate) for event in said) == found
    assert isinstance(last, Finished)
    assert last.outcome == "exhausted"


def test_a_hint_at_the_cutoff_is_a_place_to_start_from() -> None:
    subject = model(BOUNDS, ROWS, {0: 1, 1: 1, 2: 1}, constant=10)
    hint = (np.array([0, 1, 2], dtype=np.int32), np.array([2, 5, 1], dtype=np.int64))
    assert objective_bounds(LinearTask(subject, hint=hint, below=18))[1] == 8
    found = run(LinearTask(subject, hint=hint, below=18))
    assert [event.objective for event in found if isinstance(event, Candidate)][-1] == 13


def test_a_threshold_is_a_question_of_rows_alone() -> None:
    subject = model(BOUNDS, [*ROWS, ({0: 1, 1: 1}, MINUS_INFINITY, 4, [])], {0: 1, 1: 1}, threshold=4)
    found = run(LinearTask(subject, Goal(Fraction(4))))
    assert isinstance(found[0], Candidate)
    assert found[0].objective is None
    assert found[-1] == Finished("answered", "OPTIMAL")
    impossible = model(BOUNDS, [*ROWS, ({0: 1, 1: 1}, MINUS_INFINITY, 2, [])], {0: 1, 1: 1}, threshold=2)
    assert run(LinearTask(impossible, Goal(Fraction(2))))[-1] == Finished("exhausted", "INFEASIBLE")


def test_an_objective_without_columns() -> None:
    subject = model(BOUNDS, ROWS, {}, constant=5, lower=5)
    found = run(LinearTask(subject))
    assert isinstance(found[-1], Finished)
    assert found[-1].outcome == "exhausted"
    assert [event.objective for event in found if isinstance(event, Candidate)][-1] == 5


def test_one_thread_and_a_seed_repeat() -> None:
    rng = np.random.default_rng(1)
    rows: list[Row] = [
        ({c: int(rng.integers(1, 9)) for c in range(12)}, int(rng.integers(40, 60)), PLUS_INFINITY, [])
        for _ in range(9)
    ]
    subject = model([(0, 3)] * 12, rows, {c: int(rng.integers(1, 9)) for c in range(12)})

    def answers() -> list[object]:
        found = run(LinearTask(subject), threads=1, seed=7)
        return [event.answer.tolist() for event in found if isinstance(event, Candidate)]  # type: ignore[union-attr]

    assert answers() == answers()


def test_a_hint_and_the_log_are_passed_on() -> None:
    subject = model(BOUNDS, ROWS, {0: 1, 1: 1, 2: 1})
    hint = (np.array([0, 1, 2], dtype=np.int32), np.array([2, 5, 1], dtype=np.int64))
    found = run(LinearTask(subject, hint=hint), log=True)
    log = "\n".join(event.text for event in found if isinstance(event, Log))
    assert "CP-SAT" in log
    assert "hint" in log


def test_stop_before_the_start() -> None:
    stop = Stop()
    stop.set()
    last = run(LinearTask(model(BOUNDS, ROWS, {0: 1})), stop=stop)[-1]
    assert isinstance(last, Finished)
    assert last.outcome == "stopped"


@pytest.mark.parametrize(
    ("bounds", "rows", "words"),
    [
        ([(0, 2**40)], [({0: 2**30}, 0, 1, [])], r"layer 2: products.*2\^62"),
        ([(0, 1), (0, 1)], [({0: 2**30, 1: -(2**30)}, 0, 1, [2])], r"layer 2: products.*2\^31"),
        ([(-(2**62), 0)], [], r"2\^62"),
    ],
)
def test_models_past_the_limits_are_refused(bounds: list[tuple[int, int]], rows: list[Row], words: str) -> None:
    with pytest.raises(ModelTooLarge, match=words):
        check_limits(model(bounds, rows, {0: 1}))


def test_large_rows_without_literals_are_fine() -> None:
    check_limits(model([(0, 1), (0, 1)], [({0: 2**40, 1: -(2**40)}, 0, 1, [])], {0: 1}))


def test_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound, expected in ((True, [1, 8, 16]), (False, [1, 2, 16])):
        monkeypatch.setattr("dnnt_encode.backends.cpsat.bound_to", lambda threads, bound=bound: bound)
        assert [workers(threads) for threads in (1, 2, 16)] == expected


def test_objective_bounds_stay_within_the_solvers_integers() -> None:
    subject = model(BOUNDS, ROWS, {0: 1}, constant=3, lower=5)
    assert objective_bounds(LinearTask(subject, below=10)) == (2, 6)
    assert objective_bounds(LinearTask(subject, below=10**30))[1] < 2**62
