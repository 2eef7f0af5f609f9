"""CP-SAT's side of the child process: build the model in bulk, solve it, stream what is found.

The arrays become protocol-buffer constraints directly (200,000 rows a second); the model never exists as Python objects
in the parent.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from dnnt_encode.backends.cores import limit_cores
from dnnt_encode.backends.cpsat import PORTFOLIO, workers
from dnnt_encode.backends.protocol import Bound, Candidate, Finished, Log
from dnnt_encode.backends.worker import Channel
from dnnt_encode.errors import BackendError

_EXACT_DOUBLE = 2.0**53


@dataclass(frozen=True, eq=False)
class CpsatJob:
    """The arrays of a linear model (see LinearModel) and how to solve it. ``minimise`` False: only satisfy the rows.

    ``bounds``: least and greatest value of the objective without its constant, None for no limit."""

    arrays: dict[str, np.ndarray]
    minimise: bool
    constant: int
    bounds: tuple[int, int]
    hint: tuple[np.ndarray, np.ndarray] | None
    seconds: float | None
    threads: int
    seed: int | None
    log: bool


def solve(payload: dict[str, Any], channel: Channel) -> None:
    """Run the job whose fields are ``payload``; the last message is ``Finished``."""
    job = CpsatJob(**payload)
    started = time.monotonic()
    bound_to_cores = limit_cores(job.threads)
    model = build(job)
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.catch_sigint_signal = False
    parameters.num_workers = workers(job.threads, bound_to_cores)
    if job.minimise and parameters.num_workers >= PORTFOLIO:
        # A worker that climbs from unsatisfiable cores proves counting objectives that the others leave open.
        parameters.extra_subsolvers.append("core_default_lp")
    if job.seed is not None:
        parameters.random_seed = job.seed % (2**31 - 1)
    if job.log:
        parameters.log_search_progress = True
        parameters.log_to_stdout = False
        solver.log_callback = lambda text: channel.send(Log(text.rstrip("\n")))
    if job.seconds is not None:
        parameters.max_time_in_seconds = max(0.01, job.seconds - (time.monotonic() - started))
    if job.minimise:
        solver.best_bound_callback = lambda bound: send_bound(job, channel, bound)
    channel.on_stop(solver.stop_search)
    if channel.stopping.is_set():
        channel.send(Finished("stopped", "stopped on request"))
        return
    status = solver.solve(model, Streamer(job, channel))
    name = solver.status_name(status)
    if status == cp_model.MODEL_INVALID:
        raise BackendError(f"CP-SAT refuses the model: {model.validate() or 'no reason given'}")
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        send_candidate(job, channel, solver.response_proto)
    if job.minimise and status != cp_model.INFEASIBLE:
        send_bound(job, channel, float(solver.best_objective_bound))
    outcome: Any = "stopped"
    if status == cp_model.INFEASIBLE:
        outcome = "infeasible"
    elif status == cp_model.OPTIMAL:
        outcome = "optimal" if job.minimise else "satisfied"
    elif status == cp_model.FEASIBLE and not job.minimise:
        outcome = "satisfied"
    channel.send(Finished(outcome, name))


class Streamer(cp_model.CpSolverSolutionCallback):
    """Sends every solution as it is found."""

    def __init__(self, job: CpsatJob, channel: Channel) -> None:
        super().__init__()
        self._job, self._channel = job, channel

    def on_solution_callback(self) -> None:
        send_candidate(self._job, self._channel, self.response_proto)


def send_candidate(job: CpsatJob, channel: Channel, response: Any) -> None:
    values = np.array(list(response.solution), dtype=np.int64)
    objective = None
    if job.minimise:
        columns = job.arrays["objective_columns"].tolist()
        weights = job.arrays["objective_coefficients"].tolist()
        objective = job.constant + sum(a * int(values[c]) for a, c in zip(weights, columns, strict=True))
    channel.send(Candidate(values, objective))


def send_bound(job: CpsatJob, channel: Channel, bound: float) -> None:
    """Objectives are integers, and doubles are exact below 2^53; anything else is not worth a claim."""
    if math.isfinite(bound) and abs(bound) < _EXACT_DOUBLE:
        channel.send(Bound(job.constant + math.ceil(bound - 1e-6)))


def build(job: CpsatJob) -> cp_model.CpModel:
    """The model, built through its protocol buffer."""
    model = cp_model.CpModel()
    proto = model.proto
    arrays = {name: array.tolist() for name, array in job.arrays.items()}
    add_variable = proto.variables.add
    for low, high in zip(arrays["lower"], arrays["upper"], strict=True):
        add_variable().domain.extend((low, high))
    start, columns, coefficients = arrays["row_start"], arrays["row_columns"], arrays["row_coefficients"]
    enforce_start = arrays["enforce_start"]
    # A literal c + 1 is column c and -(c + 1) its negation, which CP-SAT writes as -c - 1.
    literals = [literal - 1 if literal > 0 else literal for literal in arrays["enforce_literals"]]
    add_constraint = proto.constraints.add
    for row, (low, high) in enumerate(zip(arrays["row_lower"], arrays["row_upper"], strict=True)):
        constraint = add_constraint()
        linear = constraint.linear
        begin, end = start[row], start[row + 1]
        linear.vars.extend(columns[begin:end])
        linear.coeffs.extend(coefficients[begin:end])
        linear.domain.extend((low, high))
        begin, end = enforce_start[row], enforce_start[row + 1]
        if begin != end:
            constraint.enforcement_literal.extend(literals[begin:end])
    if job.minimise:
        proto.objective.vars.extend(arrays["objective_columns"])
        proto.objective.coeffs.extend(arrays["objective_coefficients"])
        proto.objective.domain.extend(job.bounds)
    if job.hint is not None:
        proto.solution_hint.vars.extend(job.hint[0].tolist())
        proto.solution_hint.values.extend(job.hint[1].tolist())
    return model
