"""Outputs as wide as the targets: by enumeration, and by the bounds."""

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.analysis.output_scale import OutputScale, _span, _typical, output_scale
from dnnt_encode.analysis.view import View
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.forward import LayerWeights
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import loss
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights


def weights_of(instance: Instance) -> list[Weights]:
    """All of them, in the order of their sets."""
    layers = [
        [
            LayerWeights(ExactArray.from_values(list(w)).reshape(*layer.weights.shape), ExactArray.from_values(list(b)))
            for w in itertools.product(*layer.weights)
            for b in itertools.product(*layer.biases)
        ]
        for layer in instance.network.layers
    ]
    return [Weights.for_instance(instance, chosen) for chosen in itertools.product(*layers)]


def test_all_parameters_have_scaled_and_moved_outputs() -> None:
    x, y = [[0, 2], [1, -1], [3, 1]], [10, "7/2", -4]
    for hidden, activation in (([], "relu"), ([1], "sign"), ([1], "relu")):
        plain = Instance.from_arrays(x, y, hidden=hidden, weights=(0, "1/2"), activation=activation, loss="l2")
        chosen = OutputScale(Fraction(3, 7), Fraction(-5, 3))
        scaled = chosen.applied(plain)
        for before, after in zip(weights_of(plain), weights_of(scaled), strict=True):
            assert (before.predict(x) * chosen.scale + chosen.offset == after.predict(x)).all()
        # Losses are those of targets on the scale of the plain network, to the power of the loss.
        targets = [(Fraction(v) - chosen.offset) / chosen.scale for v in y]
        moved = replace(plain, dataset=Instance.from_arrays(x, targets, loss="l2").dataset)
        pairs = zip(weights_of(moved), weights_of(scaled), strict=True)
        assert all(
            evaluate(moved, one).loss * chosen.scale**2 == evaluate(scaled, two).loss
            for one, two in itertools.islice(pairs, 40)
        )


@pytest.mark.parametrize("weights", [(-1, 0, 1), (0, 1, 2), ("1/3", "-5/7"), (-2, 0), (4,)])
def test_targets_are_within_the_range_of_the_outputs(weights: Any) -> None:
    rng = np.random.default_rng(len(weights))
    for case in range(24):
        x = rng.integers(-3, 4, (7, 3)) if case % 2 else np.eye(7, 3, dtype=np.int64)
        skewed = np.exp(rng.normal(size=7) * (case % 4)) * 10.0 ** rng.integers(-5, 6)
        y = [f"{value:.4g}" for value in skewed - rng.normal()]
        plain = Instance.from_arrays(
            x,
            y,
            hidden=[2] * (case % 3),
            weights=weights,
            loss=("l1", "l2", "pinball")[case % 3],
            activation=("relu", "step")[case // 12],
        )
        chosen = output_scale(plain)
        assert len(f"{float(chosen.scale):e}".split("e")[0].rstrip("0")) == 2
        if not _span(View(plain)):
            continue
        exact, bounds = sorted(map(Fraction, y)), View(chosen.applied(plain)).bounds
        unit = bounds.scaled.output_scale
        assert int(bounds.layers[-1].out_lower.min()) <= exact[0] * unit
        assert exact[-1] * unit <= int(bounds.layers[-1].out_upper.max())


def test_what_cannot_move_is_met_by_the_offset() -> None:
    constant = Instance.from_arrays([[0], [1]], [8, 8], hidden=[], loss="l1")
    assert output_scale(constant) == OutputScale(Fraction(1), Fraction(8))
    fixed = Instance.from_arrays([[0], [1]], [3, 9], hidden=[], weights=0, biases="1/2", loss="l1", multiplicity=[1, 2])
    assert output_scale(fixed) == OutputScale(Fraction(1), Fraction(17, 2))
    assert output_scale(fixed, Fraction(4)) == OutputScale(Fraction(4), Fraction(7))
    huge = Instance.from_arrays([[0], [1]], [0, 10**400], hidden=[], weights=(-1, 1), loss="l1")
    assert output_scale(huge).scale == 10**400


@pytest.mark.parametrize("name", ["l1", "l2", "pinball", "epsilon_insensitive"])
def test_the_typical_target_costs_least_of_all_targets(name: str) -> None:
    rng = np.random.default_rng(5)
    penalty = loss(
        name, **({"quantile": "1/5"} if name == "pinball" else {"epsilon": 0} if "eps" in name else {})
    ).penalty
    for _ in range(30):
        y, counts = rng.integers(-9, 10, 6), rng.integers(1, 5, 6)

        def cost(constant: int, y: np.ndarray = y, counts: np.ndarray = counts) -> Fraction:
            costs = (max(a * (constant - int(v)) + b for a, b in penalty.lines) ** penalty.power for v in y)
            return sum((int(n) * each for n, each in zip(counts, costs, strict=True)), Fraction(0))

        assert cost(_typical(y, counts, penalty)) == min(cost(int(v)) for v in y)
