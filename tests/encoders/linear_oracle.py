"""The least objective of a linear model for given parameter values, found by CP-SAT on one stack of copies.

Every assignment gets a copy of the model with its parameters fixed; the copies share nothing, so minimising the sum of
all objectives minimises each of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.models.linear import LinearModel


def least_objectives(model: LinearModel, assignments: Sequence[Assignment]) -> list[int] | None:
    """The least objective for each of some assignments; None where one has no solution.

    The sum of copies whose squares are written in binary is hard to bound: those are solved one by one."""
    wide = any(group.prefix.startswith("bit.") for group in model.column_groups)
    size = 1 if wide else max(len(assignments), 1)
    found: list[int] = []
    for start in range(0, len(assignments), size):
        stack = Stack(model)
        for assignment in assignments[start : start + size]:
            stack.add(assignment)
        part = stack.least_objectives()
        if part is None:
            return None
        found += part
    return found


class Stack:
    """Copies of one linear model in one CP-SAT model, each with its parameters fixed."""

    def __init__(self, model: LinearModel) -> None:
        self._model, self._cp = model, cp_model.CpModel()
        self._objectives: list[cp_model.LinearExpr] = []
        self.feasible: list[cp_model.IntVar] = []

    def add(self, assignment: Assignment, *, optional: bool = False) -> None:
        """One copy. ``optional``: with a literal that enforces every row, kept in ``feasible``."""
        model, cp = self._model, self._cp
        lower, upper = model.lower.copy(), model.upper.copy()
        columns, values = model.variable_map.hints(assignment)
        lower[columns] = upper[columns] = values
        v = [cp.new_int_var(int(a), int(b), "") for a, b in zip(lower, upper, strict=True)]
        enforced = cp.new_bool_var("") if optional else None
        if enforced is not None:
            self.feasible.append(enforced)
        for row in range(model.rows):
            terms = slice(model.row_start[row], model.row_start[row + 1])
            total = cp_model.LinearExpr.weighted_sum(
                [v[c] for c in model.row_columns[terms]], model.row_coefficients[terms].tolist()
            )
            constraint = cp.add_linear_expression_in_domain(
                total, cp_model.Domain(int(model.row_lower[row]), int(model.row_upper[row]))
            )
            literals = model.enforce_literals[model.enforce_start[row] : model.enforce_start[row + 1]].tolist()
            enforcement = [v[abs(a) - 1] if a > 0 else v[abs(a) - 1].negated() for a in literals]
            if enforced is not None:
                enforcement.append(enforced)
            if enforcement:
                constraint.only_enforce_if(enforcement)
        self._objectives.append(
            cp_model.LinearExpr.weighted_sum(
                [v[c] for c in model.objective_columns], model.objective_coefficients.tolist()
            )
        )

    def least_objectives(self) -> list[int] | None:
        """The least objective of every copy, constant included; None where a copy has no solution."""
        self._cp.minimize(cp_model.LinearExpr.sum(self._objectives))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(self._cp)
        if status == cp_model.INFEASIBLE:
            return None
        assert status == cp_model.OPTIMAL, solver.status_name(status)
        return [solver.value(total) + self._model.objective_constant for total in self._objectives]

    def satisfiable(self) -> list[bool]:
        """Which optional copies have a solution."""
        self._cp.maximize(cp_model.LinearExpr.sum(self.feasible))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(self._cp)
        assert status == cp_model.OPTIMAL, solver.status_name(status)
        return [bool(solver.value(literal)) for literal in self.feasible]
