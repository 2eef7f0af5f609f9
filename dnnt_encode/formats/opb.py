"""OPB, the format of pseudo-Boolean solvers, in its narrow form: variables x1, x2, ..., rows with >= and =."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from dnnt_encode.formats.lp import padded, terms
from dnnt_encode.formats.word_tables import numbers, word_table
from dnnt_encode.models.milp import AT_MOST, EQUAL, MilpModel


def opb_text(model: MilpModel, comments: Iterable[str] = ()) -> Iterator[bytes]:
    """The file of a model over bits (see ``models.bits``) in pieces; ``comments``: lines that start with ``*``."""
    fixed = np.flatnonzero(model.lower == 1)
    yield f"* #variable= {model.columns} #constraint= {model.rows + len(fixed)}\n".encode()
    for line in comments:
        yield f"{line}\n".encode()
    names = word_table(f"x{number}" for number in range(1, model.columns + 1))
    costly = np.flatnonzero(model.cost)
    if len(costly):
        ends = np.array([0, len(costly)])
        head, tail = word_table(["min: "]), word_table([";\n"])
        yield from terms(costly, model.cost[costly], ends, head, tail, names, len(costly) + 1)
    sign = np.where(model.row_sense == AT_MOST, -1, 1)
    turned = replace(model, row_coefficients=model.row_coefficients * np.repeat(sign, np.diff(model.row_start)))
    start, columns, coefficients = padded(turned)
    rhs = numbers(model.row_rhs * sign)
    tails = np.hstack(
        [
            word_table([">= ", "= "])[(model.row_sense == EQUAL).astype(np.int64)],
            rhs.table[rhs.index],
            np.broadcast_to(word_table([" ;\n"]), (model.rows, 3)),
        ]
    )
    heads = np.zeros((model.rows, 1), dtype=np.uint8)
    yield from terms(columns, coefficients, start, heads, tails, names, model.terms + model.rows + 1)
    yield "".join(f"+1 x{column + 1} = 1 ;\n" for column in fixed.tolist()).encode()
