"""What benchmarks share: the head of their command lines, and the loop that measures all sides on each instance, one
after the other, in one run on one machine."""

from __future__ import annotations

import argparse
import compileall
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import dnnt_encode
from dnnt_encode.bench import report
from dnnt_encode.bench.rows import Row, append, read_rows
from dnnt_encode.bench.runs import Contender, Trial, rows_of
from dnnt_encode.library.tables import DataMissing


class Named(Protocol):
    """A row of a benchmark before its data is read; ``build`` raises DataMissing where that is not there."""

    @property
    def name(self) -> str: ...

    def build(self) -> dnnt_encode.Instance: ...


Spec = TypeVar("Spec")


def head(name: str, text: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=text)
    parser.add_argument("--limit", type=float, default=60.0, metavar="S", help="seconds a run (default 60)")
    parser.add_argument("--only", metavar="WORDS", help="instances whose name contains one of these, with commas")
    return parser


def selection(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Adds the options of a benchmark of many instances."""
    parser.add_argument("--quick", action="store_true", help="three small instances")
    parser.add_argument("--list", action="store_true", help="name the instances and stop")
    parser.add_argument("--rows", metavar="FILE", help="JSON lines: rows that are there already are not run again")
    parser.add_argument("--threads", type=int, default=2, help="processor cores a run (default 2)")
    return parser


def chosen(specs: Iterable[Spec], words: str | None, quick: Sequence[str] | None = None) -> Iterator[Spec]:
    """The specs whose name contains one of the words, set apart by commas; of these the quick ones, where given."""
    for spec in specs:
        name = spec.name  # type: ignore[attr-defined]
        if (words is None or any(word in name for word in words.split(","))) and (quick is None or name in quick):
            yield spec


def compare(
    specs: Sequence[Named],
    sides: Sequence[Contender],
    options: argparse.Namespace,
    fold: Callable[[list[Row]], list[Row]] = lambda rows: rows,
) -> int:
    """Measure, and print a line an instance, the summary, and how the first side compares with the others; the exit
    code. ``fold`` may make one side of several."""
    if options.list or not specs:
        print("\n".join(spec.name for spec in specs) or f"no instance is named like {options.only}")
        return 0 if specs else 2
    # As installing does: else the first runs of a checkout, or all of them, would compile what they import.
    for folder in {Path(__file__).parent, *(side.path or Path(dnnt_encode.__file__).parent for side in sides)}:
        compileall.compile_dir(folder, quiet=2)
    done = read_rows(options.rows) if options.rows is not None and os.path.exists(options.rows) else {}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for spec in specs:
            try:
                instance = spec.build()
            except DataMissing as missing:
                print(f"{spec.name:<34} skipped: {missing}", flush=True)
                continue
            file = str(Path(folder) / "instance.json")
            dnnt_encode.save(instance, file)
            trials = [
                Trial(side, spec.name, file, instance.sha256, options.limit, options.threads, 1) for side in sides
            ]
            found = []
            for row, new in rows_of(trials, done):
                found.append(row)
                if new and options.rows is not None:
                    append(options.rows, [row])
            places = [side.name for side in sides]
            folded = fold(sorted(found, key=lambda row: places.index(row.side)))
            if not rows:
                print(report.header([row.side for row in folded]))
            rows += folded
            print(report.line(spec.name, folded), flush=True)
    return conclude(rows)


def conclude(rows: Sequence[Row]) -> int:
    """Print what the rows say; the exit code, 1 where they contradict each other."""
    standings = report.table_of(rows)
    print("\n".join(report.summary(standings)))
    first, *others = list(standings) or [""]
    print("\n".join(report.differences(standings, [(first, other) for other in others])))
    wrong = report.contradictions(rows)
    if wrong:
        print(f"CONTRADICTION: a bound of one side is above a loss of another: {' '.join(wrong)}")
    return 1 if wrong else 0
