"""CP-SAT (ortools): the linear model as it is, built in bulk through its protocol buffer.

The solver checks its integers only partly, and enforced rows whose coefficients sum past 2^31 have led it to certify
wrong optima (or-tools#5293), so models past its limits are refused here, with the row named.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dnnt_encode.backends.cores import bound_to
from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Capabilities,
    Controls,
    Finished,
    LinearTask,
    Log,
    Say,
    Task,
)
from dnnt_encode.backends.versions import installed_version
from dnnt_encode.errors import BackendError, ModelTooLarge
from dnnt_encode.instance.stage import EVERY
from dnnt_encode.models.linear import LinearModel

ACTIVITY_LIMIT = 2.0**62
ENFORCED_SUM_LIMIT = 2.0**31
_EXACT_DOUBLE = 2.0**53

PORTFOLIO = 8
"""Workers on two or more cores: a more diverse portfolio closes what one worker a core does not."""


class CpsatBackend:
    """Google's CP-SAT through ortools."""

    name = "cpsat"
    capabilities = Capabilities(
        model="linear",
        incumbents=True,
        bounds=True,
        below=True,
        hints=True,
        threads=True,
        seed=True,
        objectives=EVERY,
        constraints=True,
    )

    def version(self) -> str | None:
        return installed_version("ortools")

    def memory(self, model_bytes: int, threads: int) -> int:
        # Measured on a model of 560,000 terms: our arrays and the protocol buffer, then a copy for every worker.
        return model_bytes * (4 + 5 * workers(threads))

    def warm(self) -> None:
        import ortools.sat.python.cp_model  # noqa: F401

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, LinearTask):
            raise TypeError("cpsat solves linear models")
        check_limits(task.model)
        if task.goal.minimises and task.below is not None and task.below <= task.model.objective_lower:
            return Finished("exhausted", "nothing is below the bound of the model")
        return _solve(task, controls, say)


def _solve(task: LinearTask, controls: Controls, say: Say) -> Finished:
    from ortools.sat.python import cp_model

    class Streamer(cp_model.CpSolverSolutionCallback):
        """Says every solution as it is found."""

        def on_solution_callback(self) -> None:
            say(_candidate(task, self.response_proto))

    model, solver = build(task), cp_model.CpSolver()
    _set(solver.parameters, task, controls)
    if controls.log:
        solver.log_callback = lambda text: say(Log(text.rstrip("\n")))
    if task.goal.minimises:
        solver.best_bound_callback = lambda bound: _say_bound(task, say, bound)
    controls.stop.call(solver.stop_search)
    if controls.should_stop():
        return Finished("stopped")
    status = solver.solve(model, Streamer())
    name = solver.status_name(status)
    if status == cp_model.MODEL_INVALID:
        raise BackendError(f"CP-SAT refuses the model: {model.validate() or 'no reason given'}")
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        say(_candidate(task, solver.response_proto))
    if task.goal.minimises and status != cp_model.INFEASIBLE:
        _say_bound(task, say, float(solver.best_objective_bound))
    if status == cp_model.INFEASIBLE:
        return Finished("exhausted", name)
    if task.goal.minimises:
        return Finished("exhausted" if status == cp_model.OPTIMAL else "stopped", name)
    return Finished("answered" if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else "stopped", name)


def _set(parameters: Any, task: LinearTask, controls: Controls) -> None:
    parameters.catch_sigint_signal = False
    parameters.num_workers = workers(controls.threads)
    if task.goal.minimises and parameters.num_workers >= PORTFOLIO:
        # A worker that climbs from unsatisfiable cores proves counting objectives that the others leave open.
        parameters.extra_subsolvers.append("core_default_lp")
    if controls.seed is not None:
        parameters.random_seed = controls.seed % (2**31 - 1)
    if controls.log:
        parameters.log_search_progress = True
        parameters.log_to_stdout = False
    # No limit of its own: CP-SAT ends before one by as much as two looks at its clock have ever been apart, which are
    # seconds on a large model. The wish to stop comes at the deadline.


def workers(threads: int) -> int:
    """One worker on one core, so that the same seed gives the same answer; a portfolio on more, where this process is
    bound to its cores."""
    return max(PORTFOLIO, threads) if threads > 1 and bound_to(threads) else threads


