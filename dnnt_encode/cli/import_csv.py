"""``dnnt import-csv``: a user's own table as an instance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from dnnt_encode.analysis.output_scale import output_scale as output_scale_of
from dnnt_encode.analysis.reach import out_of_reach
from dnnt_encode.analysis.view import View
from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName, OutputName, Rational, Whole
from dnnt_encode.cli.reading import by_column, listed, one_of, reading_options
from dnnt_encode.cli.standard_streams import tell
from dnnt_encode.instance.losses import LOSSES
from dnnt_encode.instance.strategies import STRATEGIES
from dnnt_encode.parsers.import_constraints import Wanted, parse_fair, parse_metric, parse_monotone
from dnnt_encode.parsers.import_table import Imported, ImportOptions, import_table
from dnnt_encode.parsers.instance_json import save_instance
from dnnt_encode.parsers.option_texts import parse_activation, parse_number, parse_set, parse_widths
from dnnt_encode.parsers.preprocessing import MISSING_CHOICES
from dnnt_encode.parsers.row_weights import BALANCED
from dnnt_encode.parsers.table import Table, write_table


class Parsed(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in newer versions of click
    """A value that one of the parsers reads; its ValueError becomes a usage error."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("import-csv")
@click.argument("csv", type=InputName())
@click.option(
    "--target", required=True, metavar="COL", help="Target column: a name, or an index from 0 (-1: the last)."
)
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    default="-",
    metavar="INSTANCE",
    help="Where the instance goes; - is standard output.",
)
@click.option(
    "--target-kind", type=click.Choice(["class", "numeric"]), help="Classes or numbers (default: by content)."
)
@click.option("--positive", metavar="LABEL", help="One output, positive for this label against all others.")
@click.option("--hidden", type=Parsed("widths", parse_widths), default="4", help="Hidden layers, as 4 or 4,3; 0: none.")
@click.option("--weights", type=Parsed("set", parse_set), default="-1,0,1", help="-1,0,1, -7..7 or interval:-1..1.")
@click.option("--biases", type=Parsed("set", parse_set), help="Allowed biases (default: as the weights).")
@click.option(
    "--activation",
    type=Parsed("activation", parse_activation),
    default="relu",
    help="Of the hidden layers: relu (default), identity, sign, step, clipped_relu:1 (its cap).",
)
@click.option("--loss", type=click.Choice(LOSSES), help="Default: misclassification for classes, l1 for numbers.")
@click.option("--margin", type=Parsed("number", parse_number), help="Margin of a class loss (default 1).")
@click.option("--threshold", type=Parsed("number", parse_number), help="Ask for this loss or less; else for the least.")
@click.option(
    "--output-scale",
    type=Parsed("scale", lambda text: text if text == "auto" else parse_number(text)),
    metavar="auto|NUMBER",
    help="Multiply the sets of the output layer, and move its biases, so that outputs reach as far as the targets.",
)
@click.option("--columns", multiple=True, metavar="COL,...", help="Columns to learn from (default: all).")
@click.option("--exclude", multiple=True, metavar="COL,...", help="Columns to leave out.")
@click.option("--numeric", multiple=True, metavar="COL,...", help="Columns that are numbers whatever they look like.")
@click.option("--categorical", multiple=True, metavar="COL,...", help="Columns that are categories, even of numbers.")
@click.option(
    "--missing",
    multiple=True,
    metavar="[COL=]CHOICE",
    help="Missing values: error (default), drop (the row), median, mode, or category (a missing value is one); for one "
    "column as COL=CHOICE.",
)
@click.option(
    "--encode",
    multiple=True,
    metavar="[COL=]ENC",
    help="median (default), quantile:4, thermometer:4, bits:3, onehot or none; for one column as COL=ENC.",
)
@click.option("--weight", metavar="COL", help="A column that says what each row weighs, in any exact numbers.")
@click.option(
    "--class-weight",
    multiple=True,
    metavar="balanced|LABEL=W",
    help="What rows of a class weigh (default 1); balanced: all classes together the same.",
)
@click.option(
    "--strategy", type=click.Choice(STRATEGIES), help="Of many classes, train an ensemble: see `dnnt solve --strategy`."
)
@click.option("--rows", type=Whole(1), help="Learn from this many rows, stratified by class.")
@click.option("--test", type=Rational(), help="Learn from all but this share of the rows, as 0.25, likewise drawn.")
@click.option(
    "--folds",
    type=Whole(2),
    help="So many instances, each to be tested on another part of the rows: -o and --test-out get .1, .2, ... before "
    "their suffix.",
)
@click.option("--seed", type=Whole(), default=0, help="Which rows --rows, --test and --folds draw.")
@click.option(
    "--test-out", type=OutputName(), metavar="FILE", help="Where the other rows go, as they are; - is standard output."
)
@click.option(
    "--fair",
    multiple=True,
    type=Parsed("rates", parse_fair),
    metavar="COL:RATE<=D",
    help="The groups in this column differ by at most D in their rates of answers: positive, false-positive or "
    "false-negative, as 'sex:positive<=1/10'.",
)
@click.option(
    "--monotone",
    multiple=True,
    type=Parsed("column", parse_monotone),
    metavar="COL[=falling]",
    help="As this column rises, the answer never falls to an earlier class (or never rises to a later one).",
)
@click.option("--fixed", type=InputName(), metavar="CSV", help="Rows that get the answers in their target column.")
@click.option(
    "--radius",
    type=Parsed("number", parse_number),
    help="Inputs within this radius of a training row get the answer that it gets.",
)
@click.option(
    "--metric",
    type=Parsed("metric", parse_metric),
    metavar="hamming|linf",
    help="Of --radius: how many inputs differ (default), or by how much each.",
)
@reading_options
@click.option("--name", help="The instance's name (default: the file's).")
@click.option("--npz", is_flag=True, help="Put the arrays into an npz file beside the instance.")
def import_csv(
    csv: str,
    output: str,
    encode: tuple[str, ...],
    missing: tuple[str, ...],
    class_weight: tuple[str, ...],
    folds: int | None,
    output_scale: str | Fraction | None,
    fair: tuple[Any, ...],
    monotone: tuple[Any, ...],
    fixed: str | None,
    radius: Fraction | None,
    metric: Any,
    test_out: str | None,
    read: Callable[..., Table],
    npz: bool,
    **options: Any,
) -> None:
    """Turn the table CSV (- is standard input) into an instance, and record every step for `dnnt predict`."""
    drawn = {"--rows": options["rows"], "--test": options["test"], "--folds": folds}
    drawing = [option for option, value in drawn.items() if value is not None]
    if len(drawing) > 1:
        raise click.UsageError(f"{' and '.join(drawing)} exclude each other")
    if test_out is not None and not drawing:
        raise click.UsageError("--test-out needs --rows, --test or --folds: without them every row is for training")
    if folds is not None and "-" in (output, test_out):
        raise click.UsageError("--folds makes several files; name them with -o and --test-out")
    parts = [(output, test_out)]
    if folds is not None:
        parts = [(_numbered(output, k), test_out and _numbered(test_out, k)) for k in range(1, folds + 1)]
    written: dict[str, str | None] = {}
    for number, (file, rest) in enumerate(parts, start=1):
        arrays = str(Path(file).with_suffix(".npz")) if npz and file != "-" else None
        part = f" of fold {number}" if folds is not None else ""
        written |= {f"-o{part}": file, f"--test-out{part}": rest, f"the arrays of --npz{part}": arrays}
    check_files({"CSV": csv, "--fixed": fixed}, written)
    if metric is not None and radius is None:
        raise click.UsageError("--metric is about --radius; give one")
    for key in ("columns", "exclude", "numeric", "categorical"):
        options[key] = listed(options[key])
    options["columns"] = options["columns"] or None
    encodings, gaps = by_column("--encode", encode, str), by_column("--missing", missing, one_of(MISSING_CHOICES))
    chosen = ImportOptions(
        class_weight=_class_weight(class_weight),
        encode=encodings.get(None, "median"),
        encode_columns=tuple((column, encoding) for column, encoding in encodings.items() if column is not None),
        missing=gaps.get(None, "error"),
        missing_columns=tuple((column, rule) for column, rule in gaps.items() if column is not None),
        wanted=Wanted(
            fair=fair,
            monotone=monotone,
            fixed=None if fixed is None else read(fixed),
            robust=None if radius is None else (radius, metric or "hamming"),
        ),
        **options,
    )
    table = read(csv)
    asked = [chosen] if folds is None else [replace(chosen, fold=(number, folds)) for number in range(folds)]
    # All of them are made before the first is written.
    made = [_scaled(import_table(table, each), output_scale) for each in asked]
    for number, (imported, (file, rest)) in enumerate(zip(made, parts, strict=True), start=1):
        if folds is not None:
            tell(f"c fold {number} of {folds}: {file}")
        save_instance(imported.instance, file, npz=npz)
        if rest is not None:
            write_table(imported.rest, rest)
        missed = out_of_reach(View(imported.instance))
        for remark in (*imported.remarks, *(() if missed is None else missed.remarks)):
            tell(f"c {remark}")
        if missed is not None and imported.instance.loss.targets == "vector" and output_scale is None:
            tell("c --output-scale auto lets outputs reach as far as targets")


def _scaled(imported: Imported, asked: str | Fraction | None) -> Imported:
    if asked is None:
        return imported
    chosen = output_scale_of(imported.instance, None if isinstance(asked, str) else asked)
    remark = f"outputs times {chosen.scale} plus {chosen.offset}, in the sets of the output layer"
    return replace(imported, instance=chosen.applied(imported.instance), remarks=(*imported.remarks, remark))


def _class_weight(texts: tuple[str, ...]) -> str | dict[str, Fraction] | None:
    if not texts or texts == (BALANCED,):
        return BALANCED if texts else None
    found = by_column("--class-weight", texts, parse_number)
    by_label = {label: factor for label, factor in found.items() if label is not None}
    if len(by_label) < len(found):
        raise click.UsageError("--class-weight is balanced, or LABEL=W for each label")
    return by_label


def _numbered(name: str, number: int) -> str:
    """The name of one of several files: its number stands before the suffix."""
    path = Path(name)
    return str(path.with_name(f"{path.stem}.{number}{path.suffix}"))
