"""Packs for solvers: the instances as model files, with what is known of each in the manner of MIPLIB and of the SAT
community.

    NAME.mps.gz, ...    the models, as `dnnt export` writes them
    pack.solu           a line a file: =opt= NAME OBJECTIVE, =best= NAME OBJECTIVE, =feas= NAME, =inf= NAME, =unkn= NAME
    features.csv        a line a file: what it holds, and what it is made of

Objectives are those of the files. A CNF asks a yes-or-no question: an instance that minimises becomes two formulas, for
the best known loss (at) and for any better one (below).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from typing import Any

from dnnt_encode.errors import DnntError
from dnnt_encode.exchange.encode import Encoded, encode
from dnnt_encode.exchange.export import write_model
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.question import Question
from dnnt_encode.library.entry import LibraryEntry
from dnnt_encode.library.tables import DataMissing
from dnnt_encode.parsers.files import write_text
from dnnt_encode.parsers.outputs import new_folder

SOLU, FEATURES = "pack.solu", "features.csv"

ROWS = 10**6
"""Files of more rows or clauses are left out, unless somebody asks for them."""


@dataclass(frozen=True)
class Packed:
    """A file of a pack: of which entry and question, and what is known of it."""

    name: str
    entry: LibraryEntry
    encoded: Encoded
    known: str
    objective: Fraction | None

    def solu(self) -> str:
        return " ".join([f"={self.known}=", self.name, *([] if self.objective is None else [str(self.objective)])])

    def features(self) -> dict[str, Any]:
        """A line of the feature table."""
        entry, size = self.entry, self.encoded.model.size
        facts = dict(entry.facts)
        facts["activations"] = " ".join(facts["activations"])
        return {
            "file": self.name,
            "instance": entry.name,
            "group": entry.group,
            "status": entry.status,
            "known": self.known,
            "objective": "" if self.objective is None else self.objective,
            "best_loss": entry.record.loss or "",
            "bound": entry.record.bound,
            **{key: "" if value is None else value for key, value in facts.items()},
            "columns": size.columns,
            "rows": size.rows,
            "terms": size.terms,
            "soft": size.soft,
            "auto_cpu": "" if entry.record.auto is None else entry.record.auto,
            "instance_sha256": entry.sha256,
        }


def pack(
    entries: Iterable[LibraryEntry], kind: str, folder: str, rows: int = ROWS, say: Callable[[str], object] = print
) -> list[Packed]:
    """Write a pack of instances in a format into a new folder; ``say`` is told what is left out.

    Raises InputError where it cannot be written."""
    new_folder(folder)
    found: list[Packed] = []
    for entry in entries:
        size = entry.sizes[kind]
        if isinstance(size, dict) and size["rows"] > rows:
            say(f"{entry.name}: left out, more than {rows} rows")
            continue
        try:
            for packed in _packed(entry, kind):
                write_model(packed.encoded, os.path.join(folder, f"{packed.name}{KINDS[kind].suffix}.gz"))
                found.append(packed)
        except DataMissing as missing:
            say(f"{entry.name}: left out, {missing}")
        except DnntError as error:
            say(f"{entry.name}: left out, {error}")
    write_text(os.path.join(folder, SOLU), "".join(f"{packed.solu()}\n" for packed in found))
    table = [packed.features() for packed in found]
    text = StringIO()
    writer = csv.DictWriter(text, list(table[0]) if table else ["file"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    write_text(os.path.join(folder, FEATURES), text.getvalue())
    return found


def _packed(entry: LibraryEntry, kind: str) -> Iterator[Packed]:
    """The files of an entry. Raises DnntError where it has none in this format."""
    instance = entry.make()
    if KINDS[kind].minimises or entry.threshold is not None:
        encoded = encode(instance, Question(kind, entry.threshold))
        yield Packed(entry.name, entry, encoded, *_known(entry, encoded))
        return
    if entry.loss is None:
        return
    at = encode(instance, Question("dimacs", entry.loss))
    yield Packed(f"{entry.name}.at", entry, at, "feas", None)
    # Losses are the offset and multiples of the unit.
    below = entry.loss - at.header.loss_unit
    if below >= 0:
        encoded = encode(instance, Question("dimacs", below))
        yield Packed(f"{entry.name}.below", entry, encoded, "inf" if entry.answer == "OPTIMUM FOUND" else "unkn", None)


def _known(entry: LibraryEntry, encoded: Encoded) -> tuple[str, Fraction | None]:
    """What is known of a file, and the objective where one is known."""
    header, answer = encoded.header, entry.answer
    if answer == "UNSATISFIABLE":
        return "inf", None
    if answer == "UNKNOWN" or entry.loss is None:
        return "unkn", None
    objective = (entry.loss - header.loss_offset) / header.loss_unit
    if entry.threshold is None:
        return ("opt" if answer == "OPTIMUM FOUND" else "best"), objective
    if header.kind != "wcnf":
        return "feas", None
    # A WCNF asks for the least loss within the threshold.
    return ("opt" if entry.loss <= Fraction(entry.record.bound) else "best"), objective
