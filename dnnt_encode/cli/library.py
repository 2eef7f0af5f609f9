"""`dnnt library`: the library of instances: what there is, what is known of it, and what is new."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.model_options import format_names
from dnnt_encode.cli.options import InputName, OutputName, Rational, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import say, say_json, tell
from dnnt_encode.errors import DnntError

if TYPE_CHECKING:
    from fractions import Fraction

    from dnnt_encode.library.entry import LibraryEntry
    from dnnt_encode.library.folder import Library

STATUSES = click.Choice(["easy", "hard", "open"])


@click.group("library")
@click.option("--library", "folder", metavar="FOLDER", help="Another library (default: DNNT_LIBRARY, or that of dnnt).")
@click.pass_context
def library(ctx: click.Context, folder: str | None) -> None:
    """A library of instances with known answers: list them, make them, check and better their records."""
    ctx.obj = folder


def opened() -> Library:
    """The library that the command line names."""
    from dnnt_encode.library.folder import Library

    return Library(click.get_current_context().obj)


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options that choose entries, and in their place the arguments ``there`` and ``entries``."""

    @functools.wraps(command)
    def wrapped(
        names: tuple[str, ...],
        groups: tuple[str, ...],
        statuses: tuple[str, ...],
        subsets: tuple[str, ...],
        tags: tuple[str, ...],
        **options: Any,
    ) -> Any:
        from dnnt_encode.library.folder import EntryFilter

        there = opened()
        entries = list(there.chosen(EntryFilter(names, groups, statuses, subsets, tags)))
        return command(there=there, entries=entries, **options)

    for option in (
        click.option("--tag", "tags", multiple=True, help="Only with this tag, such as deep, planted, decision."),
        click.option("--subset", "subsets", multiple=True, help="Only of this subset: benchmark, open, tiny, large."),
        click.option("--status", "statuses", type=STATUSES, multiple=True, help="Only of this status."),
        click.option("--group", "groups", multiple=True, help="Only of this group; may be repeated, as the others."),
        click.argument("names", nargs=-1, metavar="[NAMES]..."),
    ):
        wrapped = option(wrapped)
    return wrapped


@library.command("list")
@selecting
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON.")
def list_(there: Library, entries: list[LibraryEntry], as_json: bool) -> None:
    """List instances: group, status, shape, question, best known loss and bound."""
    from dataclasses import asdict

    if as_json:
        say_json({"instances": [{**asdict(entry), "status": entry.status} for entry in entries]})
        return
    rows = [("name", "group", "status", "shape", "samples", "loss", "asked", "best", "bound")]
    for entry in entries:
        facts, record = entry.facts, entry.record
        asked = "least" if facts["threshold"] is None else f"<= {facts['threshold']}"
        best = "none exists" if record.infeasible else record.loss or "-"
        line = (facts["shape"], str(facts["samples"]), facts["loss"], asked, best, record.bound)
        rows.append((entry.name, entry.group, entry.status, *line))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@library.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the entry as JSON.")
def show(name: str, as_json: bool) -> None:
    """Tell all that is known of the instance NAME."""
    import json
    from dataclasses import asdict

    entry = opened().named(name)
    facts = {**asdict(entry), "status": entry.status}
    if as_json:
        say_json(facts)
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            say(key)
            for inner, item in value.items():
                say(f"  {inner:<12} {item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}")
        else:
            say(f"{key:<14} {', '.join(value) if isinstance(value, tuple) else value}")


@library.command()
@click.argument("name")
@click.option("-o", "--output", type=OutputName(), default="-", metavar="INSTANCE", help="Where it goes.")
def make(name: str, output: str) -> None:
    """Make the instance NAME, and see that it is the one of the index."""
    from dnnt_encode.parsers.instance_json import save_instance

    check_files({}, {"-o": output})
    entry = opened().named(name)
    save_instance(entry.make(), output)
    tell(f"c {name}: sha256 {entry.sha256}")


@library.command()
@click.argument("name")
@click.option("--format", "kind", type=format_names(), required=True, help="What the solver reads.")
@click.option("-o", "--output", type=OutputName(), required=True, metavar="FILE", help="Packed if it ends in .gz, .xz.")
@click.option("--threshold", type=Rational(), help="Ask for this loss or less (default: the instance's own question).")
def export(name: str, kind: str, output: str, threshold: Fraction | None) -> None:
    """Write a model of the instance NAME, as `dnnt export` does."""
    from dnnt_encode.exchange.export import export as exported
    from dnnt_encode.exchange.question import Question

    check_files({}, {"-o": output})
    entry = opened().named(name)
    asked = entry.threshold if threshold is None else threshold
    model = exported(entry.make(), Question(kind, asked), output)
    tell(f"c {output}: {model.describe()}")


