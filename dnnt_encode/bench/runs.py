"""Runs: a side, an instance and a seed, one after the other or several at a time."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from dnnt_encode.bench.program import Interrupted, run_python
from dnnt_encode.bench.rows import FAILED, Key, Row

SOLVE = ("-m", "dnnt_encode", "solve")


@dataclass(frozen=True)
class Contender:
    """A program: Python with the words of ``command``, then the instance's file and the options that ``dnnt solve``
    has for limit, threads, seed and JSON. It prints an object with ``status``, ``loss`` and ``bound``. ``path``: the
    folder of the package that it runs, where that is another one. ``seeded``: whether a seed makes a difference."""

    name: str
    command: tuple[str, ...] = SOLVE
    path: Path | None = None
    seeded: bool = True


@dataclass(frozen=True)
class Trial:
    """``instance`` is what the instance is called, ``file`` where it is."""

    side: Contender
    instance: str
    file: str
    sha256: str
    limit: float
    threads: int
    seed: int | None = None

    @property
    def row(self) -> Row:
        """What is known of the row before the run."""
        seed = self.seed if self.side.seeded else None
        return Row(self.instance, self.sha256, self.side.name, self.limit, self.threads, seed, FAILED)

    def made(self, stop: threading.Event) -> Row:
        """Make the run. Raises Interrupted."""
        row = self.row
        options = ["--time-limit", f"{self.limit:g}", "--threads", str(self.threads), "--json"]
        if row.seed is not None:
            options += ["--seed", str(row.seed)]
        found = run_python([*self.side.command, os.path.abspath(self.file), *options], self.limit, stop, self.side.path)
        row = replace(row, seconds=found.seconds, cpu=found.cpu)
        try:
            answer = json.loads(found.output)
        except ValueError:
            said = found.errors.removeprefix("dnnt: error: ").splitlines()[-1:] or ["it printed no answer"]
            return replace(row, error="killed: it did not keep its limit" if found.late else said[0][-300:])
        return replace(
            row,
            status=answer["status"],
            loss=_text(answer.get("loss")),
            bound=_text(answer.get("bound")),
            threshold=_text(answer.get("threshold")),
            version=answer.get("dnnt_version"),
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def rows_of(runs: Iterable[Trial], done: Mapping[Key, Row], jobs: int = 1) -> Generator[tuple[Row, bool], None, None]:
    """The row of each run as it comes, and whether it is new; ``done`` are rows that there are, of which those that
    failed are tried again. So many ``jobs`` run at a time. Leaving early ends what still runs."""
    stop = threading.Event()
    pool = ThreadPoolExecutor(jobs)
    try:
        left, seen = [], set()
        for run in runs:
            key = run.row.key
            # Two files with the same instance are one run, and so are all seeds of a side that heeds none.
            if key in seen:
                continue
            seen.add(key)
            known = done.get(key)
            if known is not None and known.status != FAILED:
                yield replace(known, instance=run.instance), False
            else:
                left.append(run)
        for ended in as_completed([pool.submit(run.made, stop) for run in left]):
            yield ended.result(), True
    except Interrupted:
        return
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
