"""A piece of work, done: build the model, run the backend on it, turn its events into claims about the instance.

The same code runs in a thread of this process, in a child process or on another machine. It imports the encoder that a
piece needs when it builds the model: a child process is there sooner without the others.
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dnnt_encode.analysis.levels import Levels
from dnnt_encode.backends.cores import bind
from dnnt_encode.backends.protocol import (
    Backend,
    Bound,
    Bulletin,
    Candidate,
    CnfTask,
    ContinuousTask,
    Controls,
    Event,
    Finished,
    InstanceTask,
    LinearTask,
    Task,
)
from dnnt_encode.backends.worker import Channel
from dnnt_encode.decoder import decode_cnf, decode_linear
from dnnt_encode.encoders.options import CnfOptions, LinearOptions
from dnnt_encode.errors import BackendError, DnntError, ModelTooLarge, NotVerified
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.weights import Weights
from dnnt_encode.solving.work import Built, Claim, Ended, Found, Known, Lower, Note, Work

if TYPE_CHECKING:
    from dnnt_encode.encoders.continuous import ContinuousModel
    from dnnt_encode.models.cnf import CnfModel
    from dnnt_encode.models.linear import LinearModel

Tell = Callable[[Claim], object]


class Attempt:
    """One piece of work in progress. ``hear`` takes what others have found meanwhile; thread-safe."""

    def __init__(self, work: Work, controls: Controls, tell: Tell) -> None:
        self._work, self._controls, self._tell = work, controls, tell
        self._known = work.known
        self._form: _Form | None = None

    def hear(self, known: Known) -> None:
        self._known = known
        if self._form is not None:
            self._form.announce(known, self._controls)

    def run(self) -> None:
        """Tell claims, the last one ``Ended``. The deadline is a wish to stop."""
        left = self._controls.seconds_left()
        alarm = None if left is None else threading.Timer(left, self._controls.stop.set)
        if alarm is not None:
            alarm.daemon = True
            alarm.start()
        try:
            self._tell(self._attempted())
        except ModelTooLarge as error:
            self._fail("refused", error)
        except (BackendError, NotVerified) as error:
            self._fail("failed", error)
        except MemoryError:
            self._fail("refused", ModelTooLarge("out of memory; use fewer samples, units or parameter values"))
        except OSError as error:
            # A full disk where a solver's file goes, say.
            self._fail("failed", BackendError(f"{self._work.backend.name}: {error.strerror or error}"))
        finally:
            if alarm is not None:
                alarm.cancel()

    def _fail(self, outcome: Literal["refused", "failed"], error: DnntError) -> None:
        self._tell(Ended(outcome, str(error), error=error))

    def _attempted(self) -> Ended:
        work, controls = self._work, self._controls
        form = FORMS[work.backend.capabilities.model](work)
        begin = time.monotonic()
        form.build()
        self._tell(Built(form.sizes, time.monotonic() - begin))
        if form.counted is not None and work.view.instance.stage is None:
            self._tell(Lower(form.counted, counted=True))
        if controls.should_stop():
            return Ended("stopped")
        # What was found while the model was built counts too.
        self._form = form
        known = self._known
        form.announce(known, controls)
        finished = work.backend.run(form.task(known), controls, self._say)
        return self._ended(finished, form)

    def _say(self, event: Event) -> None:
        assert self._form is not None
        if isinstance(event, Candidate):
            self._tell(self._form.found(event))
        elif isinstance(event, Bound):
            self._tell(Lower(self._form.unit * event.objective))
        elif event.trying or self._work.log:
            self._tell(Note(event.text, event.trying))

    def _ended(self, finished: Finished, form: _Form) -> Ended:
        if finished.outcome == "exhausted" and self._work.goal.minimises:
            if form.least is None and finished.exhaustive and self._work.view.instance.constraints:
                return Ended(finished.outcome, finished.detail, exhaustive=True)
            if form.least is None:
                raise NotVerified(
                    f"{self._work.backend.name} claims that there is no solution, but every assignment of parameters "
                    "has a loss",
                    {"instance_sha256": self._work.view.instance.sha256},
                )
            self._tell(Lower(form.least))
        return Ended(finished.outcome, finished.detail, finished.exhaustive)


class _Form(ABC):
    """A piece of work in the form that its backend takes. ``unit``: a loss is so many objectives; ``counted``: a lower
    bound that building has shown; ``least``: the least loss that the backend was told or has claimed."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.unit = Fraction(1)
        self.sizes: dict[str, Any] | None = None
        self.counted: Fraction | None = None
        self.least: Fraction | None = None

    @abstractmethod
    def build(self) -> None:
        """Build the model. Raises ModelTooLarge before memory is spent on one that would not fit."""

    @abstractmethod
    def task(self, known: Known) -> Task:
        """The task, with what is known."""

    @abstractmethod
    def decode(self, answer: Any) -> Assignment | Weights:
        """The answer to the instance that an answer to the task stands for. Raises NotVerified."""

    def below(self, known: Known) -> int | None:
        """``known.below`` in the task's numbers, where only smaller objectives are of use."""
        if known.below is None or not self.work.goal.minimises:
            return None
        return math.ceil(known.below / self.unit)

    def announce(self, known: Known, controls: Controls) -> None:
        """Put what is known on the bulletin that the backend reads; it asks for less than that from then on."""
        if self.work.backend.capabilities.news:
            self.told(known)
        self.post(known, controls.news)
        controls.news.resting = known.resting

    def post(self, known: Known, news: Bulletin) -> None:
        news.below, news.start = self.below(known), known.start

    def hint(self, known: Known) -> Assignment | None:
        """What a solver is to try first: the member of its class that symmetry breaking keeps."""
        if known.start is None or not self.work.backend.capabilities.hints:
            return None
        return Levels.of(self.work.view.instance).canonical(known.start)

    def told(self, known: Known) -> None:
        """Remember what the task asks for less than."""
        if known.below is not None and self.work.backend.capabilities.below:
            self.least = known.below if self.least is None else min(self.least, known.below)

    def found(self, event: Candidate) -> Found:
        answer, goal = self.decode(event.answer), self.work.goal
        values = event.answer if isinstance(event.answer, np.ndarray) else None
        if not event.feasible:
            return Found(answer, None, values)
        if event.objective is None:
            return Found(answer, goal.at_most, values)
        claimed = self.unit * event.objective
        self.least = claimed if self.least is None else min(self.least, claimed)
        return Found(answer, claimed, values)


