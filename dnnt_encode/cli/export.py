"""`dnnt export`: a model for somebody's own solver."""

from __future__ import annotations

from fractions import Fraction

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.model_options import (
    FORMATS,
    encoding_options,
    indicators_option,
    question_options,
    stage_options,
    wanted_stage,
    wanted_threshold,
)
from dnnt_encode.cli.options import InputName, OutputName, Whole
from dnnt_encode.cli.standard_streams import say, tell


@click.command()
@click.argument("instance", type=InputName())
@click.option("--format", "kind", type=FORMATS, required=True, help="What the solver reads.")
@click.option("-o", "--output", type=OutputName(), metavar="FILE", help="Packed where the name ends in .gz or .xz.")
@click.option("--cubes", type=OutputName(), metavar="FOLDER", help="Cut into pieces, one file each, in a new folder.")
@click.option("--number", type=Whole(1), help="With --cubes, in DIMACS: cut on until there are so many.")
@click.option("--icnf", is_flag=True, help="With --cubes, in DIMACS: one iCNF file a part; see `dnnt apply`.")
@question_options
@stage_options
@encoding_options
@indicators_option
def export(
    instance: str,
    kind: str,
    output: str | None,
    cubes: str | None,
    number: int | None,
    icnf: bool,
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
    """
    if (output is None) == (cubes is None):
        raise click.UsageError("give one of -o and --cubes")
    if cubes is None and (number is not None or icnf):
        raise click.UsageError("--number and --icnf are about the pieces of --cubes")
    if cubes == "-":
        raise click.UsageError("--cubes is about a folder, not about standard output")
    check_files({"INSTANCE": instance}, {"-o": output})
    from dnnt_encode.exchange.export import export, export_cubes
    from dnnt_encode.exchange.question import Question
    from dnnt_encode.parsers.instance_json import load_instance

    problem = load_instance(instance)
    wanted = wanted_threshold(problem, threshold, minimize)
    stage = wanted_stage(problem, objective, limits)
    if stage is not None and cubes is not None:
        raise click.UsageError("--cubes cut the question of the loss alone, not of other objectives")
    asked = Question(kind, wanted, sums, not no_reductions, indicators, stage=stage)  # type: ignore[arg-type]
    if cubes is not None:
        found = export_cubes(problem, asked, cubes, number, incremental=icnf)
        count, parts = sum(len(part.cubes) for part in found.parts), len(found.parts)
        split = "the whole" if found.split is None else f"the {parts} parts of {found.split}"
        say(f"c {cubes}: {count} cubes, of {split}")
        return
    assert output is not None
    model = export(problem, asked, output)
    for warning in model.warnings:
        tell(f"dnnt: warning: {warning}")
    (tell if output == "-" else say)(f"c {output}: {model.describe()}")
