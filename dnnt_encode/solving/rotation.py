"""A rotation: engines go round the parts of an instance in slices that grow, so that none keeps the others waiting.

A part that is closed early makes room, and what one finds bounds all. A piece whose slice is over rests and goes on
where it was at its next turn, if its backend hears meanwhile what others find; others begin anew with what is known
then. Where a single part is left it has all the time.

Parts of parts (cubes) cost more than the part itself, all together, and less time where there are cores for all of
them: a part is split when cores are idle, and whoever works on it goes on beside.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dnnt_encode.reduce.reduced import Split
from dnnt_encode.solving.schedule import (
    Entrant,
    Move,
    Piece,
    Rest,
    Resume,
    Standing,
    Turn,
    deserted,
    in_time,
    outcomes,
    provers,
)


@dataclass(eq=False)
class _Circuit:
    """An entrant and where it stands: ``rounds``: how many turns each part has had; ``began``, ``until``: when it began
    with a part, and when the slice of its piece ends (on ``time.monotonic()``'s clock); ``out``: it takes no part of
    this instance."""

    entrant: Entrant
    rounds: dict[int, int] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    until: dict[int, float] = field(default_factory=dict)
    out: bool = False


@dataclass(frozen=True)
class Deeper:
    """When parts are split again: those that were worked on for so many ``seconds``, where so many places are
    ``idle``."""

    split: Split
    seconds: float
    idle: int


MOST_FAILURES = 3
"""Pieces of a part that may fail as they begin before it is left to others."""

MOST_DEATHS = 100
"""Those that may fail later, or whose process somebody has killed: it would not be the next time, say."""


class Rotation:
    """``engines`` on the parts of a ``split``, each from its time on; each goes round on its own, with ``places`` parts
    at a time. ``slices``: seconds of the first, the second, ... turn of a part; the last is doubled again and again.
    The round is over at once where there is no split."""

    def __init__(
        self,
        engines: tuple[Entrant, ...],
        split: Split,
        slices: tuple[float, ...],
        places: int = 1,
        deeper: Deeper | None = None,
    ) -> None:
        self.entrants = engines
        self._engines = tuple(_Circuit(entrant) for entrant in engines)
        self._split, self._slices, self._places, self._deeper = split, slices, places, deeper
        self._parts: tuple[int, ...] | None = None
        self._deepened: set[int] = set()

    def moves(self, run: Standing) -> Iterator[Move]:
        for engine in self._engines:
            pieces = [piece for piece in run.pieces.values() if piece.entrant is engine.entrant]
            # Parts are much alike: where one is too large, all are.
            engine.out |= "refused" in outcomes(pieces)
            if not engine.out and in_time(engine.entrant, run) and self._entered(engine, run):
                yield from self._moves(engine, pieces, run)

    def over(self, run: Standing) -> bool:
        able = [engine for engine in self._engines if not engine.out and in_time(engine.entrant, run)]
        if self._parts is None:
            return not able
        pieces = provers(run)
        running = any(piece.running for piece in pieces)
        return not running and not any(self._open(run, engine, pieces) for engine in able)

    def _entered(self, engine: _Circuit, run: Standing) -> bool:
        if run.elapsed() < engine.entrant.after and not deserted(run):
            return False
        if self._parts is None:
            self._parts = run.split(0, self._split)
        return True

    def _open(self, run: Standing, engine: _Circuit, pieces: Iterable[Piece]) -> list[int]:
        best = None if run.ledger.best is None else run.ledger.best.loss
        spent: Counter[int] = Counter()
        for piece in pieces:
            if piece.entrant is engine.entrant and piece.ended is not None and piece.ended.outcome == "failed":
                mild = piece.built is not None or piece.ended.lost
                spent[piece.work.node] += MOST_FAILURES if mild else MOST_DEATHS
        limit = MOST_FAILURES * MOST_DEATHS
        return [node for node in self._parts or () if spent[node] < limit and run.tree.is_open(node, best)]

    def _moves(self, engine: _Circuit, pieces: list[Piece], run: Standing) -> Iterator[Move]:
        running = [piece for piece in pieces if piece.running]
        working = {piece.work.node: piece for piece in running if not piece.resting}
        resting = {piece.work.node: piece for piece in running if piece.resting}
        waiting = [node for node in self._open(run, engine, pieces) if node not in working]
        free = self._places - len(working)
        for node, piece in working.items():
            if len(waiting) > free and time.monotonic() > engine.until[node]:
                free += 1
                yield Rest(piece)
        for node in sorted(waiting, key=lambda each: self._rank(engine, each, run))[:free]:
            turn = engine.rounds.get(node, 0)
            engine.rounds[node] = turn + 1
            engine.began.setdefault(node, time.monotonic())
            engine.until[node] = time.monotonic() + self._slice(turn)
            yield Resume(resting[node]) if node in resting else Turn(engine.entrant, node, more=True)

        if not waiting and self._deeper is not None and free >= self._deeper.idle:
            self._deepen(engine, list(working), self._deeper, run)

    def _deepen(self, engine: _Circuit, working: list[int], deeper: Deeper, run: Standing) -> None:
        """Split the part that has been worked on for longest."""
        long_enough = time.monotonic() - deeper.seconds
        whole = [node for node in working if node not in self._deepened and engine.began[node] < long_enough]
        for node in sorted(whole, key=lambda each: engine.began[each])[:1]:
            self._deepened.add(node)
            self._parts = (*(self._parts or ()), *run.split(node, deeper.split))

    def _rank(self, engine: _Circuit, node: int, run: Standing) -> tuple[int, bool, object, int]:
        """The part that an engine has worked on least; of several one that the others are not at, with the lowest
        bound."""
        others = {piece.work.node for piece in provers(run) if piece.running and not piece.resting}
        return engine.rounds.get(node, 0), node in others, run.tree.nodes[node].lower, node

    def _slice(self, turn: int) -> float:
        beyond = max(0, turn + 1 - len(self._slices))
        return float(self._slices[min(turn, len(self._slices) - 1)] * 2**beyond)
