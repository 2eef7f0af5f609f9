"""Free MPS, in the part of the format on which all readers agree.

The word FREE, without which CBC takes lines with names of certain lengths for fixed format; minimise, without a word on
it; every column with both bounds, as the defaults of readers differ; no constant of the objective, whose sign differs
too; integers in full. Indicators are written as CPLEX, Gurobi and SCIP read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dnnt_encode.formats.word_tables import Words, lines, numbers, word_table
from dnnt_encode.models.milp import MilpModel

OBJECTIVE = "loss"


def mps_text(model: MilpModel, comments: Iterable[str] = ()) -> Iterator[bytes]:
    """The file in pieces; ``comments`` come first, each a line that starts with ``*``."""
    for line in comments:
        yield f"{line}\n".encode()
    column_names, row_names = word_table(model.names()), row_table(model.rows)
    yield f"NAME dnnt FREE\nROWS\n N {OBJECTIVE}\n".encode()
    rows = np.arange(1, model.rows + 1)
    senses = np.arange(256, dtype=np.uint8).reshape(256, 1)
    yield from lines(model.rows, [" ", Words(senses, model.row_sense), " ", Words(row_names, rows), "\n"])
    yield b"COLUMNS\n"
    yield from _entries(model, column_names, row_names)
    yield b"RHS\n"
    some = np.flatnonzero(model.row_rhs)
    yield from lines(len(some), [" RHS ", Words(row_names, some + 1), " ", numbers(model.row_rhs[some]), "\n"])
    yield b"BOUNDS\n"
    yield from _bounds(model, column_names)
    some = np.flatnonzero(model.indicator)
    if len(some):
        literal = model.indicator[some]
        holds = Words(word_table(["0", "1"]), (literal > 0).astype(np.int64))
        column = Words(column_names, np.abs(literal) - 1)
        yield b"INDICATORS\n"
        yield from lines(len(some), [" IF ", Words(row_names, some + 1), " ", column, " ", holds, "\n"])
    yield b"ENDATA\n"


def row_table(rows: int) -> np.ndarray:
    """The names of the objective (0) and of the rows (from 1)."""
    return word_table([OBJECTIVE, *(f"r{row}" for row in range(1, rows + 1))])


def _entries(model: MilpModel, column_names: np.ndarray, row_names: np.ndarray) -> Iterator[bytes]:
    """The coefficients column by column, integer columns first; a column without any gets a cost of 0."""
    used = np.zeros(model.columns, dtype=bool)
    used[model.row_columns] = True
    costly = np.flatnonzero((model.cost != 0) | ~used)
    columns = np.concatenate([costly, model.row_columns])
    row = np.concatenate(
        [np.zeros(len(costly), dtype=np.int64), np.repeat(np.arange(1, model.rows + 1), np.diff(model.row_start))]
    )
    values = np.concatenate([model.cost[costly], model.row_coefficients])
    order = np.argsort(columns, kind="stable")
    columns, row, values = columns[order], row[order], values[order]
    whole = model.integer[columns]
    for chosen, head, tail in (
        (whole, b" MARKER 'MARKER' 'INTORG'\n", b" MARKER 'MARKER' 'INTEND'\n"),
        (~whole, b"", b""),
    ):
        if chosen.any():
            yield head
            where: list[Words | str] = [
                " ",
                Words(column_names, columns[chosen]),
                " ",
                Words(row_names, row[chosen]),
                " ",
            ]
            yield from lines(int(chosen.sum()), [*where, numbers(values[chosen]), "\n"])
            yield tail


def _bounds(model: MilpModel, column_names: np.ndarray) -> Iterator[bytes]:
    # SCIP takes a column with the bounds 0 and 1 for an indicator only where it is called binary.
    binary = np.zeros(model.columns, dtype=bool)
    binary[np.abs(model.indicator[model.indicator != 0]) - 1] = True
    some = np.flatnonzero(binary)
    yield from lines(len(some), [" BV BND ", Words(column_names, some), "\n"])
    fixed = model.lower == model.upper
    ranged = ~fixed & ~binary
    for chosen, kind, bound in ((ranged, "LO", model.lower), (ranged, "UP", model.upper), (fixed, "FX", model.lower)):
        some = np.flatnonzero(chosen)
        yield from lines(len(some), [f" {kind} BND ", Words(column_names, some), " ", numbers(bound[some]), "\n"])
