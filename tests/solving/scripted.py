"""A backend that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from dnnt_encode.backends.protocol import Capabilities, Controls, Event, Task

Script = Callable[[Task, Controls], Iterator[Event]]


class Scripted:
    """``script``: events, or exceptions to raise in their place, or a function that makes them for a task."""

    def __init__(self, model: str, script: Sequence[Event | Exception] | Script, name: str = "scripted") -> None:
        self.name = name
        self.capabilities = Capabilities(model=model)  # type: ignore[arg-type]
        self.tasks: list[Task] = []
        self._script = script
        self._controls = Controls()

    def version(self) -> str:
        return "0"

    def memory(self, model_bytes: int, threads: int) -> int:
        return 0

    @contextmanager
    def open(self, controls: Controls) -> Iterator[Scripted]:
        self._controls = controls
        yield self

    def run(self, task: Task) -> Iterator[Event]:
        self.tasks.append(task)
        if callable(self._script):
            yield from self._script(task, self._controls)
            return
        for event in self._script:
            if isinstance(event, Exception):
                raise event
            yield event
