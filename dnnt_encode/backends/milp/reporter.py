"""What the engines of MILP have in common: a job, and a reporter that makes exact statements of doubles."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Finished, Log, Say
from dnnt_encode.backends.scratch import Scratch
from dnnt_encode.formats.mps import mps_text
from dnnt_encode.instance.goal import Status
from dnnt_encode.models.milp import TOO_LARGE, MilpModel
from dnnt_encode.parsers.files import text_lines


@dataclass(frozen=True, eq=False)
class MilpJob:
    """A model and how to solve it, with what ``solver``. ``minimise`` False: only satisfy the rows. ``below``: only
    smaller objectives are of use. ``hint``: columns and values to try."""

    solver: str
    model: MilpModel
    minimise: bool
    hint: tuple[np.ndarray, np.ndarray] | None
    below: int | None
    controls: Controls

    def seconds_left(self) -> float | None:
        left = self.controls.seconds_left()
        return None if left is None else max(0.05, left)


class MilpReporter:
    """Passes on what a solver says: solutions rounded and checked against the exact rows, bounds as integers."""

    def __init__(self, job: MilpJob, say: Say) -> None:
        self._job, self._say = job, say
        self._best: int | None = None
        self._found = False
        self._broken = False
        self._bound: float = -math.inf
        # Where some columns are real, nothing can be rounded here: values and bounds go out as the doubles they are.
        self._pure = bool(job.model.integer.all())

    @property
    def stopping(self) -> bool:
        return self._job.controls.stop.is_set()

    def on_stop(self, callback: Callable[[], object]) -> None:
        self._job.controls.stop.call(callback)

    def solution(self, values: Sequence[float] | np.ndarray) -> None:
        """A solution as the solver holds it, one number a column. What the exact rows refuse after rounding is sent
        without a claim: its parameters may still be good."""
        model = self._job.model
        found = np.asarray(values, dtype=np.float64)
        if not self._pure:
            self._found = True
            self._say(Candidate(found, None, feasible=False))
            return
        if found.shape != (model.columns,) or not np.isfinite(found).all():
            self._broken = True
            return
        rounded = np.rint(np.clip(found, model.lower, model.upper)).astype(np.int64)
        if not model.allows(rounded):
            self._broken = True
            self._say(Candidate(self._columns(rounded), None, feasible=False))
            return
        objective = model.objective(rounded)
        self._broken = False
        if self._found and (self._best is None or objective >= self._best):
            return
        self._found = True
        self._best = objective if self._job.minimise else None
        self._say(Candidate(self._columns(rounded), self._best))

    def bound(self, value: float) -> None:
        """A lower bound on the objective, as the solver claims it."""
        if not self._job.minimise or not math.isfinite(value) or abs(value) >= 2.0**53:
            return
        if not self._pure:
            if value > self._bound:
                self._bound = value
                self._say(Bound(Fraction(value)))
            return
        if not self._job.model.safe:
            return
        claim = self._job.model.bound(value)
        if claim > self._bound:
            self._bound = claim
            self._say(Bound(claim))

    def log(self, text: str) -> None:
        for line in text_lines(text):
            if line.strip():
                self._say(Log(line.rstrip()))

    def finish(self, status: Status, detail: str) -> Finished:
        """The last word. An optimum whose numbers break the exact rows, or are not what was claimed, is none."""
        minimise = self._job.minimise
        if not self._pure:
            return Finished("exhausted" if status != "UNKNOWN" else "stopped", detail)
        if status == "OPTIMUM FOUND" and (self._broken or not self._found):
            return Finished("gave_up", f"the optimum that the solver claims ({detail}) does not hold when rounded")
        if self._found and not minimise and status != "UNSATISFIABLE":
            return Finished("answered", detail)
        if status != "UNKNOWN" and not self._job.model.safe:
            return Finished("gave_up", f"{TOO_LARGE} ({detail})")
        if status == "OPTIMUM FOUND" and self._best is not None and self._bound < self._best:
            return Finished("gave_up", f"the solver claims the optimum {self._best} with the bound {self._bound}")
        if status == "UNSATISFIABLE" and minimise and self._job.below is None:
            # Every assignment of parameters is a solution.
            return Finished("gave_up", f"the solver claims that there is no solution ({detail})")
        return Finished("stopped" if status == "UNKNOWN" else "exhausted", detail)

    def _columns(self, values: np.ndarray) -> np.ndarray:
        return self._job.model.original(values)


@contextmanager
def mps_file(model: MilpModel) -> Iterator[str]:
    """A temporary MPS file with the model: for the solvers that read one faster than their API takes rows."""
    with Scratch("a MILP solver") as scratch:
        path = scratch.path / "model.mps"
        with path.open("wb") as stream:
            stream.writelines(mps_text(model))
        yield str(path)
