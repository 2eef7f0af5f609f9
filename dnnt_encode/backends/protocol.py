"""What a backend is: declared capabilities, and one call that solves a task and says what it finds.

A backend gets a task of the kind its capabilities name, says events while it runs, and returns how it ended. Objectives
are in the task's own numbers: for an instance, losses (Fraction); for a linear model, the integer ``sum + constant`` of
its objective; for a CNF, its cost. Whatever a backend says is a claim; whoever hears the events verifies it. A backend
may run in a thread of this process, in a child process or on another machine; it does not know.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.goal import LEAST, Goal
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights

if TYPE_CHECKING:
    from dnnt_encode.encoders.continuous import ContinuousModel
    from dnnt_encode.models.cnf import CnfModel
    from dnnt_encode.models.linear import LinearModel

COMMAND_PREFIX = "cmd:"
"""What begins the name of a backend that is a program of the user's."""

REST = 0.05
"""Seconds between two looks whether it is one's turn again."""

ModelKind = Literal["instance", "linear", "cnf", "continuous"]


@dataclass(frozen=True)
class Capabilities:
    """What a backend takes and gives. Each is held to its word by the conformance tests.

    ``model``: the kind of its tasks. ``minimises``, ``thresholds``: the questions it answers. ``proves``: it can end
    with a proof of optimality or infeasibility. ``incumbents``, ``bounds``: it says better solutions and bounds as they
    come. ``below``: it looks for objectives below a given one only, and may end with the proof that there are none.
    ``hints``: it begins with values it is given. ``news``: it heeds what others find while it runs, and rests where it
    is told to. ``threads``: it uses more than one core.
    ``seed``: its run depends on the seed. ``certificate``: the kind of certificate its proofs
    carry of themselves. ``exact``: it computes with integers, so that what it proves does not hang on tolerances.
    ``light``: it needs no process of its own: it looks at the clock often and lets other threads run. ``stops``: it
    ends soon after it is asked to, with its last words. ``layers``: it takes networks of at most so many layers.
    ``objectives``: the names of those that it optimises, and heeds the limits of, in stages after the loss.
    ``constraints``: it takes instances that have some."""

    model: ModelKind
    minimises: bool = True
    thresholds: bool = True
    proves: bool = True
    incumbents: bool = False
    bounds: bool = False
    below: bool = False
    hints: bool = False
    news: bool = False
    threads: bool = False
    seed: bool = False
    certificate: Literal["exhaustive", "none"] = "none"
    exact: bool = True
    light: bool = False
    stops: bool = True
    layers: int | None = None
    objectives: frozenset[str] = frozenset({"loss"})
    constraints: bool = False


@dataclass(frozen=True, eq=False)
class InstanceTask:
    """Solve the instance itself. ``below``: only losses below this are of use. ``start``: an assignment to begin with.
    ``exhaustive``: look at everything even where the answer is clear before, so that the proof is an enumeration."""

    view: View
    goal: Goal = LEAST
    below: Fraction | None = None
    start: Assignment | None = None
    exhaustive: bool = False


@dataclass(frozen=True, eq=False)
class LinearTask:
    """Solve a linear model: minimise its objective, or, with a goal that has a threshold (which is a row of the model),
    only satisfy its rows. ``hint``: columns and their values. ``below``: only smaller objectives are of use."""

    model: LinearModel
    goal: Goal = LEAST
    hint: tuple[np.ndarray, np.ndarray] | None = None
    below: int | None = None


@dataclass(frozen=True, eq=False)
class CnfTask:
    """Solve a CNF: minimise the weight of its falsified soft literals, or, with a goal that has a threshold (which is
    in the clauses), only satisfy them. ``hint``: literals to try first. ``below``: only smaller costs (constant
    included) are of use."""

    model: CnfModel
    goal: Goal = LEAST
    hint: np.ndarray | None = None
    below: int | None = None


