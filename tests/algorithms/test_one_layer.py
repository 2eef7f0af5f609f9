"""Branch and bound without hidden layers, against enumeration: optima, bounds of nodes, penalties, limits."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dnnt_encode
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.algorithms.one_layer import engine, search, stepped, supports
from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.engine import OneLayerSearch, takes
from dnnt_encode.algorithms.one_layer.nodes import Subspace
from dnnt_encode.algorithms.one_layer.regularisation import NONE, Limit, Regularisation
from dnnt_encode.algorithms.one_layer.steps import StepLosses
from dnnt_encode.algorithms.one_layer.unit import unit_of
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import LOSSES, Assignment, Instance, activation, check_allowed, evaluate
from tests.algorithms.running import finish
from tests.random_instances import tiny_instances

SETS = ((-1, 0, 1), (-2, -1, 0, 1, 2), (0, 1, 3), (-2, 1), (1,), (0,), (-1, "1/2", 2), (-1, 0), (1, 2, 3))


@st.composite
def scoring_instances(draw: Any, losses: tuple[str, ...] = LOSSES) -> Instance:
    """One output, up to 4 inputs and 24 samples, many of them alike in some inputs; at most some thousand
    assignments."""
    loss = draw(st.sampled_from(losses))
    inputs, samples = draw(st.integers(1, 4)), draw(st.integers(1, 24))
    values = draw(st.sampled_from([(0, 1), (0, 1, 2), (1, 2, 3, 4), (-1, 1), ("1/2", 1, -2)]))
    seed = draw(st.integers(0, 2**20))
    rng = np.random.default_rng(seed)
    x = np.array(values, dtype=object)[rng.integers(0, len(values), (samples, inputs))]
    classes = loss in ("misclassification", "hinge", "squared_hinge")
    signal = x.astype(object) @ rng.integers(-2, 3, inputs) + rng.integers(-1, 2, samples) if values[0] != "1/2" else 0
    y: Any = (np.asarray(signal) > 0).astype(np.int64) * np.ones(samples, dtype=np.int64)
    if not classes:
        y = rng.integers(-3, 4, (samples, 1))
    sets = [draw(st.sampled_from(SETS)) for _ in range(inputs)]
    biases = draw(st.sampled_from([(0,), (-1, 0, 1), tuple(range(-5, 6)), (-6, -3, 0, 3), (-7, -1, 0, 4)]))
    name = draw(st.sampled_from(["identity"] * 3 + ["relu", "sign", "step"]))
    return Instance.from_arrays(
        x,
        y,
        hidden=[],
        layer_weights=[[sets]],
        layer_biases=[[biases]],
        loss=loss,
        margin=draw(st.sampled_from([None, "1/2", 3])) if classes else None,
        output_activation=activation(name),
        multiplicity=rng.integers(1, draw(st.sampled_from([2, 4, 5000])), samples),
    )


def run(instance: Instance, regularisation: Regularisation = NONE, *, climbs: bool = True) -> OneLayerSearch:
    """``climbs`` False: the search has to find everything by itself."""
    found = OneLayerSearch(instance, regularisation)
    with pytest.MonkeyPatch.context() as patch:
        if not climbs:
            patch.setattr(engine, "climb", lambda *_: iter(()))
        finish(found.run())
    return found


@given(tiny_instances(max_hidden_layers=0, assignments=500) | scoring_instances(), st.booleans())
def test_the_optimum_is_that_of_enumeration(instance: Instance, climbs: bool) -> None:
    if takes(instance) is not None:
        with pytest.raises(ModelTooLarge, match="outputs"):
            OneLayerSearch(instance)
        return
    found = run(instance, climbs=climbs)
    assert found.best is not None
    weights = found.best.assignment.weights(instance)
    check_allowed(instance.network, weights)
    least = min(enumerate_losses(instance).fractions())
    assert found.best.objective == found.bound == evaluate(instance, weights).loss == least


def grid(instance: Instance) -> np.ndarray:
    """The losses of all assignments, one axis a weight and the last one for the bias."""
    layer = instance.network.layers[0]
    sizes = [*layer.weights.sizes()[0].tolist(), int(layer.biases.sizes()[0])]
    return np.asarray(enumerate_losses(instance).fractions()).reshape(sizes)


@given(scoring_instances(), st.integers(0, 99), st.integers(1, 2048))
def test_no_answer_below_a_node_is_better_than_its_bound(instance: Instance, seed: int, units: int) -> None:
    losses, unit = grid(instance), unit_of(View(instance))
    given = supports.Supports(unit)
    rng = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        # Few units: then steps of many samples are cut into coarse ones.
        patch.setattr(stepped, "UNITS", units)
        subspace = Subspace(unit, unit.free, given.base, given.base_price, zeros=True)
        nodes = subspace.root()
        while True:
            index: list[Any] = [0 if len(table) == 1 else slice(None) for table in unit.tables]
            for feature, choice in zip(subspace.order, nodes.chosen[0].tolist(), strict=False):
                index[unit.free[feature]] = choice
            least = losses[tuple(index)].min()
            if nodes.depth == subspace.depth:
                assert nodes.bound[0] * unit.loss.unit == least == losses[(*index, int(nodes.bias[0]))]
                assert subspace.weights(nodes.chosen[0]).tolist() == index
                return
            assert nodes.bound[0] * unit.loss.unit <= least
            subspace.extend(nodes, 2**60, 2)
            children = subspace.children(nodes)
            nodes = children.take(rng.integers(0, len(children), 1))


@given(st.integers(0, 2**32 - 1))
def test_the_bound_of_counting_losses_is_that_of_a_threshold_of_its_own_for_every_group(seed: int) -> None:
    """Steps at random; rows that agree in the open input share what it adds, anything between two numbers."""
    rng = np.random.default_rng(seed)
    rows, steps, wide = int(rng.integers(1, 12)), int(rng.integers(1, 40)), int(rng.integers(1, 9))
    columns = np.column_stack([np.arange(rows), rng.integers(0, 3, rows)])
    value, upper = rng.integers(-wide, wide + 1, steps), rng.random(steps) < 0.5
    row, weight = rng.integers(0, rows, steps), rng.integers(1, rng.choice([2, 5]), steps)
    biases = np.unique(rng.integers(-wide, wide + 1, 8)) if seed % 2 else np.arange(-wide, wide)
    loss = stepped.SteppedLoss(rows, StepLosses(row, value, upper, weight), constant=3)
    merged = loss.on(columns, np.zeros(rows, dtype=np.int64), Biases(biases))
    assert merged.columns.tolist() == columns.tolist()
    low, high = np.sort(rng.integers(-4, 5, (2, 3)), axis=0)
    sums = rng.integers(-wide, wide + 1, (5, rows))
    group = columns[:, 1]

    def lost(z: np.ndarray, of: np.ndarray) -> int:
        return int(weight[of & np.where(upper, z[row] > value, z[row] < value)].sum())

    def relaxed(total: np.ndarray, bias: int) -> int:
        windows = [range(low[g] + bias, high[g] + bias + 1) for g in range(3)]
        return sum(min(lost(total + z, group[row] == g) for z in windows[g]) for g in range(3))

    bounds, _ = merged.level((1,), low[group], high[group]).least(sums)
    exact, where = merged.level((), 0 * group, 0 * group).least(sums)
    for total, bound, least, bias in zip(sums, bounds.tolist(), exact.tolist(), where.tolist(), strict=True):
        assert bound == 3 + min(relaxed(total, b) for b in biases.tolist())
        everything = np.ones(steps, dtype=bool)
        losses = [3 + lost(total + b, everything) for b in biases.tolist()]
        assert least == min(losses) == losses[bias]


def penalised(instance: Instance, regularisation: Regularisation) -> Fraction | None:
    """The least objective, by enumeration; None where the limits allow nothing."""
    losses = grid(instance)
    sets = [instance.network.layers[0].weights[0, i] for i in range(instance.network.inputs)]
    objectives = [
        min(losses[index]) + regularisation.cost(values)
        for index, values in zip(
            itertools.product(*(range(len(each)) for each in sets)), itertools.product(*sets), strict=True
        )
        if regularisation.allows(values)
    ]
    return min(objectives, default=None)


PRICES = (Fraction(0), Fraction(1), Fraction(1, 3), Fraction("6.83"), Fraction("0.01797"))


@given(scoring_instances(), st.sampled_from(PRICES), st.sampled_from(PRICES), st.data())
def test_penalties_and_limits(instance: Instance, l0: Fraction, l1: Fraction, data: Any) -> None:
    inputs = range(instance.network.inputs)
    subsets = st.lists(st.sampled_from(inputs), min_size=1, unique=True).map(tuple)
    limits = data.draw(st.lists(st.builds(Limit, subsets, st.integers(0, 2)), max_size=2))
    regularisation = Regularisation(l0, l1, tuple(limits))
    with pytest.MonkeyPatch.context() as patch:
        # Supports one by one, all at once or in blocks, or zeros among the weights.
        most = data.draw(st.sampled_from([0, 3, 10**6]))
        patch.setattr(supports, "MAX_SUPPORTS", most)
        patch.setattr(search, "MAX_SUPPORTS", most)
        patch.setattr(supports, "_ELEMENTS", 40)
        found = run(instance, regularisation, climbs=data.draw(st.booleans()))
    least = penalised(instance, regularisation)
    if least is None:
        assert found.best is None
        return
    assert found.best is not None
    assert found.best.objective == found.bound == least
    weights = found.best.assignment.weights(instance)
    values = weights.layers[0].weights.fractions()[0].tolist()
    assert regularisation.allows(values)
    assert evaluate(instance, weights).loss + regularisation.cost(values) == least


@given(scoring_instances(), st.integers(-1, 3))
def test_cutoffs(instance: Instance, above: int) -> None:
    """Only what is below is found, and that there is nothing below is proved."""
    least = min(enumerate_losses(instance).fractions())
    for told in ("only_below", "at_most"):
        found = OneLayerSearch(instance)
        getattr(found, told)(least + above)
        finish(found.run())
        if above < 0 or (above == 0 and told == "only_below"):
            assert found.best is None
            assert found.bound >= least + above
        else:
            assert found.best is not None
            assert found.best.objective == found.bound == least


def test_bounds_only_rise_and_never_pass_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(1, 6, (60, 4))
    y = (x @ [1, -2, 1, 0] + rng.integers(-2, 3, 60) > 1).astype(np.int64)
    instance = Instance.from_arrays(x, y, hidden=[], weights=range(-3, 4), biases=range(-9, 10))
    monkeypatch.setattr(supports, "_ELEMENTS", 100)
    for most, regularisation in (
        (9, Regularisation()),
        (99, Regularisation(Fraction(2))),
        (99, Regularisation(limits=(Limit((0, 1, 2), 1),))),
        (1, Regularisation(limits=(Limit((0, 1, 2, 3), 2),))),
    ):
        monkeypatch.setattr(supports, "MAX_SUPPORTS", most)
        found = OneLayerSearch(instance, regularisation)
        bounds, objectives = [], []
        for _ in found.run():
            bounds.append(found.bound)
            assert found.best is not None
            objectives.append(found.best.objective)
        assert bounds == sorted(bounds)
        assert objectives == sorted(objectives, reverse=True)
        assert bounds[-1] <= found.bound == objectives[-1] == penalised(instance, regularisation)


def test_a_start_is_where_it_begins() -> None:
    instance = Instance.from_arrays([[0, 1], [1, 0], [1, 1]], [0, 1, 1], hidden=[], weights=range(-9, 10))
    start = Assignment(((np.array([[12, 3]]), np.array([0])),))
    first = OneLayerSearch(instance)
    next(iter(first.run(start=start)))
    assert first.best is not None
    assert first.best.assignment.layers[0][0].tolist() == [[12, 3]]


def test_several_outputs_are_independent_where_the_loss_is_a_sum() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(-2, 3, (8, 2)), rng.integers(-3, 4, (8, 2))
    instance = Instance.from_arrays(x, y, hidden=[], loss="l1")
    parts = [Instance.from_arrays(x, y[:, k], hidden=[], loss="l1") for k in range(2)]
    least = sum(min(enumerate_losses(part).fractions()) for part in parts)
    found = run(instance)
    assert found.best is not None
    assert found.best.objective == found.bound == least
    short = OneLayerSearch(instance)
    short.only_below(least)
    finish(short.run())
    assert short.best is None
    assert short.bound == least
    with pytest.raises(ValueError, match="one output"):
        OneLayerSearch(instance, Regularisation(limits=(Limit((0,), 0),)))


def test_what_is_refused() -> None:
    with pytest.raises(ModelTooLarge, match="2 layers"):
        OneLayerSearch(Instance.from_arrays([[0], [1]], [0, 1], hidden=[1]))
    with pytest.raises(ModelTooLarge, match="hinge couples"):
        OneLayerSearch(Instance.from_arrays([[0], [1], [2]], [0, 1, 2], hidden=[], loss="hinge"))
    with pytest.raises(ModelTooLarge, match="bits"):
        OneLayerSearch(Instance.from_arrays([[10**20], [1]], [0, 1], hidden=[]))
    with pytest.raises(ModelTooLarge, match="bits"):
        OneLayerSearch(Instance.from_arrays([[0], [1]], [0, 1], hidden=[]), Regularisation(Fraction(1, 10**30)))
    with pytest.raises(ValueError, match="at least 0"):
        Regularisation(Fraction(-1))


@given(st.lists(st.integers(-20, 20), min_size=1, unique=True), st.lists(st.integers(-50, 50), min_size=1))
def test_ranks_of_thresholds(values: list[int], thresholds: list[int]) -> None:
    for chosen in (sorted(values), [7 * k - 3 for k in range(len(values))]):
        biases = Biases(np.array(chosen, dtype=np.int32))
        ranks = biases.below(np.array(thresholds, dtype=np.int32))
        assert ranks.tolist() == [sum(value < threshold for value in chosen) for threshold in thresholds]


def test_wide_numbers() -> None:
    """Rationals with long denominators: int64, and groups whose keys do not fit into a word."""
    rng = np.random.default_rng(5)
    x = [[Fraction(int(v), 9973) for v in row] for row in rng.integers(-(10**9), 10**9, (12, 3))]
    y = rng.integers(0, 2, 12)
    for scale in (1, 10**4):
        rows = np.array([[value * scale for value in row] for row in x], dtype=object)
        instance = Instance.from_arrays(rows, y, hidden=[], weights=(-2, -1, 0, 1), biases=(-scale, 0, 3))
        found = run(instance)
        assert found.best is not None
        assert found.best.objective == found.bound == min(enumerate_losses(instance).fractions())


def table(rng: np.random.Generator, samples: int, inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are often alike, and classes that a sum nearly tells apart."""
    x = rng.integers(0, 4, (samples, inputs))
    return x, (x @ rng.integers(-2, 3, inputs) + rng.integers(-3, 4, samples) > 1).astype(np.int64)


def test_against_an_encoder() -> None:
    x, y = table(np.random.default_rng(0), 40, 5)
    instance = Instance.from_arrays(x, y, hidden=[], weights=range(-2, 3), biases=range(-6, 7), multiplicity=3 * y + 1)
    results = [dnnt_encode.solve(instance, backend=name, threads=1) for name in ("onelayer", "cpsat")]
    assert [result.status for result in results] == ["OPTIMUM FOUND"] * 2
    assert results[0].loss == results[1].loss
    assert results[0].certificate.kind == "exhaustive"


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(40))
def test_against_an_encoder_on_larger_tables(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = table(rng, int(rng.integers(30, 90)), int(rng.integers(3, 8)))
    loss = ("misclassification", "hinge", "zero_one", "l1")[seed % 4]
    targets = y if loss in ("misclassification", "hinge") else y[:, None] * 3
    instance = Instance.from_arrays(x, targets, hidden=[], weights=range(-2, 3), biases=range(-6, 7), loss=loss)
    found, proved = (dnnt_encode.solve(instance, backend=name, time_limit=60) for name in ("onelayer", "cpsat"))
    assert found.status == "OPTIMUM FOUND"
    assert proved.bound <= found.loss <= proved.loss  # type: ignore[operator]
