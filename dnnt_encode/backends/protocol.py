"""What a backend is: declared capabilities, a task to solve, and a stream of events.

A backend gets a task of the kind its capabilities name and yields events until ``Finished``. Objectives are in the
task's own numbers: for an instance, losses (Fraction); for a linear model, the integer ``sum + constant`` of its
objective; for a CNF, its cost. Whatever a backend says is a claim; whoever reads the events verifies it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel

ModelKind = Literal["instance", "linear", "cnf"]


@dataclass(frozen=True)
class Capabilities:
    """What a backend takes and gives. ``model``: the kind of its tasks; ``minimises`` and ``thresholds``: the questions
    it answers; ``proves``: whether it can end with a proof of optimality or infeasibility; ``incumbents`` and
    ``bounds``: whether it streams them; ``hints``, ``threads``, ``seed``: whether it heeds them; ``certificate``: the
    kind of certificate its proofs carry; ``exact``: whether it computes with integers, so that what it proves does not
    hang on tolerances."""

    model: ModelKind
    minimises: bool = True
    thresholds: bool = True
    proves: bool = True
    incumbents: bool = False
    bounds: bool = False
    hints: bool = False
    threads: bool = False
    seed: bool = False
    certificate: Literal["exhaustive", "drup", "none"] = "none"
    exact: bool = True


@dataclass(frozen=True, eq=False)
class InstanceTask:
    """Solve the instance itself: minimise, or find a loss of at most ``threshold``. ``exhaustive``: look at everything
    even where the answer is clear before, so that the proof is an enumeration."""

    instance: Instance
    threshold: Fraction | None = None
    exhaustive: bool = False


@dataclass(frozen=True, eq=False)
class LinearTask:
    """Solve a linear model: minimise its objective, or, where the model has a threshold, only satisfy its rows.

    ``hint``: columns and their values. ``upper``: only objectives up to this one are wanted (the incumbent's)."""

    model: LinearModel
    hint: tuple[np.ndarray, np.ndarray] | None = None
    upper: int | None = None


@dataclass(frozen=True, eq=False)
class CnfTask:
    """Solve a CNF model: minimise the weight of its falsified soft literals, or, where the model has a threshold, only
    satisfy its clauses.

    ``hint``: literals to try first. ``upper``: weights of this cost (constant included) are known, and only smaller
    costs are wanted; the proof that there are none is the bound ``upper``."""

    model: CnfModel
    hint: np.ndarray | None = None
    upper: int | None = None


Task: TypeAlias = InstanceTask | LinearTask | CnfTask


@dataclass(frozen=True, eq=False)
class Controls:
    """How to run: ``deadline`` on ``time.monotonic()``'s clock, processor cores to use, seed, and an event that asks
    to stop; ``log``: stream the solver's own log as ``Log`` events."""

    deadline: float | None = None
    threads: int = 1
    seed: int | None = None
    log: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def seconds_left(self) -> float | None:
        return None if self.deadline is None else self.deadline - time.monotonic()

    def should_stop(self) -> bool:
        left = self.seconds_left()
        return self.stop.is_set() or (left is not None and left <= 0)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A solution a solver claims: the columns' values (int64) of a linear model, the truth of a CNF's variables (bool
    [variables + 1]), or an assignment; and its objective, None where the question has none. ``exact`` False: the
    solver's numbers do not hold exactly, so nothing is claimed, but the parameters among them may be good."""

    answer: np.ndarray | Assignment
    objective: int | Fraction | None
    exact: bool = True


@dataclass(frozen=True)
class Bound:
    """No solution has a smaller objective than this, says the solver."""

    objective: int | Fraction


@dataclass(frozen=True)
class Log:
    """A line of the solver's log."""

    text: str


@dataclass(frozen=True)
class Tick:
    """Nothing new: yielded a few times a second, so that the reader can look at the clock and at the terminal."""


Outcome = Literal["optimal", "satisfied", "infeasible", "stopped"]


@dataclass(frozen=True)
class Finished:
    """The end. ``optimal``: the best candidate is proved least (within ``upper``); ``satisfied``: a candidate meets the
    threshold; ``infeasible``: there is none (within ``upper``); ``stopped``: neither. ``detail``: in words.
    ``exhaustive``: everything was looked at, as ``detail`` says. ``gave_up``: an incomplete method stopped by itself,
    for the reason in ``detail``."""

    outcome: Outcome
    detail: str = ""
    exhaustive: bool = False
    gave_up: bool = False


Event: TypeAlias = Candidate | Bound | Log | Tick | Finished


class Session(Protocol):
    """A started backend that solves one task."""

    def run(self, task: Task) -> Iterator[Event]:
        """Yield events, the last one ``Finished``. Raises BackendError, ModelTooLarge."""


@runtime_checkable
class Yielding(Protocol):
    """A session that can leave the cores to others."""

    def step_back(self) -> None:
        """From now on run only where others leave time, as far as the system allows."""


class Backend(Protocol):
    """One solver. ``open`` may start a process in advance; leaving the context ends it, whatever it is doing."""

    name: str
    capabilities: Capabilities

    def version(self) -> str | None:
        """The installed version, None where the solver is not installed. Imports nothing heavy."""

    def memory(self, model_bytes: int, threads: int) -> int:
        """About how many bytes solving takes, ours and the solver's, for a model whose arrays take ``model_bytes``."""

    def open(self, controls: Controls) -> AbstractContextManager[Session]: ...
