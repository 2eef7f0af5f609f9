"""From columns to the inputs of a network and back to the same inputs: fit on training rows, record, apply.

The record is plain JSON and says everything: ``missing`` (what happens to missing values), ``columns`` (each with its
kind, the value that fills its gaps, and its encoding with fitted values), ``target``, ``features`` (names of the
inputs), ``header`` and, where only some rows of the table were taken, ``rows`` (their numbers, from 0). Applying the
record to the training table gives the training inputs again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import ExactArray, integer_array, number_json
from dnnt_encode.parsers.columns import Column, column_of, missing_cells
from dnnt_encode.parsers.encodings import apply_column, feature_names, fit_column
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.table import Table

MISSING_CHOICES = ("error", "drop", "median", "mode")

_REMEDY = "fill them in, exclude the column, or choose drop, median or mode for missing values"


def fit(columns: Sequence[Column], missing: str, encode: dict[str, str]) -> dict[str, Any]:
    """The record of training columns [n], which hold missing values only where ``missing`` is median or mode;
    ``encode`` gives the encoding of every column by name. Raises InputError where no feature is left."""
    records = []
    for column in columns:
        fill = _fill_value(column, missing)
        record = fit_column(_filled(column, fill), encode[column.name])
        if missing in ("median", "mode"):
            record["fill"] = fill
        records.append(record)
    features = [name for record in records for name in feature_names(record)]
    if not features:
        raise InputError("no column is left to learn from: every one is excluded, or constant in the training rows")
    return {"missing": missing, "columns": records, "features": features}


def _fill_value(column: Column, missing: str) -> int | str | None:
    """The median (numeric) or the most frequent value, the smallest of equals; None where there is nothing to go by."""
    present = np.flatnonzero(~column.missing)
    if missing not in ("median", "mode") or not len(present):
        return None
    known = column.take(present)
    if known.numbers is None:
        values, counts = np.unique(np.array(known.texts(), dtype=object), return_counts=True)
        return str(values[counts.argmax()])
    numerators = np.sort(known.numbers.numerators)
    if missing == "median":
        middle = int(numerators[(len(numerators) - 1) // 2]) + int(numerators[len(numerators) // 2])
        return number_json(Fraction(middle, 2 * known.numbers.denominator))
    values, counts = np.unique(numerators, return_counts=True)
    return number_json(Fraction(int(values[counts.argmax()]), known.numbers.denominator))


def _filled(column: Column, fill: int | str | None) -> Column:
    """The column with its gaps filled; a column without any value becomes an empty one."""
    if not column.missing.any():
        return column
    if fill is None:
        return column.take(np.flatnonzero(~column.missing))
    nothing = np.zeros(len(column), dtype=bool)
    gaps = column.missing.tolist()
    if column.numbers is None:
        assert column.labels is not None
        labels = tuple(str(fill) if gap else text for text, gap in zip(column.labels, gaps, strict=True))
        return Column(column.name, nothing, labels=labels)
    value = Fraction(fill)
    denominator = math.lcm(column.numbers.denominator, value.denominator)
    numerators = column.numbers.scaled(denominator).astype(object)
    numerators[column.missing] = int(value * denominator)
    return Column(column.name, nothing, numbers=ExactArray.from_scaled(integer_array(numerators), denominator))


def apply(record: dict[str, Any], columns: Sequence[Column]) -> ExactArray:
    """The inputs [n, features] of the columns, in the order of the record, with gaps only where it has a fill."""
    parts: list[ExactArray] = []
    for item, column in zip(record["columns"], columns, strict=True):
        if item["encode"] != "dropped":
            parts += apply_column(item, _filled(column, item.get("fill")))
    return _side_by_side(parts)


def _side_by_side(parts: Sequence[ExactArray]) -> ExactArray:
    denominator = math.lcm(*(part.denominator for part in parts))
    return ExactArray.from_scaled(np.stack([part.scaled(denominator) for part in parts], axis=1), denominator)


def apply_table(record: dict[str, Any], table: Table) -> tuple[ExactArray, np.ndarray]:
    """The inputs of the rows of a table that can be encoded, and the numbers of those rows.

    Rows with a missing value are left out where the record drops them, and an error where it allows none. Raises
    InputError, also for a column that the table does not have.
    """
    columns = []
    for item in record["columns"]:
        if item["encode"] == "dropped":
            # A column that plays no part need not even be there.
            columns.append(Column(item["name"], np.zeros(len(table.rows), dtype=bool), labels=("",) * len(table.rows)))
            continue
        if item["name"] not in table.columns:
            raise InputError(
                f"the column {shorten(repr(item['name']))} is missing; "
                f"the columns are {', '.join(map(repr, table.columns[:20]))}",
                place=table.name,
            )
        columns.append(column_of(table, item["name"], item["kind"]))
    rows = usable_rows(table, columns, record["missing"])
    return apply(record, [column.take(rows) for column in columns]), rows


def usable_rows(table: Table, columns: Sequence[Column], missing: str) -> np.ndarray:
    """The rows that take part: all, or those without a gap where ``missing`` is drop. Raises InputError naming the
    missing cells where it is error."""
    everything = np.arange(len(table.rows))
    if missing in ("median", "mode") or not columns:
        return everything
    gaps = np.logical_or.reduce([column.missing for column in columns])
    if missing == "drop":
        return np.asarray(everything[~gaps])
    refuse_missing(table, columns, everything[gaps])
    return everything


def refuse_missing(table: Table, columns: Sequence[Column], rows: np.ndarray, remedy: str = _REMEDY) -> None:
    """Raises InputError naming the missing cells of the rows, where there are any."""
    if not len(rows):
        return
    cells = missing_cells(table, columns, rows[:5].tolist())[:5]
    count = int(sum(int(column.missing[rows].sum()) for column in columns))
    more = f" and {count - len(cells)} more" if count > len(cells) else ""
    raise InputError(f"{count} missing values, at {'; '.join(cells)}{more}; {remedy}", place=table.name)
