"""Which truth tables are kept, and that they keep the least loss where all units of the last hidden layer are gates."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.instance import Instance
from dnnt_encode.proofs.cover import uncovered
from dnnt_encode.reduce.truth_tables import truth_tables
from tests.reduce.oracle import check
from tests.reduce.planted import planted_instances
from tests.reduce.test_steps import EXAMPLES, relaxed

X, Y = [[0, 1], [1, 0], [1, 1]], [0, 1, 0]


@pytest.mark.parametrize(
    ("hidden", "activation", "count"),
    [(1, "sign", 2), (2, "sign", 6), (3, "sign", 4), (1, "step", 2), (2, "step", 2), (2, "relu", 0), (6, "sign", 0)],
)
def test_how_many_tables_are_kept(hidden: int, activation: str, count: int) -> None:
    instance = Instance.from_arrays(X, Y, hidden=[hidden], activation=activation)
    parts = truth_tables(instance)
    assert len(parts) == count
    for part in parts:
        assert (part.instance.network.layers[-1].weights.sizes() == 1).all()
        assert (part.instance.network.layers[-1].biases.sizes() == 1).all()


def test_two_sign_units_are_the_gates_that_need_both() -> None:
    """The labels by the values of the units: each kind of gate once, up to the order of the units."""
    kept = set()
    for part in truth_tables(Instance.from_arrays(X, Y, hidden=[2], activation="sign")):
        layer = part.instance.network.layers[-1]
        (w, v), b = (layer.weights[0, k][0] for k in (0, 1)), layer.biases[0][0]
        tables = [tuple(w * g + v * h + b > 0 for g, h in product((-1, 1), repeat=2)) for w, v in ((w, v), (v, w))]
        kept.add(min(tables))
    assert sorted(map(sum, kept)) == [1, 1, 1, 3, 3, 3]


@pytest.mark.parametrize("options", [{"outputs": 3}, {"outputs": 2, "layer_weights": [[-1, 0, 1], [-1, 2]]}])
def test_the_parts_take_the_place_of_every_choice(options: dict[str, object]) -> None:
    instance = Instance.from_arrays(X, [0, 1, 1], hidden=[1], activation="sign", **options)  # type: ignore[arg-type]
    parts = truth_tables(instance)
    count, missing = uncovered("truth_tables", instance, parts)
    assert (count > len(parts) > 1, missing) == (True, 0)
    assert uncovered("truth_tables", instance, parts[1:])[1] > 0


def test_where_there_are_none() -> None:
    rng = np.random.default_rng(0)
    wide = rng.integers(-1, 2, (20, 4))
    assert not truth_tables(Instance.from_arrays(wide, rng.integers(0, 3, 20), hidden=[3], activation="sign"))
    assert not truth_tables(Instance.from_arrays(X, Y, hidden=[], activation="sign"))
    fixed = Instance.from_arrays(X, Y, hidden=[2], activation="sign", layer_weights=[(-1, 1), 1], layer_biases=[0, 0])
    assert not truth_tables(fixed)


@pytest.mark.parametrize("loss", ["misclassification", "hinge", "zero_one", "pinball"])
@pytest.mark.parametrize("activation", ["sign", "step"])
def test_tables_of_gates_keep_the_least_loss(activation: str, loss: str) -> None:
    rng = np.random.default_rng(0)
    sets = [(0, 1), (-1, 1), (-1, 0, 1), (0, "1/2")]
    counts = set()
    for _ in range(max(2, EXAMPLES // 12)):
        hidden, outputs = (int(number) for number in rng.integers(1, 3, 2))
        chosen = [sets[k] for k in rng.integers(0, len(sets), 2)]
        biases = [sets[k] if hidden * outputs < 4 else 0 for k in rng.integers(0, len(sets), 2)]
        classes = loss in ("misclassification", "hinge")
        instance = Instance.from_arrays(
            rng.integers(-1, 2, (4, 1)),
            rng.integers(0, 2, 4) if classes else rng.integers(-1, 2, (4, outputs)),
            hidden=[hidden],
            activation=activation,
            loss=loss,
            layer_weights=chosen,
            layer_biases=biases,
            **({"outputs": outputs} if classes else {}),
        )
        if instance.network.search_space <= 700 and (parts := truth_tables(instance)):
            check(instance, parts)
            counts.add(len(parts))
    assert counts


@relaxed(EXAMPLES)
@given(instance=planted_instances(activations=("sign", "step"), assignments=300))
def test_tables_in_any_network_keep_the_least_loss(instance: Instance) -> None:
    if parts := truth_tables(instance):
        check(instance, parts)
