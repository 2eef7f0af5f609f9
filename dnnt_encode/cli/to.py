"""``dnnt to``: trained weights as a program or file of another tool."""

from __future__ import annotations

from fractions import Fraction

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName, OutputName
from dnnt_encode.cli.reading import by_column
from dnnt_encode.cli.standard_streams import say
from dnnt_encode.errors import InputError


@click.command()
@click.argument("weights", type=InputName())
@click.option(
    "-o", "--output", type=OutputName(), metavar="FILE", required=True, help="The file; its name says the format."
)
@click.option(
    "--instance", type=InputName(), metavar="INSTANCE", help="The instance, for weights that are not self-contained."
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="[COL=]LOW..HIGH",
    help="Between which numbers inputs lie that are not encoded (default: within 32 bits).",
)
@click.option(
    "--decimals",
    multiple=True,
    metavar="[COL=]N",
    help="After how many decimals such inputs end (default: as the training rows).",
)
@click.option(
    "--missing",
    type=click.Choice(["error", "fill"]),
    help="Missing values of rows: an error, or filled with what training learned (default: as in training).",
)
@click.option("--name", help="What the network is called (default: the file's name).")
@click.option("--main", is_flag=True, help="C with a program that reads rows of a table and prints predictions.")
@click.option("--qonnx", is_flag=True, help="ONNX with the integer types that QONNX and FINN read.")
def to(
    weights: str,
    output: str,
    instance: str | None,
    ranges: tuple[str, ...],
    decimals: tuple[str, ...],
    missing: str | None,
    name: str | None,
    main: bool,
    qonnx: bool,
) -> None:
    """Write trained WEIGHTS for use elsewhere: FILE.c (C99, with FILE.h), FILE.h (C99, all in a header), FILE.onnx,
    FILE.npz (the parameters) or FILE.py (a module that needs numpy).

    Nothing is rounded: the network is written in integers, and where its numbers have decimals, they are scaled, and it
    is told how.
    """
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.parsers.weights_json import load_weights
    from dnnt_encode.transfer.columns import RowOptions
    from dnnt_encode.transfer.kinds import files_of, write_network

    try:
        first, *others = files_of(output)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    companions: dict[str, str | None] = {f"the {name} of -o": name for name in others}
    check_files({"WEIGHTS": weights, "--instance": instance}, {"-o": first, **companions})
    asked = RowOptions(
        decimals=by_column("--decimals", decimals, _places),
        ranges=by_column("--range", ranges, _range),
        missing=missing,
    )
    loaded = load_weights(weights, None if instance is None else load_instance(instance))
    remarks = write_network(loaded, output, options=asked, name=name or "", main=main, annotate=qonnx)
    for remark in (f"{output}: written", *remarks):
        say(f"c {remark}")


def _places(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 1000):
        raise ValueError(f"found {text[:40]!r}; a number of decimals is needed")
    return int(text)


def _range(text: str) -> tuple[Fraction, Fraction]:
    from dnnt_encode.parsers.option_texts import parse_number

    low, dots, high = text.partition("..")
    if not dots:
        raise ValueError(f"found {text[:40]!r}; two numbers are needed, as in -5..5")
    return parse_number(low), parse_number(high)
