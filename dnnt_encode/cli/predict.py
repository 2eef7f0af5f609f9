"""``dnnt predict``: apply weights to the rows of a table."""

from __future__ import annotations

from functools import partial

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName, OutputName
from dnnt_encode.cli.reading import by_column, one_of, reading_options
from dnnt_encode.cli.standard_streams import say, say_json, tell
from dnnt_encode.parsers.instance_json import load_instance
from dnnt_encode.parsers.prediction import predict_table, with_predictions
from dnnt_encode.parsers.preprocessing import NEW_ROWS
from dnnt_encode.parsers.table import Table, write_table
from dnnt_encode.parsers.weights_json import load_weights


@click.command("predict")
@click.argument("weights", type=InputName())
@click.argument("csv", type=InputName())
@click.option(
    "--instance", type=InputName(), metavar="INSTANCE", help="The instance, for weights that are not self-contained."
)
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    metavar="CSV",
    help="Where the rows with their predictions go; - is standard output.",
)
@click.option(
    "--missing",
    multiple=True,
    metavar="[COL=]CHOICE",
    help="Missing values: error, drop (no prediction for the row), or fill (with the values that training learned); "
    "default: as for the training rows.",
)
@click.option("--json", "as_json", is_flag=True, help="Print predictions and scores as JSON, exact.")
@reading_options
def predict(
    weights: str,
    csv: str,
    instance: str | None,
    output: str | None,
    missing: tuple[str, ...],
    as_json: bool,
    read: partial[Table],
) -> None:
    """Apply WEIGHTS to the rows of the table CSV (- is standard input).

    Where the table has the target, tells how well they do: accuracy, confusion matrix, precision, recall and F1 of
    every class, balanced accuracy, ROC AUC of two classes; mean absolute error and R2 of numbers. The rows with their
    predictions go to -o; where the table has no target, to standard output. Numbers are read, and written, as in the
    table that was learned from, unless options say otherwise.
    """
    gaps = by_column("--missing", missing, one_of(NEW_ROWS))
    if as_json and output == "-":
        raise click.UsageError("--json is standard output itself; name a file with -o")
    check_files({"WEIGHTS": weights, "CSV": csv, "--instance": instance}, {"-o": output})
    loaded = load_weights(weights, None if instance is None else load_instance(instance))
    said, recorded = read.keywords["header"], (loaded.preprocessing or {}).get("header")
    table = read(csv, header=recorded if said is None else said)
    prediction = predict_table(loaded, table, gaps)
    if output is None and prediction.scores is None and not as_json:
        output = "-"
    if output is not None:
        write_table(with_predictions(table, prediction), output)
    if as_json:
        say_json(prediction.json())
        return
    for line in prediction.report():
        (tell if output == "-" else say)(line)
