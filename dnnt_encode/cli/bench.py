"""`dnnt bench`: many instances, several backends, side by side."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import BackendName, InputName, OutputName, Seconds, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.reading import listed
from dnnt_encode.cli.standard_streams import tell
from dnnt_encode.errors import DnntError, InputError

if TYPE_CHECKING:
    from dnnt_encode.bench.report import Standings
    from dnnt_encode.bench.rows import Key, Row
    from dnnt_encode.bench.runs import Contender, Trial


@click.command()
@click.argument("files", nargs=-1, required=True, type=InputName(), metavar="DIR|FILES...")
@click.option(
    "-b",
    "--backend",
    "backends",
    type=BackendName(),
    multiple=True,
    help="A solver, as for `dnnt solve`; repeat it (auto).",
)
@click.option("--time-limit", type=Seconds(), default=60.0, show_default=True, help="Seconds of wall time for a run.")
@click.option("--seeds", multiple=True, metavar="N,...", help="One run for each seed, of backends that heed seeds.")
@click.option("--threads", type=Whole(1), help="Cores of a run; by default all, divided by -j.")
@click.option("-j", "--jobs", type=Whole(1), default=1, show_default=True, help="So many runs at a time.")
@click.option("--executor", type=click.Choice(["local", "ray"]), default="local", help="As for `dnnt solve`.")
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    metavar="ROWS",
    help="Add the runs to this file (JSON lines); make no run twice.",
)
@click.option("--compare", is_flag=True, help="Compare two files of runs, BEFORE and AFTER, and run nothing.")
@click.option("--plot", "plots", metavar="DIR", help="Draw cactus and scatter plots into this folder.")
@click.option("-q", "--quiet", is_flag=True, help="The summary alone.")
def bench(
    files: tuple[str, ...],
    backends: tuple[str, ...],
    time_limit: float,
    seeds: tuple[str, ...],
    threads: int | None,
    jobs: int,
    executor: str,
    output: str | None,
    compare: bool,
    plots: str | None,
    quiet: bool,
) -> int:
    """Solve every instance of FILES, and of the folders among them, with every backend, each run in a process of its
    own, and summarise. library:benchmark names a subset, a group or an instance of the library; see `dnnt library`.

    Ctrl-C ends the runs; with the same -o the same command goes on. Exits with 1 where a run failed, where a file is no
    instance, and where what one run proves contradicts what another found.
    """
    from dnnt_encode.bench import report
    from dnnt_encode.bench.rows import read_rows

    if plots is not None:
        from dnnt_encode.plots.figure import check_plots

        check_plots(plots)
    reporter = Reporter(sys.stderr if output == "-" else sys.stdout, quiet)
    interrupted = False
    if compare:
        if len(files) != 2 or output is not None:
            raise click.UsageError("--compare takes two files of runs, BEFORE and AFTER, and no -o")
        before, after = (list(read_rows(path).values()) for path in files)
        rows = [*before, *after]
        names = _labels(files)
        table = report.compared(before, after, names)
        pairs = [
            (f"{side} {names[1]}", f"{side} {names[0]}")
            for side in report.table_of(after)
            if f"{side} {names[0]}" in table
        ]
    else:
        check_files({file: file for file in files if not (os.path.isdir(file) or _of_library(file))}, {"-o": output})
        done = read_rows(output) if output not in (None, "-") and os.path.exists(output) else {}
        runs, rows = _planned(files, backends, time_limit, seeds, threads, jobs, executor)
        interrupted = _run(runs, rows, done, jobs, output, reporter)
        table, pairs = report.table_of(rows), []
    for line in (*report.summary(table), *report.differences(table, pairs)):
        reporter.line(line)
    if plots is not None:
        _draw(table, plots, reporter)
    return _ended(rows, interrupted)


def _planned(
    files: Sequence[str],
    backends: Sequence[str],
    time_limit: float,
    seeds: Sequence[str],
    threads: int | None,
    jobs: int,
    executor: str,
) -> tuple[list[Trial], list[Row]]:
    """The runs, and the rows of files that are no instances."""
    from dnnt_encode.backends.cores import available_cores
    from dnnt_encode.bench.rows import FAILED, NOBODY, Row
    from dnnt_encode.bench.runs import Trial
    from dnnt_encode.parsers.instance_json import load_instance

    if math.isinf(time_limit):
        raise click.UsageError("a run that does not end is no measurement: --time-limit needs a number of seconds")
    sides = [_side(name, executor) for name in dict.fromkeys(backends or ("auto",))]
    convert = Whole(0).convert
    drawn: list[int | None] = [convert(text, None, None) for text in listed(tuple(seeds))] or [None]
    cores = threads or max(1, available_cores() // jobs)
    runs: list[Trial] = []
    wrong: list[Row] = []
    for name, file in _instances(files).items():
        try:
            digest = load_instance(file).sha256
        except DnntError as error:
            wrong.append(Row(name, None, NOBODY, time_limit, cores, None, FAILED, error=str(error)))
            continue
        runs += [Trial(side, name, file, digest, time_limit, cores, seed) for seed in drawn for side in sides]
    return runs, wrong


def _side(name: str, executor: str) -> Contender:
    """Raises BackendError where there is no such backend."""
    from dnnt_encode.backends.registry import AUTO, backend
    from dnnt_encode.bench.runs import SOLVE, Contender

    seeded = name == AUTO or backend(name).capabilities.seed
    return Contender(name, (*SOLVE, "--backend", name, "--executor", executor), seeded=seeded)


def _instances(files: Sequence[str]) -> dict[str, str]:
    """The files by what they are called: those that are named, the JSON files of folders, and instances of the library,
    made for as long as the command runs. Raises InputError for a folder without any."""
    found: dict[str, str] = {}
    for name in files:
        if _of_library(name):
            found |= _made(name.partition(":")[2])
        elif os.path.isdir(name):
            there = sorted(str(path) for path in Path(name).rglob("*.json"))
            if not there:
                raise InputError("this folder holds no JSON files", name)
            found |= {path: path for path in there}
        else:
            found[name] = name
    if "-" in found:
        raise click.UsageError("every run reads its file anew: standard input cannot be one")
    return found


def _of_library(name: str) -> bool:
    return name.startswith("library:")


def _made(name: str) -> dict[str, str]:
    """Files of the instances of a subset, a group, or a name of the library; those whose table is not here are none."""
    from dnnt_encode.library.folder import Library
    from dnnt_encode.library.tables import DataMissing
    from dnnt_encode.parsers.instance_json import save_instance

    folder = click.get_current_context().with_resource(tempfile.TemporaryDirectory())
    found = {}
    for entry in Library().called(name):
        path = os.path.join(folder, f"{entry.name}.json")
        try:
            save_instance(entry.make(), path)
        except DataMissing as missing:
            tell(f"c {entry.name}: left out, {missing}")
        else:
            found[entry.name] = path
    return found


def _run(
    runs: Sequence[Trial], rows: list[Row], done: dict[Key, Row], jobs: int, output: str | None, reporter: Reporter
) -> bool:
    """Make the runs and keep their rows; whether it was interrupted."""
    from dnnt_encode.bench.runs import rows_of

    total = len({run.row.key for run in runs})
    failed, rows[:] = list(rows), []
    try:
        for row in failed:
            _kept(row, row.key not in done or done[row.key].error != row.error, rows, output)
            reporter.comment(str(row.error))
        with contextlib.closing(rows_of(runs, done, jobs)) as ended:
            for number, (row, new) in enumerate(ended, start=1):
                _kept(row, new, rows, output)
                reporter.comment(f"{number}/{total} {'' if new else '(kept) '}{_text(row)}")
    except KeyboardInterrupt:
        return True
    finally:
        # In the order of the command line, whichever run came first.
        places = {run.row.key: place for place, run in enumerate(runs)}
        rows.sort(key=lambda row: places.get(row.key, -1))
    return False


def _kept(row: Row, new: bool, rows: list[Row], output: str | None) -> None:
    from dnnt_encode.bench.rows import append

    rows.append(row)
    if output == "-":
        sys.stdout.write(row.line())
        sys.stdout.flush()
    elif output is not None and new:
        append(output, [row])


def _text(row: Row) -> str:
    seed = "" if row.seed is None else f" seed {row.seed}"
    said = row.error if row.error is not None else f"{row.status}, loss {row.loss or '-'}, bound {row.bound or '-'}"
    return f"{row.instance} {row.side}{seed}: {said}, {row.seconds:.1f} s, {row.cpu:.1f} s CPU"


def _labels(files: Sequence[str]) -> tuple[str, str]:
    """Two names for two files, short where that tells them apart."""
    first, second = (Path(name).stem for name in files)
    return (first, second) if first != second else (files[0], files[1])


def _draw(table: Standings, folder: str, reporter: Reporter) -> None:
    from dnnt_encode.plots.figure import save_figure
    from dnnt_encode.plots.runs import cactus, scatter

    save_figure(cactus(table), os.path.join(folder, "cactus.svg"))
    first, *others = table
    for number, other in enumerate(others, start=1):
        save_figure(scatter(table, first, other), os.path.join(folder, f"scatter-{number}.svg"))
    reporter.comment(f"plots: {folder}")


def _ended(rows: Sequence[Row], interrupted: bool) -> int:
    """The exit code. Raises DnntError where something is wrong."""
    from dnnt_encode.bench.report import contradictions
    from dnnt_encode.bench.rows import FAILED

    wrong = contradictions(rows)
    if wrong:
        raise DnntError(f"CONTRADICTION: what one run proves excludes what another one found: {', '.join(wrong)}")
    if interrupted:
        raise DnntError("interrupted; with the same -o the same command goes on")
    failed = sum(row.status == FAILED for row in rows)
    if failed:
        raise DnntError(f"{failed} of {len(rows)} runs failed")
    return 0
