"""Encodings of a column as features: fitted on training rows, recorded as plain JSON, applied from the record alone.

=================  ================================================================================================
``none``           the number itself
``median``         -1 or +1: whether the number lies above the cut that splits the training rows most evenly
``quantile:k``     0 .. k-1: in which of k ranges of about equally many training rows it lies
``thermometer:k``  k features 0 or 1: whether it lies above each of k cuts, which make k + 1 such ranges
``bits:b``         the number of its range out of 2^b, in b features 0 or 1, the highest bit first
``onehot``         one feature 0 or 1 a value of the training rows; all 0 for a value that they do not have
=================  ================================================================================================

A cut lies halfway between two neighbouring values of the training rows, so no training value is on it; where values
repeat, cuts may coincide, and there are fewer. Categorical columns are one-hot under every encoding. A column with a
single training value is left out: it says nothing that a bias does not.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, number_json
from dnnt_encode.parsers.columns import Column
from dnnt_encode.parsers.numbers import decimal_fraction, decimal_places, fraction_text, ratio_fraction
from dnnt_encode.parsers.places import shorten

_LIMITS = {"quantile": (2, 1000), "thermometer": (1, 1000), "bits": (1, 10)}
_PLAIN = ("median", "onehot", "none")

MAX_CATEGORIES = 1000
"""A one-hot column with more distinct training values than this is refused."""


def parse_encoding(text: str) -> tuple[str, int]:
    """An encoding's name and number (0 where it takes none). Raises ValueError.

    >>> parse_encoding("quantile:4")
    ('quantile', 4)
    """
    name, colon, number = text.partition(":")
    if name in _PLAIN and not colon:
        return name, 0
    if name in _LIMITS and number.isascii() and number.isdigit() and len(number) < 6:
        least, most = _LIMITS[name]
        if least <= int(number) <= most:
            return name, int(number)
        raise ValueError(f"found the encoding {text!r}; {name} takes a number from {least} to {most}")
    raise ValueError(
        f"found the encoding {shorten(repr(text))}; known are median, quantile:4, thermometer:4, bits:3, onehot, none"
    )


def fit_column(column: Column, encode: str, counts: np.ndarray | None = None) -> dict[str, Any]:
    """The record of one column [n], without missing values, for ``apply_column``; ``counts`` [n] is how often each row
    counts (None: once). Raises InputError."""
    name, number = parse_encoding(encode)
    record: dict[str, Any] = {"name": column.name, "kind": column.kind}
    texts = None if column.numbers is not None else column.texts()
    if _constant(column):
        return {**record, "encode": "dropped", "constant": column.texts()[0] if len(column) else None}
    if texts is not None or name == "onehot":
        return {**record, "encode": "onehot", "categories": _categories(column)}
    assert column.numbers is not None
    if name == "none":
        places = decimal_places(column.numbers.denominator)
        return {**record, "encode": "none", **({"decimals": places} if places else {})}
    parts = {"median": 2, "quantile": number, "thermometer": number + 1, "bits": 2**number}[name]
    cuts = [number_json(cut) for cut in even_cuts(column.numbers, parts, counts)]
    return {**record, "encode": name, "cuts": cuts}


def _constant(column: Column) -> bool:
    if column.numbers is not None:
        return len(column) == 0 or bool((column.numbers.numerators == column.numbers.numerators[0]).all())
    return len(set(column.texts())) <= 1


def _categories(column: Column) -> list[str]:
    if column.numbers is not None:
        found = [fraction_text(value) for value in sorted(set(column.numbers.fractions().tolist()))]
    else:
        found = sort_labels(set(column.texts()))
    if len(found) > MAX_CATEGORIES:
        raise InputError(
            f"found {len(found)} different values to encode one by one; at most {MAX_CATEGORIES} are allowed. "
            f"Exclude the column, or encode it otherwise",
            place=f"column {column.name!r}",
        )
    return found


def sort_labels(labels: set[str]) -> list[str]:
    """Labels in order: by value where all are numbers, else as text."""
    try:
        values = {text: _value(text) for text in labels}
    except ValueError:
        return sorted(labels)
    return sorted(labels, key=lambda text: (values[text], text))


def _value(text: str) -> Fraction:
    value = decimal_fraction(text)
    return ratio_fraction(text) if value is None else value


def even_cuts(numbers: ExactArray, parts: int, counts: np.ndarray | None = None) -> list[Fraction]:
    """At most ``parts - 1`` cuts between distinct values, each where the share of smaller rows, each as often as it
    counts, comes nearest to 1/parts, 2/parts, ...; the lower one of two equally near."""
    values, inverse = np.unique(numbers.numerators, return_inverse=True)
    reached = np.cumsum(summed(inverse, counts, len(values)))
    below, total = reached[:-1], int(reached[-1])
    if total * parts >= INT64_SAFE:
        below = below.astype(object)
    chosen = sorted({int(np.abs(below * parts - total * part).argmin()) for part in range(1, parts)})
    ends = [(int(values[k]), int(values[k + 1])) for k in chosen]
    return [Fraction(low + high, 2 * numbers.denominator) for low, high in ends]


def summed(groups: np.ndarray, counts: np.ndarray | None, size: int) -> np.ndarray:
    """The sum of the counts (None: of ones) of each of ``size`` groups; Python integers where int64 is too small."""
    if counts is None:
        return np.bincount(groups.reshape(-1), minlength=size)
    wide = counts.size and int(counts.max()) * counts.size >= INT64_SAFE
    totals = np.zeros(size, dtype=object if wide else np.int64)
    np.add.at(totals, groups.reshape(-1), counts)
    return totals


def apply_column(record: dict[str, Any], column: Column) -> list[ExactArray]:
    """The features [n] of a column, without missing values, as its record says."""
    encode = record["encode"]
    if encode == "dropped":
        return []
    if encode == "onehot":
        position = {category: number for number, category in enumerate(record["categories"])}
        chosen = np.array([position.get(text, -1) for text in column.texts()], dtype=np.int64)
        return [_integers(chosen == number) for number in range(len(position))]
    assert column.numbers is not None
    if encode == "none":
        return [column.numbers]
    above = [_above(column.numbers, Fraction(cut)) for cut in record["cuts"]]
    if encode == "median":
        return [_integers(2 * above[0].astype(np.int64) - 1)]
    if encode == "thermometer":
        return [_integers(bits) for bits in above]
    bins = np.asarray(np.sum(above, axis=0, dtype=np.int64))
    if encode == "quantile":
        return [_integers(bins)]
    return [_integers(np.asarray((bins >> bit) & 1)) for bit in reversed(range(len(above).bit_length()))]


def _above(numbers: ExactArray, cut: Fraction) -> np.ndarray:
    # n / d > cut exactly where the integer n is greater than floor(cut * d).
    return np.asarray(numbers.numerators > math.floor(cut * numbers.denominator), dtype=bool)


def _integers(values: np.ndarray) -> ExactArray:
    return ExactArray(values.astype(np.int64), 1)


def feature_names(record: dict[str, Any]) -> list[str]:
    """What the features of a record are called; ``name=`` is that the value is missing."""
    return _encoded_names(record) + ([f"{record['name']}="] if record.get("indicator") else [])


def _encoded_names(record: dict[str, Any]) -> list[str]:
    name, encode = record["name"], record["encode"]
    if encode == "dropped":
        return []
    if encode == "onehot":
        return [f"{name}={category}" for category in record["categories"]]
    if encode in ("median", "thermometer"):
        return [f"{name}>{fraction_text(Fraction(cut))}" for cut in record["cuts"]]
    if encode == "bits":
        return [f"{name}.bit{bit}" for bit in reversed(range(len(record["cuts"]).bit_length()))]
    return [name]
