"""The samples in JSON: x, y, multiplicity and class names, with a fast path for large tables, or an npz file beside."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from dnnt_encode.errors import InputErrors
from dnnt_encode.instance.dataset import MOST_COPIES, Dataset
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.parsers.npz import read_npz
from dnnt_encode.parsers.numbers import DecimalToken, decimal_array, exact_array, json_fraction
from dnnt_encode.parsers.places import Place, found, take_integer, take_list, take_object, take_string

_KEYS = ("multiplicity", "classes")


def read_dataset(
    value: object, inputs: int, outputs: int, targets: str, place: Place, folder: Callable[[], Path]
) -> Dataset:
    """The dataset of a network with that many inputs and outputs; ``targets`` is "class" or "vector". ``folder`` says
    where an npz file would be. Raises InputError."""
    y: ExactArray | np.ndarray
    if isinstance(value, dict) and "npz" in value:
        fields = take_object(value, place, ["npz", "sha256"], _KEYS)
        name = take_string(fields["npz"], place / "npz", "the name of a file beside the instance")
        digest = take_string(fields["sha256"], place / "sha256", "the hash of that file")
        x_values, y_values = read_npz(folder(), name, digest, place)
        x = ExactArray.from_values(x_values)
        if x_values.ndim != 2 or x_values.shape[1] != inputs:
            raise (place / "npz").error(f"the array x has shape {x_values.shape}; [samples, {inputs}] is needed")
        y = _npz_targets(y_values, len(x_values), outputs, targets, place / "npz")
    else:
        fields = take_object(value, place, ["x", "y"], _KEYS)
        x = read_table(fields["x"], inputs, place / "x", "a row for every sample, a number for every input")
        if targets == "class":
            y = _read_classes(fields["y"], len(x), max(2, outputs), place / "y")
        else:
            y = read_table(
                fields["y"], outputs, place / "y", "a row for every sample, a number for every output", len(x)
            )
    names = fields.get("classes")
    if "classes" in fields and targets != "class":
        raise (place / "classes").error("class names belong to a class loss; this loss has target vectors")
    multiplicity = _read_multiplicity(fields, len(x), place / "multiplicity")
    classes = None if names is None else read_classes(names, max(2, outputs), place / "classes")
    with InputErrors(place):
        return Dataset(x=x, y=y, multiplicity=multiplicity, classes=classes)


def read_table(value: object, columns: int, place: Place, what: str, rows: int | None = None) -> ExactArray:
    """A list of lists of numbers as an exact array [rows, columns]."""
    items = take_list(value, place, what, rows)
    if not items:
        raise place.error("found no samples; a dataset has at least one")
    for number, row in enumerate(items):
        if not isinstance(row, list) or len(row) != columns:
            take_list(row, place / number, what, columns)
    flat = list(chain.from_iterable(items))
    return read_flat(flat, place, columns).reshape(len(items), columns)


def read_flat(flat: list[Any], place: Place, columns: int | None = None) -> ExactArray:
    """Numbers as an exact array [n]. ``columns`` is the length of the rows they came from, for the place of an error;
    None where they are a plain list."""
    kinds = set(map(type, flat))
    with InputErrors(place):
        if kinds <= {int}:
            try:
                return ExactArray.from_values(np.array(flat, dtype=np.int64))
            except OverflowError:
                pass
        if kinds <= {int, DecimalToken}:
            table = decimal_array(flat)
            if table is not None:
                return table
        known: dict[tuple[type, Any], Fraction] = {}
        values = []
        for position, item in enumerate(flat):
            key = (type(item), item) if isinstance(item, (str, int)) else None
            number = known.get(key) if key is not None else None
            if number is None:
                number = _number(item, position, place, columns)
                if key is not None:
                    known[key] = number
            values.append(number)
        return exact_array(values)


def _number(item: object, position: int, place: Place, columns: int | None) -> Fraction:
    try:
        return json_fraction(item)
    except ValueError as error:
        where = place / position if columns is None else place / (position // columns) / (position % columns)
        raise where.error(str(error)) from None


def _read_classes(value: object, samples: int, classes: int, place: Place) -> np.ndarray:
    items = take_list(value, place, "a class for every sample", samples)
    for position, item in enumerate(items):
        if type(item) is not int or not 0 <= item < classes:
            raise (place / position).error(
                f"found {found(item)}; with a class loss a target is a class index, 0 to {classes - 1}"
            )
    return np.array(items, dtype=np.int64)


def _npz_targets(y: np.ndarray, samples: int, outputs: int, targets: str, place: Place) -> ExactArray | np.ndarray:
    shape = (samples,) if targets == "class" else (samples, outputs)
    if y.shape != shape:
        raise place.error(f"the array y has shape {y.shape}; {shape} is needed")
    if targets == "vector":
        return ExactArray.from_values(y)
    classes = max(2, outputs)
    wrong = np.flatnonzero((y < 0) | (y >= classes))
    if len(wrong):
        row = int(wrong[0])
        raise place.error(f"y[{row}] is {int(y[row])}; with a class loss a target is a class index, 0 to {classes - 1}")
    return y


def _read_multiplicity(fields: dict[str, Any], samples: int, place: Place) -> np.ndarray:
    if "multiplicity" not in fields:
        return np.ones(samples, dtype=np.int64)
    items = take_list(fields["multiplicity"], place, "a positive integer for every sample", samples)
    for position, item in enumerate(items):
        if type(item) is not int or not 1 <= item <= MOST_COPIES:
            take_integer(item, place / position, "a multiplicity", 1, MOST_COPIES)
    return np.array(items, dtype=np.int64)


def read_classes(value: object, count: int | None, place: Place) -> tuple[str, ...]:
    """Distinct class names: ``count`` of them where that is known, at least two."""
    items = take_list(value, place, "a name for every class", count)
    if len(items) < 2:
        raise place.error(f"found {found(items)}; there are at least two classes")
    names: dict[str, int] = {}
    for position, item in enumerate(items):
        name = take_string(item, place / position, "the name of a class")
        if name in names:
            raise (place / position).error(f"found the name {found(name)} twice; class names are distinct")
        names[name] = position
    return tuple(names)
