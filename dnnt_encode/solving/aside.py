"""One piece of work beside a run: for enumeration and second opinions after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from dnnt_encode.solving.executors import Local
from dnnt_encode.solving.run import TICK
from dnnt_encode.solving.work import Claim, Ended, Work


def claims_of(work: Work, stop: threading.Event) -> Iterator[Claim]:
    """What one piece claims, up to its end, which comes soon after a wish to stop, or Ctrl-C, which sets ``stop``."""
    with Local() as executor:
        executor.start(work)
        while True:
            try:
                for _, claim in executor.claims(TICK):
                    yield claim
                    if isinstance(claim, Ended):
                        return
            except KeyboardInterrupt:
                stop.set()
            if stop.is_set():
                executor.stop(work.id)
