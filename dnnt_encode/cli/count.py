"""`dnnt count`: how many assignments are within a threshold."""

from __future__ import annotations

import sys
from fractions import Fraction

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import Rational, Seconds, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import say_json


@click.command()
@click.argument("instance")
@click.option("--threshold", type=Rational(), help="Count losses of at most this (default: the instance's own).")
@click.option("--up-to-symmetry", is_flag=True, help="Count once what differs by the order of equal hidden units.")
@click.option("--limit", type=Whole(1), help="List so many at most (default: 100000); enumeration has no limit.")
@click.option("--time-limit", type=Seconds(), help="Seconds of wall time.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def count(
    instance: str,
    threshold: Fraction | None,
    up_to_symmetry: bool,
    limit: int | None,
    time_limit: float | None,
    as_json: bool,
) -> None:
    """Count the assignments of INSTANCE whose loss is at most the threshold, exactly.

    Small instances are enumerated, and two layers of moderate numbers are counted by a dynamic program; else the
    solutions of a formula are listed by a SAT solver. Where the limit or time ends that, the number is a lower bound,
    and the last line is `s AT LEAST N`, not `s COUNT N`.
    """
    check_files({"INSTANCE": instance}, {})
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.solving.count import LISTED
    from dnnt_encode.solving.count import count as counted
    from dnnt_encode.solving.request import UNSET

    problem = load_instance(instance)
    found = counted(
        problem,
        threshold=UNSET if threshold is None else threshold,
        up_to_symmetry=up_to_symmetry,
        limit=LISTED if limit is None else limit,
        time_limit=time_limit,
    )
    if as_json:
        say_json(found.to_dict())
        return
    reporter = Reporter(sys.stdout)
    what = "orbits of assignments" if up_to_symmetry else "assignments"
    reporter.comment(f"{problem.name}: {what} of a loss of at most {found.threshold}, by {found.method}")
    if found.stopped is not None:
        reporter.comment(f"stopped: {found.stopped}")
    reporter.line(f"s {'COUNT' if found.complete else 'AT LEAST'} {found.count}")
