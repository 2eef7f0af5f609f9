"""Targets and sample weights: one value a row, none of them missing. Rows are counted from 0 in messages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.estimator.features import with_gaps
from dnnt_encode.estimator.refusals import warn_column_vector
from dnnt_encode.instance.rationals import ExactArray


def labels(y: Any) -> np.ndarray:
    """Labels [n]. Raises InputError, also for what can only be the numbers of a regression."""
    array = _one_a_row(y, "labels")
    if array.dtype.kind == "f" and (array != np.rint(array)).any() and 2 * len(np.unique(array)) > len(array):
        raise InputError("Unknown label type: continuous. Most labels are different decimals; use the regressor")
    return array


def numbers(y: Any, digits: int | None) -> ExactArray:
    """Targets [n]; floats with decimals are rounded to ``digits`` significant digits of the largest (None: they are the
    decimals that ``repr`` shows). Raises InputError."""
    array = _one_a_row(y, "targets")
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    if digits is not None and array.dtype.kind == "f":
        if not 1 <= digits <= 17:
            raise InputError(f"found digits={digits!r}; 1 to 17 are needed, or None")
        largest = float(np.abs(array).max())
        # Whole numbers stay as they are, however long.
        decimals = max(0, int(digits) - 1 - math.floor(math.log10(largest))) if largest else 0
        if decimals <= 22:
            array = np.round(array.astype(np.float64), decimals)
    try:
        return ExactArray.from_values(array)
    except ValueError as error:
        raise InputError(f"targets: {error}") from None


def _one_a_row(y: Any, what: str) -> np.ndarray:
    if y is None:
        raise InputError("this estimator requires y to be passed, but the target y is None")
    array, missing = with_gaps(y, what)
    if array.ndim == 2 and array.shape[1] == 1:
        warn_column_vector()
        array, missing = array[:, 0], missing[:, 0]
    if array.ndim != 1 or not len(array):
        raise InputError(f"found {what} of shape {array.shape}; y should be a 1d array, one value a row")
    if array.dtype.kind == "c":
        raise InputError(f"Complex data not supported: found complex {what}")
    refuse_rows(missing, f"found NaN or a masked entry among the {what}; every row needs one")
    if array.dtype.kind == "f":
        refuse_rows(np.isinf(array), f"found infinity among the {what}; finite ones are needed")
    return array


def refuse_rows(wrong: np.ndarray, message: str) -> None:
    """Raises InputError naming the first rows that are wrong, where there are any."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
        raise InputError(f"{message}: row {', '.join(map(str, rows[:5]))}{more}")


def multiplicity(sample_weight: Any, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that count, and how often. Raises InputError."""
    if sample_weight is None:
        return np.arange(rows), np.ones(rows, dtype=np.int64)
    weight, missing = with_gaps(sample_weight, "sample_weight")
    if weight.shape != (rows,):
        raise InputError(f"found sample_weight of shape {weight.shape}; one weight a row is needed, ({rows},)")
    refuse_rows(missing, "found NaN or a masked entry among the sample_weight; every row needs one")
    if weight.dtype.kind == "O":
        try:
            weight = weight.astype(np.float64)
        except (TypeError, ValueError):
            raise InputError("sample_weight counts rows: integers are needed") from None
    if weight.dtype.kind not in "biuf":
        raise InputError(f"sample_weight counts rows: integers are needed, not {weight.dtype}")
    whole = (weight == np.floor(weight)) & (weight >= 0) & (weight < 2**53)
    refuse_rows(~whole, "sample_weight counts rows: integers from 0 to 2^53 are needed")
    if not weight.any():
        raise InputError("every sample_weight is zero; one above 0 is needed")
    kept = np.flatnonzero(weight)
    return kept, weight[kept].astype(np.int64)
