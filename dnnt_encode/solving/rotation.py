"""A rotation: engines go round the parts of an instance in slices that grow, so that none keeps the others waiting.

A part that is closed early makes room, and what one finds bounds all. A piece whose slice is over rests and goes on
where it was at its next turn, if its backend hears meanwhile what others find; others begin anew with what is known
then. Where a single part is left it has all the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
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
    """An entrant and where it stands: ``rounds``: how many turns each part has had; ``until``: when the slice of a
    piece ends (on ``time.monotonic()``'s clock); ``out``: it takes no part of this instance."""

    entrant: Entrant
    rounds: dict[int, int] = field(default_factory=dict)
    until: dict[int, float] = field(default_factory=dict)
    out: bool = False


class Rotation:
    """``engines`` on the parts of a ``split``, each from its time on; each goes round on its own, with ``places`` parts
    at a time. ``slices``: seconds of the first, the second, ... turn of a part; the last is doubled again and again.
    The round is over at once where there is no split."""

    def __init__(self, engines: tuple[Entrant, ...], split: Split, slices: tuple[float, ...], places: int = 1) -> None:
        self.entrants = engines
        self._engines = tuple(_Circuit(entrant) for entrant in engines)
        self._split, self._slices, self._places = split, slices, places
        self._parts: tuple[int, ...] | None = None

    def moves(self, run: Standing) -> Iterator[Move]:
        for engine in self._engines:
            pieces = [piece for piece in run.pieces.values() if piece.entrant is engine.entrant]
            engine.out |= bool(outcomes(pieces) & {"refused", "failed"})
            if not engine.out and in_time(engine.entrant, run) and self._entered(engine, run):
                yield from self._moves(engine, [piece for piece in pieces if piece.running], run)

    def over(self, run: Standing) -> bool:
        waiting = [engine for engine in self._engines if not engine.out and in_time(engine.entrant, run)]
        if self._parts is None:
            return not waiting
        running = any(piece.running for piece in provers(run))
        return not running and not (waiting and self._open(run))

    def _entered(self, engine: _Circuit, run: Standing) -> bool:
        if run.elapsed() < engine.entrant.after and not deserted(run):
            return False
        if self._parts is None:
            self._parts = run.split(0, self._split)
        return True

    def _open(self, run: Standing) -> list[int]:
        best = run.ledger.best
        return [node for node in self._parts or () if run.tree.is_open(node, None if best is None else best.loss)]

    def _moves(self, engine: _Circuit, pieces: list[Piece], run: Standing) -> Iterator[Move]:
        working = {piece.work.node: piece for piece in pieces if not piece.resting}
        resting = {piece.work.node: piece for piece in pieces if piece.resting}
        waiting = [node for node in self._open(run) if node not in working]
        free = self._places - len(working)
        for node, piece in working.items():
            if len(waiting) > free and time.monotonic() > engine.until[node]:
                free += 1
                yield Rest(piece)
        for node in sorted(waiting, key=lambda each: self._rank(engine, each, run))[:free]:
            turn = engine.rounds.get(node, 0)
            engine.rounds[node] = turn + 1
            engine.until[node] = time.monotonic() + self._slice(turn)
            yield Resume(resting[node]) if node in resting else Turn(engine.entrant, node, more=True)

    def _rank(self, engine: _Circuit, node: int, run: Standing) -> tuple[int, bool, object, int]:
        """The part that an engine has worked on least; of several one that the others are not at, with the lowest
        bound."""
        others = {piece.work.node for piece in provers(run) if piece.running and not piece.resting}
        return engine.rounds.get(node, 0), node in others, run.tree.nodes[node].lower, node

    def _slice(self, turn: int) -> float:
        beyond = max(0, turn + 1 - len(self._slices))
        return float(self._slices[min(turn, len(self._slices) - 1)] * 2**beyond)
