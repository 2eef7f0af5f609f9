"""MILP solvers on the linear model with big-M.

What they find is rounded and checked against the exact rows; a bound that they claim is rounded up by less than it may
be wrong, and remains a claim.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnnt_encode.backends.protocol import Capabilities, Controls, Finished, LinearTask, Log, Say, Task
from dnnt_encode.backends.versions import installed_version
from dnnt_encode.errors import BackendError
from dnnt_encode.instance.stage import EVERY

if TYPE_CHECKING:
    from dnnt_encode.backends.milp.reporter import MilpJob

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
    below: bool = False

    def version(self) -> str | None:
        return installed_version(self.package)

    def load(self) -> Any:
        """The module whose ``solve`` runs a job: it imports the solver. Raises BackendError."""
        try:
            return importlib.import_module(f"dnnt_encode.backends.milp.{self.module}")
        except ImportError as error:
            raise BackendError(f"{self.package} cannot be imported: {error}") from error


ENGINES: dict[str, tuple[Engine, ...]] = {
    "scip": (
        Engine("pyscipopt", "with_scip", incumbents=True, bounds=True, below=True),
        Engine("ortools", "with_mathopt"),
    ),
    "highs": (
        Engine("highspy", "with_highs", incumbents=True, bounds=True, threads=True),
        Engine("ortools", "with_mathopt"),
    ),
    "gurobi": (Engine("gurobipy", "with_gurobi", incumbents=True, bounds=True, threads=True),),
}
"""The engines of each solver, the better one first: MathOpt, which comes with ortools, streams nothing."""


@dataclass(frozen=True)
class MilpBackend:
    """One MILP solver, through the first of its engines that is installed, or through a given one."""

    solver: str
    given: Engine | None = None

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.solver}"

    @property
    def engine(self) -> Engine:
        engines = ENGINES[self.solver]
        return self.given or next((each for each in engines if each.version() is not None), engines[0])

    @property
    def capabilities(self) -> Capabilities:
        engine = self.engine
        return Capabilities(
            model="linear",
            incumbents=engine.incumbents,
            bounds=engine.bounds,
            below=engine.below,
            hints=engine.hints,
            threads=engine.threads,
            seed=True,
            exact=False,
            objectives=EVERY,
            constraints=True,
        )

    def version(self) -> str | None:
        return self.engine.version()

    def memory(self, model_bytes: int, threads: int) -> int:
        # The lowered model, and in the solver the original, the presolved and the factorised one.
        return model_bytes * 10

    def warm(self) -> None:
        self.engine.load()

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, LinearTask):
            raise TypeError("MILP solvers take linear models")
        from dnnt_encode.backends.milp.reporter import MilpJob
        from dnnt_encode.models.lowering import lower_model

        model = lower_model(task.model)
        for warning in model.warnings:
            say(Log(f"warning: {warning}"))
        below = task.below if self.engine.below else None
        hint = None if task.hint is None else (task.hint[0], model.shifted(*task.hint))
        return self.solve(MilpJob(self.solver, model, task.goal.minimises, hint, below, controls), say)

    def solve(self, job: MilpJob, say: Say) -> Finished:
        """Run a job on a MILP that may have real columns."""
        from dnnt_encode.backends.milp.reporter import MilpReporter

        finished: Finished = self.engine.load().solve(job, MilpReporter(job, say))
        return finished


def milp_backends() -> dict[str, MilpBackend]:
    """The backend of each solver, by name."""
    return {f"{PREFIX}{solver}": MilpBackend(solver) for solver in ENGINES}
