"""What the trainer computes fast against the plain way: a change's cost against the whole network with it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnt_encode.instance import Instance, evaluate
from dnnt_encode.instance.activations import ACTIVATIONS, CAPPED, Activation, activation
from dnnt_encode.training.above import Above
from dnnt_encode.training.buffers import Buffers
from dnnt_encode.training.neighbourhood import Look, Neighbourhood
from dnnt_encode.training.pairs import PairLook, Pairs
from dnnt_encode.training.piecewise import PiecewiseLinear
from dnnt_encode.training.problem import Problem
from dnnt_encode.training.state import State, loss_at
from tests.random_instances import tiny_instances

INSTANCES = tiny_instances(assignments=10**9, max_hidden_layers=2, max_inputs=3)


def energies(problem: Problem, keys: list[np.ndarray]) -> np.ndarray:
    return problem.costs.energies(problem.costs.residuals(State(problem, keys).outputs.copy()), Buffers())


@settings(max_examples=40)
@given(INSTANCES, st.integers(0, 99))
def test_changes_cost_what_the_whole_network_says(instance: Instance, seed: int) -> None:
    problem, rng = Problem(instance), np.random.default_rng(seed)
    keys = [layer.choices.random(rng) for layer in problem.layers]
    state, before = State(problem, keys), energies(problem, keys)
    for position, layer in enumerate(problem.layers):
        around = Neighbourhood(problem, position)
        pairs = Pairs(around)
        for unit in range(layer.units):
            above, own, z = Above(state, problem.costs, position, unit), keys[position][unit], state.z[position][unit]
            looks: list[Look | PairLook] = [Look(around, state, above, unit, z, own, rng, 8)]
            assert np.array_equal(looks[0].energies, before)
            if pairs.blocks:
                looks.append(PairLook(pairs, state, above, z, own, rng))
            for look in looks:
                for number in np.flatnonzero(np.isfinite(look.changes)).tolist():
                    after = [held.copy() for held in keys]
                    after[position][unit] = made = look.made(number)
                    choices = layer.choices
                    assert ((made >= choices.first[unit]) & (made < (choices.first + choices.size)[unit])).all()
                    assert np.array_equal(
                        state.moved(position, unit, own, z, made), State(problem, after).z[position][unit]
                    )
                    change = float((energies(problem, after) - before).sum(dtype=np.float64))
                    assert abs(look.changes[number] - change) <= 1e-4 * (1 + before.sum() + abs(change))


@settings(max_examples=40)
@given(INSTANCES, st.integers(0, 99))
def test_states_follow_changes_and_losses_are_the_evaluators(instance: Instance, seed: int) -> None:
    problem, rng = Problem(instance), np.random.default_rng(seed)
    keys = [layer.choices.random(rng) for layer in problem.layers]
    state = State(problem, keys)
    for _ in range(4):
        position = int(rng.integers(len(keys)))
        unit = int(rng.integers(len(keys[position])))
        made = problem.layers[position].choices.random(rng)[unit]
        state.change(
            position, unit, made, state.moved(position, unit, state.keys[position][unit], state.z[position][unit], made)
        )
        keys[position][unit] = made
    fresh = State(problem, keys)
    assert all(np.array_equal(a, b) for a, b in zip(state.a + state.z, fresh.a + fresh.z, strict=True))
    assigned = problem.assignment(keys)
    assert all(np.array_equal(a, b) for a, b in zip(problem.keys(assigned), keys, strict=True))
    loss = evaluate(instance, assigned.weights(instance)).loss
    assert loss_at(problem, keys) * problem.unit == loss
    costs = problem.costs.softened(fresh.outputs)
    energy = costs.energies(costs.residuals(fresh.outputs.copy()), Buffers())
    assert abs(costs.loss_of(energy) - loss / problem.unit) <= 1e-4 * (1 + loss / problem.unit)
    assert (energy.sum() == 0) == (loss == 0)


PIECEWISE = [activation(name, Fraction(2) if name in CAPPED else None) for name in ACTIVATIONS]


@pytest.mark.parametrize("function", PIECEWISE, ids=lambda function: function.name)
def test_activations_are_those_of_the_instance(function: Activation) -> None:
    z = np.arange(-60, 61)
    for scale in (1, 2, 6):
        plain = function.scaled(scale * function.required_denominator())
        made = PiecewiseLinear(plain).apply(z.astype(np.float32), Buffers())
        assert np.array_equal(made, plain.apply(z))


@pytest.mark.parametrize("function", PIECEWISE, ids=lambda function: function.name)
def test_gradients_pass_everywhere(function: Activation) -> None:
    slopes = PiecewiseLinear(function.scaled(1)).slopes_at(np.linspace(-3, 5, 40, dtype=np.float32)[:, None])
    assert slopes is None or (slopes > 0).all()
