"""Continuous training: exact answers that nothing on a grid of parameters beats, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.encoders.cnf import encode_cnf
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.errors import InputError
from dnnt_encode.instance import Instance, evaluate
from dnnt_encode.instance.parameters import Interval, parameter_set
from dnnt_encode.instance.weights import check_allowed
from dnnt_encode.parsers.instance_json import load_instance, save_instance
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import solve
from tests.command_line import dnnt

HIGHS = pytest.mark.skipif(MilpBackend("highs").version() is None, reason="no HiGHS")
SOLVERS = [
    pytest.param(name, marks=pytest.mark.skipif(MilpBackend(name).version() is None, reason=f"no {name}"))
    for name in ("highs", "scip")
]
STEP = Fraction(1, 2)


def instance_of(
    x: Any, y: Any, loss: str, weights: Interval, biases: Interval, output: Any, units: int = 1, act: str = "relu"
) -> Instance:
    """One hidden layer with these intervals; the output weights are ``output``, the output bias like the others."""
    return Instance.from_arrays(
        x,
        y,
        hidden=[units],
        activation=act,
        loss=loss,
        layer_weights=[weights, output],
        layer_biases=[biases, biases],
    )


def grid_instance(x: Any, y: Any, loss: str, sets: list[Any], units: int, act: str) -> Instance:
    return Instance.from_arrays(
        x, y, hidden=[units], activation=act, loss=loss, layer_weights=sets[:2], layer_biases=[sets[2], sets[2]]
    )


def grid(interval: Interval) -> tuple[Fraction, ...]:
    count = int((interval.high - interval.low) / STEP)
    return parameter_set([interval.low + k * STEP for k in range(count + 1)])


@st.composite
def cases(draw: Any) -> tuple[Any, ...]:
    ends = st.sampled_from([(-1, 1), (0, 1), (-1, 0), (Fraction(-1, 2), 1), (-1, Fraction(1, 2))])
    weights, biases = Interval(*draw(ends)), Interval(*draw(ends))
    output = Interval(*draw(st.sampled_from([(-1, 1), (Fraction(1, 2), 1), (-2, -1), (-1, 2), (0, 1)])))
    names = ["misclassification", "hinge", "l1", "linf", "zero_one", "epsilon_insensitive", "pinball"]
    loss = draw(st.sampled_from(names))
    samples = draw(st.integers(1, 4))
    x = [[draw(st.sampled_from([-2, -1, 0, 1, "1/2", 3]))] for _ in range(samples)]
    if loss in ("misclassification", "hinge"):
        y: Any = np.array([draw(st.integers(0, 1)) for _ in range(samples)])
    else:
        y = [[draw(st.sampled_from([0, 1, -1, "1/3", 2]))] for _ in range(samples)]
    return (
        x,
        y,
        loss,
        weights,
        biases,
        output,
        draw(st.sampled_from([1, 1, 2])),
        draw(st.sampled_from(["relu", "identity"])),
    )


def check_gap(result: Result) -> None:
    """Numbers of samples are proved; what is measured has a bound that is less by what doubles may be wrong."""
    assert result.loss is not None
    assert result.bound is not None
    assert result.status == ("OPTIMUM FOUND" if result.bound == result.loss else "SATISFIABLE")
    assert result.bound <= result.loss <= result.bound + (2 + 2 * result.loss) / 10**5


@pytest.mark.parametrize("solver", SOLVERS)
@settings(max_examples=10)
@given(case=cases())
def test_nothing_on_a_grid_beats_the_optimum(solver: str, case: tuple[Any, ...]) -> None:
    x, y, loss, weights, biases, output, units, act = case
    instance = instance_of(x, y, loss, weights, biases, output, units, act)
    result = solve(instance, backend=f"milp:{solver}", threads=1)
    check_gap(result)
    assert result.weights is not None
    check_allowed(instance.network, result.weights)
    assert evaluate(instance, result.weights).loss == result.loss
    coarse = grid_instance(x, y, loss, [grid(weights), grid(output), grid(biases)], units, act)
    enumeration = Enumeration(coarse, limit=10**7)
    if enumeration.total <= 20_000:
        least = min(int(block.min()) for _, block in enumeration.blocks()) * enumeration.unit
        assert result.loss is not None
        assert result.loss <= least


@HIGHS
def test_an_optimum_between_the_grid_points_is_exact() -> None:
    # One unit, v relu(w x + b) + c through (1, 1/3), (2, 2/3): w = 1/3 is on no grid of halves.
    instance = instance_of(
        [[1], [2]], [["1/3"], ["2/3"]], "l1", Interval(0, 1), Interval(0, 0), Interval(Fraction(1, 2), 1)
    )
    result = solve(instance, backend="milp:highs")
    assert (result.status, result.loss) == ("OPTIMUM FOUND", 0)
    # All three points on a line of slope 1/3 but one: the least sum of distances is exact.
    instance = instance_of(
        [[1], [2], [3]], [["1/3"], ["2/3"], ["8/7"]], "l1", Interval(-1, 1), Interval(0, 0), Interval(-1, 1)
    )
    assert solve(instance, backend="milp:highs").loss == Fraction(1, 7)


@HIGHS
def test_thresholds_of_continuous_training() -> None:
    y = np.array([0, 1, 1, 0])
    instance = instance_of([[0], [1], [2], [3]], y, "hinge", Interval(-1, 1), Interval(-2, 2), Interval(-1, 1))
    least = solve(instance, backend="milp:highs")
    assert least.loss is not None
    assert "floating-point" in least.certificate.detail
    assert solve(instance, backend="milp:highs", threshold=least.loss + Fraction(1, 10)).status == "SATISFIABLE"
    assert solve(instance, backend="milp:highs", threshold=least.loss - Fraction(1, 10)).status == "UNSATISFIABLE"


@HIGHS
def test_thresholds_between_the_units_of_the_loss() -> None:
    """The least loss of this instance is 3/2, where targets and data are integers."""
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 1]], [[0], [1], [1], [0], [3]]
    interval = Interval(-1, 1)
    instance = Instance.from_arrays(x, y, hidden=[2], loss="l1", weights=interval, biases=interval)
    for threshold, status in (("3/2", "SATISFIABLE"), ("7/5", "UNSATISFIABLE")):
        assert solve(instance, threshold=threshold).status == status


def test_start_weights_are_moved_into_their_intervals() -> None:
    instance = Instance.from_arrays([[0], [1]], [[0], [1]], hidden=[1], loss="l1", weights=REAL, biases=REAL)
    wide = Instance.from_arrays([[0], [1]], [[0], [1]], hidden=[1], loss="l1", weights=[2], biases=[0])
    start = solve(wide, backend="brute").weights
    result = solve(instance, backend="milp:highs", start=start)
    assert result.loss == 0
    assert result.weights is not None
    assert result.weights.layers[0].weights.json() == [[1]]


REAL = Interval(-1, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"loss": "l2"}, "squares"),
        ({"activation": "sign"}, "homogeneous"),
        ({"hidden": [1, 1]}, "one hidden layer"),
        ({"layer_weights": [Interval(1, 2), REAL]}, "contain 0"),
        ({"layer_weights": [(-1, 1), REAL]}, "finite set"),
        ({"layer_biases": [REAL, (0, 1)]}, "output bias"),
    ],
)
def test_what_is_not_covered_is_refused_with_a_reason(change: dict[str, Any], words: str) -> None:
    arguments: dict[str, Any] = {"hidden": [1], "loss": "l1", "weights": REAL, "biases": REAL, **change}
    instance = Instance.from_arrays([[0], [1]], [[0], [1]], **arguments)
    with pytest.raises(InputError, match=words):
        solve(instance)


def test_everything_else_refuses_intervals() -> None:
    instance = Instance.from_arrays([[0], [1]], [[0], [1]], hidden=[1], loss="l1", weights=REAL, biases=REAL)
    for backend in ("cpsat", "brute", "dp", "sat:cadical195"):
        with pytest.raises(InputError, match=f"{backend} takes finite sets only"):
            solve(instance, backend=backend)
    for refuses in (encode_linear, encode_cnf, Enumeration):
        with pytest.raises(InputError, match="needs finite sets"):
            refuses(instance)


def test_intervals_in_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "real.json"
    layers = [
        {"units": 1, "activation": "relu", "weights": {"per_edge": [[{"interval": [-1, "1/2"]}, 0]]}},
        {"units": 1, "activation": "identity", "biases": [0]},
    ]
    network = {"inputs": 2, "weights": {"interval": [-1, 1]}, "biases": {"interval": [0, 0.5]}, "layers": layers}
    content = {
        "format": "dnnt-instance",
        "version": 1,
        "name": "real",
        "network": network,
        "dataset": {"x": [[0, 1], [1, 2]], "y": [[0], ["1/4"]]},
        "loss": "l1",
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    instance = load_instance(str(path))
    assert instance.network.layers[0].weights[0, 0] == Interval(-1, "1/2")
    assert instance.network.layers[0].weights[0, 1] == (0,)
    copy = tmp_path / "copy.json"
    save_instance(instance, str(copy))
    assert load_instance(str(copy)).sha256 == instance.sha256
    content["network"] = {**network, "weights": [-1, 1]}
    path.write_text(json.dumps(content), encoding="utf-8")
    assert load_instance(str(path)).sha256 != instance.sha256
    for ends in ([1, -1], [0], "x"):
        content["network"] = {**network, "weights": {"interval": ends}}
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(InputError, match="/network/weights/interval"):
            load_instance(str(path))
    if MilpBackend("highs").version() is not None:
        weights = tmp_path / "weights.json"
        assert dnnt(capsys, "solve", copy, "-o", weights, "--self-contained").code == 30
        assert dnnt(capsys, "verify", copy, weights).code == 10
    refused = dnnt(capsys, "export", copy, "--format", "opb", "-o", tmp_path / "m.opb")
    assert "real numbers; opb files have none" in refused.err
