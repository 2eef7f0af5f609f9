"""`dnnt apply`: the CNF of one cube."""

from __future__ import annotations

import click

from dnnt_encode.cli.options import InputName, OutputName, Whole
from dnnt_encode.cli.standard_streams import say


@click.command()
@click.argument("cubes", type=InputName())
@click.argument("number", type=Whole(1))
@click.option("-o", "--output", type=OutputName(), metavar="FILE", default="-", help="Standard output by default.")
def apply(cubes: str, number: int, output: str) -> None:
    """Write the DIMACS CNF of the cube NUMBER, from 1, of the folder CUBES that `dnnt export --cubes --icnf` made.

    It reads nothing but that folder, and is as quick as copying a file: for the tasks of a job array.
    """
    from dnnt_encode.exchange.export import apply_cube
    from dnnt_encode.parsers.outputs import check_writable

    check_writable(output)
    literals = apply_cube(cubes, number, output)
    if output != "-":
        say(f"c {output}: the formula with {len(literals)} literals")
