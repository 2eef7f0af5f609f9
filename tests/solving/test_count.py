"""Counts against the enumeration of all assignments, one by one, and of their orbits."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

import dnnt_encode
from dnnt_encode import Instance
from dnnt_encode.analysis.symmetry import orbits, permuted
from dnnt_encode.errors import InputError
from dnnt_encode.instance import Assignment
from dnnt_encode.solving import count as counting
from dnnt_encode.solving.count import count
from tests.command_line import dnnt
from tests.random_instances import tiny_instances
from tests.stages import everything


def xor(hidden: int = 2) -> Instance:
    return Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[hidden], margin="1/4")


def counted_orbits(instance: Instance, most: Fraction) -> int:
    """By a walk from every assignment to all that exchange two units."""
    within = [Assignment.of(instance.network, weights) for loss, weights in everything(instance) if loss <= most]
    left, found = {key(each): each for each in within}, 0
    while left:
        found += 1
        reached = [left.popitem()[1]]
        while reached:
            at = reached.pop()
            for orbit in orbits(instance.network):
                for one, other in itertools.combinations(orbit.units, 2):
                    order = np.arange(instance.network.layers[orbit.layer].units)
                    order[[one, other]] = order[[other, one]]
                    there = left.pop(key(permuted(instance.network, at, orbit.layer, order)), None)
                    if there is not None:
                        reached.append(there)
    return found


def key(assignment: Assignment) -> bytes:
    return b"".join(np.ascontiguousarray(grid, dtype=np.int64).tobytes() for grid in assignment.grids())


LIMITS = {"enumerate": (counting.ENUMERATED, 0), "list": (0, 0), "program": (0, counting.PROGRAMMED)}
"""By whom an instance is counted: see the constants of the module."""


@given(tiny_instances(), st.sampled_from(sorted(LIMITS)), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_enumeration(instance: Instance, way: str, part: int) -> None:
    losses = sorted(loss for loss, _ in everything(instance))
    most = losses[len(losses) * part // 16]
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in zip(("ENUMERATED", "PROGRAMMED"), LIMITS[way], strict=True):
            patch.setattr(counting, name, limit)
        found = count(instance, threshold=most)
        assert (found.count, found.complete) == (sum(loss <= most for loss in losses), True)
        found = count(instance, threshold=most, up_to_symmetry=True)
        assert (found.count, found.complete) == (counted_orbits(instance, most), True)


@pytest.mark.parametrize("hidden", [[2, 2], [2, 1], [3]])
@pytest.mark.parametrize("enumerated", [0, counting.ENUMERATED])
def test_orbits_of_deep_networks(hidden: list[int], enumerated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "ENUMERATED", enumerated)
    instance = Instance.from_arrays([[1], [2]], [1, 0], hidden=hidden, weights=[-1, 1], biases=[0])
    assert count(instance, threshold=1, up_to_symmetry=True).count == counted_orbits(instance, Fraction(1))


def test_what_ends_early_is_a_lower_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = count(xor(), threshold=1)
    assert whole.complete
    monkeypatch.setattr(counting, "ENUMERATED", 0)
    late = count(xor(3), threshold=1, time_limit=1e-9)
    assert (late.count, late.complete, late.stopped) == (0, False, "time limit")
    monkeypatch.setattr(counting, "PROGRAMMED", 0)
    exact = count(xor(), threshold=1, limit=whole.count)
    assert (exact.count, exact.complete) == (whole.count, True)
    cut = count(xor(), threshold=1, limit=whole.count - 1)
    assert (cut.count, cut.complete, cut.stopped) == (whole.count - 1, False, f"limit of {whole.count - 1}")
    late = count(xor(3), threshold=1, time_limit=1e-9)
    assert (late.complete, late.stopped) == (False, "time limit")


def test_an_exported_formula_shows_what_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "xor.cnf"
    dnnt_encode.export(xor(), dnnt_encode.Question("dimacs", 1, reductions=False), str(file))
    lines = [line.split() for line in file.read_text().splitlines()]
    shown = [int(word) for line in lines if line[:3] == ["c", "p", "show"] for word in line[3:-1]]
    clauses = [[int(word) for word in line[:-1]] for line in lines if line[0] not in "cp"]
    with Solver("cadical153", bootstrap_with=clauses) as solver:
        models = 0
        while solver.solve():
            models += 1
            truth = solver.get_model()
            solver.add_clause([-truth[variable - 1] for variable in shown])
    assert models == count(xor(), threshold=1).count
    dnnt_encode.export(xor(), dnnt_encode.Question("dimacs", 1), str(file))
    assert "c p show" not in file.read_text()


def test_what_cannot_be_counted() -> None:
    with pytest.raises(InputError, match="there is none"):
        count(xor())
    with pytest.raises(InputError, match="limit"):
        count(xor(), threshold=1, limit=0)
    assert dnnt_encode.count is count


def test_the_command_says_how_far_it_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "xor.json")
    dnnt_encode.save(xor(), path)
    said = dnnt(capsys, "count", path, "--threshold", "1")
    assert (said.code, said.out.splitlines()[-1]) == (0, "s COUNT 19")
    said = dnnt(capsys, "count", path, "--threshold", "1", "--up-to-symmetry", "--limit", "3")
    assert said.out.splitlines()[-2:] == ["c stopped: limit of 3", "s AT LEAST 3"]
    said = dnnt(capsys, "count", path)
    assert (said.code, "there is none" in said.err) == (1, True)


@pytest.mark.parametrize("up_to_symmetry", [False, True])
def test_the_program_counts_what_nobody_could_list(up_to_symmetry: bool) -> None:
    """Where nothing is excluded all assignments count, and as many orbits as there are multisets of units."""
    values = list(range(-2, 3))
    instance = Instance.from_arrays([[1]], [1], hidden=[9], weights=values, biases=values)
    found = count(instance, threshold=1, up_to_symmetry=up_to_symmetry)
    assert found.count == 5 * (math.comb(5**3 + 8, 9) if up_to_symmetry else 5**27)
    assert (found.complete, found.method) == (True, "a dynamic program over the sums of two layers")
