"""The LP format of CPLEX, in the part that all its readers understand: a sign before every coefficient, short lines,
one inequality a row, bounds of every column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dnnt_encode.formats.mps import OBJECTIVE, row_table
from dnnt_encode.formats.word_tables import Words, lines, numbers, word_table
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, EQUAL, MilpModel, filled

TERMS_A_LINE = 6
_SIGN = {EQUAL: "=", AT_LEAST: ">=", AT_MOST: "<="}


def lp_text(model: MilpModel, comments: Iterable[str] = ()) -> Iterator[bytes]:
    r"""The file in pieces; ``comments`` come first, each a line that starts with ``\``."""
    for line in comments:
        yield f"{line}\n".encode()
    column_names = word_table(model.names())
    yield b"Minimize\n"
    costly = np.flatnonzero(model.cost)
    if not len(costly):
        costly = np.zeros(min(1, model.columns), dtype=np.int64)
    head, tail = word_table([f" {OBJECTIVE}: "]), word_table(["\n"])
    yield from terms(costly, model.cost[costly], np.array([0, len(costly)]), head, tail, column_names)
    yield b"Subject To\n"
    start, columns, coefficients = padded(model)
    yield from terms(columns, coefficients, start, _heads(model, column_names), _tails(model), column_names)
    yield b"Bounds\n"
    fixed = model.lower == model.upper
    some = np.flatnonzero(~fixed)
    low, high = numbers(model.lower[some]), numbers(model.upper[some])
    yield from lines(len(some), [" ", low, " <= ", Words(column_names, some), " <= ", high, "\n"])
    some = np.flatnonzero(fixed)
    yield from lines(len(some), [" ", Words(column_names, some), " = ", numbers(model.lower[some]), "\n"])
    some = np.flatnonzero(model.integer)
    if len(some):
        yield b"General\n"
        yield from lines(len(some), [" ", Words(column_names, some), "\n"])
    yield b"End\n"


def padded(model: MilpModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start, columns and coefficients of the rows, where an empty row has the first column with coefficient 0."""
    start, columns, coefficients, _ = filled(
        model.row_start, model.row_columns, model.row_coefficients, model.row_rhs, 0, 0
    )
    return start, columns, coefficients


def terms(
    columns: np.ndarray,
    coefficients: np.ndarray,
    start: np.ndarray,
    heads: np.ndarray,
    tails: np.ndarray,
    names: np.ndarray,
    a_line: int = TERMS_A_LINE,
) -> Iterator[bytes]:
    """The sums of non-empty rows, each between its head and its tail (tables of words, one a row), so many terms
    ``a_line``."""
    count = len(columns)
    rows = len(start) - 1
    nothing = np.zeros((1, heads.shape[1]), dtype=np.uint8)
    head = np.zeros(count, dtype=np.int64)
    head[start[:-1]] = np.arange(1, rows + 1)
    width = max(tails.shape[1], 3)
    ends = np.zeros((rows + 2, width), dtype=np.uint8)
    ends[1, :3] = np.frombuffer(b"\n  ", dtype=np.uint8)
    ends[2:, : tails.shape[1]] = tails
    tail = np.zeros(count, dtype=np.int64)
    place = np.arange(count) - np.repeat(start[:-1], np.diff(start))
    tail[place % a_line == a_line - 1] = 1
    tail[start[1:] - 1] = np.arange(2, rows + 2)
    parts: list[Words | str] = [
        Words(np.concatenate([nothing, heads]), head),
        numbers(coefficients, "+d"),
        " ",
        Words(names, columns),
        " ",
        Words(ends, tail),
    ]
    yield from lines(count, parts)


def _heads(model: MilpModel, column_names: np.ndarray) -> np.ndarray:
    """``r5: `` or, with an indicator, ``r5: w.1.0 = 1 -> ``."""
    names = row_table(model.rows)[1:]
    if not model.indicator.any():
        return np.hstack([_repeated(" ", len(names)), names, _repeated(": ", len(names))])
    has = model.indicator != 0
    column = column_names[np.maximum(np.abs(model.indicator) - 1, 0)] * has[:, None]
    holds = word_table(["", " = 1 -> ", " = 0 -> "])[np.where(has, np.where(model.indicator > 0, 1, 2), 0)]
    return np.hstack([_repeated(" ", len(names)), names, _repeated(": ", len(names)), column, holds])


def _tails(model: MilpModel) -> np.ndarray:
    rhs = numbers(model.row_rhs)
    signs = word_table(_SIGN[sense] for sense in (EQUAL, AT_LEAST, AT_MOST))
    index = np.select([model.row_sense == EQUAL, model.row_sense == AT_LEAST], [0, 1], 2)
    space, end = _repeated(" ", model.rows), _repeated("\n", model.rows)
    return np.hstack([signs[index], space, rhs.table[rhs.index], end])


def _repeated(text: str, count: int) -> np.ndarray:
    return np.broadcast_to(word_table([text]), (count, len(text)))
