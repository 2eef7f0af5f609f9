"""The fixed instances: two-class data of entries -1 and +1, one hidden layer, ternary parameters, misclassification.

A row of the benchmark is a data set, a number of columns d, of samples n and of hidden units H. The columns are those
of largest variance after binarisation, the samples the first n of a seeded permutation.
"""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dnnt_encode.instance import Instance

from ..side_by_side import DataMissing

# Where tables that this project does not ship are looked for, besides the directory that DNNT_DATA names.
DATA_NEARBY = Path(__file__).parents[2] / ".." / "shared" / "data"

TERNARY = (-1, 0, 1)


@dataclass(frozen=True)
class Spec:
    """One row of the benchmark, before its data is read."""

    data: str
    columns: int
    samples: int
    hidden: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.data}-d{self.columns}-n{self.samples}-h{self.hidden}"

    def build(self) -> Instance:
        """Raises DataMissing where its data is not there."""
        return problem(self).instance()


@dataclass(frozen=True)
class Problem:
    """x: int64 [n, d] of -1 and +1; y: int64 [n] of classes 0 and 1; `hidden` ReLU units and one identity output."""

    name: str
    x: np.ndarray
    y: np.ndarray
    hidden: int

    def instance(self) -> Instance:
        return Instance.from_arrays(
            self.x, self.y, hidden=[self.hidden], weights=TERNARY, loss="misclassification", name=self.name
        )


SPECS = tuple(
    Spec(*row)
    for row in [
        ("breast", 10, 50, 2, 1),
        ("breast", 10, 100, 2, 1),
        ("breast", 10, 150, 2, 1),
        ("breast", 10, 200, 2, 1),
        ("breast", 10, 100, 3, 2),
        ("breast", 10, 100, 4, 2),
        ("breast", 30, 50, 2, 3),
        ("breast", 30, 100, 2, 3),
        ("breast", 30, 100, 3, 3),
        ("breast", 30, 100, 4, 3),
        ("breast", 30, 200, 4, 4),
        ("digits", 20, 50, 2, 5),
        ("digits", 20, 80, 3, 5),
        ("digits", 20, 100, 4, 5),
        ("digits", 64, 50, 2, 6),
        ("digits", 64, 100, 2, 6),
        ("digits", 64, 100, 3, 6),
        ("digits", 64, 100, 4, 6),
        ("heart", 10, 50, 2, 7),
        ("heart", 13, 80, 2, 7),
        ("heart", 13, 80, 3, 7),
    ]
)

QUICK = ("breast-d10-n50-h2", "breast-d30-n50-h2", "digits-d64-n50-h2")


def problem(spec: Spec) -> Problem:
    """The instance of `spec`. Raises DataMissing where its data is not there."""
    x, y = TABLES[spec.data]()
    # Ties in the variance go to the earlier column.
    columns = np.sort(np.argsort(-x.var(axis=0), kind="stable")[: spec.columns])
    rows = np.random.default_rng(spec.seed).permutation(len(x))[: spec.samples]
    assert len(columns) == spec.columns
    assert len(rows) == spec.samples
    return Problem(spec.name, x[np.ix_(rows, columns)], y[rows], spec.hidden)


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    data = sklearn_data("load_breast_cancer")
    return above(data.data, np.median(data.data, axis=0)), data.target.astype(np.int64)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Ink in the darker half of the scale is +1; odd digits are class 1."""
    data = sklearn_data("load_digits")
    return above(data.data, np.full(64, 7.5)), (data.target % 2).astype(np.int64)


def heart() -> tuple[np.ndarray, np.ndarray]:
    path = table("heart.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "target"]
    x = np.array([[float(row[name]) for name in names] for row in rows])
    return above(x, np.median(x, axis=0)), np.array([int(row["target"]) for row in rows], dtype=np.int64)


TABLES: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    "breast": breast_cancer,
    "digits": digits,
    "heart": heart,
}


def above(x: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """+1 where a value is above its column's cut, else -1."""
    return np.where(x > cut, 1, -1).astype(np.int64)


def sklearn_data(loader: str, **arguments):  # type: ignore[no-untyped-def]
    try:
        from sklearn import datasets
    except ImportError:
        raise DataMissing("scikit-learn is not installed") from None
    return getattr(datasets, loader)(**arguments)


def table(name: str) -> Path:
    """Where a table that this project does not ship is. Raises DataMissing."""
    folders = [Path(os.environ["DNNT_DATA"])] if "DNNT_DATA" in os.environ else []
    for folder in [*folders, DATA_NEARBY]:
        if (folder / name).is_file():
            return folder / name
    raise DataMissing(f"no {name}: set DNNT_DATA to the directory that has it")
