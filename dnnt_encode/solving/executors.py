"""Where pieces of work run: in threads of this process, or in child processes that can be killed at any time.

An executor starts work and passes on what it claims; it decides nothing. Telling a piece what others have found is a
service that may be lost.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

from dnnt_encode.backends.process import Child
from dnnt_encode.backends.protocol import Backend, Controls
from dnnt_encode.backends.worker import ChildFailed
from dnnt_encode.solving.attempt import Attempt
from dnnt_encode.solving.work import Built, Claim, Ended, Known, Work


class Executor(Protocol):
    """Runs pieces of work; a context that ends all of them."""

    def __enter__(self) -> Executor: ...

    def __exit__(self, *_: object) -> None: ...

    def start(self, work: Work) -> None:
        """Begin a piece."""

    def prepare(self, backend: Backend) -> None:
        """Make ready for a piece of this backend, where that takes time."""

    def stop(self, number: int) -> None:
        """Ask a piece to end; its last claims are still passed on, ``Ended`` within a second or two."""

    def tell(self, number: int, known: Known) -> None:
        """Let a running piece know what others have found."""

    def step_back(self, number: int) -> None:
        """From now on let a piece run only where others leave time, as far as the system allows."""

    def claims(self, timeout: float) -> Iterator[tuple[int, Claim]]:
        """What the pieces have claimed, in order; waits for the first claim for at most ``timeout`` seconds."""


class Busy(Protocol):
    """One piece at work; ``number`` is that of its work, None where it waits for one."""

    number: int | None
    built: bool

    def stop(self) -> None: ...

    def tell(self, known: Known) -> None: ...

    def step_back(self) -> None: ...

    def poll(self) -> None:
        """Called a few times a second."""

    def ended(self, message: object) -> Ended:
        """What a last message that is no claim means."""

    def close(self) -> None: ...


Inbox: TypeAlias = "queue.SimpleQueue[tuple[Busy, Any]]"


class Inline:
    """Everything in threads of this process: for algorithms that look at the clock and let others run, and for tests.
    What goes wrong in a way that nobody foresaw is raised where claims are read."""

    def __init__(self) -> None:
        self._inbox: Inbox = queue.SimpleQueue()
        self._runs: dict[int, Busy] = {}
        self._early: list[tuple[Busy, Any]] = []

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs.values():
            run.stop()
        for run in self._runs.values():
            run.close()
        self._runs.clear()

    def start(self, work: Work) -> None:
        run = self._run(work)
        self._runs[work.id] = run
        for early in [each for each in self._early if each[0] is run]:
            self._early.remove(early)
            self._inbox.put(early)

    def prepare(self, backend: Backend) -> None:
        """Nothing takes time here."""

    def _run(self, work: Work) -> Busy:
        return _Thread(work, self._inbox)

    def stop(self, number: int) -> None:
        if number in self._runs:
            self._runs[number].stop()

    def tell(self, number: int, known: Known) -> None:
        if number in self._runs:
            self._runs[number].tell(known)

    def step_back(self, number: int) -> None:
        if number in self._runs:
            self._runs[number].step_back()

    def claims(self, timeout: float) -> Iterator[tuple[int, Claim]]:
        for run in self._runs.values():
            run.poll()
        with contextlib.suppress(queue.Empty):
            run, message = self._inbox.get(timeout=timeout)
            while True:
                if run.number is None:
                    # It died while it waited for work; whoever gives it some will hear of it.
                    self._early.append((run, message))
                elif self._runs.get(run.number) is run:
                    yield from self._passed(run.number, run, message)
                run, message = self._inbox.get_nowait()

    def _passed(self, number: int, run: Busy, message: Any) -> Iterator[tuple[int, Claim]]:
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, Built):
            run.built = True
        claim: Claim = run.ended(message) if message is None or isinstance(message, ChildFailed) else message
        if isinstance(claim, Ended):
            del self._runs[number]
            self._free(run, claim)
        yield number, claim

    def _free(self, run: Busy, ended: Ended) -> None:
        run.close()


class Local(Inline):
    """Child processes, one a piece; light backends in threads of this process."""

    def __init__(self) -> None:
        super().__init__()
        self._ready: list[_Process] = []

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for process in self._ready:
            process.close()
        self._ready.clear()

    def prepare(self, backend: Backend) -> None:
        if not backend.capabilities.light:
            self._ready.append(_Process(backend, self._inbox))

    def _free(self, run: Busy, ended: Ended) -> None:
        """A process that others of its kind will follow waits for the next piece."""
        if isinstance(run, _Process) and run.serves_on and ended.error is None:
            run.number = None
            self._ready.append(run)
        else:
            run.close()

    def _run(self, work: Work) -> Busy:
        if work.backend.capabilities.light:
            return super()._run(work)
        ready = next((process for process in self._ready if process.backend == work.backend), None)
        if ready is None:
            ready = _Process(work.backend, self._inbox)
        else:
            self._ready.remove(ready)
        ready.begin(work)
        return ready


class _Thread:
    def __init__(self, work: Work, inbox: Inbox) -> None:
        self.number: int | None = work.id
        self.built = False
        self._controls = Controls(
            deadline=None if work.seconds is None else time.monotonic() + work.seconds,
            threads=work.threads,
            seed=work.seed,
            log=work.log,
        )
        self._attempt = Attempt(work, self._controls, lambda claim: inbox.put((self, claim)))

        def run() -> None:
            try:
                self._attempt.run()
            except BaseException as error:
                inbox.put((self, error))

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._controls.stop.set()

    def tell(self, known: Known) -> None:
        self._attempt.hear(known)

    def step_back(self) -> None:
        """A thread cannot."""

    def poll(self) -> None:
        """A thread looks at the clock itself."""

    def ended(self, message: object) -> Ended:
        raise AssertionError("a thread ends with a claim or an exception")

    def close(self) -> None:
        self._controls.stop.set()
        self._thread.join(timeout=5)


class _Process:
    """A child that imports what a backend needs, and waits for a piece of work."""

    def __init__(self, backend: Backend, inbox: Inbox) -> None:
        self.backend, self.built = backend, False
        self.number: int | None = None
        self._deadline: float | None = None
        self._kept = False
        self._child = Child(
            backend.name, "dnnt_encode.solving.attempt", "serve", lambda message: inbox.put((self, message))
        )
        self._child.submit(backend)

    @property
    def serves_on(self) -> bool:
        return self._kept and not self._child.asked

    def begin(self, work: Work) -> None:
        self.number, self.built, self._kept = work.id, False, work.kept
        self._deadline = None if work.seconds is None else time.monotonic() + work.seconds
        self._child.tell(work)

    def stop(self) -> None:
        # Whoever still builds its model has nothing to say, and many solvers cannot be asked.
        self._child.patient = self.built and self.backend.capabilities.stops
        self._child.ask_to_stop()

    def tell(self, known: Known) -> None:
        self._child.tell(known)

    def step_back(self) -> None:
        self._child.step_back()

    def poll(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            self.stop()
        self._child.enforce()

    def ended(self, message: object) -> Ended:
        if self._child.asked:
            return Ended("stopped", "stopped by force" if self._child.forced else "")
        error = self._child.failure(message if isinstance(message, ChildFailed) else None)
        return Ended("failed", str(error), error=error, lost=self._child.killed)

    def close(self) -> None:
        self._child.close()
