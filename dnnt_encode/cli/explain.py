"""`dnnt explain`: samples that cannot be fitted together."""

from __future__ import annotations

import sys
from fractions import Fraction

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import OutputName, Rational, Seconds, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import say_json


@click.command()
@click.argument("instance")
@click.option("--threshold", type=Rational(), help="What is to be reached (default: the instance's own).")
@click.option("--minimal", is_flag=True, help="Take samples away until each that is left is needed.")
@click.option("--backbone", is_flag=True, help="Where all fits: the parameters that have one value in all solutions.")
@click.option("--certify", is_flag=True, help="Back the proof of the core by more than the solver's word.")
@click.option("--backend", default="auto", show_default=True, help="Who solves; see `dnnt backends`.")
@click.option("--time-limit", type=Seconds(), help="Seconds of wall time.")
@click.option("-j", "--threads", type=Whole(1), help="Processor cores to use; all by default.")
@click.option("-o", "--output", type=OutputName(), metavar="CORE", help="Write the core as an instance of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def explain(
    instance: str,
    threshold: Fraction | None,
    minimal: bool,
    backbone: bool,
    certify: bool,
    backend: str,
    time_limit: float | None,
    threads: int | None,
    output: str | None,
    as_json: bool,
) -> int:
    """Find a few samples of INSTANCE that no weights fit within the threshold: a core, its rows counted from 0.

    Exits with 20 where there is one, with 10 where everything can be fitted, with 0 where nobody knows.
    """
    check_files({"INSTANCE": instance}, {"-o": output, "--json": "-" if as_json else None})
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.parsers.saved import save
    from dnnt_encode.solving.backbone import backbone as shared
    from dnnt_encode.solving.clock import Clock
    from dnnt_encode.solving.explain import explain as explained
    from dnnt_encode.solving.request import UNSET

    clock, problem = Clock(time_limit), load_instance(instance)
    wanted = UNSET if threshold is None else threshold
    found = explained(
        problem,
        threshold=wanted,
        minimal=minimal,
        backend=backend,
        time_limit=time_limit,
        threads=threads,
        certify=certify,
    )
    if output is not None and found.instance is not None:
        save(found.instance, output)
    left = clock.left()
    common = None
    if backbone and found.fits:
        common = shared(problem, threshold=wanted, time_limit=None if left is None else max(left, 1e-9))
    code = 20 if found.rows is not None else 10 if found.fits else 0
    if as_json:
        say_json({**found.to_dict(), "backbone": None if common is None else common.to_dict()})
        return code
    reporter = Reporter(sys.stderr if output == "-" else sys.stdout)
    if found.rows is None:
        reporter.comment("everything can be fitted" if found.fits else f"nothing was decided: {found.result.stopped}")
        if common is not None and common.values is not None:
            free = problem.network.parameters - len(common.values)
            reporter.comment(f"{len(common.values)} parameters have one value in all solutions, {free} have several")
        elif common is not None:
            reporter.comment("time ended before the backbone was known")
        reporter.line("s SATISFIABLE" if found.fits else "s UNKNOWN")
        for name, value in ((common and common.values) or {}).items():
            reporter.line(f"v {name} = {value}")
        return code
    kind = "each of them is needed" if found.minimal else "perhaps not all of them are needed"
    reporter.comment(f"{len(found.rows)} of {problem.dataset.samples} samples cannot be fitted together; {kind}")
    certificate = found.result.certificate
    reporter.comment(f"certificate: {certificate.kind} ({certificate.detail})")
    reporter.line("s UNSATISFIABLE")
    reporter.line(f"v {' '.join(map(str, found.rows))}")
    return code
