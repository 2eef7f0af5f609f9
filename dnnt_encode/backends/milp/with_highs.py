"""HiGHS through highspy, which cannot share a process with ortools."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

from dnnt_encode.backends.milp.reporter import MilpJob, MilpReporter
from dnnt_encode.backends.protocol import Finished
from dnnt_encode.errors import BackendError
from dnnt_encode.instance.goal import Status
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, MilpModel

_STATUS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "OPTIMUM FOUND",
    highspy.HighsModelStatus.kModelEmpty: "OPTIMUM FOUND",
    highspy.HighsModelStatus.kInfeasible: "UNSATISFIABLE",
    # Every column is bounded.
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "UNSATISFIABLE",
}


def solve(job: MilpJob, reporter: MilpReporter) -> Finished:
    """Run a job."""
    highs = highspy.Highs()
    options: dict[str, Any] = {
        "output_flag": job.controls.log,
        "log_to_console": False,
        "threads": job.controls.threads,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-6,
    }
    if job.controls.seed is not None:
        options["random_seed"] = job.controls.seed % (2**31 - 1)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    if highs.passModel(highs_model(job.model)) == highspy.HighsStatus.kError:
        raise BackendError("HiGHS refuses the model")
    if job.hint is not None:
        columns, values = job.hint
        highs.setSolution(len(columns), columns.astype(np.int32), values.astype(np.float64))

    def improving(event: Any) -> None:
        reporter.solution(np.array(event.data_out.mip_solution))

    def interrupt(event: Any) -> None:
        reporter.bound(event.data_out.mip_dual_bound)
        if reporter.stopping:
            event.interrupt()

    highs.cbMipImprovingSolution.subscribe(improving)
    highs.cbMipInterrupt.subscribe(interrupt)
    if job.controls.log:
        highs.cbLogging.subscribe(lambda event: reporter.log(event.message))
    left = job.seconds_left()
    if left is not None:
        highs.setOptionValue("time_limit", left)
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if info.primal_solution_status == 2:
        reporter.solution(np.array(highs.getSolution().col_value))
    # Without integers HiGHS solves a linear program, whose optimum is its bound.
    linear = not job.model.integer.any() and status == highspy.HighsModelStatus.kOptimal
    reporter.bound(info.objective_function_value if linear else info.mip_dual_bound)
    name = highs.modelStatusToString(status)
    return reporter.finish(_STATUS.get(status, "UNKNOWN"), f"HiGHS: {name}")


def highs_model(model: MilpModel) -> Any:
    """The arrays as HiGHS takes them."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.columns, model.rows
    lp.col_cost_ = model.cost.astype(np.float64)
    lp.col_lower_ = model.lower.astype(np.float64)
    lp.col_upper_ = model.upper.astype(np.float64)
    rhs = model.row_rhs.astype(np.float64)
    lp.row_lower_ = np.where(model.row_sense == AT_MOST, -highspy.kHighsInf, rhs)
    lp.row_upper_ = np.where(model.row_sense == AT_LEAST, highspy.kHighsInf, rhs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.row_start.astype(np.int32)
    lp.a_matrix_.index_ = model.row_columns.astype(np.int32)
    lp.a_matrix_.value_ = model.row_coefficients.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(whole)] for whole in model.integer]
    return lp
