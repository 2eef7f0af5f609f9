"""The library, checked: every record holds up against the instance as it is made here, or the check says why not.

Nothing that the index says is believed. Instances are made again and their hashes compared; the weights are evaluated
exactly; stored certificates are replayed; tiny instances are enumerated; an answer has to agree with the construction.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import check_allowed
from dnnt_encode.library.entry import LibraryEntry
from dnnt_encode.library.folder import Library
from dnnt_encode.library.submit import unpack_folder
from dnnt_encode.library.tables import DataMissing
from dnnt_encode.parsers.weights_json import load_weights
from dnnt_encode.proofs.manifest import MANIFEST
from dnnt_encode.solving.count import count
from dnnt_encode.solving.replay import replay


@dataclass(frozen=True)
class Finding:
    """What the check of an entry came to; ``detail`` says what is wrong, or what is missing here."""

    entry: LibraryEntry
    outcome: Literal["verified", "skipped", "wrong"]
    detail: str = ""


def check(library: Library, entries: Iterable[LibraryEntry], cores: int = 1, proofs: bool = True) -> Iterator[Finding]:
    """Check entries one by one; without ``proofs`` certificates are not replayed."""
    for entry in entries:
        try:
            _check(library, entry, cores, proofs)
        except DataMissing as missing:
            yield Finding(entry, "skipped", str(missing))
        except DnntError as error:
            yield Finding(entry, "wrong", str(error))
        else:
            yield Finding(entry, "verified")


def strays(library: Library) -> list[str]:
    """Files of solutions and certificates that no entry has."""
    wanted = {library.solution(entry.name) for entry in library.entries.values() if entry.record.loss is not None}
    wanted |= {library.certificate(entry.name) for entry in library.entries.values() if entry.record.stored}
    folders = [library.folder / name for name in ("solutions", "certificates")]
    there = {path for folder in folders if folder.is_dir() for path in folder.iterdir()}
    return sorted(str(path) for path in there - wanted)


def totals(entries: Iterable[LibraryEntry]) -> list[str]:
    """Lines with the numbers of instances by group and status, and by evidence."""
    entries = list(entries)
    groups = Counter((entry.group, entry.status) for entry in entries)
    names = list(dict.fromkeys(entry.group for entry in entries))
    rows: list[tuple[str, ...]] = [("group", "easy", "hard", "open", "all")]
    for name in names:
        counts = [groups[name, status] for status in ("easy", "hard", "open")]
        rows.append((name, *map(str, counts), str(sum(counts))))
    whole = [sum(entry.status == status for entry in entries) for status in ("easy", "hard", "open")]
    rows.append(("all", *map(str, whole), str(len(entries))))
    width = max(len(row[0]) for row in rows)
    lines = [row[0].ljust(width) + "".join(f"{cell:>7}" for cell in row[1:]) for row in rows]
    settled = Counter(str(entry.record.evidence) for entry in entries if entry.settled)
    stored = sum(entry.record.stored for entry in entries)
    told = ", ".join(f"{number} {kind}" for kind, number in settled.most_common())
    return [*lines, f"evidence of what is settled: {told or 'none'}; {stored} certificates are stored"]


def _check(library: Library, entry: LibraryEntry, cores: int, proofs: bool) -> None:
    instance, record = entry.make(), entry.record
    if instance.threshold != entry.threshold or str(instance.network) != entry.facts["shape"]:
        raise InputError("its facts are those of another instance", entry.name)
    if record.loss is not None:
        path = str(library.solution(entry.name))
        weights = load_weights(path, instance)
        check_allowed(instance.network, weights)
        loss = evaluate(instance, weights).loss
        if loss != entry.loss:
            raise InputError(f"the weights have the loss {loss}; the record says {record.loss}", path)
        if loss < Fraction(record.bound):
            raise InputError(f"the weights have the loss {loss}, below the bound {record.bound}", path)
        if record.infeasible and entry.threshold is not None and loss <= entry.threshold:
            raise InputError("the weights are within the threshold, which the record calls infeasible", path)
    if entry.settled and (record.proved is None or record.evidence is None):
        raise InputError("it is settled, and the record does not say by what", entry.name)
    if record.evidence == "weights" and not (
        entry.settled and not record.infeasible and (entry.threshold is not None or entry.loss == 0)
    ):
        raise InputError("its weights alone do not settle the question", entry.name)
    if record.evidence == "construction" and entry.known is None:
        raise InputError("the construction tells no answer", entry.name)
    answer = None if entry.known is None else entry.known["answer"]
    if entry.settled and entry.threshold is not None and answer not in (None, "no" if record.infeasible else "yes"):
        raise InputError(f"by its construction the answer is {answer}; the record says otherwise", entry.name)
    if entry.solutions is not None:
        _check_count(instance, entry)
    if record.stored and proofs:
        _check_certificate(library, entry, instance, cores)


def _check_count(instance: Instance, entry: LibraryEntry) -> None:
    assert entry.solutions is not None
    for key, orbits in (("assignments", False), ("orbits", True)):
        found = count(instance, threshold=Fraction(entry.solutions["most"]), up_to_symmetry=orbits)
        if found.count != entry.solutions[key] or not found.complete:
            raise InputError(f"found {found.count} {key}; the index says {entry.solutions[key]}", entry.name)


def _check_certificate(library: Library, entry: LibraryEntry, instance: Instance, cores: int) -> None:
    path = library.certificate(entry.name)
    with tempfile.TemporaryDirectory() as folder:
        unpack_folder(path, folder)
        try:
            shown = replay(os.path.join(folder, MANIFEST), cores, instance)
        except InputError as error:
            raise InputError(error.message, f"{path}: {os.path.basename(error.place)}") from None
    if shown.status != entry.answer or (shown.loss is not None and shown.loss != entry.loss):
        raise InputError(
            f"it shows {shown.status} with the loss {shown.loss}; the record says {entry.answer}", str(path)
        )
