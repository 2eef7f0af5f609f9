"""Tables of bits: a random binary table labelled by a hidden rule, or a user's own table binarised at the medians.

Construction. Without a file: n rows of d random bits, as -1 and 1; the class is that of a majority over ``relevant`` of
the columns, and ``noise`` labels are turned around. Rows of equal bits may then differ in class, as in real tables.
With a file: what ``import-csv`` does, with the median encoding.

>>> FAMILY.generate(1, rows=12, columns=4).network.widths
(4, 2, 1)
"""

from __future__ import annotations

import random
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import Drawn, Family, FamilyParameter, Options
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers.import_table import ImportOptions, import_table
from dnnt_encode.parsers.option_texts import parse_number, parse_set, parse_widths
from dnnt_encode.parsers.table import read_table


def _draw(options: Options, rng: random.Random) -> Drawn[dict[str, Any]]:
    if options["input"] is not None:
        if options["target"] is None:
            raise InputError("a table from a file needs its target column", "target")
        return Drawn({"input": options["input"], "seed": rng.randint(0, 2**31)})
    rows, columns, relevant = options["rows"] or 100, options["columns"], options["relevant"]
    if not relevant <= columns or options["noise"] > rows:
        raise InputError(
            f"found {relevant} relevant of {columns} columns, {options['noise']} wrong labels of {rows} rows"
        )
    x = [[rng.choice((-1, 1)) for _ in range(columns)] for _ in range(rows)]
    chosen = sorted(rng.sample(range(columns), relevant))
    wrong = set(rng.sample(range(rows), options["noise"]))
    y = [int(sum(row[c] for c in chosen) > 0) ^ (k in wrong) for k, row in enumerate(x)]
    return Drawn({"x": x, "y": y, "relevant": chosen})


def _build(problem: dict[str, Any], options: Options) -> Instance:
    hidden, weights = parse_widths(options["hidden"]), parse_set(options["weights"])
    threshold = None if options["threshold"] is None else parse_number(str(options["threshold"]))
    if "input" in problem:
        chosen = ImportOptions(
            options["target"], hidden, weights=weights, threshold=threshold, rows=options["rows"], seed=problem["seed"]
        )
        return import_table(read_table(problem["input"]), chosen).instance
    return Instance.from_arrays(
        problem["x"], problem["y"], hidden, weights, outputs=1, loss="misclassification", threshold=threshold
    )


FAMILY = Family(
    name="binarised",
    summary="a table of bits, random or a user's own split at the medians",
    fixes="inputs -1 and 1, misclassification",
    parameters=(
        FamilyParameter("input", "A CSV file to binarise instead of drawing a table.", "file"),
        FamilyParameter("target", "Its target column.", "text"),
        FamilyParameter("rows", "How many rows; default: 100, or all of the file.", least=1),
        FamilyParameter("columns", "How many columns are drawn.", default=8, least=1),
        FamilyParameter("relevant", "The class is the majority of so many columns.", default=3, least=1),
        FamilyParameter("noise", "How many labels are turned around.", default=0, least=0),
        FamilyParameter("hidden", "Units of each hidden layer, as 4 or 4,3.", "widths", "2"),
        FamilyParameter("weights", "Allowed weights and biases.", "set", "-1,0,1"),
        FamilyParameter("threshold", "Ask for this loss or less; default: minimise.", "number"),
    ),
    draw=_draw,
    build=_build,
    write=lambda problem: problem,
    read=lambda value: value,
)
