"""From columns to the inputs of a network and back to the same inputs: fit on training rows, record, apply.

The record is plain JSON and says everything: ``missing`` (what happened to missing values), ``columns`` (each with its
kind, the value that fills its gaps, whether its numbers are in percent, and its encoding with fitted values),
``target``, ``features`` (names of the inputs), ``header``, ``notation`` where it is not the plain one and, where only
some rows of the table were taken, ``rows`` (their numbers, from 0). Applying the record to the training table gives the
training inputs again.

Every column learns a value for gaps, even where the training rows have none: new rows may.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import ExactArray, integer_array, number_json
from dnnt_encode.parsers.columns import Column, column_of, missing_cells
from dnnt_encode.parsers.encodings import apply_column, feature_names, fit_column, summed
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.table import Table

MISSING_CHOICES = ("error", "drop", "median", "mode")

NEW_ROWS = ("error", "drop", "fill")
"""What can happen to missing values of new rows: ``fill`` takes the values that training learned."""

_REMEDY = "fill them in, exclude the column, or choose --missing drop, median or mode"
_REMEDY_NEW = (
    "fill them in, or choose --missing drop (such rows get no prediction) or --missing fill (the values that training "
    "learned)"
)


def fit(
    columns: Sequence[Column], missing: str, encode: dict[str, str], counts: np.ndarray | None = None
) -> dict[str, Any]:
    """The record of training columns [n], which hold missing values only where ``missing`` is median or mode;
    ``encode`` gives the encoding of every column by name, ``counts`` [n] how often each row counts (None: once). Raises
    InputError where no feature is left."""
    records = []
    for column in columns:
        fill = _fill_value(column, missing, counts)
        record = fit_column(_filled(column, fill), encode[column.name], counts)
        if column.percent:
            record["percent"] = True
        if fill is not None:
            record["fill"] = fill
        records.append(record)
    features = [name for record in records for name in feature_names(record)]
    if not features:
        raise InputError("no column is left to learn from: every one is excluded, or constant in the training rows")
    return {"missing": missing, "columns": records, "features": features}


def _fill_value(column: Column, missing: str, counts: np.ndarray | None) -> int | str | None:
    """The most frequent value (the smallest of equals) of a category, or where ``missing`` is mode, else the median of
    the numbers; None where there is nothing to go by."""
    present = np.flatnonzero(~column.missing)
    if not len(present):
        return None
    known, counts = column.take(present), None if counts is None else counts[present]
    keys = np.array(known.texts(), dtype=object) if known.numbers is None else known.numbers.numerators
    values, inverse = np.unique(keys, return_inverse=True)
    often = summed(inverse, counts, len(values))
    if known.numbers is None:
        return str(values[often.argmax()])
    if missing == "mode":
        return number_json(Fraction(int(values[often.argmax()]), known.numbers.denominator))
    # The middle one of the rows, each as often as it counts, or halfway between the middle two.
    reached = np.cumsum(often)
    total = int(reached[-1])
    ends = [int(values[np.searchsorted(reached, place, side="right")]) for place in ((total - 1) // 2, total // 2)]
    return number_json(Fraction(sum(ends), 2 * known.numbers.denominator))


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


def apply_table(record: dict[str, Any], table: Table, missing: str | None = None) -> tuple[ExactArray, np.ndarray]:
    """The inputs of the rows of a table that can be encoded, and the numbers of those rows.

    Where the table's notation says nothing, the recorded one holds. ``missing`` is one of ``NEW_ROWS``, by default as
    for the training rows: rows with a missing value are left out, filled in, or an error. Raises InputError, also for a
    column that the table does not have.
    """
    table = with_notation(record, table)
    if missing is None:
        missing = "fill" if record["missing"] in ("median", "mode") else record["missing"]
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
        column = column_of(table, item["name"], item["kind"], item.get("percent", False))
        if missing == "fill" and item.get("fill") is None and column.missing.any():
            raise InputError(
                f"these weights have no value for the gaps of the column {shorten(repr(item['name']))}; choose "
                f"--missing drop, or fill them in",
                place=table.place(int(column.missing.argmax()), item["name"]),
            )
        columns.append(column)
    rows = usable_rows(table, columns, missing, _REMEDY_NEW)
    return apply(record, [column.take(rows) for column in columns]), rows


def with_notation(record: dict[str, Any], table: Table) -> Table:
    """The table, read in the notation of the record where its own says nothing."""
    return replace(table, notation=table.notation.or_recorded(record.get("notation")))


def usable_rows(table: Table, columns: Sequence[Column], missing: str, remedy: str = _REMEDY) -> np.ndarray:
    """The rows that take part: those without a gap where ``missing`` is drop, all where gaps are filled. Raises
    InputError naming the missing cells where it is error."""
    everything = np.arange(len(table.rows))
    if missing not in ("error", "drop") or not columns:
        return everything
    gaps = np.logical_or.reduce([column.missing for column in columns])
    if missing == "drop":
        return np.asarray(everything[~gaps])
    refuse_missing(table, columns, everything[gaps], remedy)
    return everything


def refuse_missing(table: Table, columns: Sequence[Column], rows: np.ndarray, remedy: str) -> None:
    """Raises InputError naming the missing cells of the rows, where there are any."""
    if not len(rows):
        return
    cells = missing_cells(table, columns, rows[:5].tolist())[:5]
    count = int(sum(int(column.missing[rows].sum()) for column in columns))
    more = f" and {count - len(cells)} more" if count > len(cells) else ""
    raise InputError(f"{count} missing values, at {'; '.join(cells)}{more}; {remedy}", place=table.name)
