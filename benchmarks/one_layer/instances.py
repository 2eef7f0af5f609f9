"""The fixed instances: three tables of whole numbers with whole points, two of them as scoring systems of few inputs.

The tables are those of the SLIM instances (ustunb/miplib2017-slim; UCI data): the first column is the class.
"""

import csv
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.one_layer.regularisation import Limit, Regularisation
from dnnt_encode.instance import Instance

from ..textbook.instances import table

POINTS = range(-10, 11)


@dataclass(frozen=True)
class Spec:
    """`offsets`: the magnitude of the bias at most; `size`: of so many inputs at most; l0 and l1 are in errors."""

    name: str
    data: str
    offsets: int
    size: int | None = None
    l0: Fraction = field(default=Fraction(0))
    l1: Fraction = field(default=Fraction(0))

    @property
    def plain(self) -> bool:
        """Whether the errors alone count."""
        return self.size is None and not self.l0 and not self.l1


SPECS = (
    Spec("haberman", "haberman.csv", 300),
    Spec("breastcancer-slim", "breastcancer-original.csv", 100, 5, Fraction("6.83"), Fraction("0.01797")),
    Spec("breastcancer-2", "breastcancer-original.csv", 100, 2),
    Spec("breastcancer-3", "breastcancer-original.csv", 100, 3),
    Spec("breastcancer-4", "breastcancer-original.csv", 100, 4),
    Spec("breastcancer-5", "breastcancer-original.csv", 100, 5),
    Spec("mammo-5", "mammo.csv", 100, 5),
    Spec("mammo-6", "mammo.csv", 100, 6),
)


@dataclass(frozen=True, eq=False)
class Problem:
    """x: int64 [n, d]; y: int64 [n] of classes 0 and 1."""

    spec: Spec
    x: np.ndarray
    y: np.ndarray

    def instance(self) -> Instance:
        offsets = range(-self.spec.offsets, self.spec.offsets + 1)
        return Instance.from_arrays(
            self.x, self.y, hidden=[], weights=POINTS, biases=offsets, outputs=1, name=self.spec.name
        )

    def regularisation(self) -> Regularisation:
        inputs, size = self.x.shape[1], self.spec.size
        limits = () if size is None else (Limit(tuple(range(inputs)), size),)
        return Regularisation(self.spec.l0, self.spec.l1, limits)


def problem(spec: Spec) -> Problem:
    """The data of a row. Raises DataMissing where its table is not on this machine."""
    with table(spec.data).open(newline="", encoding="utf-8") as file:
        rows = np.array([[int(float(cell)) for cell in row] for row in list(csv.reader(file))[1:]])
    return Problem(spec, rows[:, 1:], rows[:, 0])
