"""Binding a child process to some of its cores, whatever threads its solver starts."""

from __future__ import annotations

import contextlib
import os
import random
import sys


def limit_cores(threads: int) -> bool:
    """Bind this process to ``threads`` of its cores; False where the system cannot. Different processes choose
    different cores where there are enough."""
    if not hasattr(os, "sched_getaffinity") or sys.platform == "darwin":
        return False
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > threads:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, random.Random(os.getpid()).sample(cores, threads))
            return True
        return False
    return True
