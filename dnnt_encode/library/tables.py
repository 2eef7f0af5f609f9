"""The tables that instances are made of: whose they are, under which licence, and how their cells become integers.

No table is stored. scikit-learn ships most of them; others are files of the user's, in the folder that DNNT_DATA
names. Cells become -1 and +1 by a cut in every column; a selection takes the columns of largest variance and the first
rows of a seeded permutation.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError

Data = tuple[np.ndarray, np.ndarray]
"""int64 [n, d], and classes [n] or targets [n, 1]."""


class DataMissing(InputError):
    """The table or the package that an instance comes from is not on this machine."""


@dataclass(frozen=True)
class TableSource:
    """``origin``: whose table it is, and its licence. ``read``: the whole table; raises DataMissing."""

    origin: str
    read: Callable[[], Data]


def above(x: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """+1 where a value is above its column's cut, else -1."""
    return np.where(x > cut, 1, -1).astype(np.int64)


def at_medians(x: np.ndarray) -> np.ndarray:
    return above(x, np.median(x, axis=0))


@cache
def sklearn_data(loader: str, **arguments: Any) -> Any:
    """A table of scikit-learn. Raises DataMissing."""
    try:
        from sklearn import datasets
    except ImportError:
        raise DataMissing("scikit-learn is not installed; pip install scikit-learn") from None
    return getattr(datasets, loader)(**arguments)


def user_table(name: str, *folders: Path) -> Path:
    """Where a table that nobody ships is: in the folder of DNNT_DATA, or in one of these. Raises DataMissing."""
    named = [Path(os.environ["DNNT_DATA"])] if "DNNT_DATA" in os.environ else []
    for folder in [*named, *folders]:
        if (folder / name).is_file():
            return folder / name
    raise DataMissing(f"no {name}: set DNNT_DATA to the directory that has it")


def breast_cancer() -> Data:
    data = sklearn_data("load_breast_cancer")
    return at_medians(data.data), data.target.astype(np.int64)


def digits() -> Data:
    """Ink in the darker half of the scale is +1; odd digits are class 1."""
    data = sklearn_data("load_digits")
    return above(data.data, np.full(64, 7.5)), (data.target % 2).astype(np.int64)


def three_digits() -> Data:
    """The digits 0, 1 and 2, one class each."""
    data = sklearn_data("load_digits")
    few = data.target < 3
    return above(data.data[few], np.full(64, 7.5)), data.target[few].astype(np.int64)


def all_classes(loader: str) -> Data:
    """A table of scikit-learn with all its classes, every column cut at its median."""
    data = sklearn_data(loader)
    return at_medians(data.data), data.target.astype(np.int64)


def diabetes() -> Data:
    """The targets in units of 50, so that small networks reach them."""
    data = sklearn_data("load_diabetes")
    return at_medians(data.data), np.rint(data.target / 50).astype(np.int64)[:, None]


def heart(path: Path | None = None) -> Data:
    """The Cleveland heart data, from a file of the user's with a column ``target``."""
    with (path or user_table("heart.csv")).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "target"]
    x = np.array([[float(row[name]) for name in names] for row in rows])
    return at_medians(x), np.array([int(row["target"]) for row in rows], dtype=np.int64)


_UCI = "UCI Machine Learning Repository, CC BY 4.0"

SOURCES = {
    "breast": TableSource(f"Breast Cancer Wisconsin (Diagnostic), {_UCI}; by scikit-learn", breast_cancer),
    "digits": TableSource(f"Optical Recognition of Handwritten Digits, {_UCI}; by scikit-learn", digits),
    "digits3": TableSource(f"Optical Recognition of Handwritten Digits, {_UCI}; by scikit-learn", three_digits),
    "iris": TableSource(f"Iris, {_UCI}; by scikit-learn", lambda: all_classes("load_iris")),
    "wine": TableSource(f"Wine, {_UCI}; by scikit-learn", lambda: all_classes("load_wine")),
    "diabetes": TableSource("Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression (2004); by scikit-learn",
                            diabetes),
    "heart": TableSource(f"Heart Disease (Cleveland), {_UCI}; heart.csv in the user's DNNT_DATA", heart),
}  # fmt: skip


def selection(data: Data, columns: int, samples: int, seed: int) -> Data:
    """So many columns of largest variance, ties to the earlier one, and rows of a seeded permutation. Raises InputError
    where there are fewer."""
    x, y = data
    if not (1 <= columns <= x.shape[1] and 1 <= samples <= len(x)):
        raise InputError(f"found {columns} columns and {samples} samples; the table has {x.shape[1]} and {len(x)}")
    chosen = np.sort(np.argsort(-x.var(axis=0), kind="stable")[:columns])
    rows = np.random.default_rng(seed).permutation(len(x))[:samples]
    return x[np.ix_(rows, chosen)], y[rows]
