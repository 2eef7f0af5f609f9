"""Solvers that lie, crash or contradict themselves: every claim is checked, and the evidence is kept."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode import BackendError, Instance, NotVerified
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.backends.protocol import Bound, Candidate, Finished, LinearTask
from dnnt_encode.decoder import decode_linear
from dnnt_encode.instance import Assignment
from tests.solving.scripted import Scripted, race

WIDE_XOR = Instance.from_arrays(
    [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [2], [2], [0]], hidden=[2], weights=[-1, 0, 1], loss="l1"
)
LEAST = min(enumerate_losses(WIDE_XOR).fractions())


def solve(backend: Scripted, **options: object) -> dnnt_encode.Result:
    return race(WIDE_XOR, backend, **options)


def some(loss_at_least: Fraction) -> tuple[Assignment, Fraction]:
    """An assignment of at least a loss, with their loss."""
    losses = enumerate_losses(WIDE_XOR).fractions()
    number = next(k for k, loss in enumerate(losses) if loss >= loss_at_least)
    return Enumeration(WIDE_XOR).assignment(number), losses[number]


def test_an_honest_solver() -> None:
    answer, loss = some(LEAST + 1)
    result = solve(Scripted("instance", [Candidate(answer, loss), Finished("stopped")]))
    assert (result.status, result.loss) == ("SATISFIABLE", loss)


def test_a_loss_better_than_the_truth_is_refused() -> None:
    answer, loss = some(LEAST + 1)
    with pytest.raises(NotVerified, match=f"at most {loss - 1}; its weights have the loss {loss}") as caught:
        solve(Scripted("instance", [Candidate(answer, loss - 1)]))
    evidence = json.loads(json.dumps(caught.value.evidence))
    assert evidence["instance_sha256"] == WIDE_XOR.sha256
    assert evidence["weights"][0]["weights"] == answer.weights(WIDE_XOR).layers[0].weights.json()


def test_a_threshold_that_is_not_met_is_refused() -> None:
    answer, loss = some(LEAST + 1)
    with pytest.raises(NotVerified, match=f"at most {LEAST}"):
        solve(Scripted("instance", [Candidate(answer, None)]), threshold=LEAST)
    # A loss below the claim is slack of a one-sided encoding, and only the truth is told.
    result = solve(Scripted("instance", [Candidate(answer, loss + 5), Finished("stopped")]))
    assert result.loss == loss


def test_a_wrong_optimum_is_refused() -> None:
    poor, loss = some(LEAST + 1)
    best = dnnt_encode.solve(WIDE_XOR).weights
    with pytest.raises(NotVerified, match=f"no loss is below {loss}; verified weights have the loss {LEAST}") as caught:
        solve(Scripted("instance", [Candidate(poor, loss), Finished("exhausted")]), start=best)
    assert caught.value.evidence["weights"]


def test_infeasible_beside_verified_weights_is_refused() -> None:
    with pytest.raises(NotVerified, match="no solution"):
        solve(Scripted("linear", [Finished("exhausted")]))
    with pytest.raises(NotVerified, match="every assignment of parameters has a loss"):
        solve(Scripted("instance", [Finished("exhausted")]))


def test_a_wrong_proof_is_found_by_certify() -> None:
    poor, loss = some(LEAST + 1)
    backend = Scripted("instance", [Candidate(poor, loss), Bound(loss), Finished("exhausted")])
    with pytest.raises(NotVerified, match=f"enumeration finds the least loss {LEAST}"):
        solve(backend, certify=True)
    with pytest.raises(NotVerified, match="enumeration finds"):
        solve(Scripted("instance", [Finished("exhausted")]), threshold=LEAST, certify=True)


@pytest.mark.parametrize("values", [np.zeros(1, np.int64), np.full(10_000, 99, np.int64)])
def test_values_that_are_no_weights_are_refused(values: np.ndarray) -> None:
    with pytest.raises(NotVerified) as caught:
        solve(Scripted("linear", [Candidate(values, 0)]))
    assert caught.value.evidence["values"] == values.tolist()


def test_a_selector_without_a_value_is_refused() -> None:
    probe = Scripted("linear", [Finished("stopped")])
    solve(probe)
    task = probe.tasks[0]
    assert isinstance(task, LinearTask)
    with pytest.raises(NotVerified, match="got the value number") as caught:
        solve(Scripted("linear", [Candidate(np.full(task.model.columns, 7), 0)]))
    assert caught.value.evidence["values"]


def test_a_crash_after_a_solution_delivers_the_solution() -> None:
    answer, loss = some(LEAST + 1)
    result = solve(Scripted("instance", [Candidate(answer, loss), BackendError("killed by SIGKILL")]))
    assert (result.status, result.loss, result.stopped) == ("SATISFIABLE", loss, "killed by SIGKILL")
    with pytest.raises(BackendError, match="SIGKILL"):
        solve(Scripted("linear", [BackendError("killed by SIGKILL")]))


def test_start_weights_reach_the_solver_as_hint_and_bound() -> None:
    losses = enumerate_losses(WIDE_XOR).fractions().tolist()
    answer, loss = Enumeration(WIDE_XOR).assignment(losses.index(LEAST)), LEAST
    backend = Scripted("linear", [Finished("stopped")], hints=True)
    result = solve(backend, start=answer.weights(WIDE_XOR))
    task = backend.tasks[0]
    assert isinstance(task, LinearTask)
    assert task.hint is not None
    columns, values = task.hint
    full = task.model.lower.copy()
    full[columns] = values
    decoded = decode_linear(WIDE_XOR, task.model, full)
    assert dnnt_encode.evaluate(WIDE_XOR, decoded.weights(WIDE_XOR)).loss == loss
    assert result.loss is not None
    assert task.below == result.loss / task.model.loss_unit
