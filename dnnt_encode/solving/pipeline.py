"""The pipeline: start weights, encode, run a backend, decode and verify what it finds, and say what is known.

Whatever ends a run early (the deadline, Ctrl-C, a stop event, a solver that crashed after it had found something), the
best verified answer so far is delivered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT
from dnnt_encode.algorithms.descent import descend
from dnnt_encode.backends.protocol import (
    Backend,
    Bound,
    Candidate,
    Event,
    Finished,
    InstanceTask,
    LinearTask,
    Log,
    Task,
)
from dnnt_encode.backends.registry import AUTO, solver
from dnnt_encode.backends.registry import backend as choose_backend
from dnnt_encode.encoders.cnf.options import SumEncoding
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.encoders.linear.options import MILP_OPTIONS
from dnnt_encode.errors import BackendError, InputError, ModelTooLarge, NotVerified
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.solving.certify import certificate
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.cnf_task import cnf_task, describe_cnf
from dnnt_encode.solving.continuous import run_continuous
from dnnt_encode.solving.delivery import delivered
from dnnt_encode.solving.leg import Leg
from dnnt_encode.solving.memory import check_fits
from dnnt_encode.solving.request import UNSET, Request, wanted_threshold
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.search import CONFLICTS, Incumbent, Progress, Search
from dnnt_encode.solving.second_leg import SecondLeg
from dnnt_encode.solving.start import first_guesses, hint, start_weights


def solve(
    instance: Instance,
    *,
    backend: str = "auto",
    threshold: Any = UNSET,
    start: Weights | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    certify: bool = False,
    sum: SumEncoding = "auto",
    reductions: bool = True,
    proof: str | None = None,
    on_incumbent: Callable[[Incumbent], object] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Find weights within the threshold, or of least loss where there is none, and verify them.

    ``threshold``: a number, None to minimise, by default the instance's own. ``start``: weights of the same shape;
    values that are not allowed are replaced by the nearest allowed ones. ``time_limit``: seconds of wall time for
    everything. ``threads``: processor cores; one means one worker, and the same seed the same answer. ``certify``: back
    the proof of optimality or infeasibility by more than the solver's word; ``proof``: a file for the DRUP proof of it,
    with its formula in FILE.cnf. ``sum`` ("auto", "order", "adder") and ``reductions`` are options of the CNF encoder:
    how sums become clauses, and whether steps that a certificate would have to trust are taken.
    ``on_incumbent`` is called with each better verified Incumbent, ``on_progress`` with a Progress a few times a
    second. Setting ``stop``, or Ctrl-C, ends the run with the best verified answer so far.

    Raises InputError, ModelTooLarge, BackendError, NotVerified (all DnntError).

    >>> xor = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2")
    >>> solve(xor, threads=1).status
    'OPTIMUM FOUND'
    """
    if time_limit is not None and not time_limit > 0:
        raise InputError(f"found the time limit {time_limit}; it must be more than 0 seconds")
    clock = Clock(time_limit)
    request = Request(
        instance=instance,
        backend=backend,
        threshold=wanted_threshold(instance, threshold),
        start=start,
        threads=threads,
        seed=seed,
        certify=certify or proof is not None,
        sum=sum,
        reductions=reductions,
        proof=proof,
        on_incumbent=on_incumbent,
        on_progress=on_progress,
        stop=stop if stop is not None else threading.Event(),
    )
    return run(request, clock)


def run(request: Request, clock: Clock) -> Result:
    """``solve`` on a clock that may have started earlier."""
    if request.instance.network.continuous:
        return run_continuous(request, clock)
    return _Run(request, clock).result()


