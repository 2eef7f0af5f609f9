"""`dnnt check`: a certificate, checked apart from the solver that made it."""

from __future__ import annotations

import os
import sys

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import say_json


@click.command()
@click.argument("manifest", type=InputName())
@click.option(
    "--instance", type=InputName(), metavar="INSTANCE", help="The instance that the certificate has to be about."
)
@click.option("-j", "--threads", type=Whole(1), help="Processor cores to use; all by default.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No comments.")
def check(manifest: str, instance: str | None, threads: int | None, as_json: bool, quiet: bool) -> int:
    """Check the certificate of MANIFEST, or of the folder of that name.

    The weights are evaluated, the formulas made again from the instance, the proofs checked against them, and the parts
    looked at, whether they leave anything out. Exits with 30 OPTIMUM FOUND, 10 SATISFIABLE, 20 UNSATISFIABLE, where all
    of it holds, and with 1 where something does not.
    """
    if manifest == "-":
        raise click.UsageError("a certificate is a folder of files: name it, or its manifest")
    path = os.path.join(manifest, "manifest.json") if os.path.isdir(manifest) else manifest
    check_files({"MANIFEST": path, "--instance": instance}, {})
    from dnnt_encode.backends.cores import available_cores
    from dnnt_encode.instance.rationals import number_json
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.solving.replay import replay
    from dnnt_encode.solving.result import EXIT_CODES

    reporter = Reporter(sys.stdout, quiet, silent=as_json)
    wanted = None if instance is None else load_instance(instance)
    cores = min(threads or available_cores(), available_cores())
    found = replay(path, cores, wanted, reporter.comment)
    if as_json:
        say_json(
            {
                "status": found.status,
                "loss": None if found.loss is None else number_json(found.loss),
                "threshold": None if found.threshold is None else number_json(found.threshold),
                "leaves": found.leaves,
                "lemmas": found.lemmas,
                "trusted": list(found.trusted),
                "instance_sha256": found.instance.sha256,
            }
        )
        return EXIT_CODES[found.status]
    reporter.comment(f"instance {found.instance.name}, sha256 {found.instance.sha256}")
    if found.threshold is not None:
        reporter.comment(f"threshold {found.threshold}")
    for step in found.trusted:
        reporter.comment(f"trusted: {step}")
    if found.loss is not None:
        reporter.line(f"o {found.loss}")
    reporter.line(f"s {found.status}")
    return EXIT_CODES[found.status]
