"""Constraints on behaviour in the words of a table: its columns, its labels, rows of another table."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.constraints import (
    METRICS,
    RATES,
    Constraint,
    FairRates,
    FixedAnswers,
    Metric,
    MonotoneAnswers,
    Rate,
    RobustAnswers,
)
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.parsers import targets
from dnnt_encode.parsers.columns import Column, column_of
from dnnt_encode.parsers.encodings import feature_names
from dnnt_encode.parsers.option_texts import parse_number
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.preprocessing import apply_features, apply_table, refuse_missing
from dnnt_encode.parsers.table import Table

FALLING = "falling"
_REMEDY = "fill them in, or leave the rows out"


@dataclass(frozen=True)
class Wanted:
    """``fair``: a column whose values are the groups, a rate, and the most that two groups may differ by; ``monotone``:
    a column, and whether answers fall as it rises; ``fixed``: rows with the answers that they get, in the column of the
    target; ``robust``: a radius and a metric, in the inputs of the network."""

    fair: tuple[tuple[str, Rate, Fraction], ...] = ()
    monotone: tuple[tuple[str, bool], ...] = ()
    fixed: Table | None = None
    robust: tuple[Fraction, Metric] | None = None


NOTHING = Wanted()


def parse_fair(text: str) -> tuple[str, Rate, Fraction]:
    """``COLUMN:RATE<=NUMBER``. Raises ValueError.

    >>> parse_fair("sex:positive<=1/10")
    ('sex', 'positive', Fraction(1, 10))
    """
    left, sign, most = text.rpartition("<=")
    column, colon, rate = left.rpartition(":")
    known = {name.replace("_", "-"): name for name in RATES}
    if not sign or not colon or rate.replace("_", "-") not in known:
        raise ValueError(f"found {text[:60]!r}; COLUMN:RATE<=NUMBER is needed, with a RATE of {', '.join(known)}")
    return column, known[rate.replace("_", "-")], parse_number(most)


def parse_monotone(text: str) -> tuple[str, bool]:
    """``COLUMN`` or ``COLUMN=falling``."""
    column, equals, direction = text.rpartition("=")
    return (column, True) if equals and direction == FALLING else (text, False)


def parse_metric(text: str) -> Metric:
    """The metric of that name. Raises ValueError."""
    found = next((metric for metric in METRICS if metric == text), None)
    if found is None:
        raise ValueError(f"found the metric {text[:40]!r}; known are {', '.join(METRICS)}")
    return found


def constraints_of(
    table: Table, training: np.ndarray, record: dict[str, Any], wanted: Wanted
) -> tuple[Constraint, ...]:
    """The constraints that are wanted of a table, of which the rows ``training`` are learned from, and whose columns
    became inputs as ``record`` says. Raises InputError."""
    found: list[Constraint] = []
    if wanted.fixed is not None:
        found.append(_fixed(record, wanted.fixed))
    for key, rate, most in wanted.fair:
        groups = column_of(table, table.find(key), "categorical")
        refuse_missing(table, [groups], training[groups.missing[training]], _REMEDY)
        found.append(FairRates(rate, tuple(groups.take(training).texts()), most))
    for key, falling in wanted.monotone:
        found.append(_monotone(table, training, record, table.find(key), falling))
    if wanted.robust is not None:
        found.append(RobustAnswers(*wanted.robust))
    return tuple(found)


def _fixed(record: dict[str, Any], rows: Table) -> FixedAnswers:
    target = record["target"]
    if target["kind"] != "class":
        raise InputError(f"fixed answers are classes; the target {target['name']!r} has numbers")
    x, kept = apply_table(record, rows)
    there = rows.take(kept.tolist())
    texts = column_of(there, there.find(target["name"]), "categorical").texts()
    y = targets.class_indices(target, texts)
    if (y < 0).any():
        row = int(np.argmax(y < 0))
        place = there.place(row, target["name"])
        raise InputError(f"found the answer {shorten(repr(texts[row]))}, which is no class of the training rows", place)
    return FixedAnswers(x, y)


def _monotone(table: Table, training: np.ndarray, record: dict[str, Any], name: str, falling: bool) -> MonotoneAnswers:
    """The inputs that a column became go, together, through what its values in the training rows become."""
    item = next((item for item in record["columns"] if item["name"] == name), None)
    if item is None or not feature_names(item):
        raise InputError(f"--monotone: the column {name!r} is not among those that are learned from", table.name)
    if item["kind"] != "numeric":
        raise InputError(f"--monotone: the column {name!r} has categories, which have no order", table.name)
    before = sum(len(feature_names(each)) for each in record["columns"][: record["columns"].index(item)])
    column = column_of(table, name, "numeric", item.get("percent", False)).take(training)
    assert column.numbers is not None
    numbers = np.unique(column.numbers.numerators[~column.missing])
    values = ExactArray.from_scaled(numbers[::-1] if falling else numbers, column.numbers.denominator)
    x = apply_features(item, Column(name, np.zeros(len(values), dtype=bool), numbers=values))
    changes = np.r_[True, (x.numerators[1:] != x.numerators[:-1]).any(axis=1)]
    return MonotoneAnswers(tuple(range(before, before + x.shape[1])), x.take(np.flatnonzero(changes)))
