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
    wanted_threshold,
)
from dnnt_encode.cli.options import OutputName
from dnnt_encode.cli.standard_streams import say, tell


@click.command()
@click.argument("instance")
@click.option("--format", "kind", type=FORMATS, required=True, help="What the solver reads.")
@click.option(
    "-o", "--output", type=OutputName(), metavar="FILE", required=True, help="Packed where the name ends in .gz or .xz."
)
@question_options
@encoding_options
@indicators_option
def export(
    instance: str,
    kind: str,
    output: str,
    threshold: Fraction | None,
    minimize: bool,
    sums: str,
    indicators: bool,
    no_reductions: bool,
) -> None:
    """Write a model of INSTANCE for a solver of your own; `dnnt decode` reads its answer back.

    A DIMACS CNF asks for a loss of at most the threshold; a WCNF asks for the least loss, within the threshold where
    there is one. OPB (pseudo-Boolean), MPS and LP ask for a loss of at most the threshold, or for the least loss where
    there is none. Indicators in MPS and LP are for Gurobi, CPLEX and SCIP.
    """
    check_files({"INSTANCE": instance}, {"-o": output})
    from dnnt_encode.exchange.export import export
    from dnnt_encode.exchange.question import Question
    from dnnt_encode.parsers.instance_json import load_instance

    problem = load_instance(instance)
    wanted = wanted_threshold(problem, threshold, minimize)
    asked = Question(kind, wanted, sums, not no_reductions, indicators)  # type: ignore[arg-type]  # one of the choices
    model = export(problem, asked, output)
    for warning in model.warnings:
        tell(f"dnnt: warning: {warning}")
    (tell if output == "-" else say)(f"c {output}: {model.describe()}")
