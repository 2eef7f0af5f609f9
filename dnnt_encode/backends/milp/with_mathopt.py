"""SCIP and HiGHS as ortools brings them, through MathOpt: nothing is streamed, the answer comes at the end."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from ortools.util.python import solve_interrupter

from dnnt_encode.backends.milp.reporter import MilpJob, MilpReporter
from dnnt_encode.backends.protocol import Finished
from dnnt_encode.errors import BackendError
from dnnt_encode.instance.goal import Status
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, MilpModel

_STATUS: dict[Any, Status] = {
    mathopt.TerminationReason.OPTIMAL: "OPTIMUM FOUND",
    mathopt.TerminationReason.INFEASIBLE: "UNSATISFIABLE",
    # Every column is bounded.
    mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED: "UNSATISFIABLE",
}


_SOLVERS = {"scip": mathopt.SolverType.GSCIP, "highs": mathopt.SolverType.HIGHS}


def solve(job: MilpJob, reporter: MilpReporter) -> Finished:
    """Run a job."""
    solver = _SOLVERS[job.solver]
    model = mathopt.Model.from_model_proto(model_proto(job.model))
    variables = list(model.variables())
    left = job.seconds_left()
    parameters = mathopt.SolveParameters(
        time_limit=None if left is None else datetime.timedelta(seconds=left),
        absolute_gap_tolerance=1e-6,
        relative_gap_tolerance=0.0,
        random_seed=None if job.controls.seed is None else job.controls.seed % (2**31 - 1),
    )
    hints = mathopt.ModelSolveParameters()
    if job.hint is not None:
        pairs = zip(job.hint[0].tolist(), job.hint[1].tolist(), strict=True)
        hints.solution_hints.append(
            mathopt.SolutionHint(variable_values={variables[column]: float(value) for column, value in pairs})
        )
    interrupter = solve_interrupter.SolveInterrupter()
    reporter.on_stop(interrupter.interrupt)
    try:
        result = mathopt.solve(
            model,
            solver,
            params=parameters,
            model_params=hints,
            msg_cb=(lambda texts: reporter.log("\n".join(texts))) if job.controls.log else None,
            interrupter=None if solver == mathopt.SolverType.HIGHS else interrupter,
        )
    except AttributeError as error:
        # What a solver refuses surfaces so; the reason is in the context.
        raise BackendError(f"MathOpt: {error.__context__ or error}") from None
    if result.has_primal_feasible_solution():
        values = result.variable_values()
        reporter.solution([values[variable] for variable in variables])
    reason = result.termination.reason
    found = _STATUS.get(reason, "UNKNOWN")
    if found != "UNSATISFIABLE":
        reporter.bound(result.termination.objective_bounds.dual_bound)
    return reporter.finish(found, f"MathOpt: {reason.name}")


def model_proto(model: MilpModel) -> Any:
    """The arrays as MathOpt takes them."""
    proto = model_pb2.ModelProto()
    variables, rows, matrix = proto.variables, proto.linear_constraints, proto.linear_constraint_matrix
    variables.ids.extend(range(model.columns))
    variables.lower_bounds.extend(model.lower.tolist())
    variables.upper_bounds.extend(model.upper.tolist())
    variables.integers.extend(model.integer.tolist())
    costly = np.flatnonzero(model.cost)
    proto.objective.linear_coefficients.ids.extend(costly.tolist())
    proto.objective.linear_coefficients.values.extend(model.cost[costly].tolist())
    rhs = model.row_rhs.astype(np.float64)
    rows.ids.extend(range(model.rows))
    rows.lower_bounds.extend(np.where(model.row_sense == AT_MOST, -np.inf, rhs).tolist())
    rows.upper_bounds.extend(np.where(model.row_sense == AT_LEAST, np.inf, rhs).tolist())
    row_of = np.repeat(np.arange(model.rows), np.diff(model.row_start))
    order = np.lexsort((model.row_columns, row_of))
    matrix.row_ids.extend(row_of[order].tolist())
    matrix.column_ids.extend(model.row_columns[order].tolist())
    matrix.coefficients.extend(model.row_coefficients[order].tolist())
    return proto
