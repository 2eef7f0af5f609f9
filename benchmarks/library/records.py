"""Setting the records: `auto` on one core on every instance, one run after the other, and what it finds merged."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import dnnt_encode
from dnnt_encode.bench.program import run_python
from dnnt_encode.bench.runs import SOLVE
from dnnt_encode.families.teacher import Teacher
from dnnt_encode.instance import Weights, evaluate
from dnnt_encode.library.entry import Credit, LibraryEntry
from dnnt_encode.library.folder import Library
from dnnt_encode.library.submit import Claims, claims_of, merge
from dnnt_encode.library.tables import DataMissing
from dnnt_encode.parsers.places import Place


def set_record(library: Library, entry: LibraryEntry, backend: str, limit: float, certify: bool = False) -> str:
    """One run, merged; what became of it, in words. ``certify``: keep a certificate where there is one."""
    try:
        instance = entry.make()
    except DataMissing as missing:
        return f"skipped: {missing}"
    with tempfile.TemporaryDirectory() as scratch:
        file, proof = Path(scratch) / "instance.json", Path(scratch) / "proof"
        dnnt_encode.save(instance, file)
        options = ["--backend", backend, "--time-limit", f"{limit:g}", "--threads", "1", "--seed", "1", "--json"]
        options += ["--certificate", str(proof)] if certify else []
        run = run_python([*SOLVE, str(file), *options], limit, threading.Event())
        try:
            value = json.loads(run.output)
        except ValueError:
            return f"no answer: {run.errors[-200:]}"
        by = value["backend"]["name"]
        solver = by if by == backend else f"{backend}: {by}"
        credit = Credit("dnnt-encode", solver, value["dnnt_version"], str(date.today()), run.seconds, run.cpu)
        claims = claims_of(value, Place(entry.name), instance)
        certificate = str(proof) if (proof / "manifest.json").is_file() else None
        said = merge(library, entry, claims, credit, certificate, 1, backend == "auto" and not certify)
    told = f"{value['status']}, loss {value['loss']}, bound {value['bound']}, {value['certificate']['kind']}"
    return f"{told}, {run.cpu:.1f} s CPU{': ' + '; '.join(said) if said else ''}"


def plant(library: Library, entry: LibraryEntry) -> list[str]:
    """Merge the weights of a teacher, which its instance records."""
    instance = entry.make()
    assert instance.source is not None
    weights = Weights.for_instance(instance, Teacher.of(instance.source["problem"]).layers())
    claims = Claims(weights, evaluate(instance, weights).loss)
    return merge(library, entry, claims, Credit("construction", "the teacher", dnnt_encode.__version__))


def set_records(library: Library, entries: Sequence[LibraryEntry], backend: str, limit: float, certify: bool) -> None:
    for number, entry in enumerate(entries, start=1):
        said = set_record(library, library.named(entry.name), backend, limit, certify)
        print(f"{number}/{len(entries)} {entry.name}: {said}", flush=True)
