"""From columns to the inputs of a network and back to the same inputs: fit on training rows, record, apply.

The record is plain JSON and says everything: ``missing`` (what happened to missing values), ``columns`` (each with its
kind, the value that fills its gaps, whether its numbers are in percent, its encoding with fitted values, ``missing``
where that is its own, and ``indicator`` where a feature tells that a number is missing),
``target``, ``features`` (names of the inputs), ``header``, ``notation`` where it is not the plain one and, where only
some rows of the table were taken, ``rows`` (their numbers, from 0). Applying the record to the training table gives the
training inputs again.

Every column learns a value for gaps, even where the training rows have none: new rows may.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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

MISSING_CHOICES = ("error", "drop", "median", "mode", "category")
"""What can happen to missing values of training rows. ``category``: that a value is missing is one of the categories of
a column, and a feature of its own beside numbers, whose gaps the median fills."""

FILLING = ("median", "mode", "category")
"""Those that leave no gap."""

NEW_ROWS = ("error", "drop", "fill")
"""What can happen to missing values of new rows: ``fill`` takes the values that training learned."""

GAP = ""
"""The category of a missing value: no cell that has a value is empty."""

_REMEDY = "fill them in, exclude the column, or choose --missing drop, median, mode or category"
_REMEDY_NEW = (
    "fill them in, or choose --missing drop (such rows get no prediction) or --missing fill (the values that training "
    "learned)"
)


def fit(
    columns: Sequence[Column],
    missing: str,
    encode: Mapping[str, str],
    counts: np.ndarray | None = None,
    own_missing: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The record of training columns [n], which hold missing values only where ``missing``, or ``own_missing`` of a
    column, is one of ``FILLING``; ``encode`` gives the encoding of every column by name, ``counts`` [n] how often each
    row counts (None: once). Raises InputError where no feature is left."""
    records = []
    for column in columns:
        rule = (own_missing or {}).get(column.name, missing)
        fill = _fill_value(column, rule, counts)
        record = fit_column(_filled(column, fill), encode[column.name], counts)
        if rule != missing:
            record["missing"] = rule
        if rule == "category" and column.numbers is not None and 0 < column.missing.sum() < len(column):
            record["indicator"] = True
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
    the numbers; the category of gaps where they have one. None where there is nothing to go by."""
    if missing == "category" and column.numbers is None:
        return GAP
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
        parts += _features(item, column)
    return _side_by_side(parts)


def apply_features(item: dict[str, Any], column: Column) -> ExactArray:
    """The inputs [n, features] of one column, as its item of the record says."""
    return _side_by_side(_features(item, column))


def _features(item: dict[str, Any], column: Column) -> list[ExactArray]:
    # A column that plays no part may hold anything.
    parts = apply_column(item, _filled(column, item.get("fill"))) if item["encode"] != "dropped" else []
    return [*parts, ExactArray(column.missing.astype(np.int64), 1)] if item.get("indicator") else parts


def _side_by_side(parts: Sequence[ExactArray]) -> ExactArray:
    denominator = math.lcm(*(part.denominator for part in parts))
    return ExactArray.from_scaled(np.stack([part.scaled(denominator) for part in parts], axis=1), denominator)


def apply_table(
    record: dict[str, Any], table: Table, missing: Mapping[str | None, str] | None = None
) -> tuple[ExactArray, np.ndarray]:
    """The inputs of the rows of a table that can be encoded, and the numbers of those rows.

    Where the table's notation says nothing, the recorded one holds. ``missing`` has one of ``NEW_ROWS`` by column, for
    the others under None; by default it is done as for the training rows: rows with a missing value are left out,
    filled in, or an error. Raises InputError, also for a column that the table does not have.
    """
    table, asked = with_notation(record, table), missing or {}
    for name in asked.keys() - {None, *(item["name"] for item in record["columns"])}:
        raise InputError(f"found no column {shorten(repr(name))} among those that were learned from", "--missing")
    columns, rules = [], []
    for item in record["columns"]:
        if not feature_names(item):
            # A column that plays no part need not even be there.
            columns.append(Column(item["name"], np.zeros(len(table.rows), dtype=bool), labels=("",) * len(table.rows)))
            rules.append("fill")
            continue
        if item["name"] not in table.columns:
            raise InputError(
                f"the column {shorten(repr(item['name']))} is missing; "
                f"the columns are {', '.join(map(repr, table.columns[:20]))}",
                place=table.name,
            )
        column = column_of(table, item["name"], item["kind"], item.get("percent", False))
        rule = asked.get(item["name"], asked.get(None, new_rows_rule(record, item)))
        if rule == "fill" and item.get("fill") is None and column.missing.any():
            raise InputError(
                f"these weights have no value for the gaps of the column {shorten(repr(item['name']))}; choose "
                f"--missing drop, or fill them in",
                place=table.place(int(column.missing.argmax()), item["name"]),
            )
        columns.append(column)
        rules.append(rule)
    rows = usable_rows(table, columns, rules, _REMEDY_NEW)
    return apply(record, [column.take(rows) for column in columns]), rows


def new_rows_rule(record: dict[str, Any], item: dict[str, Any]) -> str:
    """What is done with the missing values of new rows in a column, one of ``NEW_ROWS``, unless something else is asked
    for: what was done in training."""
    rule = str(item.get("missing", record["missing"]))
    return "fill" if rule in FILLING else rule


def with_notation(record: dict[str, Any], table: Table) -> Table:
    """The table, read in the notation of the record where its own says nothing."""
    return replace(table, notation=table.notation.or_recorded(record.get("notation")))


def usable_rows(table: Table, columns: Sequence[Column], rules: Sequence[str], remedy: str = _REMEDY) -> np.ndarray:
    """The rows that take part: those without a gap in the columns whose rule is drop. Raises InputError naming the
    missing cells of those rows in the columns whose rule is error."""
    out = np.zeros(len(table.rows), dtype=bool)
    for column, rule in zip(columns, rules, strict=True):
        if rule == "drop":
            out |= column.missing
    rows = np.flatnonzero(~out)
    strict = [column for column, rule in zip(columns, rules, strict=True) if rule == "error"]
    if strict:
        gaps = np.logical_or.reduce([column.missing[rows] for column in strict])
        refuse_missing(table, strict, rows[gaps], remedy)
    return rows


def refuse_missing(table: Table, columns: Sequence[Column], rows: np.ndarray, remedy: str) -> None:
    """Raises InputError naming the missing cells of the rows, where there are any."""
    if not len(rows):
        return
    cells = missing_cells(table, columns, rows[:5].tolist())[:5]
    count = int(sum(int(column.missing[rows].sum()) for column in columns))
    more = f" and {count - len(cells)} more" if count > len(cells) else ""
    raise InputError(f"{count} missing values, at {'; '.join(cells)}{more}; {remedy}", place=table.name)
