"""Features as columns: arrays, nested lists, masked arrays and data frames, with their names, gaps and texts.

NaN, None, masked entries and pandas' NA are missing values. Numbers are exact; texts and pandas' categories are
categories. Rows are counted from 0 in messages.
"""

from __future__ import annotations

import numbers
import sys
import warnings
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.estimator.refusals import WrongType
from dnnt_encode.instance.rationals import ExactArray, to_fraction
from dnnt_encode.parsers.columns import Column, ColumnKind, label
from dnnt_encode.parsers.places import shorten


def feature_columns(x: Any, kinds: Sequence[ColumnKind] | None = None) -> list[Column]:
    """The columns of features [n, d]; ``kinds`` are those of the columns that were learned from. Raises InputError."""
    if hasattr(x, "toarray") and hasattr(x, "nnz"):
        raise WrongType("found a sparse matrix; sparse input is not supported: use X.toarray()")
    if hasattr(x, "iloc") and hasattr(x, "columns"):
        _check_shape(x.shape)
        series = [x.iloc[:, k] for k in range(x.shape[1])]
        parts = [np.asarray(each) for each in series]
        missing = [gaps(part) for part in parts]
        declared: list[ColumnKind | None] = [
            "categorical" if str(each.dtype) == "category" else None for each in series
        ]
    else:
        array, holes = with_gaps(x, "features")
        _check_shape(array.shape)
        parts, missing, declared = list(array.T), list(holes.T), [None] * array.shape[1]
    names = [str(name) for name in getattr(x, "columns", ())]
    if len(set(names)) != len(parts):
        names = [f"x{k}" for k in range(len(parts))]
    known = declared if kinds is None or len(kinds) != len(parts) else kinds
    return [_column(*part) for part in zip(names, parts, missing, known, strict=True)]


