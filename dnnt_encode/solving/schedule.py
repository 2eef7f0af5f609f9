"""Schedulers: who works on which leaf next. A run asks its scheduler whenever a piece has ended or time has passed.

A race starts everybody on the whole instance, each at its time. A rotation splits the instance and goes round its
leaves in slices that grow, so that no leaf keeps the others waiting: a leaf that is closed early makes room, and what
one finds bounds all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from dnnt_encode.backends.protocol import Backend
from dnnt_encode.reduce.reduced import Split
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.tree import Tree
from dnnt_encode.solving.work import Built, Ended, Work


@dataclass(frozen=True, eq=False)
class Entrant:
    """A backend in a run. ``threads``: its cores. ``after``: seconds until it enters; ``least_left``: it does not enter
    with less time left. ``helper``: it proves nothing, and its end is not that of the run. ``most_clauses``: see
    Building; ``rival``: the others step back when it enters; ``front``: it steps back itself after so many seconds,
    None for never."""

    backend: Backend
    threads: int
    after: float = 0.0
    least_left: float = 0.0
    helper: bool = False
    most_clauses: int | None = None
    rival: bool = False
    front: float | None = None


@dataclass(eq=False)
class Piece:
    """A piece of work that was started, and what it has claimed so far."""

    work: Work
    entrant: Entrant
    ended: Ended | None = None
    built: Built | None = None
    found: bool = False
    bounded: bool = False
    behind: bool = False

    @property
    def running(self) -> bool:
        return self.ended is None


@dataclass(frozen=True)
class Turn:
    """An entrant gets to work on a node, for at most so many seconds."""

    entrant: Entrant
    node: int
    seconds: float | None = None


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


class Scheduler(Protocol):
    """One round of a run."""

    @property
    def entrants(self) -> tuple[Entrant, ...]:
        """Whoever may take part."""

    def turns(self, run: Standing) -> Iterator[Turn]:
        """Who is to start now."""

    def over(self, run: Standing) -> bool:
        """Whether nobody is left who may settle the question."""


def provers(run: Standing) -> list[Piece]:
    """The pieces that may prove something."""
    return [piece for piece in run.pieces.values() if not piece.entrant.helper]


def outcomes(pieces: Iterable[Piece]) -> set[str]:
    """How those that have ended did."""
    return {piece.ended.outcome for piece in pieces if piece.ended is not None}


class Race:
    """Everybody on every open leaf, from its time on to the end."""

    def __init__(self, *entrants: Entrant) -> None:
        self.entrants = entrants
        self._waiting = list(entrants)

    def turns(self, run: Standing) -> Iterator[Turn]:
        """Where no prover is left running, the time has come for all who wait."""
        found = provers(run)
        alone = bool(found) and not any(piece.running for piece in found)
        left = run.left()
        for entrant in list(self._waiting):
            if not alone and run.elapsed() < entrant.after:
                continue
            self._waiting.remove(entrant)
            if left is None or left >= entrant.least_left:
                best = run.ledger.best
                yield from (Turn(entrant, node) for node in list(run.tree.leaves(None if best is None else best.loss)))

    def over(self, run: Standing) -> bool:
        """Where no solver takes the model, local search is all there is, and it goes on."""
        found = provers(run)
        if any(piece.running for piece in found):
            return False
        alone = not found or (run.automatic and outcomes(found) == {"refused"})
        return not (alone and any(piece.running for piece in run.pieces.values()))


class Rotation:
    """``engines`` work on the parts of a ``split`` in slices of ``slices[0]``, ``slices[1]``, ... seconds, the last of
    which is doubled again and again; each engine goes round on its own, the least worked on first. ``helpers`` go on
    beside. More than ``most`` parts are not worth it, and fewer than two are none: then the round is over at once."""

    def __init__(
        self,
        engines: tuple[Entrant, ...],
        split: Split,
        slices: tuple[float, ...],
        most: int,
        helpers: tuple[Entrant, ...] = (),
    ) -> None:
        self.entrants = (*helpers, *engines)
        self._engines, self._helpers, self._split = engines, list(helpers), split
        self._slices, self._most = slices, most
        self._leaves: tuple[int, ...] | None = None
        self._rounds: dict[tuple[int, int], int] = {}
        self._closed: set[tuple[int, int]] = set()

    def turns(self, run: Standing) -> Iterator[Turn]:
        if self._leaves is None:
            self._leaves = self._parts(run)
        if not self._leaves:
            return
        while self._helpers:
            yield Turn(self._helpers.pop(0), 0)
        for number, engine in enumerate(self._engines):
            busy = {piece.work.node for piece in run.pieces.values() if piece.running and piece.entrant is engine}
            room = max(1, run.cores // sum(each.threads for each in self._engines))
            while len(busy) < room:
                node = self._next(run, number, busy)
                if node is None:
                    break
                busy.add(node)
                yield Turn(engine, node, self._slice(number, node))

    def over(self, run: Standing) -> bool:
        if self._leaves is None:
            return False
        running = any(piece.running for piece in provers(run))
        return not running and not any(self._open(run, number) for number in range(len(self._engines)))

    def _parts(self, run: Standing) -> tuple[int, ...]:
        parts = self._split(run.tree.nodes[0].view.instance)
        return run.tree.split(0, parts) if 2 <= len(parts) <= self._most else ()

    def _open(self, run: Standing, number: int) -> list[int]:
        """The leaves where an engine may still have something to say."""
        best = run.ledger.best
        for piece in provers(run):
            if piece.ended is not None and piece.ended.outcome in ("refused", "failed"):
                self._closed.add((self._engines.index(piece.entrant), piece.work.node))
        leaves = set(run.tree.leaves(None if best is None else best.loss))
        return [node for node in self._leaves or () if node in leaves and (number, node) not in self._closed]

    def _next(self, run: Standing, number: int, busy: set[int]) -> int | None:
        """The leaf that an engine has worked on least; of several the one with the lowest bound, and one that the other
        engines are not at."""
        others = {piece.work.node for piece in provers(run) if piece.running}
        choices = [node for node in self._open(run, number) if node not in busy]
        if not choices:
            return None

        def rank(node: int) -> tuple[int, bool, object, int]:
            return self._rounds.get((number, node), 0), node in others, run.tree.nodes[node].lower, node

        return min(choices, key=rank)

    def _slice(self, number: int, node: int) -> float:
        turn = self._rounds.get((number, node), 0)
        self._rounds[number, node] = turn + 1
        beyond = max(0, turn + 1 - len(self._slices))
        return float(self._slices[min(turn, len(self._slices) - 1)] * 2**beyond)
