"""What is asked of a run: the arguments of ``solve``, checked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, Literal

from dnnt_encode.backends.cores import available_cores
from dnnt_encode.backends.registry import AUTO
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.instance.arguments import whole_number
from dnnt_encode.instance.behaviour import check_constraints
from dnnt_encode.instance.goal import LEAST, Gap, Goal
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import check_objectives
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.instance.stage import ONLY_LOSS, Objective, objectives_of
from dnnt_encode.instance.strategies import EnsembleStrategy, strategy_of
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.ledger import Incumbent, Progress

ExecutorName = Literal["local", "ray"]
"""Child processes of this machine, or a ray cluster."""


class Unset(Enum):
    """The default of ``threshold`` and ``strategy``: the instance's own."""

    UNSET = "the instance's own"


UNSET = Unset.UNSET


@dataclass(eq=False)
class Request:
    """The arguments of ``solve``, checked. ``objectives``: what is optimised, one after the other. ``threads`` None:
    all cores this process may use. ``gap``: how near to the bound the least loss has to be. ``sum`` and
    ``reductions`` are options of the CNF encoder; ``proof``: a file for the proof behind a certificate, of the whole;
    ``certificate``: a folder for a certificate that can be checked on its own, with proofs leaf by leaf; ``journal``:
    a file that keeps what is found and proved, from which the run goes on where it is to ``resume``. ``executor``:
    where pieces of work run; ``places``: the cores that there are in all, None for those of this machine. ``strategy``:
    to train an ensemble of networks of one output; ``seat``: which one this is of the runs that go on side by side."""

    instance: Instance
    backend: str = "auto"
    threshold: Fraction | None = None
    objectives: tuple[Objective, ...] = ONLY_LOSS
    start: Weights | None = None
    gap: Gap | None = None
    threads: int | None = None
    seed: int | None = None
    certify: bool = False
    sum: SumEncoding = "auto"
    reductions: bool = True
    proof: str | None = None
    certificate: str | None = None
    journal: str | None = None
    resume: bool = False
    executor: ExecutorName = "local"
    places: int | None = None
    strategy: EnsembleStrategy | None = None
    seat: int = 0
    on_incumbent: Callable[[Incumbent], object] | None = None
    on_progress: Callable[[Progress], object] | None = None
    on_log: Callable[[str], object] | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        with InputErrors():
            self.threads = None if self.threads is None else whole_number(self.threads, "threads")
            self.seed = None if self.seed is None else whole_number(self.seed, "seed")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"found {self.threads} threads; at least 1 is needed")
        if self.seed is not None and self.seed < 0:
            raise InputError(f"found the seed {self.seed}; a seed is an integer from 0")
        if self.proof is not None and self.certificate is not None:
            raise InputError(
                "a certificate has a proof for every part, a proof is of the whole; ask for one of the two"
            )
        self.certify = self.certify or self.files
        if self.gap is not None and (not self.goal.minimises or len(self.objectives) > 1 or self.certify):
            raise InputError(
                "a gap is about the least loss, which it leaves unproved: it excludes a threshold, other objectives "
                "and certificates"
            )
        with InputErrors():
            check_objectives(self.instance, self.objectives)
            check_constraints(self.instance)
        if len(self.objectives) > 1 and (self.certify or self.journal is not None):
            raise InputError("certificates, proofs and journals are about the loss; ask for the objective loss alone")
        if self.strategy is not None and (self.proof is not None or self.journal is not None):
            raise InputError("proofs and journals are of one network; ask for a certificate, or leave out the strategy")

    @property
    def files(self) -> bool:
        """Whether proofs are to be kept."""
        return self.proof is not None or self.certificate is not None

    @property
    def cores(self) -> int:
        """How many processor cores are used, wherever they are."""
        places = self.places or available_cores()
        return min(self.threads or places, places)

    @property
    def own_cores(self) -> int:
        """How many of this machine's are used, for what is done here."""
        return min(self.threads or available_cores(), available_cores())

    @property
    def automatic(self) -> bool:
        """Whether the backends are for us to choose."""
        return self.backend == AUTO

    @property
    def log(self) -> bool:
        """Whether the solvers' own logs are wanted."""
        return self.on_log is not None

    @property
    def goal(self) -> Goal:
        """What is asked of the instance; in a later stage the least cost, whatever the threshold of the loss."""
        return Goal(self.threshold) if self.instance.stage is None else LEAST


def wanted_threshold(instance: Instance, threshold: Any) -> Fraction | None:
    """The threshold that an argument means: see ``solve``. Raises InputError."""
    if threshold is UNSET:
        return instance.threshold
    with InputErrors("threshold"):
        return None if threshold is None else to_fraction(threshold)


def wanted_gap(gap: Any) -> Gap | None:
    """The gap that an argument means: see ``solve``. Raises InputError."""
    with InputErrors("gap"):
        return None if gap is None else Gap.of(gap)


def wanted_objectives(instance: Instance, objective: str | Sequence[str] | None) -> tuple[Objective, ...]:
    """The objectives that an argument means: a list of names, or one text with commas; None for the instance's own.
    Raises InputError."""
    if objective is None:
        return instance.objectives
    with InputErrors("objective"):
        return objectives_of(objective.split(",") if isinstance(objective, str) else objective)


def wanted_strategy(instance: Instance, strategy: Any) -> EnsembleStrategy | None:
    """The strategy that an argument means; None for one network. Raises InputError."""
    if strategy is UNSET:
        return instance.strategy
    with InputErrors("strategy"):
        return None if strategy is None else strategy_of(strategy)


def wanted_seconds(limit: Any) -> float | None:
    """The time limit that an argument means, in seconds; None for none. Raises InputError."""
    try:
        seconds = None if limit is None else float(limit)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"found the time limit {limit!r}; a number of seconds is needed") from None
    if seconds is not None and not seconds > 0:
        raise InputError(f"found the time limit {limit}; it must be more than 0 seconds")
    return seconds
