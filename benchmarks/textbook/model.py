"""The model that anyone would write first, from the API's own words for sums, maxima, products and reification.

    z[s, j] = sum_i w[j, i] x[s, i] + b[j]      a linear equation; the inputs are constants
    h[s, j] = max(0, z[s, j])                   AddMaxEquality
    p[s, j] = v[j] h[s, j]                      AddMultiplicationEquality
    f[s]    = sum_j p[s, j] + c
    e[s] <=> t[s] f[s] < 1                      a reified comparison; t is -1 for class 0 and +1 for class 1
    minimise sum_s e[s]

Every variable has the tightest domain that its own equation gives, which is what a competent user would write.
"""

import numpy as np
from ortools.sat.python import cp_model


def textbook_model(x: np.ndarray, y: np.ndarray, hidden: int, values: tuple[int, ...]) -> cp_model.CpModel:
    """x int [n, d], y int [n] of 0 and 1, every parameter out of `values`; the objective is the number of errors."""
    model = cp_model.CpModel()
    domain = cp_model.Domain.from_values(values)
    samples, inputs = x.shape

    def parameter(name: str) -> cp_model.IntVar:
        return model.new_int_var_from_domain(domain, name)

    w = [[parameter(f"w_{j}_{i}") for i in range(inputs)] for j in range(hidden)]
    b = [parameter(f"b_{j}") for j in range(hidden)]
    v = [parameter(f"v_{j}") for j in range(hidden)]
    c = parameter("c")

    errors = []
    for s in range(samples):
        row = [int(value) for value in x[s]]
        low = sum(min(values) * value if value > 0 else max(values) * value for value in row) + min(values)
        high = sum(max(values) * value if value > 0 else min(values) * value for value in row) + max(values)
        terms = []
        for j in range(hidden):
            z = model.new_int_var(low, high, f"z_{s}_{j}")
            model.add(z == sum(value * weight for value, weight in zip(row, w[j], strict=True)) + b[j])
            h = model.new_int_var(0, max(0, high), f"h_{s}_{j}")
            model.add_max_equality(h, [z, 0])
            p = model.new_int_var(min(0, min(values) * high), max(0, max(values) * high), f"p_{s}_{j}")
            model.add_multiplication_equality(p, [v[j], h])
            terms.append(p)
        sign = 1 if y[s] == 1 else -1
        e = model.new_bool_var(f"e_{s}")
        model.add(sign * (sum(terms) + c) >= 1).only_enforce_if(~e)
        model.add(sign * (sum(terms) + c) <= 0).only_enforce_if(e)
        errors.append(e)
    model.minimize(sum(errors))
    return model
