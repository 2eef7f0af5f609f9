"""MIP starts: a solution of an exported model in the words that each solver reads one in.

Every one of them is the solver's own style of solution, so that `dnnt decode` reads it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.formats.word_tables import Words, lines, numbers, word_table


@dataclass(frozen=True)
class StartStyle:
    """``head`` and ``tail``: the lines around the columns, with ``{objective}`` and ``{columns}``; ``row``: the line of
    a column, with NAME, VALUE, COST and NUMBER (from 0); ``suffix``: how the solver wants the file to be called."""

    suffix: str
    head: str
    row: tuple[str, ...] = ("NAME", " ", "VALUE", "\n")
    tail: str = ""


STARTS = {
    "gurobi": StartStyle(".mst", "# Objective value = {objective}\n"),
    "scip": StartStyle(
        ".sol",
        "solution status: feasible\nobjective value: {objective}\n",
        ("NAME", " ", "VALUE", " (obj:", "COST", ")\n"),
    ),
    "highs": StartStyle(
        ".sol",
        "Model status\nUnknown\n\n# Primal solution values\nFeasible\nObjective {objective}\n# Columns {columns}\n",
    ),
    "cbc": StartStyle(
        ".sol", "Feasible - objective value {objective}\n", ("NUMBER", " ", "NAME", " ", "VALUE", " 0\n")
    ),
    "cplex": StartStyle(
        ".mst",
        '<?xml version="1.0"?>\n<CPLEXSolution version="1.2">\n <header problemName="dnnt" '
        'objectiveValue="{objective}" solutionStatusValue="0" writeLevel="1"/>\n <variables>\n',
        ('  <variable name="', "NAME", '" index="', "NUMBER", '" value="', "VALUE", '"/>\n'),
        " </variables>\n</CPLEXSolution>\n",
    ),
}
"""By solver."""


def start_text(style: StartStyle, names: list[str], values: np.ndarray, cost: np.ndarray) -> Iterator[bytes]:
    """The file in pieces: ``values`` (int64) of all columns, and what each costs."""
    count = len(names)
    yield style.head.format(objective=int(cost @ values), columns=count).encode()
    words: dict[str, Words | str] = {
        "NAME": Words(word_table(names), np.arange(count)),
        "VALUE": numbers(values),
        "COST": numbers(cost),
        "NUMBER": numbers(np.arange(count)),
    }
    yield from lines(count, [words.get(part, part) for part in style.row])
    yield style.tail.encode()
