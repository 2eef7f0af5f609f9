"""A backend that says what a test wants it to say, and runs of it without processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import dnnt_encode
from dnnt_encode import Instance
from dnnt_encode.backends.protocol import Backend, Capabilities, Controls, Event, Finished, Say, Task
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.executors import Inline
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.policy import POLICY
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.schedule import Entrant, Race, Scheduler
from dnnt_encode.solving.solve import answer

Script = Callable[[Task, Controls], Iterator[Event | Finished]]

ALONE = replace(POLICY, search=False, guesses=0)
"""Nothing is found before the backends speak, but for one guess."""


class Scripted:
    """``script``: events, or exceptions to raise in their place, or a function that makes them for a task; the first
    ``Finished`` ends it. Without one it has stopped."""

    def __init__(
        self,
        model: str,
        script: Sequence[Event | Finished | Exception] | Script,
        name: str = "scripted",
        **capabilities: Any,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(model=model, **capabilities)  # type: ignore[arg-type]
        self.tasks: list[Task] = []
        self._script = script

    def version(self) -> str:
        return "0"

    def memory(self, model_bytes: int, threads: int) -> int:
        return 0

    def warm(self) -> None:
        pass

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        self.tasks.append(task)
        said = self._script(task, controls) if callable(self._script) else iter(self._script)
        for event in said:
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Finished):
                return event
            say(event)
        return Finished("stopped")


def waits(task: Task, controls: Controls) -> Iterator[Event | Finished]:
    """Does nothing until it is asked to stop."""
    while not controls.should_stop():
        controls.stop.wait(0.02)
    yield Finished("stopped")


def race(instance: Instance, *entrants: Entrant | Backend, **options: Any) -> dnnt_encode.Result:
    """A run of these entrants alone, in threads. ``options``: of the request, ``time_limit``, and ``automatic``."""
    return run(
        instance, Race(*(each if isinstance(each, Entrant) else Entrant(each, 1) for each in entrants)), **options
    )


def run(instance: Instance, scheduler: Scheduler, **options: Any) -> dnnt_encode.Result:
    """A run of one round, in threads. ``options``: see ``race``."""
    plan = Plan((scheduler,))
    clock = Clock(options.pop("time_limit", 60))
    backend = "auto" if options.pop("automatic", False) else "scripted"
    options.setdefault("threshold", instance.threshold)
    options.setdefault("stop", threading.Event())
    request = Request(instance, backend=backend, **options)
    return answer(request, clock, ALONE, options.get("executor") or Inline(), plan)


def alone(instance: Instance, backend: str, **options: Any) -> dnnt_encode.Result:
    """A run of the backend of this name, without local search beside it."""
    clock = Clock(options.pop("time_limit", 60))
    options.setdefault("threshold", instance.threshold)
    return answer(Request(instance, backend=backend, **options), clock, ALONE)
