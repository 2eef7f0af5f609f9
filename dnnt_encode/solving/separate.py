"""Parts whose losses add up, each trained in a run of its own: see ``reduce.reduced.Separation``.

The parts take turns, in slices that grow; with a time limit each gets its share of what is left, and what one does not
need goes to the others. Whatever one finds is joined with the best of the others and offered to the whole; what is
proved of all adds up to a bound of the whole. Where all is to be fitted, a part that cannot be refutes the whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from dnnt_encode.backends.protocol import Backend
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.reduce.reduced import Separation
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.evidence import Evidence, together
from dnnt_encode.solving.ledger import Incumbent, Ledger, Progress
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.start import first_guesses
from dnnt_encode.solving.tree import Tree

SLICE = 30.0
"""Seconds of the first turn where there is no time limit; every further one has twice as many."""


@dataclass(eq=False)
class Searched:
    """What has come of the search. ``tree``: the instance it was asked of, reduced, and its parts; ``used``: who found
    or proved something; ``sizes``: those of the first model that was built; ``stopped``: why it ended early."""

    ledger: Ledger
    tree: Tree | None = None
    used: list[Backend] = field(default_factory=list)
    sizes: dict[str, Any] | None = None
    stopped: str | None = None


class Separately:
    """The parts of the root of a tree. ``search`` answers a request on a clock."""

    def __init__(
        self,
        separation: Separation,
        tree: Tree,
        ledger: Ledger,
        request: Request,
        clock: Clock,
        search: Callable[[Request, Clock], Searched],
    ) -> None:
        self._separation, self._tree, self._ledger = separation, tree, ledger
        self._request, self._clock, self._search = request, clock, search
        self._best = self._first(separation.parts)
        # Whether each part is to fit everything, so that no bounds add up.
        self._fits = request.instance.stage is None and separation.parts[0].threshold == 0
        self._bounds = [(Fraction(0), ledger.evidence)] * len(separation.parts)
        self._backends: dict[str, Backend] = {}
        self.sizes: dict[str, Any] | None = None
        self.stopped: str | None = None

    def _first(self, parts: Sequence[Instance]) -> list[Weights]:
        """Where each part begins: at its share of what is known of the whole, or at a first guess."""
        known = self._ledger.best
        inner = None
        if known is not None:
            inner = self._tree.lower(0, Assignment.of(self._ledger.instance.network, known.weights))
        if inner is None:
            return [next(iter(first_guesses(part, 0))) for part in parts]
        return [own.weights(part) for own, part in zip(self._separation.lower(inner), parts, strict=True)]

    def go(self) -> None:
        """Take turns until the question is answered, time is up, or nobody gets further. Raises NotVerified."""
        open_parts, seconds = list(range(len(self._best))), SLICE
        while open_parts and not self._over():
            turns = list(open_parts)
            for position, part in enumerate(turns):
                if self._over():
                    break
                left = self._clock.left()
                if not self._turn(part, seconds if left is None else left / (len(turns) - position)):
                    open_parts.remove(part)
                if self._clock.out_of_time():
                    self.stopped = "time limit"
            seconds *= 2
        if self._request.stop.is_set():
            self.stopped = "interrupted"

    def _over(self) -> bool:
        return self._ledger.settled or self._request.stop.is_set() or self.stopped == "time limit"

    def _turn(self, part: int, seconds: float) -> bool:
        """Work on a part; whether another turn may bring it further."""
        stop = threading.Event()

        def improved(found: Incumbent) -> None:
            self._best[part] = found.weights
            self._offer()

        def progress(told: Progress) -> None:
            if self._request.stop.is_set() or self._ledger.settled:
                stop.set()
            self._ledger.trying = f"part {part + 1} of {len(self._best)}" + (f": {told.trying}" if told.trying else "")
            self._ledger.progress(told.stage, told.leaves)

        request = replace(
            self._request,
            instance=self._separation.parts[part],
            threshold=self._separation.parts[part].threshold,
            gap=None,
            start=self._best[part],
            journal=None,
            resume=False,
            on_incumbent=improved,
            on_progress=progress,
            stop=stop,
        )
        found = self._search(request, Clock(seconds))
        for stage, spent in found.ledger.clock.stages.items():
            self._clock.stages[stage] = self._clock.stages.get(stage, 0.0) + spent
        self._backends.update((backend.name, backend) for backend in found.used)
        self.sizes = self.sizes or found.sizes
        self._bounds[part] = max(self._bounds[part], (found.ledger.bound, found.ledger.evidence), key=lambda b: b[0])
        if found.ledger.infeasible is not None:
            self._refute(found.ledger.infeasible)
        elif not self._fits:
            self._raise()
        if stop.is_set() and not self._ledger.settled:
            self._request.stop.set()
        if not found.ledger.settled and found.stopped != "time limit":
            self.stopped = found.stopped
            return False
        return not found.ledger.settled

    @property
    def used(self) -> list[Backend]:
        """Who found or proved something."""
        return list(self._backends.values())

    def _offer(self) -> None:
        """The best of all parts, as weights of the whole."""
        parts = self._separation.parts
        inner = [Assignment.of(part.network, best) for part, best in zip(parts, self._best, strict=True)]
        outer = self._tree.lift(0, self._separation.join(inner))
        self._ledger.offer(outer.weights(self._ledger.instance))

    def _raise(self) -> None:
        """What is proved of the parts adds up."""
        total = sum((bound for bound, _ in self._bounds), self._separation.offset)
        parts = [evidence for bound, evidence in self._bounds if bound] or [self._bounds[0][1]]
        evidence = self._with_step(together(parts))
        fact = self._tree.raise_lower(0, total, evidence)
        self._ledger.raise_bound(*self._tree.bound())
        self._ledger.note(fact)
        goal = self._tree.goal(0)
        if goal.at_most is not None and total > goal.at_most:
            self._refute(evidence)

    def _refute(self, evidence: Evidence) -> None:
        """Nothing meets the threshold."""
        self._ledger.note(self._tree.refute(0, self._with_step(evidence)))
        refuted = self._tree.refutation()
        assert refuted is not None
        self._ledger.refute(refuted)

    def _with_step(self, evidence: Evidence) -> Evidence:
        return replace(evidence, steps=tuple(dict.fromkeys((self._separation.note, *evidence.steps))))
