"""Pieces of work and what comes of them; all of it pickles.

A piece of work is an instance (in place of the whole one, or of a part of it), the question, a backend and what is
known so far. Whoever runs it tells claims. The models it needs are built where it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.backends.protocol import Backend, Outcome
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.errors import DnntError
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.goal import Goal
from dnnt_encode.instance.weights import Weights


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a piece's own instance: only losses below ``below`` are of use (exclusive; None: any), and
    ``start`` is an assignment of the best loss so far. ``resting``: it is the turn of other pieces."""

    below: Fraction | None = None
    start: Assignment | None = None
    resting: bool = False


@dataclass(frozen=True)
class Building:
    """How models are built: ``sum`` and ``reductions`` are options of the encoders; ``most_clauses``: larger formulas
    are refused."""

    sum: SumEncoding = "auto"
    reductions: bool = True
    most_clauses: int | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """``node``: the leaf of the tree it works on; ``seconds``: how long it may take from its start, None for ever;
    ``cores``: those its process is bound to; ``kept``: others of its backend will follow, so its process is kept;
    ``exhaustive``: see InstanceTask."""

    id: int
    node: int
    view: View
    goal: Goal
    backend: Backend
    known: Known = field(default_factory=Known)
    building: Building = field(default_factory=Building)
    seconds: float | None = None
    threads: int = 1
    cores: tuple[int, ...] | None = None
    kept: bool = False
    seed: int | None = None
    log: bool = False
    exhaustive: bool = False


@dataclass(frozen=True, eq=False)
class Found:
    """An answer, and the loss it is claimed to have at most; None where nothing is claimed. ``values``: those of the
    solver, as evidence."""

    answer: Assignment | Weights
    claimed: Fraction | None = None
    values: np.ndarray | None = None


@dataclass(frozen=True)
class Lower:
    """No loss of the piece's instance is below this. ``counted``: nobody's word, but a count of equal inputs with
    different targets."""

    loss: Fraction
    counted: bool = False


@dataclass(frozen=True)
class Built:
    """The backend begins: its model was built in so many seconds; ``sizes`` describe it, None where it needs none."""

    sizes: dict[str, Any] | None
    seconds: float


@dataclass(frozen=True)
class Note:
    """A line of a solver's log, or of what a search tries (``trying``)."""

    text: str
    trying: bool = False


@dataclass(frozen=True, eq=False)
class Ended:
    """The end of a piece. ``exhausted``: nothing better than what it found and than what it was told (or nothing within
    the threshold) exists; ``answered``: it found a loss within the threshold; ``stopped``: on request or at its
    deadline; ``gave_up``: by itself; ``refused``: the model is too large for it; ``failed``: ``error`` happened.
    ``exhaustive``: everything was looked at, as ``detail`` says; ``lost``: somebody else has killed its process."""

    outcome: Outcome | Literal["refused", "failed"]
    detail: str = ""
    exhaustive: bool = False
    error: DnntError | None = None
    lost: bool = False


Claim: TypeAlias = Found | Lower | Built | Note | Ended