class _InstanceForm(_Form):
    """Nothing to build; merging its samples counts."""

    def build(self) -> None:
        self.counted = self.work.view.samples.lower_bound

    def task(self, known: Known) -> InstanceTask:
        self.told(known)
        work = self.work
        return InstanceTask(work.view, work.goal, known.below, known.start, work.exhaustive)

    def post(self, known: Known, news: Bulletin) -> None:
        news.below, news.start = known.below, known.start

    def decode(self, answer: Any) -> Assignment | Weights:
        assert isinstance(answer, Assignment | Weights)
        return answer


class _LinearForm(_Form):
    model: LinearModel

    def build(self) -> None:
        from dnnt_encode.encoders.fitting import fitting_linear

        work, threshold = self.work, self.work.goal.at_most
        options = LinearOptions(symmetry="all" if work.building.reductions else "none")
        factor = work.backend.memory(10**6, work.threads) / 10**6
        self.model = model = fitting_linear(work.view, threshold, options, factor)
        self.unit, self.counted = model.loss_unit, model.loss(model.objective_lower)
        self.sizes = {
            "kind": "linear",
            "columns": model.columns,
            "rows": model.rows,
            "terms": model.terms,
            "bytes": model.bytes,
        }

    def task(self, known: Known) -> LinearTask:
        self.told(known)
        hint = self.hint(known)
        return LinearTask(
            self.model, self.work.goal, None if hint is None else self.model.variable_map.hints(hint), self.below(known)
        )

    def decode(self, answer: Any) -> Assignment:
        return decode_linear(self.work.view.instance, self.model, answer)


