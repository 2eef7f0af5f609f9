"""The sides, each a program of its own: measured from start to end, with the processor time of all that it starts."""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

GRACE = 30.0
"""Seconds beyond its limit after which a program is killed."""


@dataclass(frozen=True)
class Outcome:
    """`seconds` of wall time and `cpu` of processors; both are those of the whole run, proof or not."""

    instance: str
    side: str
    limit: float
    status: str
    loss: str | None
    bound: str | None
    seconds: float
    cpu: float

    @property
    def proved(self) -> bool:
        return self.status in ("OPTIMUM FOUND", "UNSATISFIABLE")

    def row(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Side:
    """`command` with {file}, {limit} and {threads}; it prints a JSON object with status, loss and bound. `path`: where
    the package is that it runs."""

    name: str
    command: tuple[str, ...]
    path: Path = ROOT

    def run(self, instance: str, file: str, limit: float, threads: int) -> Outcome:
        words = [word.format(file=file, limit=limit, threads=threads) for word in self.command]
        begin = time.monotonic()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            child = subprocess.Popen(
                [sys.executable, *words],
                stdout=output,
                stderr=errors,
                cwd=self.path,
                env={**os.environ, "PYTHONPATH": str(self.path)},
            )
            until = begin + limit + GRACE
            while True:
                pid, _, usage = os.wait4(child.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > until:
                    child.kill()
                    _, _, usage = os.wait4(child.pid, 0)
                    break
                time.sleep(0.01)
            seconds = time.monotonic() - begin
            child.returncode = 0  # reaped above
            output.seek(0)
            errors.seek(0)
            try:
                answer = json.loads(output.read())
            except ValueError:
                answer = {"status": "FAILED: " + errors.read().decode(errors="replace").strip()[-200:]}
        loss, bound = answer.get("loss"), answer.get("bound")
        return Outcome(
            instance,
            self.name,
            limit,
            answer["status"],
            None if loss is None else str(loss),
            None if bound is None else str(bound),
            round(seconds, 2),
            round(usage.ru_utime + usage.ru_stime, 2),
        )


SOLVE = ("-m", "dnnt_encode", "solve", "{file}", "--time-limit", "{limit}", "--threads", "{threads}", "--json")
TEXTBOOK = ("-m", "benchmarks.proofs.textbook", "{file}", "--limit", "{limit}", "--workers", "{threads}")


@contextmanager
def sides(before: str | None, names: list[str]) -> Iterator[list[Side]]:
    """The sides by name; `before` is the revision of that side, which needs one."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for name in names:
            if name == "before" and before is not None:
                packed = subprocess.run(
                    ["git", "archive", before, "dnnt_encode"], cwd=ROOT, check=True, capture_output=True
                ).stdout
                with tarfile.open(fileobj=BytesIO(packed)) as archive:
                    archive.extractall(folder, filter="data")
                found.append(Side(name, SOLVE, Path(folder)))
            elif name == "ours":
                found.append(Side(name, (*SOLVE, "--seed", "1")))
            elif name == "textbook":
                found.append(Side(name, TEXTBOOK))
        yield found


def number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
