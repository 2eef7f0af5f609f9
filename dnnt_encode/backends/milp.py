"""MILP solvers (SCIP, HiGHS, Gurobi) on the linear model with big-M, each in a child process that can be killed.

They compute in doubles, with tolerances. What they find is rounded and checked against the exact rows; a bound that
they claim is rounded up by less than it may be wrong, and remains a claim.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from dnnt_encode.backends.process import Child
from dnnt_encode.backends.protocol import Capabilities, Controls, Event, LinearTask, Log, Session, Task
from dnnt_encode.errors import BackendError
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel

PREFIX = "milp:"


@dataclass(frozen=True)
class Engine:
    """One way to run a solver: the distribution that brings it, the module that runs it, and what it can do through
    that interface."""

    package: str
    module: str
    incumbents: bool = False
    hints: bool = True
    threads: bool = False
    bounds: bool = False

    def version(self) -> str | None:
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return None


ENGINES: dict[str, tuple[Engine, ...]] = {
    "scip": (Engine("pyscipopt", "milp_scip", incumbents=True, bounds=True), Engine("ortools", "milp_mathopt")),
    "highs": (
        Engine("highspy", "milp_highs", incumbents=True, bounds=True, threads=True),
        Engine("ortools", "milp_mathopt"),
    ),
    "gurobi": (Engine("gurobipy", "milp_gurobi", incumbents=True, bounds=True, threads=True),),
}
"""The engines of each solver, the better one first: MathOpt, which comes with ortools, streams nothing."""


class MilpBackend:
    """One MILP solver, through the first of its engines that is installed, or through a given one."""

    def __init__(self, solver: str, engine: Engine | None = None) -> None:
        self.name = f"{PREFIX}{solver}"
        engines = ENGINES[solver]
        self.engine = engine or next((each for each in engines if each.version() is not None), engines[0])
        self.capabilities = Capabilities(
            model="linear",
            incumbents=self.engine.incumbents,
            bounds=self.engine.bounds,
            hints=self.engine.hints,
            threads=self.engine.threads,
            seed=True,
            exact=False,
        )

    def version(self) -> str | None:
        return self.engine.version()

    def memory(self, model_bytes: int, threads: int) -> int:
        # The lowered model, its pickled copy, and in the solver the original, the presolved and the factorised one.
        return model_bytes * 12

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Session]:
        if self.version() is None:
            packages = " or ".join(each.package for each in ENGINES[self.name.removeprefix(PREFIX)])
            raise BackendError(f"the backend {self.name} needs {packages}: pip install {self.engine.package}")
        with self.child() as child:
            yield MilpSession(child, controls, self.name.removeprefix(PREFIX))

    def child(self) -> Child:
        """A process that starts to import the solver."""
        return Child(self.name, f"dnnt_encode.backends.{self.engine.module}", "solve")


class MilpSession:
    """A child that is importing its solver, or waiting for its model."""

    def __init__(self, child: Child, controls: Controls, solver: str) -> None:
        self._child, self._controls, self._solver = child, controls, solver

    def run(self, task: Task) -> Iterator[Event]:
        if not isinstance(task, LinearTask):
            raise TypeError("MILP solvers take linear models")
        model, controls = lower_model(task.model), self._controls
        for warning in model.warnings:
            yield Log(f"warning: {warning}")
        minimise = task.model.threshold is None
        yield from solve_milp(
            self._child, self._solver, model, controls, minimise=minimise, hint=task.hint, upper=task.upper
        )


def solve_milp(
    child: Child,
    solver: str,
    model: MilpModel,
    controls: Controls,
    *,
    minimise: bool,
    hint: tuple[np.ndarray, np.ndarray] | None = None,
    upper: int | None = None,
) -> Iterator[Event]:
    """The events of a solver's run on a model, as its child process sends them."""
    # The fields of MilpJob.
    payload = {
        "solver": solver,
        "model": model,
        "minimise": minimise,
        "hint": hint,
        "upper": upper,
        "seconds": controls.seconds_left(),
        "threads": controls.threads,
        "seed": controls.seed,
        "log": controls.log,
    }
    yield from child.run(payload, controls)


def milp_backends() -> dict[str, Callable[[], MilpBackend]]:
    """What makes the backend of each solver, by name."""
    return {f"{PREFIX}{solver}": _maker(solver) for solver in ENGINES}


def _maker(solver: str) -> Callable[[], MilpBackend]:
    return lambda: MilpBackend(solver)
