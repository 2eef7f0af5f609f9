"""How many cubes there are and which; what they keep is tested with all steps and splits."""

from __future__ import annotations

import numpy as np
import pytest

from dnnt_encode.analysis.symmetry import orbits
from dnnt_encode.instance import Assignment, Instance
from dnnt_encode.proofs.cover import uncovered
from dnnt_encode.reduce.cubes import cubes
from dnnt_encode.reduce.patterns import output_patterns

X = np.array([[1, 1, 0], [1, -1, 0], [1, 5, 0], [1, -5, 0]])


@pytest.mark.parametrize(("hidden", "count"), [([1], 3), ([2], 6), ([3], 10), ([], 3), ([9], 0), ([2, 2], 6)])
def test_interchangeable_units_have_multisets(hidden: list[int], count: int) -> None:
    parts = cubes(Instance.from_arrays(X, [0, 1, 0, 1], hidden=hidden))
    assert len(parts) == count
    for part in parts:
        sizes = part.instance.network.layers[0].weights.sizes()
        # The second input varies most.
        assert (sizes[:, 1] == 1).all()
        assert (sizes[:, [0, 2]] == 3).all()


def test_units_that_differ_are_fixed_one_by_one_as_far_as_there_is_room() -> None:
    mixed = next(
        part.instance
        for part in output_patterns(Instance.from_arrays(X, [0, 1, 0, 1], hidden=[2]))
        if not orbits(part.instance.network)
    )
    assert len(cubes(mixed)) == 9
    assert len(cubes(mixed, most=5)) == 3
    assert not cubes(mixed, most=2)


def test_cubes_of_cubes_go_on_with_another_input() -> None:
    instance = Instance.from_arrays(X, [0, 1, 0, 1], hidden=[2])
    again = [inner for part in cubes(instance) for inner in cubes(part.instance)]
    assert len(again) == 3 * 6 + 3 * 9
    assert all((part.instance.network.layers[0].weights.sizes()[:, [0, 1]] == 1).all() for part in again)


def test_a_cover_without_a_part_has_a_gap() -> None:
    instance = Instance.from_arrays(X, [0, 1, 0, 1], hidden=[2])
    parts = cubes(instance)
    assert uncovered("cubes", instance, parts) == (6, 0)
    assert uncovered("cubes", instance, parts[1:]) == (6, 1)
    # Whatever order the units are in.
    drawn = Assignment.first(instance.network)
    drawn.layers[0][0][:, 1] = [2, 0]
    assert sum(part.lower(drawn) is not None for part in parts) == 1
