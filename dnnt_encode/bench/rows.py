"""What a run came to, as a line of JSON in a file that grows: a run whose line is there need not be made again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.parsers.files import decode_text, read_bytes
from dnnt_encode.parsers.outputs import reason

FAILED = "ERROR"
"""The status of a run that gave no answer; ``error`` says why."""

NOBODY = "-"
"""The side of a file that is no instance."""

Key = tuple[str, str, float, int, "int | None"]


@dataclass(frozen=True)
class Row:
    """One run of ``side`` (a backend, or another program) on an instance. ``seconds`` of wall time and ``cpu`` of
    processors, children included, are those of the whole run, starting the program too; losses are texts, exact."""

    instance: str
    instance_sha256: str | None
    side: str
    limit: float
    threads: int
    seed: int | None
    status: str
    loss: str | None = None
    bound: str | None = None
    threshold: str | None = None
    seconds: float = 0.0
    cpu: float = 0.0
    error: str | None = None
    version: str | None = None

    @property
    def task(self) -> str:
        """What is the same for all sides: the instance, whatever its file is called."""
        return self.instance_sha256 or self.instance

    @property
    def key(self) -> Key:
        return self.task, self.side, self.limit, self.threads, self.seed

    @property
    def proved(self) -> bool:
        return self.status in ("OPTIMUM FOUND", "UNSATISFIABLE")

    @property
    def solved(self) -> bool:
        """Whether the question is settled: with a threshold, weights within it settle it, too."""
        return self.proved or (self.status == "SATISFIABLE" and self.threshold is not None)

    @property
    def counted(self) -> float:
        """Seconds; those of an open run are its limit."""
        return self.seconds if self.solved else self.limit

    @property
    def par2(self) -> float:
        """Seconds; those of an open run are twice its limit."""
        return self.seconds if self.solved else 2 * self.limit

    def number(self, name: str) -> Fraction | None:
        """``loss``, ``bound`` or ``threshold`` as a number."""
        text = getattr(self, name)
        return None if text is None else Fraction(text)

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def read_rows(path: str) -> dict[Key, Row]:
    """The rows of a file, the last one of each run. A last line that was cut off is none. Raises InputError naming the
    line."""
    lines = decode_text(read_bytes(path), path).split("\n")
    found = {}
    for number, line in enumerate(lines[:-1], start=1):
        if not line.strip():
            continue
        try:
            row = _row(json.loads(line))
        except ValueError as error:
            raise InputError(f"this is no row of `dnnt bench`: {error}", f"{path}, line {number}") from None
        found[row.key] = row
    return found


def _row(value: Any) -> Row:
    """Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("a JSON object is needed")
    known = {field.name for field in fields(Row)}
    unknown, lacking = sorted(set(value) - known), sorted({"instance", "side", "status"} - set(value))
    if unknown or lacking:
        raise ValueError(f"unknown keys: {unknown}" if unknown else f"keys that are not there: {lacking}")
    row = Row(**{"instance_sha256": None, "limit": 0.0, "threads": 1, "seed": None, **value})
    if any(not isinstance(value[name], str) for name in ("instance", "side", "status")):
        raise ValueError("instance, side and status are texts")
    amounts: list[Any] = [row.limit, row.seconds, row.cpu]
    if not all(isinstance(amount, (int, float)) and math.isfinite(amount) for amount in amounts):
        raise ValueError("limit, seconds and cpu are numbers")
    for text in (row.loss, row.bound, row.threshold):
        if text is not None:
            to_fraction(text)
    return row


def append(path: str, rows: Iterable[Row]) -> None:
    """Add rows to a file, in place of a last line that was cut off. Raises InputError where that fails."""
    try:
        with Path(path).open("a+b") as file:
            file.seek(0)
            whole = file.read()
            last = whole.rfind(b"\n") + 1
            if last < len(whole):
                file.truncate(last)
            file.write("".join(row.line() for row in rows).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError(reason(error, "written"), path) from None
