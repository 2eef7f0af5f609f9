"""Runs that are content with a gap between loss and bound."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.errors import InputError
from dnnt_encode.instance import Instance
from dnnt_encode.instance.goal import Gap
from dnnt_encode.solving.solve import solve


def instance(outputs: int = 1) -> Instance:
    random = np.random.default_rng(3)
    x, y = random.integers(0, 2, (12, 3)).tolist(), random.integers(0, 4, (12, outputs)).tolist()
    return Instance.from_arrays(x, y, hidden=[2], loss="l1")


def least(problem: Instance) -> Fraction:
    enumeration = Enumeration(problem)
    return min(int(block.min()) for _, block in enumeration.blocks()) * enumeration.unit


@pytest.mark.parametrize("backend", ["cpsat", "milp:scip", "sat:cadical195", "brute"])
@pytest.mark.parametrize("gap", [1, 2, "40%", 1000])
def test_loss_and_bound_are_so_near(backend: str, gap: Any) -> None:
    problem = instance()
    found = solve(problem, backend=backend, gap=gap, threshold=None, threads=1)
    assert found.loss is not None
    assert found.bound is not None
    assert found.bound <= least(problem) <= found.loss
    assert Gap.of(gap).holds(found.loss, found.bound)
    assert (found.status == "OPTIMUM FOUND") == (found.loss == found.bound)
    assert found.stopped == (None if found.loss == found.bound else "gap")


def test_the_first_guess_may_be_near_enough() -> None:
    found = solve(instance(), gap=1000, threshold=None)
    assert (found.status, found.stopped) == ("SATISFIABLE", "gap")


def test_parts_whose_losses_add_up() -> None:
    found = solve(Instance.from_arrays([[0], [1]], [[0, 3], [3, 5]], hidden=[], loss="l1"), gap=1, threshold=None)
    assert found.loss is not None
    assert found.bound is not None
    assert found.loss - found.bound <= 1


@pytest.mark.parametrize("gap", ["-1", "-5%", "five", "%", [], float("nan")])
def test_what_is_no_gap(gap: Any) -> None:
    with pytest.raises(InputError, match="gap"):
        solve(instance(), gap=gap)


@pytest.mark.parametrize("more", [{"threshold": 3}, {"objective": "loss,nonzeros"}, {"certify": True}])
def test_what_a_gap_excludes(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a gap is about the least loss"):
        solve(instance(), gap="1/2", **{"threshold": None, **more})