class _Run:
    """One run: the state that its stages share."""

    def __init__(self, request: Request, clock: Clock) -> None:
        self.request, self.clock = request, clock
        self.instance = request.instance
        self.search = Search(self.instance, request.threshold, clock, request.on_incumbent, request.on_progress)
        self.backend: Backend = choose_backend(request.backend, self.instance.with_threshold(request.threshold))
        self.controls = request.controls(clock.search_deadline())
        self.leg = Leg(self.instance, self.backend)
        self.joined: Backend | None = None
        self.started_from: Weights | None = None
        self.stopped: str | None = None
        self.gave_up = False
        self.exhaustive: str | None = None

    def result(self) -> Result:
        try:
            self._stages()
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        except OutOfTime:
            self.stopped = "time limit"
        except MemoryError as error:
            raise ModelTooLarge("out of memory; use fewer samples, units or parameter values") from error
        proof = certificate(self.request, self.clock, self.search, self.backend, self.exhaustive)
        used = [self.backend] if self.joined is None else [self.backend, self.joined]
        encoding = None if self.leg.model is None else describe_model(self.leg.model)
        return delivered(self.request, self.search, used, proof, encoding, self.stopped)

    def _stages(self) -> None:
        request, search, clock = self.request, self.search, self.clock
        search.progress("start")
        with clock.alarm(), clock.stage("start"):
            if request.start is not None:
                self.started_from = start_weights(self.instance, request.start)
                search.offer(self.started_from)
            if self.backend.capabilities.model != "instance":
                self._guess()
        try:
            self._solve()
            if self.gave_up and request.backend == AUTO:
                self._instead(solver())
        except ModelTooLarge:
            if request.backend != AUTO or self.backend.name == "brute":
                raise
            if self.backend.capabilities.model == "instance":
                self._instead(solver())
            elif self.instance.network.search_space > DEFAULT_LIMIT:
                raise
            else:
                self._instead(choose_backend("brute", self.instance))

    def _instead(self, backend: Backend) -> None:
        """Try another backend than the one that ``auto`` chose."""
        self.backend, self.leg = backend, Leg(self.instance, backend)
        self.gave_up, self.stopped = False, None
        self._solve()

    def _guess(self) -> None:
        """The best of the first guesses, or, where time ends before, of those that were made."""
        guess: Weights | None = None
        try:
            for better in first_guesses(self.instance):
                guess = better
        finally:
            if guess is not None:
                self.search.offer(guess)

    def _solve(self) -> None:
        search, clock = self.search, self.clock
        if self._done():
            return
        # A backend that starts a process does so now, while we encode.
        with self.backend.open(self.controls) as session:
            with clock.alarm():
                self._descend()
                if self._done():
                    return
                task = self._task()
            if self._done():
                return
            search.progress("solve")
            with clock.stage("solve"), SecondLeg(self.request, self.leg, session, self.controls, search) as second:
                self._follow(session.run(task), second)

    def _descend(self) -> None:
        """Local search, while a solver's process starts: its answer is incumbent, hint and bound."""
        if self.backend.capabilities.model == "instance":
            return
        search, stop = self.search, self.request.stop
        with self.clock.stage("descend"):
            before = search.best
            for found in descend(self.instance, self.request.seed or 0, stop=stop.is_set):
                search.offer(found.weights(self.instance))
                if search.settled:
                    return
            if search.best is not None and search.best is not before:
                self.started_from = start_weights(self.instance, search.best.weights)

    def _done(self) -> bool:
        if self.request.stop.is_set():
            self.stopped = "interrupted"
            return True
        certifies = self.request.certify and self.backend.capabilities.certificate == "exhaustive"
        return self.search.settled and not certifies

    def _task(self) -> Task:
        if self.backend.capabilities.model == "instance":
            return InstanceTask(self.instance, self.search.threshold, exhaustive=self.request.certify)
        self.search.progress("encode")
        if self.backend.capabilities.model == "cnf":
            return self._cnf_task()
        with self.clock.stage("encode"):
            options = None if self.backend.capabilities.exact else MILP_OPTIONS
            size = linear_size(self.instance, threshold=self.search.threshold, options=options)
            needed = self.backend.memory(size.bytes, self.controls.threads)
            about = "about " if size.estimated else ""
            check_fits(needed, f"the model ({about}{size.columns} columns, {size.rows} rows, {size.terms} terms)")
            model = self.leg.model = encode_linear(self.instance, threshold=self.search.threshold, options=options)
        self.search.raise_bound(model.loss(model.objective_lower), CONFLICTS)
        # The bound excludes no member of the best weights' class of symmetry; the hint must be the member that is kept.
        upper = None if self.search.best is None else self.search.best.loss / model.loss_unit
        if upper is not None and upper.denominator != 1:
            raise NotVerified(f"the loss {upper * model.loss_unit} is no multiple of the unit {model.loss_unit}", {})
        return LinearTask(
            model,
            hint=None if self.started_from is None else hint(self.instance, model, self.started_from),
            upper=None if upper is None else int(upper),
        )

    def _cnf_task(self) -> Task:
        search = self.search
        best, loss = (None, None) if search.best is None else (search.best.weights, search.best.loss)
        with self.clock.stage("encode"):
            task = cnf_task(self.request, self.backend, self.controls.threads, best, loss)
        self.leg.model = task.model
        search.raise_bound(task.model.loss(task.model.objective_lower), CONFLICTS)
        return task

    def _follow(self, events: Iterator[Event], second: SecondLeg) -> None:
        """Take the events until the question is settled or the backend ends. Ctrl-C asks the backend to stop; what it
        still says is taken too."""
        pending: Event | None = None
        while True:
            try:
                if pending is None:
                    pending = next(events, None)
                if pending is None:
                    if self.request.stop.is_set():
                        self.stopped = "interrupted"
                    return
                self._take(pending, self.leg)
                if isinstance(pending, Finished):
                    ended = self.search.settled or self.controls.should_stop()
                    self._take_all(second.events() if ended else second.rest(), second)
                    return
                pending = None
                self._take_all(second.events(), second)
                # Our own algorithms stop by themselves; a solver may take its time to notice.
                if self.search.settled and self.backend.capabilities.model != "instance":
                    return
            except KeyboardInterrupt:
                if self.request.stop.is_set():
                    raise
                self.request.stop.set()
            except BackendError as error:
                self._take_all(second.rest(), second)
                helped = second.leg is not None and (second.leg.claims or self.search.settled)
                if not (self.leg.claims or helped or self.started_from):
                    raise
                self.stopped = str(error)
                return

    def _take_all(self, events: Iterator[Event], second: SecondLeg) -> None:
        """Take what the second solver says; that it stops is no news."""
        for event in events:
            if isinstance(event, Log):
                self._take(event, self.leg)
                continue
            assert second.leg is not None
            if isinstance(event, Candidate | Bound):
                self.joined = second.leg.backend
            if not (isinstance(event, Finished) and event.outcome == "stopped"):
                self._take(event, second.leg)
            if self.search.settled:
                return

    def _take(self, event: Event, leg: Leg) -> None:
        search = self.search
        if isinstance(event, Candidate):
            leg.candidate(event, search)
        elif isinstance(event, Bound):
            leg.bound(event, search)
        elif isinstance(event, Finished):
            self.exhaustive = event.detail if event.exhaustive else None
            leg.finished(event, search)
            if event.outcome == "stopped":
                self.gave_up = event.gave_up
                self.stopped = event.detail if event.gave_up else self._why_stopped()
        elif isinstance(event, Log) and self.request.on_log is not None:
            self.request.on_log(event.text)
        search.progress("solve")

    def _why_stopped(self) -> str:
        return "interrupted" if self.request.stop.is_set() else "time limit"


def describe_model(model: LinearModel | CnfModel) -> dict[str, Any]:
    """Sizes for the result."""
    if isinstance(model, CnfModel):
        return describe_cnf(model)
    return {
        "kind": "linear",
        "columns": model.columns,
        "rows": model.rows,
        "terms": model.terms,
        "bytes": model.bytes,
    }
