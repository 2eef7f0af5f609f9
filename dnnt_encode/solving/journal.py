"""A journal of a run: incumbents, bounds and closed leaves as they come, so that a killed run can go on.

JSON lines. The first says what was asked of which instance; each of the others is one fact, flushed to the disk. What
was found is verified again when it is read; what was proved is the word of whoever proved it, recorded with it. A last
line that is cut off is what a kill leaves behind, and is passed over.

    {"format": "dnnt-journal", "version": 1, "instance_sha256": ..., "threshold": null, "split": 1}
    {"seconds": 0.8, "loss": 7, "weights": {"format": "dnnt-weights", ...}}
    {"seconds": 2.5, "node": [], "bound": 3, "evidence": {"kind": "exact", "by": "cpsat", "detail": "", "steps": []}}
    {"seconds": 9.1, "node": [2], "part": HASH, "bound": 4, "evidence": {...}}
    {"seconds": 9.1, "node": [], "refuted": true, "evidence": {...}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from dnnt_encode._version import __version__
from dnnt_encode.errors import InputError
from dnnt_encode.instance.goal import Goal
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json, to_fraction
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.files import read_bytes
from dnnt_encode.parsers.json_text import parse_json
from dnnt_encode.parsers.places import Place
from dnnt_encode.parsers.weights_json import weights_json, weights_of
from dnnt_encode.solving.evidence import KINDS, Evidence
from dnnt_encode.solving.tree import Fact

FORMAT, VERSION = "dnnt-journal", 1

SPLIT = 1
"""Numbers the way in which instances are split: leaves of another way are not those of this one."""


@dataclass(frozen=True, eq=False)
class Remembered:
    """What a journal holds: the best ``weights``, and what was shown of each node."""

    weights: Weights | None = None
    facts: tuple[Fact, ...] = field(default=())


class Journal:
    """Writes to a file, from its end on. Where writing fails the run goes on without; ``failed`` says why."""

    def __init__(self, path: str, instance: Instance, goal: Goal, *, resumed: bool) -> None:
        """Raises InputError where the file cannot be written, or holds something that is not resumed."""
        self.failed: str | None = None
        exists = os.path.exists(path) and os.path.getsize(path) > 0
        if exists and not resumed:
            raise InputError("this journal holds a run already; --resume goes on with it", path)
        try:
            self._file = Path(path).open("ab", buffering=0)  # noqa: SIM115 (closed by close)
            if exists:
                # A line that a kill has cut off ends here.
                self._file.write(b"\n")
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror or error}", path) from None
        self._write({"resumed": True} if exists else _header(instance, goal))

    def incumbent(self, seconds: float, loss: Fraction, weights: Weights) -> None:
        self._write({"seconds": round(seconds, 3), "loss": number_json(loss), "weights": weights_json(weights)})

    def fact(self, seconds: float, fact: Fact) -> None:
        claim = {"refuted": True} if fact.bound is None else {"bound": number_json(fact.bound)}
        part = {} if fact.part is None else {"part": fact.part}
        line = {"seconds": round(seconds, 3), "node": list(fact.node), **part, **claim}
        self._write({**line, "evidence": asdict(fact.evidence)})

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        if self.failed is not None:
            return
        try:
            self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            if error.errno in _NO_SYNC:
                return
            self.failed = error.strerror or str(error)


_JOURNAL = ", says the journal"

_NO_SYNC = {22, 95}
"""A pipe cannot be synchronised, and need not."""


def _header(instance: Instance, goal: Goal) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "instance_sha256": instance.sha256,
        "threshold": None if goal.at_most is None else number_json(goal.at_most),
        "split": SPLIT,
        "dnnt_version": __version__,
    }


def read_journal(path: str, instance: Instance, goal: Goal) -> Remembered:
    """What a journal of the same question remembers. Raises InputError where it is damaged, or of another question."""
    lines = list(_lines(path))
    if not lines:
        raise InputError("this journal is empty", path)
    _check(lines[0], instance, goal)
    best: tuple[Fraction, Weights] | None = None
    facts: list[Fact] = []
    for value, place in lines[1:]:
        try:
            if "weights" in value:
                loss = to_fraction(value["loss"])
                if best is None or loss < best[0]:
                    best = loss, weights_of(value["weights"], place / "weights", instance)
            elif "evidence" in value:
                facts.append(_fact(value))
        except InputError:
            raise
        except (KeyError, TypeError, ValueError):
            raise place.error("this line of the journal is damaged") from None
    return Remembered(None if best is None else best[1], tuple(facts))


def _lines(path: str) -> Iterator[tuple[dict[str, Any], Place]]:
    rows = [(k, row) for k, row in enumerate(read_bytes(path).split(b"\n"), start=1) if row.strip()]
    for place, (number, row) in enumerate(rows):
        name = f"{path}, line {number}"
        try:
            value = parse_json(row.decode("utf-8"), name)
            if not isinstance(value, dict):
                raise InputError("this line of the journal is damaged", name)
        except (InputError, UnicodeDecodeError):
            # A kill cuts off the last line of a run.
            if place + 1 < len(rows) and b'"resumed"' not in rows[place + 1][1]:
                raise InputError("this line of the journal is damaged", name) from None
            continue
        yield value, Place(name)


def _check(first: tuple[dict[str, Any], Place], instance: Instance, goal: Goal) -> None:
    value, place = first
    if value.get("format") != FORMAT or value.get("version") != VERSION:
        raise place.error(f"found no journal of version {VERSION}, whose first line names its format")
    if value.get("instance_sha256") != instance.sha256:
        raise (place / "instance_sha256").error(
            f"this journal is of another instance; the hash of this one ({instance.name}) is {instance.sha256}"
        )
    asked = value.get("threshold")
    threshold = None if asked is None else to_fraction(asked)
    if threshold != goal.at_most:
        raise (place / "threshold").error(
            f"this journal is of another question: the threshold was {threshold}, and is {goal.at_most}"
        )
    if value.get("split") != SPLIT:
        raise (place / "split").error(f"found the split {value.get('split')}; this version splits by {SPLIT}")


def _fact(value: dict[str, Any]) -> Fact:
    said = value["evidence"]
    if said["kind"] not in KINDS:
        raise ValueError
    by = str(said["by"]).removesuffix(_JOURNAL) + _JOURNAL
    evidence = Evidence(said["kind"], by, str(said["detail"]), tuple(map(str, said["steps"])))
    node = tuple(int(index) for index in value["node"])
    part = None if value.get("part") is None else str(value["part"])
    return Fact(node, None if value.get("refuted") else to_fraction(value["bound"]), evidence, part)
