"""The loop of a run: start work, hear claims, write them into the ledger, tell everybody.

One loop serves one solver, a portfolio and whatever executes the work elsewhere. Whatever ends it early (the deadline,
Ctrl-C, a stop event, a solver that crashed after somebody had found something), the best verified answer is delivered.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from dnnt_encode.backends.cores import some_cores
from dnnt_encode.backends.protocol import Backend
from dnnt_encode.errors import DnntError, ModelTooLarge, NotVerified
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.reduce.reduced import Split
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.evidence import COUNTED, Evidence
from dnnt_encode.solving.executors import Executor
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.schedule import Entrant, Move, Piece, Race, Rest, Scheduler, Turn, outcomes, provers
from dnnt_encode.solving.tree import Tree
from dnnt_encode.solving.work import Building, Built, Claim, Ended, Found, Known, Lower, Note, Work

TICK = 0.1
"""Seconds between two looks at the clock and at the wish to stop."""

LAST_WORDS = 3.0
"""Seconds that pieces have to end after they were asked to; executors use force well before."""


SLOW = 10**6
"""Products of a sample and a parameter from which on verifying a solution takes longer than finding the next one."""


class Run:
    """Runs a plan. ``stopped``: why it ended before its question was settled, None where nothing cut it short."""

    def __init__(
        self, plan: Plan, tree: Tree, ledger: Ledger, executor: Executor, request: Request, clock: Clock
    ) -> None:
        self.tree, self.ledger = tree, ledger
        self.pieces: dict[int, Piece] = {}
        self.cores, self.automatic = request.cores, request.automatic
        self._plan, self._executor, self._request, self._clock = plan, executor, request, clock
        self._numbers = itertools.count()
        self._bound_to = some_cores(request.cores, request.seat)
        self._begun = time.monotonic()
        self._news = False
        self._finder: Backend | None = None
        self._distrusted: set[str] = set()
        self.stopped: str | None = None

    def elapsed(self) -> float:
        return time.monotonic() - self._begun

    def left(self) -> float | None:
        return self._clock.left()

    def go(self) -> None:
        """Run it. Raises NotVerified, and the error of a backend where nothing was found that it could spoil."""
        begin, before = time.monotonic(), sum(self._clock.stages.values())
        try:
            with self._executor:
                for entrant in self._later():
                    self._executor.prepare(entrant.backend)
                for scheduler in self._rounds():
                    self.pieces = {number: piece for number, piece in self.pieces.items() if piece.running}
                    self._round(scheduler)
                    if self._over():
                        return
            self._conclude()
        finally:
            built = next((piece.built for piece in self.pieces.values() if piece.built is not None), None)
            encoding = 0.0 if built is None else built.seconds
            inside = sum(self._clock.stages.values()) - before
            self._clock.stages["encode"] = encoding
            self._clock.stages["solve"] = max(0.0, time.monotonic() - begin - inside - encoding)

    def _later(self) -> list[Entrant]:
        """Who enters first after local search alone."""
        alone = all(entrant.helper for entrant in self._plan.rounds[0].entrants)
        if not alone or self._over():
            return []
        entered = ([each for each in scheduler.entrants if not each.helper] for scheduler in self._plan.rounds)
        return [entrant for entrant in next(filter(None, entered), []) if not entrant.after]

    def _rounds(self) -> Iterator[Scheduler]:
        yield from self._plan.rounds
        fallback = self._plan.fallback()
        if fallback is not None and outcomes(provers(self)) == {"refused"}:
            yield Race(Entrant(fallback, 1))

    # -- one round -------------------------------------------------------------------------------------------------

    def _round(self, scheduler: Scheduler) -> None:
        self._begun = time.monotonic()
        while not self._over():
            try:
                for move in scheduler.moves(self):
                    self._move(move)
                self._step_back()
                if scheduler.over(self):
                    return
                for number, claim in self._claims():
                    self._take(self.pieces[number], claim)
                    if self._over():
                        return
                self._pass_on()
                self._let_go()
                self.ledger.progress(self._stage(), self._leaves())
            except KeyboardInterrupt:
                if self._request.stop.is_set():
                    raise
                self._request.stop.set()
            if self._request.stop.is_set() or self._clock.out_of_time():
                self._wind_down()
                return

    def _claims(self) -> Iterable[tuple[int, Claim]]:
        """What the pieces have said; where verifying takes its time, without what is old."""
        instance = self.ledger.instance
        claims = self._executor.claims(TICK)
        return fresh(claims) if instance.dataset.samples * instance.network.parameters > SLOW else claims

    def _stage(self) -> str:
        found = provers(self)
        return "encode" if found and not any(piece.built for piece in found) else "solve"

    def _leaves(self) -> tuple[int, int] | None:
        """How many leaves are open, of how many; None where nothing was split."""
        total = sum(1 for node in self.tree.nodes if not node.children)
        best = None if self.ledger.best is None else self.ledger.best.loss
        return None if total == 1 else (sum(1 for _ in self.tree.leaves(best)), total)

    def split(self, node: int, split: Split) -> tuple[int, ...]:
        if self.tree.nodes[node].children:
            return self.tree.nodes[node].children
        parts = split(self.tree.nodes[node].view.instance)
        found = self.tree.split(node, parts) if parts else ()
        # What a journal has told of the parts holds from here on.
        self._bounded()
        return found

    def _move(self, move: Move) -> None:
        if isinstance(move, Turn):
            self._start(move)
            return
        piece = move.piece
        piece.resting = isinstance(move, Rest)
        if piece.entrant.backend.capabilities.news:
            self._tell(piece)
        else:
            self._executor.stop(piece.work.id)

    def _start(self, turn: Turn) -> None:
        piece = Piece(self._work(turn), turn.entrant)
        if turn.entrant.rival:
            for other in self.pieces.values():
                if not other.entrant.rival:
                    # Whoever had stepped back for others steps back further.
                    self._behind(other, 1 if other.entrant.front is None else 2)
        self.pieces[piece.work.id] = piece
        self._executor.start(piece.work)

    def _step_back(self) -> None:
        """Whoever has been in front for long enough leaves the cores to the others where they want them."""
        for piece in self.pieces.values():
            if piece.entrant.front is not None and self.elapsed() >= piece.entrant.front:
                self._behind(piece, 1)

    def _behind(self, piece: Piece, steps: int) -> None:
        while piece.running and piece.behind < steps:
            piece.behind += 1
            self._executor.step_back(piece.work.id)

    def _work(self, turn: Turn) -> Work:
        request, deadline = self._request, self._clock.search_deadline()
        return Work(
            id=next(self._numbers),
            node=turn.node,
            view=self.tree.nodes[turn.node].view,
            goal=self.tree.goal(turn.node),
            backend=turn.entrant.backend,
            known=self._known(turn.node),
            building=Building(request.sum, request.reductions, turn.entrant.most_clauses),
            seconds=None if deadline is None else max(0.0, deadline - time.monotonic()),
            threads=turn.entrant.threads,
            cores=self._bound_to,
            kept=turn.more,
            seed=request.seed,
            log=request.log,
            exhaustive=request.certify,
        )

    def _known(self, node: int) -> Known:
        best = self.ledger.best
        if best is None or self.ledger.instance.network.continuous:
            return Known()
        below = best.loss - self.tree.offset(node)
        outer = Assignment.of(self.ledger.instance.network, best.weights)
        return Known(below if self.ledger.goal.minimises else None, self.tree.lower(node, outer))

    def _pass_on(self) -> None:
        """Tell what is new to those who can use it."""
        if not self._news:
            return
        self._news = False
        for piece in self.pieces.values():
            if piece.running and (piece.entrant.backend.capabilities.news or piece.built is None):
                self._tell(piece)

    def _tell(self, piece: Piece) -> None:
        known = replace(self._known(piece.work.node), resting=piece.resting)
        self._executor.tell(piece.work.id, known)

    def _let_go(self) -> None:
        """End the pieces on parts that others have closed; whoever has done so itself is about to end."""
        best = None if self.ledger.best is None else self.ledger.best.loss
        for number, piece in self.pieces.items():
            if not piece.running or not piece.work.node or self.tree.is_open(piece.work.node, best):
                continue
            piece.void = self.elapsed() if piece.void is None else piece.void
            if not piece.bounded or self.elapsed() > piece.void + LAST_WORDS / 2:
                self._executor.stop(number)

    def _wind_down(self) -> None:
        """Ask everybody to end, and take their last words."""
        until = time.monotonic() + LAST_WORDS
        for number, piece in self.pieces.items():
            if piece.running:
                self._executor.stop(number)
        while any(piece.running for piece in self.pieces.values()) and time.monotonic() < until:
            for number, claim in self._claims():
                self._take(self.pieces[number], claim)
        self.stopped = "interrupted" if self._request.stop.is_set() else self._too_large() or "time limit"

    # -- claims ----------------------------------------------------------------------------------------------------

    def _take(self, piece: Piece, claim: Claim) -> None:
        if isinstance(claim, Found):
            self._found(piece, claim)
        elif isinstance(claim, Lower):
            self._lower(piece, claim.loss, self._evidence(piece, claim))
        elif isinstance(claim, Built):
            piece.built = claim
        elif isinstance(claim, Note):
            if claim.trying:
                self.ledger.trying = claim.text
            elif self._request.on_log is not None:
                self._request.on_log(claim.text)
        else:
            self._ended(piece, claim)

    def _found(self, piece: Piece, claim: Found) -> None:
        piece.found = True
        node = piece.work.node
        weights = claim.answer
        if isinstance(weights, Assignment):
            weights = self.tree.lift(node, weights).weights(self.ledger.instance)
        claimed = None if claim.claimed is None else claim.claimed + self.tree.offset(node)
        if self.ledger.offer(weights, claimed, claim.values):
            self._news, self._finder = True, piece.entrant.backend

    def _evidence(self, piece: Piece, claim: Lower) -> Evidence:
        if claim.counted:
            return Evidence("counted", COUNTED)
        backend = piece.entrant.backend
        return Evidence("exact" if backend.capabilities.exact else "floating", backend.name)

    def _lower(self, piece: Piece, loss: Fraction, evidence: Evidence) -> None:
        node, best = piece.work.node, self.ledger.best
        if evidence.by in self._distrusted:
            return
        if evidence.kind == "floating" and best is not None and loss + self.tree.offset(node) > best.loss:
            # Tolerances have led it astray: nothing that it proves counts any more.
            self._distrusted.add(evidence.by)
            if self._request.on_log is not None:
                self._request.on_log(
                    f"{evidence.by} claims that no loss is below {loss}; verified weights have {best.loss}: its bounds "
                    "are not used"
                )
            return
        piece.bounded |= evidence.kind != "counted"
        fact = self.tree.raise_lower(node, loss, evidence)
        self._bounded()
        self.ledger.note(fact)

    def _bounded(self) -> None:
        """What follows from the parts of nodes for these, for the ledger, and for a run that resumes its journal."""
        for fact in self.tree.joined():
            self.ledger.note(fact)
        self.ledger.raise_bound(*self.tree.bound())
        refuted = self.tree.refutation()
        if refuted is not None:
            self.ledger.refute(refuted)

    def _ended(self, piece: Piece, ended: Ended) -> None:
        piece.ended = ended
        if isinstance(ended.error, NotVerified):
            raise ended.error
        backend, node = piece.entrant.backend, piece.work.node
        if backend.name in self._distrusted:
            return
        kind = "exhaustive" if ended.exhaustive else "exact" if backend.capabilities.exact else "floating"
        evidence = Evidence(kind, backend.name, ended.detail)  # type: ignore[arg-type]
        if ended.outcome == "exhausted" and not self.ledger.goal.minimises:
            fact = self.tree.refute(node, evidence)
            piece.bounded = True
            self._bounded()
            self.ledger.note(fact)
        elif ended.exhaustive and self.ledger.best is not None:
            self._lower(piece, self.tree.nodes[node].lower, evidence)

    # -- the end ---------------------------------------------------------------------------------------------------

    def _over(self) -> bool:
        """Whether nothing is left to do: it is settled, and whoever looks at everything has said so, which ends by
        itself where it has settled the question or nobody else is there to."""
        found = provers(self)
        looking = [piece for piece in found if piece.entrant.backend.capabilities.certificate == "exhaustive"]
        awaited = any(
            piece.running and (len(looking) == len(found) or piece.entrant.backend.name == self.ledger.proof.by)
            for piece in looking
        )
        return self.stopped is not None or self.ledger.close or (self.ledger.settled and not awaited)

    def _conclude(self) -> None:
        """Nobody is left, and the question is open: say why, or raise the error that kept it so."""
        errors, found = self._errors(), provers(self)
        if not errors or "stopped" in outcomes(found):
            gave_up = (each.ended.detail for each in found if each.ended and each.ended.outcome == "gave_up")
            self.stopped = next(gave_up, "time limit")
            return
        error = errors[0]
        helped = any(piece.found for piece in self.pieces.values()) or self._request.start is not None
        if not helped or (isinstance(error, ModelTooLarge) and not self._request.automatic):
            raise error
        self.stopped = self._too_large() or str(error)

    def _too_large(self) -> str | None:
        """What to say where no solver took the model; None where one did."""
        errors, found = self._errors(), provers(self)
        refused = bool(found) and len(errors) == len(found) and outcomes(found) == {"refused"}
        return f"{errors[0]}; local search went on alone" if refused else None

    def _errors(self) -> list[DnntError]:
        """Those with which provers have ended."""
        ends = [piece.ended for piece in provers(self)]
        return [ended.error for ended in ends if ended is not None and ended.error is not None]

    @property
    def used(self) -> list[Backend]:
        """The backends of the last round that found or proved something, its first one always, and local search, which
        proves nothing, where the best answer is its."""
        chosen = [piece for k, piece in enumerate(provers(self)) if not k or piece.found or piece.bounded]
        by_name = {piece.entrant.backend.name: piece.entrant.backend for piece in chosen}
        if not by_name:
            by_name[self._plan.main.name] = self._plan.main
        if self._finder is not None:
            by_name[self._finder.name] = self._finder
        return list(by_name.values())

    @property
    def sizes(self) -> dict[str, Any] | None:
        """Those of the first model that was built."""
        return next((p.built.sizes for p in self.pieces.values() if p.built is not None and p.built.sizes), None)


def fresh(claims: Iterable[tuple[int, Claim]]) -> list[tuple[int, Claim]]:
    """The claims without those solutions that their own finder has bettered meanwhile: where verifying takes longer
    than finding, what is old does not keep us from what is new."""
    kept: list[tuple[int, Claim]] = []
    least: dict[int, Fraction] = {}
    for number, claim in reversed(list(claims)):
        if isinstance(claim, Found) and claim.claimed is not None:
            if number in least and claim.claimed >= least[number]:
                continue
            least[number] = claim.claimed
        kept.append((number, claim))
    return kept[::-1]
