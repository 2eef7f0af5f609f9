"""The fixed instances: two-class data of entries -1 and +1, one hidden layer, ternary parameters, misclassification.

A row of the benchmark is a data set, a number of columns d, of samples n and of hidden units H. The columns are those
of largest variance after binarisation, the samples the first n of a seeded permutation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dnnt_encode.instance import Instance
from dnnt_encode.library.tables import Data, breast_cancer, digits, heart, selection, user_table

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
    x, y = selection(TABLES[spec.data](), spec.columns, spec.samples, spec.seed)
    return Problem(spec.name, x, y, spec.hidden)


TABLES: dict[str, Callable[[], Data]] = {
    "breast": breast_cancer,
    "digits": digits,
    "heart": lambda: heart(table("heart.csv")),
}


def table(name: str) -> Path:
    """Where a table that this project does not ship is. Raises DataMissing."""
    return user_table(name, DATA_NEARBY)
