"""A ray cluster: every piece of work is an actor of its own, which does it in child processes of its machine.

The address is that of the environment (``RAY_ADDRESS``); without one, ray starts on this machine.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dnnt_encode.backends.cores import available_cores
from dnnt_encode.backends.versions import installed_version
from dnnt_encode.errors import BackendError
from dnnt_encode.solving.executors import Local
from dnnt_encode.solving.remote import Lost
from dnnt_encode.solving.work import Claim, Ended, Known, Work

WAIT = 0.3
"""Seconds that a worker waits for a claim before it answers that there is none."""

RESERVED = 0.5
"""Processors that a thread of a piece reserves: a run asks for somewhat more threads than there are cores, and who has
come later makes the others step back."""


class RayWorker:
    """The actor: one piece of work, done as on any machine."""

    def __init__(self) -> None:
        self._local = Local()
        self._number = 0

    def start(self, work: Work) -> None:
        self._number = work.id
        self._local.start(work)

    def claims(self) -> list[Claim]:
        return [claim for _, claim in self._local.claims(WAIT)]

    def stop(self) -> None:
        self._local.stop(self._number)

    def tell(self, known: Known) -> None:
        self._local.tell(self._number, known)


class RayCluster:
    """Connects to a cluster, or starts one here. Raises BackendError where that cannot be done."""

    def __init__(self) -> None:
        if ray_version() is None:
            raise BackendError("a cluster needs ray: pip install 'dnnt-encode[ray]'")
        import ray

        self._ray, self._ours = ray, not ray.is_initialized()
        if self._ours:
            handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
            try:
                ray.init(
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                    **_on_our_own(),
                )
            except Exception as error:
                raise BackendError(f"no ray cluster: {error}") from error
            finally:
                if threading.current_thread() is threading.main_thread():
                    for number, handler in handlers.items():
                        signal.signal(number, handler)
        self.cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._widest = max([1, *(int(n["Resources"].get("CPU", 0)) for n in ray.nodes() if n["Alive"])])
        self._actor = ray.remote(RayWorker)

    def begin(self, work: Work) -> _Actor:
        threads = min(work.threads, self._widest)
        share = RESERVED * threads
        options = {
            # More than one processor is reserved in whole ones alone.
            "num_cpus": share if share < 1 else math.floor(share),
            "max_restarts": 0,
            "max_concurrency": 4,
            "scheduling_strategy": "SPREAD",
        }
        with _losses(self._ray):
            return _Actor(self._ray, self._actor.options(**options).remote(), replace(work, threads=threads))

    def close(self) -> None:
        if self._ours:
            self._ray.shutdown()


class _Actor:
    """A worker as the driver sees it."""

    def __init__(self, ray: Any, handle: Any, work: Work) -> None:
        self._ray, self._handle = ray, handle
        self._begun = handle.start.remote(work)

    def claims(self) -> Sequence[Claim]:
        with _losses(self._ray):
            if self._begun is not None:
                self._ray.get(self._begun)
                self._begun = None
            claims: list[Claim] = self._ray.get(self._handle.claims.remote())
        if any(isinstance(claim, Ended) for claim in claims):
            self.kill()
        return claims

    def stop(self) -> None:
        with contextlib.suppress(Exception):
            self._handle.stop.remote()

    def tell(self, known: Known) -> None:
        with contextlib.suppress(Exception):
            self._handle.tell.remote(known)

    def kill(self) -> None:
        with contextlib.suppress(Exception):
            self._ray.kill(self._handle, no_restart=True)


@contextlib.contextmanager
def _losses(ray: Any) -> Iterator[None]:
    """What ray raises as we say it."""
    try:
        yield
    except ray.exceptions.RayTaskError as error:
        raise BackendError(f"a worker failed: {error.cause or error}") from error
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise Lost(str(error)) from error


def _on_our_own() -> dict[str, Any]:
    """How many cores a cluster of this machine alone has; nothing where there is one to connect to."""
    return {} if os.environ.get("RAY_ADDRESS") else {"address": "local", "num_cpus": available_cores()}


def ray_version() -> str | None:
    """The installed version of ray."""
    return installed_version("ray")