@library.command()
@selecting
def status(there: Library, entries: list[LibraryEntry]) -> None:
    """Count instances by group and status, and what stands behind the answers."""
    from dnnt_encode.library.check import totals

    for line in totals(entries):
        say(line)


@library.command()
@selecting
@click.option("-j", "--threads", type=Whole(1), help="Processor cores for certificates; all by default.")
@click.option("--no-proofs", is_flag=True, help="Do not replay the stored certificates.")
@click.option("-q", "--quiet", is_flag=True, help="No comments.")
def check(there: Library, entries: list[LibraryEntry], threads: int | None, no_proofs: bool, quiet: bool) -> None:
    """Verify all records: make every instance again, evaluate its weights exactly, replay the stored certificates.

    Exits with 1 where a record does not hold up.
    """
    from collections import Counter

    from dnnt_encode.backends.cores import available_cores
    from dnnt_encode.library.check import check as checked
    from dnnt_encode.library.check import strays, totals

    reporter = Reporter(sys.stdout, quiet)
    found = []
    for finding in checked(there, entries, min(threads or available_cores(), available_cores()), not no_proofs):
        found.append(finding)
        if finding.outcome != "verified":
            reporter.comment(f"{finding.entry.name}: {finding.outcome}: {finding.detail}")
    for line in totals(entries):
        reporter.comment(line)
    for path in (stray := strays(there)):
        reporter.comment(f"{path}: no entry has this file")
    counts = Counter(finding.outcome for finding in found)
    reporter.line("s " + ", ".join(f"{counts[name]} {name}" for name in ("verified", "skipped", "wrong")))
    if counts["wrong"] or stray:
        raise DnntError(f"{counts['wrong']} records do not hold up, {len(stray)} files are of no entry")


@library.command()
@click.argument("result", type=InputName())
@click.option("--by", default="-", help="Whose result it is, for the record.")
@click.option("--solver", help="What found it (default: the backend of the result).")
@click.option("--certificate", metavar="FOLDER", help="The folder of `dnnt solve --certificate`, which is checked.")
@click.option("-j", "--threads", type=Whole(1), default=1, help="Processor cores for the check.")
def submit(result: str, by: str, solver: str | None, certificate: str | None, threads: int) -> None:
    """Merge RESULT into the library where it is better than the record: what `dnnt solve --json` printed, or weights.

    The weights are verified. A bound without a certificate is recorded as the word of its solver.
    """
    from dnnt_encode.library.entry import Credit
    from dnnt_encode.library.submit import submit as submitted
    from dnnt_encode.parsers.json_text import read_json

    check_files({"RESULT": result}, {})
    value, _ = read_json(result)
    backend = value.get("backend") if isinstance(value, dict) else None
    seconds = value.get("seconds") if isinstance(value, dict) else None
    told = backend.get("name") if isinstance(backend, dict) else None
    total = seconds.get("total") if isinstance(seconds, dict) else None
    credit = Credit(
        by,
        solver or str(told or "unknown"),
        str(backend.get("version")) if isinstance(backend, dict) else None,
        str(date.today()),
        None if total is None else float(total),
    )
    entry, said = submitted(opened(), result, credit, certificate, threads)
    for line in said or ["nothing is better than the record"]:
        say(f"c {entry.name}: {line}")


@library.command()
@selecting
@click.option("--format", "kind", type=format_names(), required=True, help="What the solver reads.")
@click.option("-o", "--output", type=OutputName(), required=True, metavar="FOLDER", help="A new folder.")
@click.option("--rows", type=Whole(1), help="Leave out files of more rows or clauses (default: a million).")
def pack(there: Library, entries: list[LibraryEntry], kind: str, output: str, rows: int | None) -> None:
    """Write instances as model files into a new FOLDER, with what is known of them (pack.solu) and features.csv."""
    from dnnt_encode.library.pack import ROWS
    from dnnt_encode.library.pack import pack as packed

    found = packed(entries, kind, output, rows or ROWS, lambda text: say(f"c {text}"))
    say(f"c {output}: {len(found)} files")
