"""The MILP benchmark: both models have the same optimum, and the agreement of solvers holds on small instances."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from benchmarks.milp import claims
from benchmarks.milp.agreement import CBC, instances, maxsat, random_instance
from benchmarks.milp.run import MODELS, run
from benchmarks.textbook.instances import Problem
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.backends.registry import backend
from dnnt_encode.errors import BackendError
from dnnt_encode.solving.solve import solve

SOLVERS = [name for name in ("scip", "highs") if MilpBackend(name).version() is not None]


@pytest.mark.skipif(not SOLVERS, reason="no MILP solver")
def test_both_models_have_the_same_optimum() -> None:
    rng = np.random.default_rng(4)
    tiny = Problem("tiny", rng.choice([-1, 1], (8, 3)), rng.integers(0, 2, 8), 1).instance()
    outcomes = {(model, solver): run(tiny, model, solver, 60) for model in MODELS for solver in SOLVERS}
    assert all(outcome.proved for outcome in outcomes.values())
    assert len({outcome.loss for outcome in outcomes.values()}) == 1


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