class _CnfForm(_Form):
    model: CnfModel

    def build(self) -> None:
        from dnnt_encode.encoders.fitting import fitting_cnf

        work = self.work
        # Whoever minimises also needs the loss as a sum that can be bounded.
        options = CnfOptions(
            sum=work.building.sum,
            symmetry="all" if work.building.reductions else "none",
            objective="sum" if work.goal.minimises else "soft",
        )
        factor = work.backend.memory(10**6, work.threads) / 10**6
        self.model = model = fitting_cnf(work.view, work.goal.at_most, options, factor, work.building.most_clauses)
        self.unit, self.counted = model.loss_unit, model.loss(model.objective_lower)
        self.sizes = {
            "kind": "cnf",
            "variables": model.variables,
            "clauses": model.clauses,
            "literals": model.literals,
            "bytes": model.bytes,
        }

    def task(self, known: Known) -> CnfTask:
        self.told(known)
        hint = self.hint(known)
        literals = None if hint is None else self.model.variable_map.hints(hint)
        return CnfTask(self.model, self.work.goal, literals, self.below(known))

    def decode(self, answer: Any) -> Assignment:
        return decode_cnf(self.work.view.instance, self.model, answer)


class _ContinuousForm(_Form):
    model: ContinuousModel

    def build(self) -> None:
        from dnnt_encode.encoders.continuous import encode_continuous

        self.model = model = encode_continuous(self.work.view.instance, self.work.goal.at_most)
        milp = model.milp
        self.sizes = {"kind": "continuous", "columns": milp.columns, "rows": milp.rows, "terms": milp.terms}

    def task(self, known: Known) -> ContinuousTask:
        return ContinuousTask(self.model, self.work.view.instance, self.work.goal)

    def decode(self, answer: Any) -> Weights:
        assert isinstance(answer, Weights)
        return answer


FORMS: dict[str, type[_Form]] = {
    "instance": _InstanceForm,
    "linear": _LinearForm,
    "cnf": _CnfForm,
    "continuous": _ContinuousForm,
}


def _warm(backend: Backend) -> None:
    # What goes wrong here goes wrong again where it is told.
    with contextlib.suppress(Exception):
        backend.warm()


class _Letters:
    """A piece of work and what is told of it, before its attempt begins and then."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._lock = threading.Lock()
        self._waiting: list[Known] = []
        self._attempt: Attempt | None = None

    def put(self, known: Known) -> None:
        with self._lock:
            if self._attempt is None:
                self._waiting.append(known)
            else:
                self._attempt.hear(known)

    def follow(self, attempt: Attempt) -> None:
        with self._lock:
            self._attempt = attempt
            for known in self._waiting:
                attempt.hear(known)


def serve(backend: Backend, channel: Channel) -> None:
    """Run a piece of work in a child process, or several: they arrive through the channel, and so does what others find
    later. The next piece may be there before the one before has quite ended."""
    pieces: queue.SimpleQueue[_Letters] = queue.SimpleQueue()
    last: _Letters | None = None

    def hear(message: Any) -> None:
        nonlocal last
        if isinstance(message, Work):
            last = _Letters(message)
            pieces.put(last)
        elif last is not None:
            last.put(message)

    channel.hear(hear)
    # Importing a solver takes about as long as building a model: both at once, or the import in advance.
    threading.Thread(target=_warm, args=(backend,), daemon=True).start()
    kept = True
    while kept:
        letters = pieces.get()
        _serve(letters, channel)
        kept = letters.work.kept


def _serve(letters: _Letters, channel: Channel) -> None:
    work = letters.work
    if work.cores is not None:
        bind(work.cores)
    if work.log:
        channel.printed = lambda line: channel.send(Note(line))
    controls = Controls(
        deadline=None if work.seconds is None else time.monotonic() + work.seconds,
        threads=work.threads,
        seed=work.seed,
        log=work.log,
        stop=channel.stop,
    )
    attempt = Attempt(work, controls, channel.send)
    letters.follow(attempt)
    attempt.run()
