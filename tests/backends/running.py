"""Run a backend on one task, in this process."""

from __future__ import annotations

from typing import Any

from dnnt_encode.backends.protocol import Backend, Controls, Event, Finished, Task


def events_of(backend: Backend, task: Task, **controls: Any) -> list[Event | Finished]:
    """What it says, and how it ends. ``controls``: the fields of Controls."""
    said: list[Event | Finished] = []
    finished = backend.run(task, Controls(**controls), said.append)
    return [*said, finished]