def with_gaps(values: Any, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Anything like an array as one, and which of its entries are missing values."""
    masked = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    try:
        array = np.asarray(values)
        if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
            # numpy turns what stands among texts into texts, a NaN too.
            array = np.asarray(values, dtype=object)
    except ValueError as error:
        raise InputError(f"{what}: the rows have different lengths ({error})") from None
    missing = gaps(array)
    return array, missing if masked is None else missing | masked


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise InputError(
            f"found features of shape {shape}; expected a 2D array, [rows, features]. Reshape your data with "
            f"X.reshape(-1, 1) if it is one feature, with X.reshape(1, -1) if it is one row"
        )
    for count, what in zip(shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise InputError(f"found array with 0 {what}(s) (shape={shape}) while a minimum of 1 is required.")


def gaps(array: np.ndarray) -> np.ndarray:
    """Which entries are missing values (bool, the shape of the array)."""
    if array.dtype.kind == "f":
        return np.asarray(np.isnan(array))
    if array.dtype.kind in "mM":
        return np.asarray(np.isnat(array))
    if array.dtype.kind not in "OT":
        return np.zeros(array.shape, dtype=bool)
    pandas = sys.modules.get("pandas")
    # pandas' NA is unequal to everything and has no truth value; it can only be there where pandas is loaded.
    none = {id(None), id(np.ma.masked), *(id(getattr(pandas, name)) for name in ("NA", "NaT") if pandas is not None)}
    flat = [id(item) in none or (isinstance(item, (float, np.floating)) and item != item) for item in array.ravel()]
    return np.array(flat, dtype=bool).reshape(array.shape)


def _column(name: str, values: np.ndarray, missing: np.ndarray, kind: ColumnKind | None) -> Column:
    place = f"feature {name!r}"
    if values.dtype.kind == "c":
        raise InputError("Complex data not supported: a feature is a real number", place)
    if values.dtype.kind in "mMV":
        raise WrongType(f"found values of type {values.dtype}; numbers or texts are needed", place)
    if values.dtype.kind in "iufb" and kind != "categorical":
        _refuse_infinite(values, place)
        filled = np.where(missing, 0, values) if missing.any() else values
        return Column(name, missing, numbers=_exact(filled.astype(np.int64) if filled.dtype == bool else filled, place))
    items: list[Any] = values.tolist()
    present = [(row, item) for row, (item, gone) in enumerate(zip(items, missing.tolist(), strict=True)) if not gone]
    if kind != "categorical":
        kind = _kind(present, place, kind)
    if kind == "categorical":
        labels = [""] * len(items)
        for row, item in present:
            labels[row] = label(str(item))
        return Column(name, missing, labels=tuple(labels))
    exact = np.zeros(len(items), dtype=object)
    for row, item in present:
        exact[row] = int(item) if isinstance(item, bool) else item
    return Column(name, missing, numbers=_exact(exact, place))


def _kind(present: Sequence[tuple[int, Any]], place: str, learned: ColumnKind | None) -> ColumnKind:
    """Categorical for texts of which not all are numbers, numeric for numbers. Raises WrongType for anything else, and
    for texts where numbers were learned from."""
    for row, item in present:
        if not isinstance(item, (str, numbers.Number, Decimal)):
            raise WrongType(
                f"found {shorten(repr(item))}: each argument must be a string or a number, not {type(item).__name__}",
                f"{place}, row {row}",
            )
    words = [row for row, item in present if isinstance(item, str) and not _is_number(item)]
    if words and (learned == "numeric" or not all(isinstance(item, str) for _, item in present)):
        raise WrongType("found a text in a feature of numbers; it holds one or the other", f"{place}, row {words[0]}")
    return "categorical" if words else "numeric"


def _is_number(text: str) -> bool:
    try:
        to_fraction(text)
    except ValueError:
        return False
    return True


def _exact(values: np.ndarray, place: str) -> ExactArray:
    with InputErrors(place):
        return ExactArray.from_values(values)


def _refuse_infinite(values: np.ndarray, place: str) -> None:
    if values.dtype.kind == "f" and np.isinf(values).any():
        row = int(np.isinf(values).argmax())
        raise InputError("found infinity (inf); finite numbers are needed", f"{place}, row {row}")


def feature_names(x: Any) -> np.ndarray | None:
    """The names of a data frame's columns (object [d]) where all of them are texts, else None. Raises WrongType where
    only some are."""
    names = getattr(x, "columns", None)
    if names is None or callable(names):
        return None
    found = list(names)
    texts = sum(isinstance(name, str) for name in found)
    if 0 < texts < len(found):
        raise WrongType("found names of features that are texts beside others that are not; all are texts, or none is")
    if not texts:
        return None
    result = np.empty(len(found), dtype=object)
    result[:] = found
    return result


def check_names(learned: np.ndarray | None, found: np.ndarray | None, what: str) -> None:
    """Raises InputError where the names of features differ from those that were learned, or their order does; warns
    where only one side has names. The words are scikit-learn's, with both orders."""
    if learned is None or found is None:
        if found is not None:
            warnings.warn(f"X has feature names, but {what} was fitted without feature names", stacklevel=4)
        if learned is not None:
            warnings.warn(
                f"X does not have valid feature names, but {what} was fitted with feature names", stacklevel=4
            )
        return
    if learned.tolist() == found.tolist():
        return
    message = "The feature names should match those that were passed during fit.\n"
    unseen, missing = sorted(set(found) - set(learned)), sorted(set(learned) - set(found))
    if unseen:
        message += f"Feature names unseen at fit time:\n{_listed(unseen)}"
    if missing:
        message += f"Feature names seen at fit time, yet now missing:\n{_listed(missing)}"
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    raise InputError(f"{message}Learned: {_in_order(learned)}\nFound: {_in_order(found)}")


def _listed(names: Sequence[str]) -> str:
    lines = [f"- {name}\n" for name in names[:5]]
    return "".join(lines) + ("- ...\n" if len(names) > 5 else "")


def _in_order(names: np.ndarray) -> str:
    return shorten(", ".join(map(str, names)), 400)
