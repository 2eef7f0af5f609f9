"""Numbers of any width, sets with gaps and large weights are encoded like any other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.analysis.unrolled import unroll
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.instance import Dataset, ExactArray, Instance, Layer, Network, SetGrid, activation, loss, parameter_set
from tests.encoders.cnf_oracle import least_cost, satisfying, solver_of, truth_of, well_formed

ENCODINGS: tuple[SumEncoding, ...] = ("auto", "order", "adder")


def network(inputs: int, widths: list[int], names: list[str], sets: list[tuple[object, ...]]) -> Network:
    layers = []
    for position, (units, name, values) in enumerate(zip(widths, names, sets, strict=True)):
        fan_in = inputs if position == 0 else widths[position - 1]
        grid = parameter_set(values)
        act = activation(name, Fraction(2**50) if name == "clipped_relu" else None)
        layers.append(
            Layer(
                units,
                act,
                SetGrid.uniform(grid, (units, fan_in)),
                SetGrid.uniform(parameter_set((0, 1)), (units,)),
                (position,),
            )
        )
    return Network(inputs, tuple(layers))


def by_vector(net: Network, x: list[list[int]], y: list[list[object]], name: str = "l1") -> Instance:
    ones = np.ones(len(x), dtype=np.int64)
    return Instance("wide", net, Dataset(ExactArray.from_values(x), ExactArray.from_values(y), ones), loss(name))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_deep_network_whose_values_need_200_bits(encoding: SumEncoding) -> None:
    big = 2**67 + 3
    net = network(1, [1, 1, 1], ["relu", "relu", "identity"], [(-big, 1), (1, big), (-big, 0, big)])
    teacher = ((5 * big + 1) * big + 1) * -big + 1
    instance = by_vector(net, [[-5], [1]], [[teacher], [1]])
    assert unroll(net, instance.dataset.x).layers[-1].bits > 200
    losses = enumerate_losses(instance).fractions().tolist()
    best = min(losses)
    model = encode_cnf(instance, threshold=best, options=CnfOptions(sum=encoding, symmetry="none"))
    well_formed(model)
    assert satisfying(instance, model) == {number for number, value in enumerate(losses) if value == best}
    if encoding != "order":
        return
    free = encode_cnf(instance, options=CnfOptions(sum=encoding))
    cost = least_cost(free)
    assert cost is not None
    assert free.loss(cost) == best


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["relu", "clipped_relu", "sign", "identity"])
def test_wide_values_decide_every_threshold(encoding: SumEncoding, name: str) -> None:
    net = network(1, [2, 1], [name, "identity"], [(-(2**70), 1, 7), (-1, 3**45)])
    instance = by_vector(net, [[1], [-3]], [[2**60], [Fraction(-1, 3)]])
    losses = enumerate_losses(instance).fractions().tolist()
    for gamma in sorted(set(losses))[::3][:2]:
        model = encode_cnf(instance, threshold=gamma, options=CnfOptions(sum=encoding, symmetry="none"))
        assert satisfying(instance, model) == {number for number, value in enumerate(losses) if value <= gamma}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("sharing", [True, False])
def test_sets_with_gaps_and_large_weights(encoding: SumEncoding, sharing: bool) -> None:
    net = network(3, [2, 1], ["relu", "identity"], [(-100, -3, 0, 41), (-7, 0, 19)])
    net = Network(3, (net.layers[0], net.layers[1]))
    small = SetGrid.from_nested([[(-100, -3, 0, 41), (5,), (0, 1000)], [(-3, 8), (0,), (-1, 0, 77, 78)]], shape=(2, 3))
    first = net.layers[0]
    net = Network(3, (Layer(2, first.activation, small, first.biases, (0,)), net.layers[1]))
    dataset = Dataset(
        ExactArray.from_values([[1, 2, 3], [-1, 7, 0], [13, -2, 1], [1, 2, 3]]),
        np.array([0, 1, 1, 1]),
        np.array([1, 10**6, 3, 2]),
    )
    for name in ("misclassification", "squared_hinge" if sharing else "hinge"):
        instance = Instance("gaps", net, dataset, loss(name, Fraction(5, 2)))
        losses = enumerate_losses(instance).fractions().tolist()
        for gamma in sorted(set(losses))[:2]:
            model = encode_cnf(
                instance, threshold=gamma, options=CnfOptions(sum=encoding, sharing=sharing, symmetry="none")
            )
            well_formed(model)
            wanted = {number for number, value in enumerate(losses) if value <= gamma}
            enumeration = Enumeration(instance)
            with solver_of(model) as solver:
                assert solver.solve()
                truth = truth_of(model, solver.get_model())
                assert enumeration.number_of(model.variable_map.decode(truth)) in wanted
            assert satisfying(instance, model) == wanted
