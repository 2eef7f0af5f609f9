"""The table: every side on the instances of a subset, two runs at a time, each on one core; rows, a table by group in
Markdown, and the plots."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import dnnt_encode
from dnnt_encode.bench import report
from dnnt_encode.bench.rows import Row, append, read_rows
from dnnt_encode.bench.runs import SOLVE, Contender, Trial, rows_of
from dnnt_encode.library.entry import LibraryEntry
from dnnt_encode.library.tables import DataMissing

RC2 = f"cmd:{sys.executable} -m pysat.examples.rc2 -vv {{wcnf}}"

MILP = ("-m", "benchmarks.milp.run", "--model", "textbook", "--solver")

SIDES = (
    Contender("auto"),
    Contender("cpsat", (*SOLVE, "--backend", "cpsat")),
    Contender("sat:glucose42", (*SOLVE, "--backend", "sat:glucose42")),
    Contender("milp:scip", (*SOLVE, "--backend", "milp:scip")),
    Contender("milp:highs", (*SOLVE, "--backend", "milp:highs")),
    Contender("RC2 on our WCNF", (*SOLVE, "--backend", RC2), seeded=False),
    Contender("textbook CP-SAT", ("-m", "benchmarks.textbook.model")),
    Contender("textbook SCIP", (*MILP, "scip")),
    Contender("textbook HiGHS", (*MILP, "highs")),
)

PACKAGES = ("ortools", "python-sat", "pyscipopt", "highspy")


def run(entries: Sequence[LibraryEntry], file: str, limit: float, jobs: int) -> list[Row]:
    """All runs that the file of rows does not have; all rows."""
    done = read_rows(file) if os.path.exists(file) else {}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        trials = []
        for entry in entries:
            path = str(Path(folder) / f"{entry.name}.json")
            try:
                dnnt_encode.save(entry.make(), path)
            except DataMissing as missing:
                print(f"{entry.name}: skipped, {missing}", flush=True)
                continue
            trials += [Trial(side, entry.name, path, entry.sha256, limit, 1, 1) for side in SIDES]
        with closing(rows_of(trials, done, jobs)) as ended:
            for row, new in ended:
                rows.append(row)
                if new:
                    append(file, [row])
                    print(
                        f"{len(rows)}/{len(trials)} {row.instance} {row.side}: {row.status} {row.error or ''}",
                        flush=True,
                    )
    return rows


def table(entries: Sequence[LibraryEntry], rows: Sequence[Row]) -> str:
    """Markdown: how many instances of each group each side solves, with the PAR-2 score and the processor seconds."""
    groups = {entry.name: entry.group for entry in entries}
    names = [side.name for side in SIDES]
    standings = report.table_of(rows)
    lines = ["| group | " + " | ".join(names) + " | of |", "|---" * (len(names) + 2) + "|"]
    for group in dict.fromkeys(groups.values()):
        members = {row.instance for row in rows if groups[row.instance] == group}
        solved = [sum(row.solved for row in standings[name].values() if row.instance in members) for name in names]
        lines.append(f"| {group} | " + " | ".join(map(str, solved)) + f" | {len(members)} |")
    whole = [list(standings[name].values()) for name in names]
    of = len({row.instance for row in rows})
    lines.append("| **all** | " + " | ".join(str(sum(row.solved for row in each)) for each in whole) + f" | {of} |")
    par2 = [f"{sum(row.par2 for row in each) / max(1, len(each)):.1f}" for each in whole]
    lines.append("| PAR-2, s | " + " | ".join(par2) + " | |")
    lines.append("| CPU, s | " + " | ".join(f"{sum(row.cpu for row in each):.0f}" for each in whole) + " | |")
    lines.append("| failed | " + " | ".join(str(sum(row.error is not None for row in each)) for each in whole) + " | |")
    return "\n".join(lines)


def both_open(rows: Sequence[Row]) -> list[str]:
    """The instances that no side solved: what each found."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.instance, []).append(row)
    lines = []
    for name, each in found.items():
        if not any(row.solved for row in each):
            told = "; ".join(f"{row.side} {row.loss or '-'} >= {row.bound or '-'}" for row in each)
            lines.append(f"{name}: {told}")
    return lines


def recorded(entry: LibraryEntry) -> Row:
    """The record as a row, so that runs that contradict it show."""
    threshold = None if entry.threshold is None else str(entry.threshold)
    record = entry.record
    return Row(entry.name, entry.sha256, "library", 0, 1, None, entry.answer, record.loss, record.bound, threshold)


def machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {versions}"


def draw(rows: Sequence[Row], folder: Path) -> None:
    """The cactus plot of all sides, and `auto` against three others."""
    from dnnt_encode.plots.figure import save_figure
    from dnnt_encode.plots.runs import cactus, scatter

    standings = report.table_of(rows)
    save_figure(cactus(standings), str(folder / "library-cactus.svg"))
    for name, other in (("textbook", "textbook CP-SAT"), ("scip", "milp:scip"), ("rc2", "RC2 on our WCNF")):
        save_figure(scatter(standings, "auto", other), str(folder / f"library-{name}.svg"))