@dataclass(frozen=True, eq=False)
class ContinuousTask:
    """Train parameters from intervals on the model of an instance."""

    model: ContinuousModel
    instance: Instance
    goal: Goal = LEAST


Task: TypeAlias = InstanceTask | LinearTask | CnfTask | ContinuousTask


class Bulletin:
    """What others have found since the task was given, in the task's numbers; another thread writes it. ``below``: only
    smaller objectives are of use; ``start``: the assignment that has it, for instances. ``resting``: it is the turn of
    others."""

    below: int | Fraction | None = None
    start: Assignment | None = None
    resting: bool = False


class Stop(threading.Event):
    """A wish to stop, which can also be announced: ``call`` what ends a solver."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], object]] = []

    def call(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` when the wish comes; at once if it already has."""
        with self._lock:
            self._callbacks.append(callback)
        if self.is_set():
            callback()

    def set(self) -> None:
        super().set()
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()


@dataclass(frozen=True, eq=False)
class Controls:
    """How to run: ``deadline`` on ``time.monotonic()``'s clock, processor cores to use, seed, and a wish to stop;
    ``log``: say the solver's own log as ``Log`` events; ``news``: what others find."""

    deadline: float | None = None
    threads: int = 1
    seed: int | None = None
    log: bool = False
    stop: Stop = field(default_factory=Stop)
    news: Bulletin = field(default_factory=Bulletin)

    def seconds_left(self) -> float | None:
        return None if self.deadline is None else self.deadline - time.monotonic()

    def rest(self) -> None:
        """Wait while it is the turn of others."""
        while self.news.resting and not self.should_stop():
            self.stop.wait(REST)

    def should_stop(self) -> bool:
        left = self.seconds_left()
        return self.stop.is_set() or (left is not None and left <= 0)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A solution a solver claims: the columns' values (int64) of a linear model, the truth of a CNF's variables (bool
    [variables + 1]), an assignment, or weights where parameters are real; and its objective, None where nothing is
    claimed but that the question is answered. ``feasible`` False: the solver's numbers do not hold exactly, so nothing
    at all is claimed, but the parameters among them may be good."""

    answer: np.ndarray | Assignment | Weights
    objective: int | Fraction | None = None
    feasible: bool = True


@dataclass(frozen=True)
class Bound:
    """No solution has a smaller objective than this, says the solver."""

    objective: int | Fraction


@dataclass(frozen=True)
class Log:
    """A line of the solver's log, or of what a search tries (``trying``)."""

    text: str
    trying: bool = False


Event: TypeAlias = Candidate | Bound | Log
Say: TypeAlias = Callable[[Event], None]

Outcome = Literal["exhausted", "answered", "stopped", "gave_up"]


@dataclass(frozen=True)
class Finished:
    """The end. ``exhausted``: it is proved that nothing better than its candidates and than ``below`` exists, or that
    nothing meets the threshold. ``answered``: a candidate meets the threshold. ``stopped``: on request, or at the
    deadline. ``gave_up``: by itself, for the reason in ``detail``. ``exhaustive``: everything was looked at, as
    ``detail`` says."""

    outcome: Outcome
    detail: str = ""
    exhaustive: bool = False


class Backend(Protocol):
    """One solver; it pickles."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def version(self) -> str | None:
        """The installed version, None where the solver is not installed. Imports nothing heavy."""

    def memory(self, model_bytes: int, threads: int) -> int:
        """About how many bytes solving takes, ours and the solver's, for a model whose arrays take ``model_bytes``."""

    def warm(self) -> None:
        """Import what ``run`` needs, in advance."""

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        """Solve a task. Raises BackendError, ModelTooLarge."""


@runtime_checkable
class Team(Protocol):
    """A backend that works as several pieces of work side by side."""

    def team(self, goal: Goal, threads: int) -> Sequence[Backend]:
        """Who works on so many cores, one core each."""
