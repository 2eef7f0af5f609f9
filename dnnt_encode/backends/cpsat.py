"""CP-SAT (ortools): the linear model as it is, in a child process that can be killed at any time.

The solver checks its integers only partly, and enforced rows whose coefficients sum past 2^31 have led it to certify
wrong optima (or-tools#5293), so models past its limits are refused here, with the row named.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from dnnt_encode.backends.process import Child
from dnnt_encode.backends.protocol import Capabilities, Controls, Event, LinearTask, Session, Task
from dnnt_encode.errors import BackendError, ModelTooLarge
from dnnt_encode.models.linear import LinearModel

ACTIVITY_LIMIT = 2.0**62
ENFORCED_SUM_LIMIT = 2.0**31

PORTFOLIO = 8
"""Workers on two or more cores: a more diverse portfolio closes what one worker a core does not."""

_ARRAYS = (
    "lower upper row_start row_columns row_coefficients row_lower row_upper enforce_start enforce_literals "
    "objective_columns objective_coefficients"
).split()


class CpsatBackend:
    """Google's CP-SAT through ortools."""

    name = "cpsat"
    capabilities = Capabilities(
        model="linear", incumbents=True, bounds=True, hints=True, threads=True, seed=True, certificate="none"
    )

    def version(self) -> str | None:
        try:
            return importlib.metadata.version("ortools")
        except importlib.metadata.PackageNotFoundError:
            return None

    def memory(self, model_bytes: int, threads: int) -> int:
        # Measured on a model of 560,000 terms: our arrays and the protocol buffer, then a copy for every worker.
        return model_bytes * (4 + 5 * workers(threads, True))

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Session]:
        if self.version() is None:
            raise BackendError("the backend cpsat needs ortools: pip install 'ortools>=9.14,<9.16'")
        with Child("cpsat", "dnnt_encode.backends.cpsat_worker", "solve") as child:
            yield CpsatSession(child, controls)


class CpsatSession:
    """A child that is importing ortools, or waiting for its model."""

    def __init__(self, child: Child, controls: Controls) -> None:
        self._child, self._controls = child, controls

    def step_back(self) -> None:
        self._child.step_back()

    def run(self, task: Task) -> Iterator[Event]:
        if not isinstance(task, LinearTask):
            raise TypeError("cpsat solves linear models")
        check_limits(task.model)
        model, controls = task.model, self._controls
        # The fields of CpsatJob, whose module only the child imports: it imports ortools.
        payload = {
            "arrays": {name: np.ascontiguousarray(getattr(model, name)) for name in _ARRAYS},
            "minimise": model.threshold is None,
            "constant": model.objective_constant,
            "bounds": objective_bounds(task),
            "hint": task.hint,
            "seconds": controls.seconds_left(),
            "threads": controls.threads,
            "seed": controls.seed,
            "log": controls.log,
        }
        yield from self._child.run(payload, controls)


def workers(threads: int, bound_to_cores: bool) -> int:
    """One worker on one core, so that the same seed gives the same answer; a portfolio on more."""
    if threads == 1:
        return 1
    return max(PORTFOLIO, threads) if bound_to_cores else threads


def objective_bounds(task: LinearTask) -> tuple[int, int]:
    """The range of the objective without its constant: from what is proved to what is wanted."""
    model = task.model
    reach = int(ACTIVITY_LIMIT) - 1
    low = max(model.objective_lower - model.objective_constant, -reach)
    high = reach if task.upper is None else min(task.upper - model.objective_constant, reach)
    return low, max(low, high)


def check_limits(model: LinearModel) -> None:
    """Raises ModelTooLarge naming the first row past CP-SAT's integers."""
    remedy = "use smaller values or coarser decimals, fewer layers, or another backend"
    over = np.flatnonzero(model.magnitudes() >= ACTIVITY_LIMIT)
    if len(over):
        raise ModelTooLarge(f"{model.row_label(int(over[0]))}: a row's sum may reach CP-SAT's limit of 2^62; {remedy}")
    enforced = np.diff(model.enforce_start) > 0
    over = np.flatnonzero(enforced & (model.coefficient_sums() >= ENFORCED_SUM_LIMIT))
    if len(over):
        raise ModelTooLarge(
            f"{model.row_label(int(over[0]))}: the coefficients of a conditional row sum to 2^31 or more, past which "
            f"CP-SAT is unsafe; {remedy}"
        )
    bounds = np.maximum(np.abs(model.lower.astype(np.float64)), np.abs(model.upper.astype(np.float64)))
    reach = np.abs(model.objective_coefficients.astype(np.float64)) * bounds[model.objective_columns]
    if max(float(bounds.max(initial=0)), float(reach.sum()), abs(float(model.objective_constant))) >= ACTIVITY_LIMIT:
        raise ModelTooLarge(f"the loss, or one of the model's variables, may reach CP-SAT's limit of 2^62; {remedy}")
