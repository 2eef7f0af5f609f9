"""``dnnt predict``: apply weights to the rows of a table."""

from __future__ import annotations

import click

from dnnt_encode.parsers.files import Source, write_text
from dnnt_encode.parsers.instance_json import load_instance
from dnnt_encode.parsers.prediction import predict_table, with_predictions
from dnnt_encode.parsers.table import read_table, write_table
from dnnt_encode.parsers.weights_json import load_weights


@click.command("predict")
@click.argument("weights")
@click.argument("csv")
@click.option("--instance", metavar="INSTANCE", help="The instance, for weights that are not self-contained.")
@click.option("-o", "--output", metavar="CSV", help="Where the rows with their predictions go; - is standard output.")
@click.option("--separator", metavar="CHAR", help="Separator, or comma, semicolon, tab, pipe, space (default: found).")
@click.option("--no-header", is_flag=True, help="The first line is a row (default: as it was for training).")
def predict(
    weights: str, csv: str, instance: str | None, output: str | None, separator: str | None, no_header: bool
) -> None:
    """Apply WEIGHTS to the rows of the table CSV (- is standard input).

    Where the table has the target, tells the accuracy with a confusion matrix, or the mean absolute error. The rows
    with their predictions go to -o; where the table has no target, to standard output.
    """
    sources: list[Source | None] = [weights, csv, instance]
    if sources.count("-") > 1:
        raise click.UsageError("only one file can come from standard input")
    loaded = load_weights(weights, None if instance is None else load_instance(instance))
    header = not no_header and (loaded.preprocessing or {}).get("header", True) is True
    table = read_table(csv, separator, header=header)
    prediction = predict_table(loaded, table)
    if output is None and not prediction.scored:
        output = "-"
    if output is not None:
        write_table(with_predictions(table, prediction), output)
    report = "".join(f"{line}\n" for line in prediction.report())
    if output == "-":
        click.echo(report, err=True, nl=False)
    else:
        write_text("-", report)
