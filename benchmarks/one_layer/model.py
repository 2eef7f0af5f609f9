"""The model of a scoring system that one would write first with CP-SAT.

    z[s] = sum_i w[i] x[s, i] + b                 x are constants
    e[s] = 0  =>  t[s] z[s] >= 1                  t is -1 for class 0 and +1 for class 1
    u[i] = 0  =>  w[i] = 0,  a[i] >= |w[i]|
    minimise sum_s n[s] e[s] + l0 sum_i u[i] + l1 sum_i a[i]   with sum_i u[i] <= size

Equal samples are one, counted n[s] times. The objective is multiplied by what makes it an integer.
"""

import math
from fractions import Fraction

import numpy as np
from ortools.sat.python import cp_model

from .instances import POINTS, Problem


def scoring_model(problem: Problem) -> tuple[cp_model.CpModel, Fraction]:
    """The model, and what one of its objective is worth."""
    spec, model = problem.spec, cp_model.CpModel()
    rows, counts = np.unique(np.column_stack([problem.x, problem.y]), axis=0, return_counts=True)
    inputs, most = problem.x.shape[1], max(POINTS)
    w = [model.new_int_var(min(POINTS), most, f"w_{i}") for i in range(inputs)]
    b = model.new_int_var(-spec.offsets, spec.offsets, "b")
    used = [model.new_bool_var(f"u_{i}") for i in range(inputs)]
    size = [model.new_int_var(0, most, f"a_{i}") for i in range(inputs)]
    for weight, use, magnitude in zip(w, used, size, strict=True):
        model.add(magnitude >= weight)
        model.add(magnitude >= -weight)
        model.add(magnitude <= most * use)
    if spec.size is not None:
        model.add(sum(used) <= spec.size)
    errors = []
    for row in rows.tolist():
        e = model.new_bool_var("")
        sign = 1 if row[-1] else -1
        z = sum(value * weight for value, weight in zip(row[:-1], w, strict=True) if value) + b
        model.add(sign * z >= 1).only_enforce_if(~e)
        errors.append(e)
    scale = math.lcm(spec.l0.denominator, spec.l1.denominator)
    model.minimize(
        sum(int(scale * count) * e for count, e in zip(counts.tolist(), errors, strict=True))
        + int(scale * spec.l0) * sum(used)
        + int(scale * spec.l1) * sum(size)
    )
    return model, Fraction(1, scale)
