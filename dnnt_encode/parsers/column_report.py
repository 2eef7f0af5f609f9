"""What every column of a table became, as a table that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dnnt_encode.parsers.columns import Column
from dnnt_encode.parsers.encodings import feature_names
from dnnt_encode.parsers.numbers import fraction_text
from dnnt_encode.parsers.places import shorten

MOST_COLUMNS = 30
"""So many columns are told one by one."""

_HEAD = ("column", "kind", "encoding", "features", "cuts or categories", "gaps")


def column_report(record: dict[str, Any], columns: Sequence[Column]) -> list[str]:
    """A line for every column, below a head: its kind and encoding, how many features it became, what was fitted, and
    how many values are missing in the training rows ``columns``, and what stands for them."""
    pairs = list(zip(record["columns"], columns, strict=True))
    rows = [_HEAD, *(_row(record, item, column) for item, column in pairs[:MOST_COLUMNS])]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    more = len(pairs) - MOST_COLUMNS
    return lines if more <= 0 else [*lines, f"... and {more} more columns, told in the instance's preprocessing"]


def _row(record: dict[str, Any], item: dict[str, Any], column: Column) -> tuple[str, ...]:
    encode = item["encode"]
    fitted = [fraction_text(Fraction(cut)) for cut in item.get("cuts", ())] or list(item.get("categories", ()))
    if encode == "dropped":
        encode, fitted = "left out", [] if item["constant"] is None else [f"always {item['constant']}"]
    shown = ", ".join(text or "(missing)" for text in fitted)
    kind = "percent" if item.get("percent") else item["kind"]
    names = feature_names(item)
    cells = (shorten(item["name"], 24), kind, encode, str(len(names)), shorten(shown, 40) or "-")
    return (*cells, _gaps(record, item, int(column.missing.sum())))


def _gaps(record: dict[str, Any], item: dict[str, Any], count: int) -> str:
    rule, fill = item.get("missing", record["missing"]), item.get("fill")
    if not count:
        return "-"
    if rule == "category" and (item.get("indicator") or fill == ""):
        return f"{count}, a feature of their own"
    return f"{count}, {rule} {fraction_text(Fraction(fill or 0)) if item['kind'] == 'numeric' else fill}"
