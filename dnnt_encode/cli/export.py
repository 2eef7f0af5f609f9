"""`dnnt export`: a model for somebody's own solver."""

from __future__ import annotations

from fractions import Fraction

import click

from dnnt_encode.cli.model_options import FORMATS, encoding_options, question, question_options
from dnnt_encode.cli.options import check_writable


@click.command()
@click.argument("instance")
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True, help="DIMACS CNF, or WCNF for MaxSAT.")
@click.option("-o", "--output", metavar="FILE", required=True, help="Packed where the name ends in .gz or .xz.")
@question_options
@encoding_options
def export(
    instance: str,
    kind: str,
    output: str,
    threshold: Fraction | None,
    minimize: bool,
    sums: str,
    no_reductions: bool,
) -> None:
    """Write a model of INSTANCE for a solver of your own; `dnnt decode` reads its answer back.

    A DIMACS CNF asks for a loss of at most the threshold; a WCNF asks for the least loss, within the threshold where
    there is one.
    """
    check_writable(output)
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.solving.exchange import export_cnf

    problem = load_instance(instance)
    written = export_cnf(problem, question(problem, kind, threshold, minimize, sums, no_reductions), output)
    soft = f" and {written.soft} soft ones" if kind == "wcnf" else ""
    click.echo(f"c {output}: {written.variables} variables, {written.clauses} hard clauses{soft}", err=output == "-")
