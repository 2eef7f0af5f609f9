"""Building instances from arrays, their hash, and what does not fit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.instance import ExactArray, Instance, Layer, Network, SetGrid, activation, parameter_set

X = [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_defaults_of_from_arrays() -> None:
    two = Instance.from_arrays(X, [0, 1, 1, 0], hidden=[3])
    assert (two.loss.name, two.network.widths, two.network.search_space) == ("misclassification", (2, 3, 1), 3**13)
    three = Instance.from_arrays(X, [0, 1, 2, 0], hidden=[3], weights=range(-1, 2), biases=0)
    assert (three.network.widths, three.network.free_parameters, three.network.parameters) == ((2, 3, 3), 15, 21)
    vector = Instance.from_arrays(X, [0.5, 1, 1, 0], hidden=[2, 2])
    assert (vector.loss.name, vector.network.widths) == ("l1", (2, 2, 2, 1))


def test_sets_per_layer_edge_and_unit() -> None:
    instance = Instance.from_arrays(
        X, [0, 1, 1, 0], hidden=[2],
        layer_weights=[[[[-1, 1], 0], [[0, 2], [1]]], ["1/2", 1]],
        layer_biases=[[[0], [-1, 0]], 0],
    )  # fmt: skip
    first, last = instance.network.layers
    assert first.weights[0, 0] == (-1, 1)
    assert first.weights[0, 1] == (0,)
    assert first.biases[1] == (-1, 0)
    assert last.weights[0, 1] == (Fraction(1, 2), 1)
    assert instance.network.search_space == 2 * 2 * 2 * 2 * 2


def test_equal_instances_have_equal_hashes_however_written() -> None:
    plain = Instance.from_arrays(X, [0, 1, 1, 0], hidden=[2], weights=[-1, 0, 1])
    spelled = Instance.from_arrays(
        np.array(X, dtype=float), np.array([0, 1, 1, 0]), hidden=[2], weights=["1", "0/3", -1.0, 1],
        layer_weights=[[[[0, 1, -1]] * 2] * 2, [[[-1, 1, 0]] * 2]],
    )  # fmt: skip
    assert plain.sha256 == spelled.sha256
    assert plain.sha256 != Instance.from_arrays(X, [0, 1, 1, 1], hidden=[2], weights=[-1, 0, 1]).sha256
    assert plain.sha256 != plain.with_threshold(Fraction(1)).sha256
    assert plain.sha256 != replace(plain, name="other").sha256


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": X, "y": [0, 1, 1]}, "x has 4 samples, y has 3"),
        ({"x": X, "y": [0, 1, 1, -1]}, "has class -1"),
        ({"x": X, "y": [0, 1, 1, 3], "outputs": 2}, "has class 3; with 2 outputs there are the classes 0 to 1"),
        ({"x": X, "y": [0, 1, 1, 0], "weights": []}, "empty set"),
        ({"x": X, "y": [0, 1, 1, 0], "weights": [float("nan")]}, "finite"),
        ({"x": X, "y": [0, 1, 1, 0], "hidden": [0]}, "found 0 units; a layer has at least one"),
        ({"x": X, "y": [0, 1, 1, 0], "activation": "tanh"}, "known are relu"),
        ({"x": X, "y": [0, 1, 1, 0], "activation": "clipped_relu"}, "needs a cap"),
        ({"x": X, "y": [0, 1, 1, 0], "loss": "l7"}, "known are zero_one"),
        ({"x": X, "y": [0, 1, 1, 0], "margin": 0}, "greater than 0"),
        ({"x": X, "y": [0.5, 1, 1, 0], "loss": "hinge"}, "integer class indices"),
        ({"x": [0, 1], "y": [0, 1]}, "two dimensions"),
        ({"x": [[0], [1, 2]], "y": [0, 1]}, "different lengths"),
        ({"x": X, "y": [0, 1, 1, 0], "multiplicity": [1, 1, 0, 1]}, "positive integers"),
        ({"x": X, "y": [0, 1, 1, 0], "classes": ["a", "b", "c"], "outputs": 2}, "3 class names"),
    ],
)
def test_what_does_not_fit_is_said(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Instance.from_arrays(**arguments)  # type: ignore[arg-type]


def test_networks_that_are_none() -> None:
    ternary = parameter_set([-1, 0, 1])

    def layer(units: int, fan_in: int, *sources: int) -> Layer:
        grid = SetGrid.uniform(ternary, (units, fan_in))
        return Layer(units, activation("relu"), grid, SetGrid.uniform(ternary, (units,)), sources)

    with pytest.raises(ValueError, match="layer 1 is a hidden layer that nobody reads"):
        Network(2, (layer(3, 2, 0), layer(1, 2, 0)))
    with pytest.raises(ValueError, match="layer 1 reads from"):
        Network(2, (layer(3, 2, 1),))
    with pytest.raises(ValueError, match=r"layer 2 has weight sets of shape \(1, 3\), not \(1, 5\)"):
        Network(2, (layer(3, 2, 0), layer(1, 3, 1, 0)))
    assert Network(2, (layer(3, 2, 0), layer(1, 5, 1, 0))).fan_in(1) == 5


PLAIN = {"hidden": [2], "weights": [-1, 0, 1], "threshold": 3, "multiplicity": [1, 1, 1, 2], "outputs": 1, "margin": 2}
FORMS: dict[str, list[object]] = {
    "hidden": [2, np.int64(2), [np.int64(2)], np.array([2]), np.array(2), (2.0,), "2", iter([2])],
    "weights": [{-1, 0, 1}, frozenset((1, 0, -1)), iter((-1, 0, 1)), range(-1, 2), np.array([-1.0, 0, 1]),
                ["-1", Decimal(0), Fraction(1)], [np.float32(-1), np.int8(0), np.array(1)]],
    "threshold": ["3", "6/2", 3.0, np.float64(3), np.int8(3), np.array(3), Decimal("3.0"), Fraction(3)],
    "margin": ["2", np.array(2.0), np.uint8(2), Decimal(2)],
    "outputs": [np.int64(1), "1", 1.0, np.array(1)],
    "multiplicity": [np.array([1, 1, 1, 2], np.uint64), [1.0, 1, 1, 2], ["1", 1, "1/1", Decimal(2)],
                     [np.int64(1), 1, np.array(1), 2]],
    "x": [np.array(X, np.float32), [[np.array(v) for v in row] for row in X], [[str(v) for v in row] for row in X],
          [[Fraction(0), np.array(0)], *X[1:]], np.array(X, object), np.ma.array(X)],
    "y": [np.array([0, 1, 1, 0], np.uint8), [0.0, 1.0, 1.0, 0.0], np.array([0, 1, 1, 0], object),
          [np.int64(0), 1, np.array(1), 0], ExactArray.from_values([0, 1, 1, 0])],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FORMS.items() for value in values])
def test_numbers_in_every_form(name: str, value: object) -> None:
    plain = {"x": X, "y": [0, 1, 1, 0], "loss": "misclassification", **PLAIN}
    expected = Instance.from_arrays(**plain).sha256  # type: ignore[arg-type]
    assert Instance.from_arrays(**{**plain, name: value}).sha256 == expected  # type: ignore[arg-type]


def test_no_hidden_layer() -> None:
    for hidden in (0, [], (), np.int64(0), "0"):
        assert Instance.from_arrays(X, [0, 1, 1, 0], hidden=hidden).network.widths == (2, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": None}, "hidden: found NoneType"),
        ({"hidden": [2.5]}, "hidden: found 5/2; a whole number is needed"),
        ({"hidden": -1}, "found -1 units"),
        ({"hidden": [True]}, "hidden: found the truth value"),
        ({"threshold": float("inf")}, "a finite number is needed"),
        ({"threshold": -np.inf}, "a finite number is needed"),
        ({"threshold": np.float32("nan")}, "a finite number is needed"),
        ({"outputs": 1.5}, "outputs: found 3/2"),
        ({"multiplicity": [1, 1, 1, 2**62]}, f"found the multiplicity {2**62}; at most {2**62 - 1} is allowed"),
        ({"multiplicity": np.full(4, 2**63, np.uint64)}, f"found the multiplicity {2**63}"),
        ({"multiplicity": [1, 1, 1, 1.5]}, "positive integers"),
        ({"layer_weights": [[1]]}, "found 1 entries of layer_weights; the network has 2 layers"),
        ({"x": np.ma.array(X, mask=np.eye(4, 2))}, r"found a masked value at \[0, 0\]"),
        ({"y": np.ma.array([0, 1, 1, 0], mask=[0, 0, 1, 0])}, r"found a masked value at \[2\]"),
        ({"x": [[np.True_, 0], *X[1:]]}, "found the truth value"),
        ({"classes": ["a", "a"]}, "found a class name twice"),
        ({"loss": 3}, "known are zero_one"),
    ],
)
def test_what_is_no_number_is_said(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Instance.from_arrays(**{"x": X, "y": [0, 1, 1, 0], "hidden": [2], **arguments})  # type: ignore[arg-type]
