"""The MILP benchmark: both models have the same optimum, and the agreement of solvers holds on small instances."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from ortools.sat.python import cp_model

from benchmarks.milp import claims
from benchmarks.milp.agreement import CBC, instances, maxsat, random_instance
from benchmarks.milp.run import MODELS, run
from benchmarks.textbook.instances import Problem
from benchmarks.textbook.model import Textbook
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.backends.registry import backend
from dnnt_encode.errors import BackendError
from dnnt_encode.instance import Instance
from dnnt_encode.solving.solve import solve

SOLVERS = [name for name in ("scip", "highs") if MilpBackend(name).version() is not None]


@pytest.mark.skipif(not SOLVERS, reason="no MILP solver")
def test_both_models_have_the_same_optimum() -> None:
    rng = np.random.default_rng(4)
    tiny = Problem("tiny", rng.choice([-1, 1], (8, 3)), rng.integers(0, 2, 8), 1).instance()
    outcomes = {(model, solver): run(tiny, model, solver, 60) for model in MODELS for solver in SOLVERS}
    assert all(outcome.proved for outcome in outcomes.values())
    assert len({outcome.loss for outcome in outcomes.values()}) == 1


@pytest.mark.skipif(not SOLVERS, reason="no MILP solver")
@pytest.mark.parametrize(
    ("loss", "activation", "hidden", "threshold"),
    [
        ("misclassification", "relu", [2], None),
        ("misclassification", "sign", [1], 1),
        ("l1", "step", [1, 1], None),
        ("l1", "relu", [1], 0),
        ("zero_one", "identity", [], None),
        ("zero_one", "relu", [1, 1], 2),
    ],
)
def test_the_textbook_models_say_what_enumeration_says(
    loss: str, activation: str, hidden: list[int], threshold: int | None
) -> None:
    """The MILP and the CP-SAT model, over sets with and without a gap."""
    rng = np.random.default_rng(5)
    y = rng.integers(0, 3, 5) if loss == "misclassification" else rng.integers(-2, 3, (5, 1))
    instance = Instance.from_arrays(
        rng.integers(-2, 3, (5, 2)), y, hidden, (-2, 0, 1), activation=activation, loss=loss, threshold=threshold
    )
    expected = solve(instance, backend="brute")
    row = run(instance, "textbook", SOLVERS[0], 60)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(Textbook(instance).model)
    assert row.status == expected.status
    assert (status == cp_model.INFEASIBLE) == (expected.status == "UNSATISFIABLE")
    if threshold is None:
        assert (row.loss, solver.objective_value) == (str(expected.loss), expected.loss)


@pytest.mark.parametrize("seed", [0, 1, 6, 8])
def test_solvers_agree(seed: int) -> None:
    instance = random_instance(seed)
    expected = maxsat(instance)
    for name in ("cpsat", *(f"milp:{solver}" for solver in SOLVERS), CBC):
        try:
            backend(name, instance)
        except BackendError:
            continue
        result = solve(instance, backend=name, threads=1)
        assert (result.status, result.loss) == ("OPTIMUM FOUND", expected), name


def test_the_instances_are_those_that_were_promised() -> None:
    assert [each.name for each in instances()][:3] == [
        "xor",
        "parity of 4 bits",
        "a valley, measured to one decimal",
    ]
    assert len(instances()) == 23
    assert all(each.threshold is None for each in instances())


def test_wrong_claims_are_counted() -> None:
    instance = claims.random_instance(0)
    least = claims.least_loss(instance)
    truth = solve(instance, backend="brute", threshold=None)
    assert (truth.status, truth.loss) == ("OPTIMUM FOUND", least)
    tally = claims.Tally()
    tally.add(instance, None, least, truth)
    assert not tally.wrong
    for threshold, wrong in (
        (None, replace(truth, loss=least + 1)),
        (None, replace(truth, status="SATISFIABLE", bound=least + Fraction(1, 2))),
        (least, replace(truth, status="UNSATISFIABLE", loss=None, bound=Fraction(0))),
        (least - 1, replace(truth, status="SATISFIABLE")),
    ):
        before = len(tally.wrong)
        tally.add(instance, threshold, least, wrong)
        assert len(tally.wrong) == before + 1


@pytest.mark.nightly
def test_no_claim_that_is_believed_is_wrong() -> None:
    assert claims.main(["--count", "100"]) == 0
