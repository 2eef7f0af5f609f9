"""Binding a process to some of its cores, whatever threads its solver starts."""

from __future__ import annotations

import contextlib
import os
import random
import sys

_CAN = hasattr(os, "sched_getaffinity") and sys.platform != "darwin"


def available_cores() -> int:
    """The processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if _CAN else os.cpu_count() or 1


def some_cores(count: int, seat: int = 0) -> tuple[int, ...] | None:
    """``count`` of this process's cores; None where it has no more, or the system cannot bind. Different processes, and
    different ``seat``s in one, choose different cores where there are enough."""
    if not _CAN:
        return None
    cores = sorted(os.sched_getaffinity(0))
    if count >= len(cores):
        return None
    random.Random(os.getpid()).shuffle(cores)
    return tuple(cores[(seat * count + place) % len(cores)] for place in range(count))


def bind(cores: tuple[int, ...]) -> None:
    """Let this process run on these cores alone, as far as the system allows."""
    if _CAN:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, cores)


def bound_to(threads: int) -> bool:
    """Whether this process runs on at most so many cores."""
    return _CAN and len(os.sched_getaffinity(0)) <= threads
