"""Schedulers: who works on which leaf next. A run asks its scheduler whenever a piece has ended or time has passed.

A race starts everybody on the whole instance, each at its time. Other schedulers (see ``rotation``) go round its parts;
several side by side are one round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from dnnt_encode.backends.protocol import Backend
from dnnt_encode.reduce.reduced import Split
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.tree import Tree
from dnnt_encode.solving.work import Built, Ended, Work


@dataclass(frozen=True, eq=False)
class Entrant:
    """A backend in a run. ``threads``: its cores. ``after``: seconds until it enters, ``idle``: until it does where
    a core is idle, None for as long; ``least_left``: it does not enter with less time left. ``helper``: it proves
    nothing, and its end is not that of the run. ``most_clauses``: see Building; ``rival``: the others step back when it
    enters; ``front``: it steps back itself after so many seconds, None for never."""

    backend: Backend
    threads: int
    after: float = 0.0
    idle: float | None = None
    least_left: float = 0.0
    helper: bool = False
    most_clauses: int | None = None
    rival: bool = False
    front: float | None = None


@dataclass(eq=False)
class Piece:
    """A piece of work that was started, and what it has claimed so far. ``resting``: it was told to wait;
    ``void``: when it was seen that its part is closed; ``behind``: how often it has stepped back."""

    work: Work
    entrant: Entrant
    resting: bool = False
    void: float | None = None
    ended: Ended | None = None
    built: Built | None = None
    found: bool = False
    bounded: bool = False
    behind: int = 0

    @property
    def running(self) -> bool:
        return self.ended is None


@dataclass(frozen=True)
class Turn:
    """An entrant gets to work on a node. ``more``: it will have other nodes afterwards."""

    entrant: Entrant
    node: int
    more: bool = False


@dataclass(frozen=True)
class Rest:
    """A piece is to wait, and to go on where it was when it is told to; one that cannot wait ends."""

    piece: Piece


@dataclass(frozen=True)
class Resume:
    """A piece that rests goes on."""

    piece: Piece


Move: TypeAlias = Turn | Rest | Resume


class Standing(Protocol):
    """What a scheduler sees of a run. ``pieces`` are those of its round, by number; ``cores`` are there in all;
    ``automatic``: the backends are for us to choose."""

    tree: Tree
    ledger: Ledger
    pieces: dict[int, Piece]
    cores: int
    automatic: bool

    def elapsed(self) -> float:
        """Seconds since the round began."""

    def left(self) -> float | None:
        """Seconds until the deadline."""

    def split(self, node: int, split: Split) -> tuple[int, ...]:
        """The parts of a node: those that it has, else new ones, and none where it is not split."""


class Scheduler(Protocol):
    """One round of a run."""

    @property
    def entrants(self) -> tuple[Entrant, ...]:
        """Whoever may take part."""

    def moves(self, run: Standing) -> Iterator[Move]:
        """Who is to start, rest or go on now."""

    def over(self, run: Standing) -> bool:
        """Whether nobody is left who may settle the question."""


def provers(run: Standing) -> list[Piece]:
    """The pieces that may prove something."""
    return [piece for piece in run.pieces.values() if not piece.entrant.helper]


def deserted(run: Standing) -> bool:
    """Whether nobody is left who may prove something: the time has come for all who wait."""
    found = provers(run)
    return bool(found) and not any(piece.running for piece in found)


def idle_cores(run: Standing) -> bool:
    """Whether those who may prove something do not take all cores."""
    return sum(piece.entrant.threads for piece in provers(run) if piece.running and not piece.resting) < run.cores


def in_time(entrant: Entrant, run: Standing) -> bool:
    """Whether there is time enough for it to enter."""
    left = run.left()
    return left is None or left >= entrant.least_left


def outcomes(pieces: Iterable[Piece]) -> set[str]:
    """How those that have ended did."""
    return {piece.ended.outcome for piece in pieces if piece.ended is not None}


class Race:
    """Everybody on the whole instance, from its time on to the end."""

    def __init__(self, *entrants: Entrant) -> None:
        self.entrants = entrants
        self._waiting = list(entrants)

    def moves(self, run: Standing) -> Iterator[Move]:
        alone = deserted(run)
        for entrant in list(self._waiting):
            early = entrant.idle is not None and run.elapsed() >= entrant.idle and idle_cores(run)
            if alone or early or run.elapsed() >= entrant.after:
                self._waiting.remove(entrant)
                if in_time(entrant, run):
                    yield Turn(entrant, 0)

    def over(self, run: Standing) -> bool:
        """Where no solver takes the model, local search is all there is, and it goes on."""
        found = provers(run)
        if any(piece.running for piece in found):
            return False
        alone = not found or (run.automatic and outcomes(found) == {"refused"})
        return not (alone and any(piece.running for piece in run.pieces.values()))


class Together:
    """Several schedulers side by side, in one round."""

    def __init__(self, *parts: Scheduler) -> None:
        self._parts = parts

    @property
    def entrants(self) -> tuple[Entrant, ...]:
        return tuple(entrant for part in self._parts for entrant in part.entrants)

    def moves(self, run: Standing) -> Iterator[Move]:
        for part in self._parts:
            yield from part.moves(run)

    def over(self, run: Standing) -> bool:
        return all(part.over(run) for part in self._parts)
