"""The rows: a data set, a network, its sets, a loss, and what is aimed at after 10 and 60 seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dnnt_encode

from .data import load

TERNARY = (-1, 0, 1)
SEVEN = tuple(range(-7, 8))


@dataclass(frozen=True)
class Row:
    """`goals`: the loss that is to be reached after so many seconds; `beats`: the loss is also to be at most this share
    of that of scikit-learn's linear model (None: no claim)."""

    data: str
    hidden: tuple[int, ...]
    weights: tuple[int, ...] = TERNARY
    activation: str = "relu"
    loss: str = "misclassification"
    goals: dict[float, float] = field(default_factory=dict)
    beats: float | None = 1.0

    @property
    def name(self) -> str:
        shape = "-".join(map(str, self.hidden))
        parts = [self.data, shape]
        if self.loss != "misclassification":
            parts.append(self.loss)
        if self.activation != "relu":
            parts.append(self.activation)
        if self.weights != TERNARY:
            parts.append("7" if self.weights == SEVEN else "".join(f"{w:+d}" if w else "0" for w in self.weights))
        return " ".join(parts)

    def instance(self) -> dnnt_encode.Instance:
        """Raises DataMissing."""
        data = load(self.data)
        return dnnt_encode.Instance.from_arrays(
            data.x,
            data.y,
            hidden=self.hidden,
            weights=self.weights,
            activation=self.activation,
            loss=self.loss,
            name=self.name,
        )


ROWS = (
    Row("adult", (4,), goals={10: 205, 60: 198}),
    Row("adult", (8,), goals={10: 188, 60: 172}),
    Row("heart", (16,), goals={10: 8}),
    Row("heart", (8, 8, 8), goals={10: 12}),
    Row("parity", (4,)),
    Row("parity", (8,)),
    Row("digits", (12,), goals={10: 16, 60: 9}),
    Row("digits", (16,), goals={10: 16, 60: 9}),
    Row("digits", (16, 16), goals={10: 16, 60: 9}),
    Row("breast", (16,), goals={10: 0}),
    Row("breast-quartiles", (16,), goals={60: 0}),
    Row("wine", (8,), goals={10: 0}),
    Row("mnist", (16,), goals={10: 0}),
    Row("synthetic", (16,)),
    Row("diabetes", (8,), weights=SEVEN, loss="l2"),
    Row("diabetes", (8,), weights=SEVEN, loss="l1", beats=0.94),
    Row("heart", (8,), weights=SEVEN),
    Row("parity", (16,), weights=(-1, 1), activation="sign"),
    Row("digits", (16,), weights=(0, 1), beats=None),
)

QUICK = ("heart 16", "wine 8")


def chosen(pattern: str | None, quick: bool) -> Iterator[Row]:
    """The rows whose name contains `pattern`; with `quick`, two small ones."""
    for row in ROWS:
        if (pattern is None or pattern in row.name) and (not quick or row.name in QUICK):
            yield row


def accuracy(weights: dnnt_encode.Weights, row: Row) -> float | None:
    """The share of the test rows that are predicted right, None where there are none."""
    data = load(row.data)
    if data.x_test is None or data.y_test is None or not data.classes:
        return None
    predicted: Any = weights.predict(data.x_test)
    return float((predicted == data.y_test).mean())
