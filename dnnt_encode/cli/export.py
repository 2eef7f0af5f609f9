"""`dnnt export`: a model for somebody's own solver."""

from __future__ import annotations

from fractions import Fraction

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.model_options import FORMATS, encoding_options, question, question_options
from dnnt_encode.cli.options import Output
from dnnt_encode.cli.standard_streams import say, tell


@click.command()
@click.argument("instance")
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True, help="What the solver reads.")
@click.option(
    "-o", "--output", type=Output(), metavar="FILE", required=True, help="Packed where the name ends in .gz or .xz."
)
@click.option("--indicators", is_flag=True, help="In MPS and LP: conditional rows as such, not by big numbers.")
@question_options
@encoding_options
def export(
    instance: str,
    kind: str,
    output: str,
    indicators: bool,
    threshold: Fraction | None,
    minimize: bool,
    sums: str,
    no_reductions: bool,
) -> None:
    """Write a model of INSTANCE for a solver of your own; `dnnt decode` reads its answer back.

    A DIMACS CNF asks for a loss of at most the threshold; a WCNF asks for the least loss, within the threshold where
    there is one. OPB (pseudo-Boolean), MPS and LP ask for a loss of at most the threshold, or for the least loss where
    there is none. Indicators in MPS and LP are for Gurobi, CPLEX and SCIP.
    """
    check_files({"INSTANCE": instance}, {"-o": output})
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.solving.exchange import export_cnf
    from dnnt_encode.solving.linear_exchange import LinearQuestion, export_linear

    problem = load_instance(instance)
    asked = question(problem, kind, threshold, minimize, sums, no_reductions, indicators)
    if isinstance(asked, LinearQuestion):
        model = export_linear(problem, asked, output)
        for warning in model.warnings:
            tell(f"dnnt: warning: {warning}")
        summary = f"{model.columns} columns, {model.rows} rows, {model.terms} terms"
    else:
        written = export_cnf(problem, asked, output)
        soft = f" and {written.soft} soft ones" if kind == "wcnf" else ""
        summary = f"{written.variables} variables, {written.clauses} hard clauses{soft}"
    (tell if output == "-" else say)(f"c {output}: {summary}")
