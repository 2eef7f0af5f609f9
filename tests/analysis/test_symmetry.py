"""Interchangeable units: swapping them changes no loss, and the canonical order is one of each class."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.algorithms.brute_force import assignment
from dnnt_encode.analysis.symmetry import canonical_order, orbits, permuted
from dnnt_encode.instance import Instance, check_allowed, evaluate
from tests.random_instances import tiny_instances


@given(tiny_instances(assignments=10**6), st.data())
def test_swapping_units_of_an_orbit_keeps_the_loss_and_the_canonical_order(
    instance: Instance, data: st.DataObject
) -> None:
    network = instance.network
    found = assignment(instance, data.draw(st.integers(0, network.search_space - 1)))
    loss, swapped = evaluate(instance, found.weights(instance)).loss, found
    for orbit in orbits(network):
        shuffled = data.draw(st.permutations(orbit.units))
        order = np.arange(network.layers[orbit.layer].units)
        order[list(orbit.units)] = shuffled
        swapped = permuted(network, swapped, orbit.layer, order)
    ordered = canonical_order(network, found)
    for same in (swapped.weights(instance), ordered.weights(instance)):
        check_allowed(network, same)
        assert evaluate(instance, same).loss == loss
    again = canonical_order(network, ordered)
    assert all(np.array_equal(a, b) for a, b in zip(ordered.grids(), again.grids(), strict=True))


def test_units_with_different_sets_are_not_interchangeable() -> None:
    x, y = [[0, 1], [1, 0]], [0, 1]
    same = Instance.from_arrays(x, y, hidden=[3])
    assert [orbit.units for orbit in orbits(same.network)] == [(0, 1, 2)]
    out = Instance.from_arrays(x, y, hidden=[3], layer_weights=[[-1, 0, 1], [[[0, 1], [0, 1], [1]]]])
    assert [orbit.units for orbit in orbits(out.network)] == [(0, 1)]
    bias = Instance.from_arrays(x, y, hidden=[3], layer_biases=[[[0], [0, 1], [0]], 0])
    assert [orbit.units for orbit in orbits(bias.network)] == [(0, 2)]
    edge = Instance.from_arrays(x, y, hidden=[2], layer_weights=[[[[0, 1], [1]], [[1], [0, 1]]], 1])
    assert orbits(edge.network) == ()


def test_a_matrix_between_hidden_layers_orders_one_of_them_only() -> None:
    deep = Instance.from_arrays([[0, 1]], [1], hidden=[2, 2])
    owners = [
        (orbit.layer, {(p.layer, p.column is None) for key in orbit.keys for p in key})
        for orbit in orbits(deep.network)
    ]
    assert owners == [(0, {(0, True), (0, False)}), (1, {(2, False), (1, True), (1, False)})]
