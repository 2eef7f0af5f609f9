"""An ensemble: each member is a run of its own, with its own answer, bound and certificate.

As many runs as there are cores go on side by side. With a time limit each that begins may use what is left, divided by
the number of turns that are still to come on its core; what it does not need goes to those after it. A member that had
no turn, or whose run found nothing, keeps the weights that it began with: there is a vote whenever the run ends.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.instance.ensemble import class_names, member_instances, of_instance, right_samples
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.strategies import EnsembleStrategy, sides
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.outputs import new_folder
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.ledger import Incumbent, Progress
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import NO_BACKEND, Certificate, Member, Result, TracePoint, together
from dnnt_encode.solving.start import first_guesses, start_weights

TICK = 0.1
"""Seconds between two looks at the wish to stop."""

PAUSE = 1.0
"""Seconds between two reports of better weights: the vote of many members takes some time to put together."""

_WORST: tuple[Status, ...] = ("UNSATISFIABLE", "UNKNOWN", "SATISFIABLE", "OPTIMUM FOUND")

RunMember = Callable[[Request, Clock], Result]


def in_members(request: Request, strategy: EnsembleStrategy, clock: Clock, answer: RunMember) -> Result:
    """The result of all members; ``answer`` runs one of them. Raises as ``solve`` does."""
    parts = member_instances(request.instance, strategy)
    if request.certificate is not None:
        new_folder(request.certificate)
    members = _Members(request, strategy, parts, clock, answer)
    members.run()
    members.tell()
    return _joined(request, strategy, clock, members)


def _first(request: Request, strategy: EnsembleStrategy, parts: Sequence[Instance]) -> list[Weights]:
    """What each member begins with. Raises InputError where the weights to start from are of no such ensemble."""
    if request.start is None:
        return [next(iter(first_guesses(part, 0))) for part in parts]
    given = request.start.ensemble
    if given is None or (given.strategy, len(given.members)) != (strategy, len(parts)):
        raise InputError(f"the weights to start from are no {strategy} ensemble of {len(parts)} members")
    return [start_weights(part, own) for part, own in zip(parts, given.members, strict=True)]


class _Members:
    """The runs of all members. ``results``: one a member, with weights unless its threshold is refuted."""

    def __init__(
        self, request: Request, strategy: EnsembleStrategy, parts: Sequence[Instance], clock: Clock, answer: RunMember
    ) -> None:
        self._request, self._strategy, self._parts = request, strategy, parts
        self._clock, self._answer = clock, answer
        self._best = _first(request, strategy, parts)
        self._losses = [evaluate(part, own).loss for part, own in zip(parts, self._best, strict=True)]
        self._seats = min(len(parts), request.cores)
        self._turns = itertools.count()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._failed: BaseException | None = None
        self._done = 0
        self._told: tuple[float, Fraction] | None = None
        self.trace: list[TracePoint] = []
        self.results = [self._untouched(number) for number in range(len(parts))]

    def run(self) -> None:
        """Train all members, until time is up or somebody wishes to stop."""
        threads = [threading.Thread(target=self._serve, args=(seat,), daemon=True) for seat in range(self._seats)]
        for thread in threads:
            thread.start()
        while alive := [thread for thread in threads if thread.is_alive()]:
            try:
                alive[0].join(TICK)
                self._look()
            except KeyboardInterrupt:
                self._request.stop.set()
        if self._failed is not None:
            raise self._failed

    def _look(self) -> None:
        """Hear the wish to stop, and tell how far it is."""
        if self._request.stop.is_set():
            self._stop.set()
        if self._request.on_progress is not None:
            loss, bound = self.totals()
            trying = f"{self._done} of {len(self._parts)} members done"
            self._request.on_progress(Progress("solve", loss, bound, self._clock.seconds(), trying))
        if self._told is None or self._clock.seconds() - self._told[0] >= PAUSE:
            self.tell()

    def tell(self) -> None:
        """Report the whole where it is better than it was."""
        (loss, bound), now = self.totals(), self._clock.seconds()
        if self._told is None or loss < self._told[1]:
            self._told = now, loss
            self.trace.append(TracePoint(now, loss, bound))
            if self._request.on_incumbent is not None:
                self._request.on_incumbent(Incumbent(loss, self.weights(), now, "loss", loss))

    def totals(self) -> tuple[Fraction, Fraction]:
        """The sums of the least losses so far, and of all bounds."""
        with self._lock:
            bounds = [each.bound or Fraction(0) for each in self.results]
            return sum(self._losses, Fraction(0)), sum(bounds, Fraction(0))

    def weights(self) -> Weights:
        """The vote of the best weights of all."""
        with self._lock:
            best = list(self._best)
        return of_instance(self._request.instance, self._strategy, [each.layers for each in best])

    def _serve(self, seat: int) -> None:
        """Train one member after the other."""
        try:
            while (number := next(self._turns)) < len(self._parts):
                left = self._clock.left()
                if self._stop.is_set() or (left is not None and left <= 0):
                    return
                turns = -(-(len(self._parts) - number) // self._seats)
                found = self._answer(self._asked(number, seat), Clock(None if left is None else left / turns))
                self._hear(number, found)
        except BaseException as error:
            self._failed = self._failed or error
            self._stop.set()

    def _asked(self, number: int, seat: int) -> Request:
        """What is asked of one member."""
        request, folder = self._request, self._request.certificate

        def better(found: Incumbent) -> None:
            if found.objective == "loss":
                with self._lock:
                    self._best[number], self._losses[number] = found.weights, found.loss

        def log(line: str) -> None:
            with self._lock:
                assert request.on_log is not None
                request.on_log(f"member {number + 1}: {line}")

        return replace(
            request,
            instance=self._parts[number],
            strategy=None,
            start=None if request.start is None else self._best[number],
            threads=max(1, request.cores // self._seats),
            certificate=None if folder is None else os.path.join(folder, str(number + 1)),
            seat=seat,
            on_incumbent=better,
            on_progress=None,
            on_log=None if request.on_log is None else log,
            stop=self._stop,
        )

    def _hear(self, number: int, found: Result) -> None:
        """Keep what came of a member."""
        if found.status == "UNSATISFIABLE":
            self._stop.set()
        elif found.weights is None:
            found = replace(found, **self._begun_with(number))
        with self._lock:
            self.results[number] = found
            self._done += 1
            if found.weights is not None and found.loss is not None:
                self._best[number], self._losses[number] = found.weights, found.loss

    def _untouched(self, number: int) -> Result:
        """The result of a member that has not had its turn."""
        return Result(
            bound=Fraction(0),
            threshold=self._request.threshold,
            certificate=Certificate("none", "nothing was decided"),
            backend=NO_BACKEND,
            backend_version=None,
            encoding=None,
            seconds={"total": 0.0},
            trace=(),
            instance_sha256=self._parts[number].sha256,
            seed=self._request.seed,
            stopped="no turn",
            **self._begun_with(number),
        )

    def _begun_with(self, number: int) -> dict[str, Any]:
        """Status, loss and weights where nothing better was found."""
        weights, loss, goal = self._best[number], self._losses[number], self._request.goal
        status: Status = "SATISFIABLE" if goal.minimises or goal.met_by(loss) else "UNKNOWN"
        return {"status": status, "loss": loss, "weights": weights}


def _joined(request: Request, strategy: EnsembleStrategy, clock: Clock, members: _Members) -> Result:
    results, status = members.results, _worst(members.results)
    loss, bound = members.totals()
    weights = None if status == "UNSATISFIABLE" else members.weights()
    stopped = "interrupted" if request.stop.is_set() else "time limit" if clock.out_of_time() else None
    open_ended = (result.stopped for result in results if result.stopped not in (None, "no turn"))
    return Result(
        status=status,
        loss=None if weights is None else loss,
        bound=bound,
        threshold=request.threshold,
        weights=weights,
        certificate=_certificate(results),
        encoding=None,
        trace=tuple(members.trace),
        instance_sha256=request.instance.sha256,
        seed=request.seed,
        stopped=None if status in ("UNSATISFIABLE", "OPTIMUM FOUND") else stopped or next(open_ended, None),
        members=tuple(
            Member(pair, result)
            for pair, result in zip(sides(strategy, class_names(request.instance)), results, strict=True)
        ),
        right=None if weights is None else right_samples(request.instance, weights),
        **together(results, clock.seconds()),
    )


def _worst(results: Sequence[Result]) -> Status:
    """The status of all: what is not so of one is not so of the whole."""
    return min((result.status for result in results), key=_WORST.index)


def _certificate(results: Sequence[Result]) -> Certificate:
    """What stands behind all of them; each has its own."""
    kinds = Counter(result.certificate.kind for result in results)
    shown = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return Certificate(next(iter(kinds)) if len(kinds) == 1 else "none", f"of {len(results)} members: {shown}")
