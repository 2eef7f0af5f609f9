"""Targets and sample weights: one value a row, none of them missing. Rows are counted from 0 in messages."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.estimator.features import with_gaps
from dnnt_encode.estimator.refusals import warn_column_vector
from dnnt_encode.estimator.rounding import needed_decimals, rounded
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.parsers.row_weights import times_factors, whole_counts


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
    with InputErrors("targets"):
        values = ExactArray.from_values(array)
    return rounded(values, needed_decimals(values, digits) if array.dtype.kind == "f" else None)


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


def multiplicity(
    sample_weight: Any, rows: int, factors: Sequence[Fraction] = (), classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Fraction]:
    """The rows that count, how often (int64), and the weight of one time: rational weights are whole multiples of it.
    ``factors``: further weights, of each class; ``classes`` [rows]. Raises InputError."""
    if sample_weight is None:
        sample_weight = np.ones(rows, dtype=np.int64)
    weight, missing = with_gaps(sample_weight, "sample_weight")
    if weight.shape != (rows,):
        raise InputError(f"found sample_weight of shape {weight.shape}; one weight a row is needed, ({rows},)")
    refuse_rows(missing, "found NaN or a masked entry among the sample_weight; every row needs one")
    if weight.dtype.kind == "f":
        refuse_rows(np.isinf(weight), "found infinity among the sample_weight; finite ones are needed")
    with InputErrors("sample_weight"):
        exact = ExactArray.from_values(weight.astype(np.int64) if weight.dtype.kind == "b" else weight)
        refuse_rows(exact.numerators < 0, "found sample_weight below 0; rows count, or count for nothing")
        if not exact.numerators.any():
            raise InputError("every sample_weight is zero; one above 0 is needed")
        kept = np.flatnonzero(exact.numerators)
        exact = exact.take(kept)
        if classes is not None and len(factors):
            exact = times_factors(exact, factors, classes[kept])
        return kept, *whole_counts(exact)
