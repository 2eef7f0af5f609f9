"""The target column of a table: classes or numbers, fitted on the training rows and recorded as plain JSON.

A class target is ``{"name", "kind": "class", "labels": [...]}``, with ``"positive": label`` where one label stands
against the rest; a numeric one is ``{"name", "kind": "numeric"}``, with ``"percent": true`` where it is in percent.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.columns import Column, column_of, kind_of
from dnnt_encode.parsers.encodings import sort_labels
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.table import Table

TargetKind = Literal["class", "numeric"]

MAX_CLASSES_BY_CONTENT = 10
"""Whole numbers with at most this many different values are classes, unless the kind is given."""

MAX_CLASSES = 1000


def target_kind(table: Table, name: str) -> TargetKind:
    """Class or numeric by content: text is classes; so are whole numbers of few different values, each seen twice on
    average."""
    if kind_of(table, name) == "categorical":
        return "class"
    column = column_of(table, name, "numeric")
    assert column.numbers is not None
    present = column.numbers.take(np.flatnonzero(~column.missing))
    values = np.unique(present.numerators)
    few = len(values) <= MAX_CLASSES_BY_CONTENT and 2 * len(values) <= len(present)
    return "class" if few and present.denominator == 1 else "numeric"


def target_column(table: Table, name: str, kind: TargetKind) -> Column:
    """The target as labels, or as numbers."""
    return column_of(table, name, "categorical" if kind == "class" else "numeric")


def fit_target(column: Column, kind: TargetKind, positive: str | None) -> dict[str, Any]:
    """The record of a target without missing values. Raises InputError where ``positive`` is none of the labels, or
    where there is a single class."""
    if kind == "numeric":
        if positive is not None:
            raise InputError(f"the target {column.name!r} is numeric; a positive label needs a class target")
        return {"name": column.name, "kind": "numeric", **({"percent": True} if column.percent else {})}
    labels = sort_labels(set(column.texts()))
    place = f"target {column.name!r}"
    if positive is not None and positive not in labels:
        shown = ", ".join(shorten(repr(text)) for text in labels[:20])
        raise InputError(f"found no label {shorten(repr(positive))}; the labels are {shown}", place=place)
    if len(labels) < 2:
        raise InputError(f"found the single class {shorten(repr(labels[0]))}; a class target needs two", place=place)
    if len(labels) > MAX_CLASSES:
        raise InputError(
            f"found {len(labels)} classes; at most {MAX_CLASSES} are allowed. Is the target numeric?", place=place
        )
    record = {"name": column.name, "kind": "class", "labels": labels}
    return record if positive is None else {**record, "positive": positive}


def class_names(record: dict[str, Any]) -> tuple[str, ...]:
    """The names of the classes 0, 1, ...: the labels in order, or the rest and the positive label."""
    labels, positive = record["labels"], record.get("positive")
    if positive is None:
        return tuple(labels)
    rest = [text for text in labels if text != positive]
    return (rest[0] if len(rest) == 1 else f"not {positive}", positive)


def class_indices(record: dict[str, Any], texts: Sequence[str]) -> np.ndarray:
    """The class of every label (int64 [n]); -1 for one that the training rows do not have."""
    positive = record.get("positive")
    known = {text: number for number, text in enumerate(record["labels"])}
    other = -1
    if positive is not None:
        known = {text: int(text == positive) for text in known}
        # Against more than one rest label, another one is simply not the positive one.
        other = 0 if len(known) > 2 else -1
    return np.array([known.get(text, other) for text in texts], dtype=np.int64)


def stratified_rows(groups: Sequence[object], count: int, seed: int) -> np.ndarray:
    """``count`` of the rows, in order, with every group's share as near as whole rows allow and no group left out while
    there is room. The same seed chooses the same rows on every machine. Raises InputError for more rows than there are.
    """
    if not 1 <= count <= len(groups):
        raise InputError(f"asked for {count} rows; the table has {len(groups)} that can be used")
    members: dict[object, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    # The stream of Random.random() is promised never to change, unlike that of shuffle, of sample or of numpy.
    generator = random.Random(seed)
    shares = [Fraction(count * len(rows), len(groups)) for rows in members.values()]
    sizes = [int(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda k: (sizes[k] - shares[k], k))
    for k in by_remainder[: count - sum(sizes)]:
        sizes[k] += 1
    if count >= len(sizes):
        for k in range(len(sizes)):
            if not sizes[k]:
                sizes[max(range(len(sizes)), key=lambda i: (sizes[i], -i))] -= 1
                sizes[k] = 1
    chosen: list[int] = []
    for rows, size in zip(members.values(), sizes, strict=True):
        order = sorted(rows, key=lambda row: (generator.random(), row))
        chosen += order[:size]
    return np.array(sorted(chosen), dtype=np.int64)


def stratified_folds(groups: Sequence[object], folds: int, seed: int) -> np.ndarray:
    """Which of the parts 0, 1, ... each row (int64 [n]) belongs to: parts of equal size, and of equally many rows of
    every group, to within one. The same seed gives the same parts on every machine. Raises InputError for more parts
    than rows."""
    if not 2 <= folds <= len(groups):
        raise InputError(f"asked for {folds} folds of {len(groups)} rows; at least two are needed, and a row for each")
    members: dict[object, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    generator = random.Random(seed)
    # Dealt out group by group, so that what one group leaves over goes on where the one before it ended.
    order = [row for rows in members.values() for row in sorted(rows, key=lambda row: (generator.random(), row))]
    parts = np.empty(len(order), dtype=np.int64)
    parts[order] = np.arange(len(order)) % folds
    return parts


def refuse_missing_target(table: Table, column: Column) -> None:
    """Raises InputError naming the first rows without a target."""
    rows = np.flatnonzero(column.missing)[:5].tolist()
    if rows:
        lines = ", ".join(str(table.lines[row]) for row in rows)
        raise InputError(
            f"{int(column.missing.sum())} rows have no target, at line {lines}; a target is never filled in: "
            f"remove the rows, or choose drop for missing values",
            place=f"{table.name}, column {column.name!r}",
        )
