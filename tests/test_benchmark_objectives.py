"""Both sides of the benchmark of least weights answer the same question."""

from __future__ import annotations

import pytest

import dnnt_encode
from benchmarks.objectives.instances import SPECS
from benchmarks.objectives.run import ours, plain


def test_both_sides_agree() -> None:
    pytest.importorskip("ortools")
    x, y = [[3, 0, 1], [0, 2, 5], [4, 4, 0]], [[1, -1], [-1, 1], [1, 1]]
    instance = dnnt_encode.Instance.from_arrays(
        x, y, hidden=[], biases=[0], loss="zero_one", output_activation="sign", threshold=0
    )
    found = [side(instance, 20, 1, 1) for side in (ours, plain)]
    assert found[0] == found[1]
    assert found[0]["status"] == "OPTIMUM FOUND"


def test_the_instances_are_ten_outputs_without_biases() -> None:
    pytest.importorskip("sklearn")
    instance = SPECS[1].build()
    assert instance.network.widths == (64, 10)
    assert (instance.dataset.samples, instance.threshold) == (30, 0)
    assert instance.network.free_parameters == 640
