"""The fixed instances: tables of scikit-learn and UCI, teachers, deep networks, several classes, sign units, one layer.

Parameters are ternary and the loss counts errors unless a row says otherwise. Columns are those of largest variance
after binarisation, samples the first n of a seeded permutation; the seeds are not those on which anything was tuned.
Each takes search: what is settled in a second, before a solver has begun, would measure how long processes take to
start.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dnnt_encode.families.catalogue import family
from dnnt_encode.instance import Instance
from dnnt_encode.library.tables import SOURCES, Data, selection

from ..textbook.instances import TABLES, table


@dataclass(frozen=True)
class Spec:
    """A row; `build` raises DataMissing where its table is not on this machine."""

    name: str
    kind: str
    build: Callable[[], Instance]


READERS: dict[str, Callable[[], Data]] = {**{name: source.read for name, source in SOURCES.items()}, **TABLES}


def _table(
    kind: str, source: str, columns: int, samples: int, hidden: tuple[int, ...], seed: int, **options: object
) -> Spec:
    name = f"{kind}-{source}-d{columns}-n{samples}-h{'.'.join(map(str, hidden))}"

    def build() -> Instance:
        x, y = selection(READERS[source](), columns, samples, seed)
        return Instance.from_arrays(x, y, hidden=hidden, name=name, **options)  # type: ignore[arg-type]

    return Spec(name, kind, build)


def _teacher(samples: int, inputs: int, hidden: int, noise: int, loss: str, seed: int) -> Spec:
    name = f"teacher-{loss}-d{inputs}-n{samples}-h{hidden}-e{noise}"

    def build() -> Instance:
        return family("teacher").generate(
            seed, samples=samples, inputs=inputs, hidden=hidden, noise=noise, loss=loss, minimize=True
        )

    return Spec(name, "teacher", build)


def _points(name: str, offsets: int) -> Spec:
    """A table of the SLIM instances, whole points from -10 to 10; the first column is the class."""

    def build() -> Instance:
        with table(f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows = np.array([[int(cell) for cell in row] for row in list(csv.reader(file))[1:]])
        points, biases = range(-10, 11), range(-offsets, offsets + 1)
        return Instance.from_arrays(
            rows[:, 1:], rows[:, 0], hidden=[], weights=points, biases=biases, outputs=1, name=f"onelayer-{name}"
        )

    return Spec(f"onelayer-{name}", "onelayer", build)


SPECS = (
    _table("table", "breast", 10, 100, (2,), 11),
    _table("table", "breast", 10, 200, (2,), 12),
    _table("table", "breast", 10, 100, (3,), 13),
    _table("table", "breast", 20, 150, (3,), 14),
    _table("table", "breast", 30, 100, (2,), 15),
    _table("table", "breast", 30, 300, (4,), 16),
    _table("table", "breast", 30, 200, (4,), 17),
    _table("table", "digits", 20, 60, (2,), 18),
    _table("table", "digits", 20, 100, (4,), 19),
    _table("table", "digits", 30, 160, (3,), 20),
    _table("table", "digits", 64, 100, (2,), 21),
    _table("table", "digits", 64, 100, (4,), 22),
    _table("table", "digits", 64, 200, (8,), 23),
    _table("table", "heart", 10, 80, (2,), 24),
    _table("table", "heart", 13, 60, (3,), 25),
    _table("table", "diabetes", 10, 40, (2,), 26, loss="l1"),
    _table("table", "diabetes", 6, 60, (2,), 27, loss="l1"),
    _teacher(40, 8, 2, 4, "l1", 31),
    _teacher(40, 8, 3, 0, "zero_one", 32),
    _teacher(40, 8, 3, 0, "l1", 33),
    _teacher(40, 8, 2, 4, "zero_one", 34),
    _teacher(60, 6, 2, 6, "l1", 35),
    _teacher(60, 10, 3, 3, "zero_one", 36),
    _teacher(30, 10, 3, 3, "l1", 37),
    _teacher(80, 12, 3, 0, "zero_one", 38),
    _table("deep", "breast", 10, 100, (2, 2), 41),
    _table("deep", "breast", 10, 100, (3, 2), 42),
    _table("deep", "digits", 20, 60, (2, 2), 43),
    _table("deep", "heart", 10, 60, (2, 2), 44),
    _table("deep", "wine", 8, 120, (2, 2), 45),
    _table("classes", "wine", 6, 100, (3,), 51),
    _table("classes", "wine", 6, 150, (2,), 52),
    _table("classes", "wine", 13, 178, (2,), 53),
    _table("classes", "wine", 10, 150, (3,), 54),
    _table("classes", "digits3", 10, 120, (2,), 55),
    _table("classes", "digits3", 30, 200, (2,), 56),
    _table("sign", "breast", 10, 80, (2,), 61, activation="sign"),
    _table("sign", "breast", 10, 100, (3,), 62, activation="sign"),
    _table("sign", "digits", 20, 120, (2,), 63, activation="sign"),
    _table("sign", "heart", 13, 80, (2,), 64, activation="sign"),
    _table("sign", "heart", 8, 60, (2,), 65, activation="sign"),
    _table("onelayer", "breast", 30, 300, (), 71),
    _table("onelayer", "digits", 64, 300, (), 72),
    _table("onelayer", "wine", 13, 150, (), 73),
    _table("onelayer", "heart", 13, 200, (), 74, weights=range(-3, 4)),
    _points("haberman", 300),
)

QUICK = ("table-breast-d10-n100-h2", "teacher-zero_one-d8-n40-h2-e4", "sign-heart-d8-n60-h2")
