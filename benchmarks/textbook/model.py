"""CP-SAT on the model that anyone would write first, as a program: `python -m benchmarks.textbook.model FILE`.

    z = sum_i w[u, i] a[i] + b[u]       a linear equation in the first layer, products (AddMultiplicationEquality) later
    a = max(0, z)                       AddMaxEquality; sign and step by a reified comparison
    e <=> the sample is wrong           for classes and zero_one; |f - y| by AddAbsEquality for l1

Every variable has the tightest domain that its own equation gives. It takes networks of integer parameters and inputs,
and prints one JSON object with loss, bound and whether they meet.
"""

import argparse
import json
import math
import time
from fractions import Fraction
from typing import Any

from ortools.sat.python import cp_model

import dnnt_encode
from dnnt_encode.instance import Instance

Ranged = tuple[Any, int, int]
"""An expression and its range."""


class Textbook:
    """`model` asks for the least loss of an instance, or for one within its threshold."""

    def __init__(self, instance: Instance) -> None:
        self.model = model = cp_model.CpModel()
        self._instance = instance
        layers = [(self._grid(layer.weights), self._grid(layer.biases)) for layer in instance.network.layers]
        losses = []
        for sample in range(instance.dataset.samples):
            row = [
                Fraction(int(value), instance.dataset.x.denominator) for value in instance.dataset.x.numerators[sample]
            ]
            signals: list[Ranged] = [(whole(value), whole(value), whole(value)) for value in row]
            for layer, (weights, biases) in zip(instance.network.layers, layers, strict=True):
                sums = [self._sum(row, bias, signals) for row, bias in zip(weights, biases, strict=True)]
                signals = [self._activation(layer.activation.name, z) for z in sums]
            losses.append(int(instance.dataset.multiplicity[sample]) * self._loss(sample, signals))
        if instance.threshold is None:
            model.minimize(sum(losses))
        else:
            model.add(sum(losses) <= math.floor(instance.threshold))

    def _grid(self, grid: Any) -> Any:
        if len(grid.shape) == 1:
            return [self._parameter(grid[i]) for i in range(grid.shape[0])]
        return [[self._parameter(grid[u, i]) for i in range(grid.shape[1])] for u in range(grid.shape[0])]

    def _parameter(self, values: Any) -> Ranged:
        numbers = [whole(value) for value in values]
        return self.model.new_int_var_from_domain(cp_model.Domain.from_values(numbers), ""), min(numbers), max(numbers)

    def _sum(self, weights: list[Ranged], bias: Ranged, signals: list[Ranged]) -> Ranged:
        terms = [bias, *(self._product(weight, signal) for weight, signal in zip(weights, signals, strict=True))]
        low, high = sum(term[1] for term in terms), sum(term[2] for term in terms)
        z = self.model.new_int_var(low, high, "")
        self.model.add(z == sum(term[0] for term in terms))
        return z, low, high

    def _product(self, weight: Ranged, signal: Ranged) -> Ranged:
        corners = [p * q for p in weight[1:] for q in signal[1:]]
        low, high = min(corners), max(corners)
        if isinstance(signal[0], int):
            return signal[0] * weight[0], low, high
        p = self.model.new_int_var(low, high, "")
        self.model.add_multiplication_equality(p, [weight[0], signal[0]])
        return p, low, high

    def _activation(self, name: str, z: Ranged) -> Ranged:
        if name == "identity":
            return z
        if name == "relu":
            high = max(0, z[2])
            h = self.model.new_int_var(0, high, "")
            self.model.add_max_equality(h, [z[0], 0])
            return h, 0, high
        a = self.model.new_bool_var("")
        self.model.add(z[0] >= 0).only_enforce_if(a)
        self.model.add(z[0] <= -1).only_enforce_if(~a)
        return (2 * a - 1, -1, 1) if name == "sign" else (a, 0, 1)

    def _loss(self, sample: int, outputs: list[Ranged]) -> Any:
        loss, y = self._instance.loss, self._instance.dataset.y
        if loss.targets == "class":
            label, margin = int(y[sample]), math.ceil(loss.parameters["margin"])  # type: ignore[index]
            if len(outputs) == 1:
                lead = [outputs[0][0] if label else -outputs[0][0]]
            else:
                lead = [outputs[label][0] - other[0] for k, other in enumerate(outputs) if k != label]
            return self._wrong([(each >= margin, each <= margin - 1) for each in lead])
        wanted = [whole(Fraction(int(v), y.denominator)) for v in y.numerators[sample]]  # type: ignore[union-attr]
        if loss.name == "zero_one":
            # An output that is wrong may lie on either side.
            return self._differs([(f[0], target) for f, target in zip(outputs, wanted, strict=True)])
        assert loss.name == "l1"
        parts = []
        for (f, low, high), target in zip(outputs, wanted, strict=True):
            distance = self.model.new_int_var(0, max(abs(low - target), abs(high - target)), "")
            self.model.add_abs_equality(distance, f - target)
            parts.append(distance)
        return sum(parts)

    def _wrong(self, pairs: list[tuple[Any, Any]]) -> Any:
        """A literal that is true exactly where one of the pairs (right, wrong) is wrong."""
        e, literals = self.model.new_bool_var(""), []
        for right, wrong in pairs:
            fails = self.model.new_bool_var("")
            self.model.add(right).only_enforce_if(~fails)
            self.model.add(wrong).only_enforce_if(fails)
            literals.append(fails)
        self.model.add_max_equality(e, literals)
        return e

    def _differs(self, pairs: list[tuple[Any, int]]) -> Any:
        e, literals = self.model.new_bool_var(""), []
        for f, target in pairs:
            fails = self.model.new_bool_var("")
            self.model.add(f == target).only_enforce_if(~fails)
            self.model.add(f != target).only_enforce_if(fails)
            literals.append(fails)
        self.model.add_max_equality(e, literals)
        return e


def whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise ValueError(f"the textbook model is one of integers; found {value}")
    return value.numerator


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.textbook.model")
    parser.add_argument("file")
    # The options of `dnnt solve`, so that both are run in the same way.
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, help="workers of CP-SAT, as many as threads by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begin = time.monotonic()
    instance: Instance = dnnt_encode.load(options.file)  # type: ignore[assignment]
    model = Textbook(instance).model
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = options.workers or options.threads
    solver.parameters.random_seed = options.seed
    solver.parameters.max_time_in_seconds = max(0.1, options.time_limit - (time.monotonic() - begin))
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    threshold = instance.threshold
    if threshold is not None:
        answer = "SATISFIABLE" if found else "UNSATISFIABLE" if status == cp_model.INFEASIBLE else "UNKNOWN"
        print(json.dumps({"status": answer, "loss": None, "bound": None, "threshold": str(threshold)}))
        return
    print(
        json.dumps(
            {
                "status": "OPTIMUM FOUND" if status == cp_model.OPTIMAL else "SATISFIABLE" if found else "UNKNOWN",
                "loss": round(solver.objective_value) if found else None,
                # The objective is an integer, so a bound rounds up; the slack forgives the solver's own rounding.
                "bound": -int(-(solver.best_objective_bound - 1e-6) // 1)
                if math.isfinite(solver.best_objective_bound)
                else 0,
            }
        )
    )


if __name__ == "__main__":
    main()
