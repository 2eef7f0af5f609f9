"""Several child processes on one question: their events in one stream, and the first answer ends it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

from dnnt_encode.backends.process import Child
from dnnt_encode.backends.protocol import Controls, Event, Finished, Log
from dnnt_encode.errors import DnntError


def race(runners: Sequence[tuple[Child, object]], controls: Controls) -> Iterator[Event]:
    """Give every child its payload and yield what they all say, up to the first ``Finished`` that is an answer.

    A child that fails is left behind, with its error in the log; raises that error where no child is left. On leaving,
    all children are ended."""
    events: queue.SimpleQueue[tuple[int, Event | BaseException]] = queue.SimpleQueue()

    def follow(index: int, child: Child, payload: object) -> None:
        try:
            for event in child.run(payload, controls):
                events.put((index, event))
        except BaseException as error:
            events.put((index, error))

    threads = [
        threading.Thread(target=follow, args=(index, child, payload), daemon=True)
        for index, (child, payload) in enumerate(runners)
    ]
    for thread in threads:
        thread.start()
    try:
        yield from _merged(events, [child for child, _ in runners], controls)
    finally:
        for child, _ in runners:
            child.ask_to_stop()
        for thread in threads:
            thread.join(timeout=2)


def _merged(
    events: queue.SimpleQueue[tuple[int, Event | BaseException]], children: Sequence[Child], controls: Controls
) -> Iterator[Event]:
    running = len(children)
    last: Finished | None = None
    failure: BaseException | None = None
    while running:
        try:
            index, event = events.get()
        except KeyboardInterrupt:
            controls.stop.set()
            for child in children:
                child.ask_to_stop()
            continue
        if isinstance(event, BaseException):
            running -= 1
            if not isinstance(event, DnntError):
                raise event
            failure = event
            yield Log(f"{children[index].what}: {event}")
        elif isinstance(event, Finished):
            if event.outcome != "stopped":
                yield event
                return
            running -= 1
            last = event
        else:
            yield event
    if last is None:
        assert failure is not None
        raise failure
    yield last
