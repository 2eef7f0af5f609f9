"""The CNF agrees with the linear encoder: CP-SAT on one and RC2 on the other find the same optimum."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.instance import Instance
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel
from tests.encoders.cnf_oracle import least_cost, solver_of, truth_of, well_formed
from tests.random_instances import tiny_instances

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "60"))


def linear_optimum(model: LinearModel) -> int:
    cp = cp_model.CpModel()
    v = [cp.new_int_var(int(a), int(b), "") for a, b in zip(model.lower, model.upper, strict=True)]
    for row in range(model.rows):
        terms = slice(model.row_start[row], model.row_start[row + 1])
        total = cp_model.LinearExpr.weighted_sum(
            [v[c] for c in model.row_columns[terms]], model.row_coefficients[terms].tolist()
        )
        domain = cp_model.Domain(int(model.row_lower[row]), int(model.row_upper[row]))
        literals = model.enforce_literals[model.enforce_start[row] : model.enforce_start[row + 1]].tolist()
        enforcement = [v[abs(a) - 1] if a > 0 else v[abs(a) - 1].negated() for a in literals]
        constraint = cp.add_linear_expression_in_domain(total, domain)
        if enforcement:
            constraint.only_enforce_if(enforcement)
    cp.minimize(
        cp_model.LinearExpr.weighted_sum([v[c] for c in model.objective_columns], model.objective_coefficients.tolist())
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(cp) == cp_model.OPTIMAL
    return model.objective_value(np.array([solver.value(column) for column in v]))


def loss_at(instance: Instance, model: CnfModel, truth: np.ndarray) -> Fraction:
    return evaluate(instance, model.variable_map.decode(truth).weights(instance)).loss


@settings(max_examples=max(EXAMPLES // 3, 1), deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_instances(assignments=10**6), st.sampled_from(("auto", "order", "adder")))
def test_both_encoders_have_the_same_optimum(instance: Instance, encoding: str) -> None:
    linear = encode_linear(instance)
    best = linear.loss(linear_optimum(linear))
    model = encode_cnf(instance, options=CnfOptions(sum=encoding))  # type: ignore[arg-type]
    cost = least_cost(model)
    assert cost is not None
    assert model.loss(cost) == best
    assert model.objective_lower <= cost


@pytest.mark.parametrize("encoding", ["auto", "order", "adder"])
@pytest.mark.parametrize("name", ["misclassification", "hinge"])
@pytest.mark.parametrize("hidden", [[2], [2, 2]])
def test_descent_by_the_objective_sum_ends_at_the_optimum(encoding: str, name: str, hidden: list[int]) -> None:
    rng = np.random.default_rng(5)
    x = rng.integers(-1, 2, size=(14, 4))
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(np.int64)
    instance = Instance.from_arrays(x, y, hidden=hidden, weights=(-1, 0, 1), loss=name)
    linear = encode_linear(instance)
    best = linear.loss(linear_optimum(linear))
    model = encode_cnf(instance, options=CnfOptions(sum=encoding, objective="sum"))  # type: ignore[arg-type]
    well_formed(model)
    assert model.objective is not None
    found = None
    with solver_of(model) as solver:
        while solver.solve():
            truth = truth_of(model, solver.get_model())
            found = loss_at(instance, model, truth)
            assert found <= model.loss(model.cost(truth))
            for literal in model.objective.at_most(int(found / model.loss_unit) - 1):
                solver.add_clause([literal])
    assert found == best


def test_names_and_meanings_lead_back_to_the_parameters() -> None:
    instance = Instance.from_arrays([[1, -1], [0, 2]], [0, 1], hidden=[2], weights=(-1, 0, 1), biases=(0, 1, 2, 5))
    model = encode_cnf(instance)
    names = dict(model.names())
    assert {"w.1.0.1.0", "w.1.0.1.2", "b.1.0.0", "b.1.0.1", "b.1.0.3", "w.2.0.1.2", "b.2.0.3"} <= set(names.values())
    assert "w.1.0.1.1" not in names.values()
    for variable, name in names.items():
        assert model.meaning(variable) == name
        assert model.meaning(-variable) == f"not {name}"
    assert model.meaning(1) == "true"
    selector = {name: variable for variable, name in names.items()}
    weights, biases = model.variable_map.layers[0]
    assert weights.conjunction(1, 0) == (selector["w.1.0.1.0"],)
    assert weights.conjunction(1, 1) == (-selector["w.1.0.1.0"], -selector["w.1.0.1.2"])
    assert weights.conjunction(1, 2) == (selector["w.1.0.1.2"],)
    for position in range(4):
        with solver_of(model) as solver:
            assert solver.solve(assumptions=[selector[f"b.1.1.{position}"]])
            truth = truth_of(model, solver.get_model())
            assert model.variable_map.decode(truth).layers[0][1][1] == position
            assert all(truth[abs(part)] == (part > 0) for part in biases.conjunction(1, position))
