"""`python -m benchmarks.library WHAT`: the index, its records, the counts of the tiny ones, the subsets, and the table
of `benchmark`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from dnnt_encode.bench import report
from dnnt_encode.library.entry import LibraryEntry
from dnnt_encode.library.folder import INDEX, EntryFilter, Library
from dnnt_encode.library.tables import DataMissing
from dnnt_encode.parsers.files import write_text

from .bench import both_open, draw, machine, recorded, run, table
from .groups import groups
from .index import counted, described
from .records import plant, set_records
from .subsets import with_subsets

BY_THEMSELVES = ("weights", "exhaustive")
"""Evidence that needs no proof of a formula."""

FOLDER = Path(__file__).parents[2] / "library"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.library", description=__doc__)
    parser.add_argument("what", choices=["index", "planted", "records", "count", "subsets", "bench"])
    parser.add_argument("names", nargs="*", help="instances (default: all)")
    parser.add_argument("--library", type=Path, default=FOLDER)
    parser.add_argument("--group", action="append", default=[])
    parser.add_argument("--status", action="append", default=[])
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--certify", action="store_true", help="make certificates of what is settled")
    parser.add_argument("--fresh", action="store_true", help="only instances without a run of `auto`")
    parser.add_argument("--subset", action="append", default=[])
    parser.add_argument("--rows", default="library-rows.jsonl", help="where the rows of bench are kept")
    parser.add_argument("--plots", type=Path, help="where the plots of bench go")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_intermixed_args(arguments)
    for folder in ("solutions", "certificates"):
        (options.library / folder).mkdir(parents=True, exist_ok=True)
    if options.what == "index":
        return make_index(options.library)
    library = Library(options.library)
    if options.what == "count":
        save(library, [counted(entry) for entry in library.entries.values()])
    elif options.what == "planted":
        for entry in [each for each in library.entries.values() if each.recipe.get("family") == "teacher"]:
            print(entry.name, *plant(library, entry))
    elif options.what == "subsets":
        save(library, with_subsets(library.entries.values()))
    elif options.what == "bench":
        subsets = tuple(options.subset or ([] if options.names else ["benchmark"]))
        chosen = list(library.chosen(EntryFilter(tuple(options.names), subsets=subsets)))
        bench(chosen, options)
    else:
        wanted = EntryFilter(tuple(options.names), tuple(options.group), tuple(options.status), tuple(options.subset))
        chosen = [each for each in library.chosen(wanted) if not (options.fresh and _was_run(each))]
        if options.certify:
            chosen = [each for each in chosen if each.settled and each.record.evidence not in BY_THEMSELVES]
        set_records(library, chosen, options.backend, options.limit, options.certify)
    return 0


def bench(chosen: list[LibraryEntry], options: argparse.Namespace) -> None:
    """Run the table, print it, and draw."""
    rows = run(chosen, options.rows, options.limit, options.jobs)
    print(machine(), table(chosen, rows), *report.summary(report.table_of(rows)), *both_open(rows), sep="\n")
    wrong = report.contradictions([*rows, *map(recorded, chosen)])
    print(f"contradictions: {', '.join(wrong) or 'none'}")
    if options.plots is not None:
        draw(rows, options.plots)


def _was_run(entry: LibraryEntry) -> bool:
    return entry.record.auto is not None or entry.record.found is not None


def make_index(folder: Path) -> int:
    """The index anew, with the records that there are."""
    library = Library(folder)
    before = library.entries if (folder / INDEX).is_file() else {}
    found = []
    for group, members in groups():
        for name, recipe in members:
            old = before.get(name)
            try:
                entry = described(name, group, recipe)
            except DataMissing as missing:
                print(f"{name}: skipped, {missing}")
                found += [old] if old is not None else []
                continue
            if old is not None and old.sha256 == entry.sha256:
                subsets = tuple(dict.fromkeys((*entry.subsets, *(each for each in old.subsets if each != "large"))))
                entry = replace(entry, record=old.record, solutions=old.solutions, subsets=subsets)
            print(name, entry.facts, entry.subsets, flush=True)
            found.append(entry)
    save(library, found)
    return 0


def save(library: Library, entries: list[LibraryEntry]) -> None:
    write_text(str(library.index), "".join(entry.line() for entry in entries))


if __name__ == "__main__":
    sys.exit(main())
