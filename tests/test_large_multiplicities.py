"""Multiplicities up to 2^62 - 1: every encoder, algorithm and backend computes with them exactly, or refuses them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dnnt_encode
from dnnt_encode.algorithms.brute_force import assignment, enumerate_losses
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance import Instance, evaluate
from tests.encoders.cnf_oracle import least_cost, satisfying
from tests.instance.reference import total_loss
from tests.random_instances import tiny_instances

LARGEST = 2**62 - 1
COUNTS = (1, 2, 2**31, 2**53 + 1, 2**61, 2**61 + 1, LARGEST)


def heavy(instance: Instance, counts: list[int]) -> Instance:
    """The instance with other multiplicities, one a sample."""
    multiplicity = np.array(counts[: instance.dataset.samples], dtype=np.int64)
    return replace(instance, dataset=replace(instance.dataset, multiplicity=multiplicity))


counts = st.lists(st.sampled_from(COUNTS), min_size=4, max_size=4)
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def check_encodings(instance: Instance, data: st.DataObject) -> None:
    losses = enumerate_losses(instance).fractions().tolist()
    number = data.draw(st.integers(0, len(losses) - 1))
    chosen = assignment(instance, number)
    weights = chosen.weights(instance)
    assert losses[number] == evaluate(instance, weights).loss == total_loss(instance, weights)

    options = CnfOptions(sum=data.draw(st.sampled_from(("auto", "adder"))), symmetry="none", objective="sum")
    gamma = data.draw(st.sampled_from(sorted(set(losses))))
    wanted = {number for number, loss in enumerate(losses) if loss <= gamma}
    assert satisfying(instance, encode_cnf(instance, threshold=gamma, options=options)) == wanted
    model = encode_cnf(instance, options=options)
    assert model.objective is not None
    assert satisfying(instance, model, model.objective.at_most(int(gamma // model.loss_unit))) == wanted
    cost = least_cost(model, model.variable_map.hints(chosen).tolist())
    assert cost is not None
    assert model.loss(cost) == losses[number]

    for threshold in (None, gamma):
        try:
            size = linear_size(instance, threshold=threshold)
        except ModelTooLarge:
            assert instance.dataset.total * 2000 >= 2**62
            with pytest.raises(ModelTooLarge):
                encode_linear(instance, threshold=threshold)
        else:
            linear = encode_linear(instance, threshold=threshold)
            assert linear.columns == size.columns
            assert linear.loss(linear.objective_lower) <= min(losses)


@few
@given(tiny_instances(assignments=40), counts, st.data())
def test_encodings(instance: Instance, chosen: list[int], data: st.DataObject) -> None:
    check_encodings(heavy(instance, chosen), data)


@pytest.mark.nightly
@many
@given(tiny_instances(assignments=40), counts, st.data())
def test_encodings_of_many_instances(instance: Instance, chosen: list[int], data: st.DataObject) -> None:
    check_encodings(heavy(instance, chosen), data)


X, Y = [[0, 0], [0, 1], [1, 0], [1, 1], [1, 1]], [0, 1, 1, 0, 1]


@pytest.mark.parametrize("name", ["zero_one", "misclassification"])
@pytest.mark.parametrize("many", [2**61, LARGEST])
def test_backends(name: str, many: int) -> None:
    y = Y if name == "misclassification" else [[value] for value in Y]
    instance = Instance.from_arrays(X, y, hidden=[1], loss=name, multiplicity=[1, many, 1, many, 1])
    least = min(enumerate_losses(instance).fractions())
    assert least == (many + 1 if name == "misclassification" else 2)
    for solver in ("dp", "cpsat", "sat:glucose42", "sat:cadical195"):
        try:
            result = dnnt_encode.solve(instance, backend=solver)
        except ModelTooLarge:
            assert not solver.startswith("sat")
        else:
            assert (result.status, result.loss) == ("OPTIMUM FOUND", least)
