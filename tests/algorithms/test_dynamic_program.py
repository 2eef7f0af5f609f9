"""The dynamic program against enumeration, its memory bound, and reachable sets against plain sets of tuples."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dnnt_encode
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.algorithms.dynamic_program import DynamicProgram, Optimum, estimated
from dnnt_encode.algorithms.reachable import Reachable
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.families import subset_sum
from dnnt_encode.families.sources.numbers import SubsetSum
from dnnt_encode.instance import Instance, check_allowed, evaluate
from tests.random_instances import tiny_instances


def finish(work: Generator[None, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def optimum(instance: Instance, bytes_limit: int = 2**28) -> Optimum:
    result = finish(DynamicProgram(instance, bytes_limit).run())
    assert isinstance(result, Optimum)
    return result


@given(tiny_instances(max_hidden_layers=1, assignments=400))
def test_the_optimum_is_that_of_enumeration(instance: Instance) -> None:
    found = optimum(instance)
    weights = found.assignment.weights(instance)
    check_allowed(instance.network, weights)
    assert found.loss == min(enumerate_losses(instance).fractions()) == evaluate(instance, weights).loss
    needed = estimated(instance)
    assert found.states <= needed.states + 10 * len(instance.network.layers)
    assert found.transitions <= needed.transitions


@given(
    st.lists(
        st.lists(st.lists(st.integers(-9, 9), min_size=2, max_size=2), min_size=1, max_size=4), min_size=1, max_size=5
    )
)
def test_reachable_sets(stages: list[list[list[int]]]) -> None:
    sums = Reachable([np.array(stage, dtype=np.int64) for stage in stages], 10**6)
    for _ in sums.advance():
        pass
    expected = {tuple(np.sum(choice, axis=0).tolist()) for choice in itertools.product(*map(np.array, stages))}
    vectors = sums.packing.vectors(sums.last)
    assert set(map(tuple, vectors.tolist())) == expected
    assert len(vectors) == len(expected)
    for code, vector in zip(sums.last, vectors, strict=True):
        ways = sums.trace(code)
        assert sum(np.array(stage[way]) for stage, way in zip(stages, ways, strict=True)).tolist() == vector.tolist()


def test_vectors_of_several_words() -> None:
    rng = np.random.default_rng(0)
    stages = [rng.integers(-(10**6), 10**6, (5, 9)) for _ in range(4)]
    sums = Reachable(stages, 10**6)
    for _ in sums.advance():
        pass
    assert len(sums.packing.words) == 5
    assert len(sums.last) == 5**4
    for code, vector in zip(sums.last[::100], sums.packing.vectors(sums.last[::100]), strict=True):
        ways = sums.trace(code)
        assert sum(stage[way] for stage, way in zip(stages, ways, strict=True)).tolist() == vector.tolist()


def test_memory_is_bounded_before_it_starts() -> None:
    rng = np.random.default_rng(0)
    wide = Instance.from_arrays(rng.integers(-9, 9, (30, 20)), rng.integers(-9, 9, (30, 1)), hidden=[4])
    with pytest.raises(ModelTooLarge, match=r"might keep about 10\^"):
        DynamicProgram(wide)
    with pytest.raises(ModelTooLarge, match="3 layers"):
        DynamicProgram(Instance.from_arrays([[1]], [[1]], hidden=[1, 1]))


def test_the_memory_that_is_used_is_within_the_estimate() -> None:
    import tracemalloc

    items = tuple(range(1001, 1031))
    instance = subset_sum.generate(SubsetSum(items, sum(items) // 2))
    needed = estimated(instance)
    with pytest.raises(ModelTooLarge, match="limit is 100000"):
        optimum(instance, 100_000)
    tracemalloc.start()
    try:
        found = optimum(instance, needed.bytes)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.loss == 0
    assert peak <= needed.bytes


@pytest.mark.parametrize("answer", [True, False])
def test_the_backend(answer: bool) -> None:
    items = tuple(range(2, 60, 2))
    instance = subset_sum.generate(SubsetSum(items, 400 if answer else 401))
    result = dnnt_encode.solve(instance, backend="dp", certify=True)
    assert result.status == ("SATISFIABLE" if answer else "UNSATISFIABLE")
    if not answer:
        assert result.certificate.kind == "exhaustive"
        assert "dynamic program" in result.certificate.detail
        assert dnnt_encode.solve(instance, backend="dp", threshold=None).loss == 1


def test_against_the_encoders() -> None:
    rng = np.random.default_rng(3)
    for loss in ("l1", "l2", "hinge"):
        y = rng.integers(0, 2, 4) if loss == "hinge" else rng.integers(-5, 9, (4, 1))
        instance = Instance.from_arrays(rng.integers(-2, 3, (4, 3)), y, hidden=[3], loss=loss)
        assert optimum(instance).loss == dnnt_encode.solve(instance, backend="cpsat", threads=1).loss