def _candidate(task: LinearTask, response: Any) -> Candidate:
    values = np.array(list(response.solution), dtype=np.int64)
    return Candidate(values, task.model.objective_value(values) if task.goal.minimises else None)


def _say_bound(task: LinearTask, say: Say, bound: float) -> None:
    """Objectives are integers, and doubles are exact below 2^53; anything else is not worth a claim."""
    if math.isfinite(bound) and abs(bound) < _EXACT_DOUBLE:
        say(Bound(task.model.objective_constant + math.ceil(bound - 1e-6)))


def objective_bounds(task: LinearTask) -> tuple[int, int]:
    """The range of the objective without its constant: from what is proved to what is wanted. With a hint the value
    ``below`` itself stays within: the portfolio's workers need a solution around which to look for better ones."""
    model = task.model
    reach = int(ACTIVITY_LIMIT) - 1
    low = max(model.objective_lower - model.objective_constant, -reach)
    if task.below is None:
        return low, reach
    return low, min(task.below - model.objective_constant - (task.hint is None), reach)


def check_limits(model: LinearModel) -> None:
    """Raises ModelTooLarge naming the first row past CP-SAT's integers."""
    remedy = "use smaller values or coarser decimals, fewer layers, or another backend"
    over = np.flatnonzero(model.magnitudes() >= ACTIVITY_LIMIT)
    if len(over):
        raise ModelTooLarge(f"{model.row_label(int(over[0]))}: a row's sum may reach CP-SAT's limit of 2^62; {remedy}")
    enforced = np.diff(model.enforce_start) > 0
    over = np.flatnonzero(enforced & (model.coefficient_sums() >= ENFORCED_SUM_LIMIT))
    if len(over):
        label = model.row_label(int(over[0]))
        raise ModelTooLarge(
            f"{label}: the coefficients of a conditional row sum to 2^31 or more, past what CP-SAT proves; {remedy}"
        )
    bounds = np.maximum(np.abs(model.lower.astype(np.float64)), np.abs(model.upper.astype(np.float64)))
    reach = np.abs(model.objective_coefficients.astype(np.float64)) * bounds[model.objective_columns]
    if max(float(bounds.max(initial=0)), float(reach.sum()), abs(float(model.objective_constant))) >= ACTIVITY_LIMIT:
        raise ModelTooLarge(f"the loss, or one of the model's variables, may reach CP-SAT's limit of 2^62; {remedy}")


def build(task: LinearTask) -> Any:
    """The model, built through its protocol buffer."""
    from ortools.sat.python import cp_model

    source, model = task.model, cp_model.CpModel()
    proto = model.proto
    add_variable = proto.variables.add
    for low, high in zip(source.lower.tolist(), source.upper.tolist(), strict=True):
        add_variable().domain.extend((low, high))
    start, columns = source.row_start.tolist(), source.row_columns.tolist()
    coefficients, enforce_start = source.row_coefficients.tolist(), source.enforce_start.tolist()
    # A literal c + 1 is column c and -(c + 1) its negation, which CP-SAT writes as -c - 1.
    literals = [literal - 1 if literal > 0 else literal for literal in source.enforce_literals.tolist()]
    add_constraint = proto.constraints.add
    for row, (low, high) in enumerate(zip(source.row_lower.tolist(), source.row_upper.tolist(), strict=True)):
        constraint = add_constraint()
        linear = constraint.linear
        begin, end = start[row], start[row + 1]
        linear.vars.extend(columns[begin:end])
        linear.coeffs.extend(coefficients[begin:end])
        linear.domain.extend((low, high))
        begin, end = enforce_start[row], enforce_start[row + 1]
        if begin != end:
            constraint.enforcement_literal.extend(literals[begin:end])
    if task.goal.minimises:
        proto.objective.vars.extend(source.objective_columns.tolist())
        proto.objective.coeffs.extend(source.objective_coefficients.tolist())
        proto.objective.domain.extend(objective_bounds(task))
    if task.hint is not None:
        proto.solution_hint.vars.extend(task.hint[0].tolist())
        proto.solution_hint.values.extend(task.hint[1].tolist())
    return model
