"""The SAT solvers of PySAT on the CNF model.

A question with a threshold is one call. Minimising has strategies that win on different instances: RC2 from below,
descent from above, climbing from the proved bound. On several cores they are a team of one process each; on one core
the first two take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dnnt_encode.backends.protocol import Capabilities, CnfTask, Controls, Finished, Log, Say, Task
from dnnt_encode.backends.sat.solver import PysatSolver
from dnnt_encode.backends.sat.solvers import SOLVERS, SatSolver
from dnnt_encode.backends.sat.strategies import Knowledge, SatTask, climb, decide, descend
from dnnt_encode.backends.versions import installed_version
from dnnt_encode.instance.goal import Goal
from dnnt_encode.instance.stage import EVERY

PREFIX = "sat:"

Strategy = Literal["descend", "climb", "core", "alternate"]


def pysat_version() -> str | None:
    """The installed version of python-sat."""
    return installed_version("python-sat")


@dataclass(frozen=True)
class PysatBackend:
    """One of PySAT's solvers: ``sat:cadical195``. ``strategy``: how it minimises; ``turns``: a decision or
    a descent gives up after so many budgets of conflicts (see ``strategies``), None for never."""

    solver: SatSolver
    strategy: Strategy = "descend"
    turns: int | None = None

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.solver.name}"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            model="cnf",
            incumbents=self.strategy in ("descend", "alternate"),
            bounds=True,
            below=True,
            hints=self.solver.phases,
            news=self.solver.budgets,
            threads=self.solver.incremental,
            stops=False,
            objectives=EVERY,
            constraints=True,
        )

    def version(self) -> str | None:
        version = pysat_version()
        known = version is not None and tuple(int(part) for part in version.split(".")[:2]) >= self.solver.since
        return version if known else None

    def memory(self, model_bytes: int, threads: int) -> int:
        # Our arrays, and in each of two solvers the clauses with their headers and watches.
        return model_bytes * (2 + 6 * (2 if self.strategy == "alternate" else 1))

    def warm(self) -> None:
        import pysat.examples.rc2  # noqa: F401

    def team(self, goal: Goal, threads: int) -> Sequence[PysatBackend]:
        """Who works side by side on so many cores."""
        if not goal.minimises or not self.solver.incremental:
            return (replace(self, strategy="descend"),)
        if threads == 1:
            alternates = self.solver.budgets and self.solver.cores
            return (replace(self, strategy="alternate" if alternates else "descend"),)
        strategies: tuple[Strategy, ...] = ("core", "descend", "climb")
        return tuple(replace(self, strategy=strategy) for strategy in strategies[:threads])

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, CnfTask):
            raise TypeError("SAT solvers take CNF models")

        def log(text: str) -> None:
            say(Log(text))

        def open_(units: Sequence[int]) -> PysatSolver:
            return PysatSolver(self.solver, task.model, units, task.hint, log=log if controls.log else None)

        question = SatTask(task, open_, self.solver.incremental, self.solver.budgets, controls.rest, self.turns)
        if not task.goal.minimises:
            finished = decide(question, say)
            return replace(finished, detail=f"{self.solver.name}, decide")
        knowledge = Knowledge(question, controls.news, say)
        if self.strategy == "descend":
            finished = descend(question, knowledge)
        elif self.strategy == "climb":
            finished = climb(question, knowledge)
        else:
            from dnnt_encode.backends.sat.cores import minimise_by_cores

            finished = minimise_by_cores(self.solver, question, knowledge, alternate=self.strategy == "alternate")
        return replace(finished, detail=f"{self.solver.name}, {self.strategy}")


def pysat_backends() -> dict[str, PysatBackend]:
    """The backend of each solver, by name."""
    return {f"{PREFIX}{name}": PysatBackend(solver) for name, solver in SOLVERS.items()}
