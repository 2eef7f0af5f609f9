"""The SAT solvers of PySAT on the CNF model, each run in child processes that can be killed at any time.

A question with a threshold is one call. Minimising runs strategies that win on different instances side by side, one a
core: RC2 from below, descent from above, climbing from the proved bound. On a single core the first two take turns.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from dnnt_encode.backends.process import Child
from dnnt_encode.backends.protocol import Capabilities, CnfTask, Controls, Event, Session, Task
from dnnt_encode.backends.pysat_solvers import SOLVERS, SatSolver
from dnnt_encode.backends.race import race
from dnnt_encode.errors import BackendError

PREFIX = "sat:"


def pysat_version() -> str | None:
    """The installed version of python-sat."""
    try:
        return importlib.metadata.version("python-sat")
    except importlib.metadata.PackageNotFoundError:
        return None


class PysatBackend:
    """One of PySAT's solvers: ``sat:cadical195``. ``single``: the strategy that minimises on one core."""

    def __init__(self, solver: SatSolver, single: str = "alternate") -> None:
        self.solver, self.single = solver, single
        self.name = f"{PREFIX}{solver.name}"
        self.capabilities = Capabilities(
            model="cnf", incumbents=True, bounds=True, hints=solver.phases, threads=True, certificate="drup"
        )

    def version(self) -> str | None:
        version = pysat_version()
        known = version is not None and tuple(int(part) for part in version.split(".")[:2]) >= self.solver.since
        return version if known else None

    def memory(self, model_bytes: int, threads: int) -> int:
        # Our arrays, their pickled copy, and in each solver the clauses with their headers and watches.
        return model_bytes * (3 + 6 * min(3, max(2, threads)))

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Session]:
        if self.version() is None:
            raise BackendError(f"the backend {self.name} needs python-sat: pip install 'python-sat>=1.8.dev30,<2'")
        with ExitStack() as stack:
            yield PysatSession(self, controls, stack)


class PysatSession:
    """A child that is importing PySAT; more are started with the task where it has use for them."""

    def __init__(self, backend: PysatBackend, controls: Controls, stack: ExitStack) -> None:
        self._solver, self._single = backend.solver, backend.single
        self._controls, self._stack = controls, stack
        self._first: Child | None = self._child()

    def run(self, task: Task) -> Iterator[Event]:
        if not isinstance(task, CnfTask):
            raise TypeError("SAT solvers take CNF models")
        runners: list[tuple[Child, object]] = []
        for strategy in strategies(self._solver, task, self._controls.threads, self._single):
            child, self._first = self._first or self._child(), None
            # The fields of PysatJob, whose module only the child imports: it imports PySAT.
            payload = {
                "solver": self._solver.name,
                "strategy": strategy,
                "model": task.model,
                "hint": task.hint,
                "upper": task.upper,
            }
            runners.append((child, payload))
        yield from race(runners, self._controls)

    def _child(self) -> Child:
        # A solver cannot be asked to stop, and whatever it has found is already here.
        what = f"{PREFIX}{self._solver.name}"
        return self._stack.enter_context(Child(what, "dnnt_encode.backends.pysat_worker", "solve", patient=False))


def strategies(solver: SatSolver, task: CnfTask, threads: int, single: str = "alternate") -> tuple[str, ...]:
    """What to run side by side; ``single``: on one core, where the solver can."""
    if task.model.threshold is not None:
        return ("decide",)
    if not solver.incremental:
        return ("descend",)
    if threads == 1:
        return (single,) if solver.budgets and solver.cores else ("descend",)
    return ("core", "descend", "climb")[:threads]


def pysat_backends() -> dict[str, Callable[[], PysatBackend]]:
    """What makes the backend of each solver, by name."""
    return {f"{PREFIX}{name}": partial(PysatBackend, solver) for name, solver in SOLVERS.items()}
