"""`dnnt export`: a model for somebody's own solver."""

from __future__ import annotations

import os
import sys
from fractions import Fraction

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.model_options import (
    encoding_options,
    format_names,
    indicators_option,
    question_options,
    stage_options,
    wanted_stage,
    wanted_threshold,
)
from dnnt_encode.cli.options import InputName, OutputName, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import say, tell

STARTERS = ["gurobi", "scip", "highs", "cbc", "cplex"]


@click.command()
@click.argument("instance", type=InputName())
@click.option(
    "--format", "kind", type=format_names(), help="What the solver reads; without it as the name of -o ends, .cnf say."
)
@click.option("-o", "--output", type=OutputName(), metavar="FILE", help="Packed where the name ends in .gz or .xz.")
@click.option("--cubes", type=OutputName(), metavar="FOLDER", help="Cut into pieces, one file each, in a new folder.")
@click.option("--number", type=Whole(1), help="With --cubes, in DIMACS: cut on until there are so many.")
@click.option("--icnf", is_flag=True, help="With --cubes, in DIMACS: one iCNF file a part; see `dnnt apply`.")
@click.option(
    "--start", type=InputName(), metavar="WEIGHTS", help="Write a MIP start beside the model: FILE.mst or .sol."
)
@click.option("--start-for", type=click.Choice(STARTERS), help="Whose start it is to be; gurobi without this option.")
@question_options
@stage_options
@encoding_options
@indicators_option
def export(
    instance: str,
    kind: str | None,
    output: str | None,
    cubes: str | None,
    number: int | None,
    icnf: bool,
    start: str | None,
    start_for: str | None,
    threshold: Fraction | None,
    minimize: bool,
    objective: str | None,
    limits: tuple[str, ...],
    sums: str,
    indicators: bool,
    no_reductions: bool,
) -> None:
    """Write a model of INSTANCE for a solver of your own; `dnnt decode` reads its answer back.

    A DIMACS CNF asks for a loss of at most the threshold; a WCNF asks for the least loss, within the threshold where
    there is one. OPB (pseudo-Boolean), MPS and LP ask for a loss of at most the threshold, or for the least loss where
    there is none. With --objective the last objective is asked for, where the loss is at most the threshold and all
    others between keep the values of --limit. Indicators in MPS and LP are for Gurobi, CPLEX and SCIP.

    With --cubes the instance is cut into pieces that together leave nothing out, so that many solvers can work on it;
    `dnnt decode` takes the folder of their answers.

    With --start the values of all columns at some weights are written into a file beside the model, for a solver of MPS
    or LP files to start from.
    """
    if (output is None) == (cubes is None):
        raise click.UsageError("give one of -o and --cubes")
    if cubes is None and (number is not None or icnf):
        raise click.UsageError("--number and --icnf are about the pieces of --cubes")
    if cubes == "-":
        raise click.UsageError("--cubes is about a folder, not about standard output")
    if start is not None and (cubes is not None or output == "-"):
        raise click.UsageError("--start writes a file beside the model: name the model with -o")
    if start is None and start_for is not None:
        raise click.UsageError("--start-for is about the file of --start; give that one")
    kind = kind or named_format(output)
    style = start_for or STARTERS[0]
    beside = None if start is None or output is None else start_name(output, style)
    check_files({"INSTANCE": instance, "--start": start}, {"-o": output, "the start": beside})
    from dnnt_encode.exchange.export import export, export_cubes
    from dnnt_encode.exchange.question import Question
    from dnnt_encode.parsers.instance_json import load_instance

    problem = load_instance(instance)
    wanted = wanted_threshold(problem, threshold, minimize)
    stage = wanted_stage(problem, objective, limits)
    if stage is not None and cubes is not None:
        raise click.UsageError("--cubes cut the question of the loss alone, not of other objectives")
    asked = Question(kind, wanted, sums, not no_reductions, indicators, stage=stage)  # type: ignore[arg-type]
    reporter = Reporter(sys.stderr, quiet=output == "-")
    if cubes is not None:
        with reporter.busy(f"encode and write {cubes}"):
            found = export_cubes(problem, asked, cubes, number, incremental=icnf)
        count, parts = sum(len(part.cubes) for part in found.parts), len(found.parts)
        split = "the whole" if found.split is None else f"the {parts} parts of {found.split}"
        say(f"c {cubes}: {count} cubes, of {split}")
        return
    assert output is not None
    if start is not None and beside is not None:
        from dnnt_encode.parsers.weights_json import load_weights
        from dnnt_encode.solving.mip_start import export_with_start

        weights = load_weights(start)
        with reporter.busy(f"encode and write {output}"):
            model, loss = export_with_start(problem, asked, output, weights, style, beside)
        say(f"c {beside}: a start of the loss {loss}, for {style}")
    else:
        with reporter.busy(f"encode and write {output}"):
            model = export(problem, asked, output)
    for warning in model.warnings:
        tell(f"dnnt: warning: {warning}")
    (tell if output == "-" else say)(f"c {output}: {model.describe()}")


def named_format(output: str | None) -> str:
    """The format that the name of the model tells. Raises UsageError."""
    from dnnt_encode.exchange.kinds import KINDS, kind_of_name

    found = None if output is None else kind_of_name(output)
    if found is None:
        suffixes = ", ".join(kind.suffix for kind in KINDS.values())
        raise click.UsageError(f"give --format, or -o a name that tells it: one in {suffixes}")
    return found


def start_name(model: str, style: str) -> str:
    """What the start of a model's file is called: as the model, with the suffix that the solver wants."""
    from dnnt_encode.formats.starts import STARTS

    plain = model.removesuffix(".gz").removesuffix(".xz")
    return os.path.splitext(plain)[0] + STARTS[style].suffix
