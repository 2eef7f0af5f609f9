"""The subsets by purpose, each by a rule; what they hold is written into the index and stays for a year.

benchmark  60 settled instances that every side of the table can state (integer parameters; misclassification, zero_one
           or l1; files of at most 200,000 clauses), in turn from every group; within a group in a seeded order, by
           turns of those that took `auto` more than a second and the rest, so that all grades of difficulty are there
open       what is open
tiny       all solutions were enumerated (see ``index.counted``)
large      an encoding has a million clauses or more (see ``index.described``)
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from dnnt_encode.library.entry import LibraryEntry

SEED = "library 2026"
SIZE = 60
CLAUSES = 200_000
LOSSES = ("misclassification", "zero_one", "l1")


def with_subsets(entries: Iterable[LibraryEntry]) -> list[LibraryEntry]:
    """All entries, with `benchmark` and `open` set by their rules."""
    entries = list(entries)
    members = {"benchmark": set(benchmark(entries)), "open": {e.name for e in entries if e.status == "open"}}
    return [
        replace(
            entry,
            subsets=(
                *(name for name in entry.subsets if name not in members),
                *(name for name, names in members.items() if entry.name in names),
            ),
        )
        for entry in entries
    ]


def benchmark(entries: Iterable[LibraryEntry]) -> list[str]:
    groups: dict[str, list[LibraryEntry]] = {}
    for entry in entries:
        if _eligible(entry):
            groups.setdefault(entry.group, []).append(entry)
    queues = [_by_turns(found, random.Random(f"{SEED} {group}")) for group, found in groups.items()]
    chosen: list[str] = []
    while len(chosen) < SIZE and any(queues):
        for queue in queues:
            if queue and len(chosen) < SIZE:
                chosen.append(queue.pop(0))
    return chosen


def _eligible(entry: LibraryEntry) -> bool:
    size = entry.sizes["wcnf"]
    small = isinstance(size, dict) and size["rows"] <= CLAUSES
    shared = entry.facts["loss"] in LOSSES and "continuous" not in entry.tags and "large" not in entry.subsets
    by_solver = entry.record.auto is not None or entry.record.evidence != "construction"
    return entry.settled and small and shared and by_solver and "heart" not in entry.name


def _by_turns(entries: list[LibraryEntry], rng: random.Random) -> list[str]:
    shuffled = rng.sample(entries, len(entries))
    slow = [each.name for each in shuffled if each.record.auto is None or each.record.auto > 1]
    quick = [each.name for each in shuffled if each.name not in slow]
    turns = [name for pair in zip(slow, quick, strict=False) for name in pair]
    return turns + slow[len(quick) :] + quick[len(slow) :]
