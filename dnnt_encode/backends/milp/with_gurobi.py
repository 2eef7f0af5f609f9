"""Gurobi through gurobipy; without a licence of its own it takes models of at most 2,000 rows and columns."""

from __future__ import annotations

from typing import Any

import gurobipy

from dnnt_encode.backends.milp.reporter import MilpJob, MilpReporter, mps_file
from dnnt_encode.backends.protocol import Finished
from dnnt_encode.errors import BackendError
from dnnt_encode.instance.goal import Status

_STATUS: dict[int, Status] = {
    gurobipy.GRB.OPTIMAL: "OPTIMUM FOUND",
    gurobipy.GRB.INFEASIBLE: "UNSATISFIABLE",
    gurobipy.GRB.INF_OR_UNBD: "UNSATISFIABLE",
}


def solve(job: MilpJob, reporter: MilpReporter) -> Finished:
    """Run a job."""
    try:
        return _solve(job, reporter)
    except gurobipy.GurobiError as error:
        raise BackendError(f"gurobi: {error}") from None


def _model(job: MilpJob, env: Any) -> Any:
    with mps_file(job.model) as path:
        return gurobipy.read(path, env)


def _solve(job: MilpJob, reporter: MilpReporter) -> Finished:
    parameters: dict[str, Any] = {
        "OutputFlag": int(job.controls.log),
        "LogToConsole": 0,
        "Threads": job.controls.threads,
        "MIPGap": 0.0,
    }
    if job.controls.seed is not None:
        parameters["Seed"] = job.controls.seed % 2_000_000_000
    with gurobipy.Env(params=parameters) as env, _model(job, env) as model:
        variables = [model.getVarByName(name) for name in job.model.names()]
        if job.hint is not None:
            for column, value in zip(job.hint[0].tolist(), job.hint[1].tolist(), strict=True):
                variables[column].Start = value

        def callback(model: Any, where: int) -> None:
            if where == gurobipy.GRB.Callback.MIPSOL:
                reporter.solution(model.cbGetSolution(variables))
            elif where == gurobipy.GRB.Callback.MIP:
                reporter.bound(model.cbGet(gurobipy.GRB.Callback.MIP_OBJBND))
            elif where == gurobipy.GRB.Callback.MESSAGE and job.controls.log:
                reporter.log(model.cbGet(gurobipy.GRB.Callback.MSG_STRING))

        reporter.on_stop(model.terminate)
        left = job.seconds_left()
        if left is not None:
            model.Params.TimeLimit = left
        model.optimize(callback)
        if model.SolCount:
            reporter.solution([variable.X for variable in variables])
        found = _STATUS.get(model.Status, "UNKNOWN")
        if found != "UNSATISFIABLE":
            reporter.bound(model.ObjBound)
        return reporter.finish(found, f"Gurobi: status {model.Status}")
