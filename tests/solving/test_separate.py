"""Parts whose losses add up: the answer for the whole is that of brute force, whatever is asked, and when cut short."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dnnt_encode
from dnnt_encode import Instance, Result
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.reduce import separate_outputs
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.executors import Inline
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.solve import answer
from tests.solving.scripted import ALONE


def apart(seed: int, loss: str, outputs: int = 2) -> Instance:
    """Outputs that share nothing."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-2, 3, (5, 2)), rng.integers(-3, 4, (5, outputs))
    return Instance.from_arrays(x, y, hidden=[], loss=loss, biases=[0, 1])


def inline(instance: Instance, backend: str = "brute", **options: Any) -> Result:
    clock = Clock(options.pop("time_limit", 60))
    options.setdefault("threshold", None)
    return answer(Request(instance, backend=backend, **options), clock, ALONE, Inline())


@given(st.integers(0, 10**6), st.sampled_from(["l1", "l2", "epsilon_insensitive", "pinball"]))
@settings(max_examples=20)
def test_the_sum_of_the_parts_is_the_least_of_the_whole(seed: int, loss: str) -> None:
    instance = apart(seed, loss)
    assert separate_outputs(instance) is not None
    least = min(enumerate_losses(instance).fractions().tolist())
    result = inline(instance)
    assert (result.status, result.loss, result.bound) == ("OPTIMUM FOUND", least, least)
    if least:
        # 18 assignments a part, 324 of the whole.
        assert result.certificate.kind == "exhaustive"
        assert "all 18 parameter" in result.certificate.detail
        assert "outputs that share no free parameter apart" in result.certificate.detail
    met = inline(instance, threshold=least)
    assert (met.status, met.loss) == ("SATISFIABLE", least)
    below = inline(instance, threshold=least - Fraction(1, 10**6))
    assert (below.status, below.weights) == ("UNSATISFIABLE", None)


def test_every_part_begins_with_what_is_known_and_what_is_found_is_told_at_once(tmp_path: Path) -> None:
    instance = apart(5, "l1", outputs=3)
    best = inline(instance)
    assert best.weights is not None
    losses: list[Fraction] = []
    journal = str(tmp_path / "kept.jsonl")
    again = inline(instance, start=best.weights, on_incumbent=lambda found: losses.append(found.loss), journal=journal)
    assert again.loss == best.loss
    assert losses == [best.loss]
    resumed = inline(instance, backend="search", journal=journal, resume=True)
    assert (resumed.status, resumed.loss) == ("OPTIMUM FOUND", best.loss)


def test_cut_short_the_best_of_all_parts_is_delivered() -> None:
    instance = apart(1, "l1", outputs=4)
    stop = threading.Event()
    result = inline(instance, stop=stop, on_incumbent=lambda _: stop.set())
    assert (result.status, result.stopped) == ("SATISFIABLE", "interrupted")
    assert result.loss is not None
    assert result.loss >= result.bound
    # Local search proves nothing: it is given turn after turn until time is up.
    searched = inline(instance, backend="search", time_limit=1)
    assert (searched.status, searched.loss) == ("SATISFIABLE", min(enumerate_losses(instance).fractions().tolist()))


def test_a_certificate_and_a_run_without_reductions_are_of_the_whole() -> None:
    instance = apart(2, "l2")
    for options in ({"reductions": False}, {"certify": True}):
        result = dnnt_encode.solve(instance, backend="brute", **options)
        assert "all 324 parameter" in result.certificate.detail


@pytest.mark.parametrize("backend", ["cpsat", "sat:glucose42"])
def test_solvers_take_turns_too(backend: str) -> None:
    instance = apart(3, "l1", outputs=2)
    result = dnnt_encode.solve(instance, backend=backend, threads=2)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", min(enumerate_losses(instance).fractions().tolist()))
    assert result.backend.split("+")[0] == backend
