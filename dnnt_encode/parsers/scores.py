"""How well predictions do, exactly: by class for labels, by distance for numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.instance.rationals import ExactArray, number_json
from dnnt_encode.parsers.places import shorten

UNKNOWN = "(another label)"
"""The row of the labels that training did not have."""


@dataclass(frozen=True, eq=False)
class ClassScores:
    """``confusion`` counts [true][predicted], by ``names``; one more row, for labels that training did not have, only
    where there are such. ``auc``: the share of pairs of a row of class 1 and one of class 0 in which the first has the
    greater output, ties by half; None unless both of two classes are there."""

    names: tuple[str, ...]
    confusion: np.ndarray
    auc: Fraction | None

    @staticmethod
    def of(names: tuple[str, ...], truth: np.ndarray, predicted: np.ndarray, outputs: ExactArray) -> ClassScores:
        """Of the classes ``truth`` (-1: a label that training did not have) and ``predicted`` [n], and the outputs
        [n, m] that gave the latter."""
        confusion = np.zeros((len(names) + 1, len(names)), dtype=np.int64)
        np.add.at(confusion, (truth, predicted), 1)
        f = outputs.numerators
        score = f[:, 0] if f.shape[1] == 1 else f[:, -1].astype(object) - f[:, 0].astype(object)
        # Index -1, a label unknown to training, falls on the last row.
        shown = confusion if confusion[-1].any() else confusion[:-1]
        return ClassScores(names, shown, _auc(score, truth) if len(names) == 2 else None)

    @property
    def scored(self) -> int:
        """The number of rows."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> Fraction:
        return Fraction(self.correct, self.scored)

    @property
    def balanced_accuracy(self) -> Fraction | None:
        """The mean recall of the classes that are there; None where none of them is."""
        recalls = [recall for _, recall, _ in self.by_class() if recall is not None]
        return sum(recalls, Fraction(0)) / len(recalls) if recalls else None

    def by_class(self) -> list[tuple[Fraction | None, Fraction | None, Fraction | None]]:
        """Precision, recall and F1 of every class; None where there is nothing to divide by."""
        hits = np.diagonal(self.confusion).tolist()
        said, there = self.confusion.sum(axis=0).tolist(), self.confusion.sum(axis=1).tolist()
        return [
            (_ratio(hit, given), _ratio(hit, true), _ratio(2 * hit, given + true))
            for hit, given, true in zip(hits, said, there, strict=False)
        ]

    def lines(self) -> list[str]:
        """What a person reads."""
        share = float(100 * self.accuracy)
        lines = [f"accuracy {self.correct}/{self.scored} ({share:.2f} %)", *self._matrix()]
        names = [shorten(name, 24) for name in self.names]
        left = max(len("class"), *map(len, names))
        lines.append("class".ljust(left) + "  precision  recall      F1")
        for name, (precision, recall, f1) in zip(names, self.by_class(), strict=True):
            lines.append(f"{name.ljust(left)}  {_shown(precision):>9}  {_shown(recall):>6}  {_shown(f1):>6}")
        lines.append(f"balanced accuracy {_shown(self.balanced_accuracy)}")
        return lines if self.auc is None else [*lines, f"ROC AUC {_shown(self.auc)}"]

    def json(self) -> dict[str, Any]:
        """The same for a program, exact."""
        rows = [*self.names, UNKNOWN][: len(self.confusion)]
        keys = ("precision", "recall", "f1")
        classes = {
            name: {key: _json(value) for key, value in zip(keys, values, strict=True)}
            for name, values in zip(self.names, self.by_class(), strict=True)
        }
        return {
            "accuracy": _json(self.accuracy),
            "balanced_accuracy": _json(self.balanced_accuracy),
            "roc_auc": _json(self.auc),
            "classes": classes,
            "confusion": dict(zip(rows, self.confusion.tolist(), strict=True)),
        }

    def _matrix(self) -> list[str]:
        names = [shorten(name, 24) for name in self.names]
        rows = [*names, UNKNOWN][: len(self.confusion)]
        left = max(len("true \\ predicted"), *map(len, rows))
        widths = [max(len(name), len(str(int(self.confusion[:, k].max())))) for k, name in enumerate(names)]
        head = "  ".join(name.rjust(width) for name, width in zip(names, widths, strict=True))
        lines = ["true \\ predicted".ljust(left) + "  " + head]
        for name, counts in zip(rows, self.confusion.tolist(), strict=True):
            cells = "  ".join(str(count).rjust(width) for count, width in zip(counts, widths, strict=True))
            lines.append(name.ljust(left) + "  " + cells)
        return lines


@dataclass(frozen=True)
class NumberScores:
    """Of ``scored`` rows: the mean of |output - target|, and ``r2``, 1 less the sum of the squared errors over that of
    the targets about their mean; None where all targets are equal."""

    scored: int
    absolute_error: Fraction
    r2: Fraction | None

    @staticmethod
    def of(outputs: ExactArray, truth: ExactArray) -> NumberScores:
        """Of outputs [n] and targets [n]."""
        scale = int(np.lcm(outputs.denominator, truth.denominator, dtype=object))
        y = truth.scaled(scale).astype(object)
        errors = outputs.scaled(scale).astype(object) - y
        count = len(y)
        spread = count * int((y * y).sum()) - int(y.sum()) ** 2
        r2 = 1 - Fraction(count * int((errors * errors).sum()), spread) if spread else None
        return NumberScores(count, Fraction(int(abs(errors).sum()), count * scale), r2)

    def lines(self) -> list[str]:
        """What a person reads."""
        lines = [f"mean absolute error {_with_decimal(self.absolute_error)} over {self.scored} rows"]
        return lines if self.r2 is None else [*lines, f"R2 {_shown(self.r2)}"]

    def json(self) -> dict[str, Any]:
        """The same for a program, exact."""
        return {"mean_absolute_error": _json(self.absolute_error), "r2": _json(self.r2)}


def _auc(scores: np.ndarray, truth: np.ndarray) -> Fraction | None:
    values, ranks = np.unique(scores, return_inverse=True)
    ones, zeros = (np.bincount(ranks.reshape(-1)[truth == k], minlength=len(values)).astype(object) for k in (1, 0))
    below = np.cumsum(zeros) - zeros
    pairs = int(ones.sum()) * int(zeros.sum())
    return Fraction(int((ones * (2 * below + zeros)).sum()), 2 * pairs) if pairs else None


def _ratio(over: int, under: int) -> Fraction | None:
    return Fraction(over, under) if under else None


def _shown(value: Fraction | None) -> str:
    return "-" if value is None else f"{float(value):.4f}" if abs(value) < 10**6 else f"{float(value):.4g}"


def _json(value: Fraction | None) -> int | str | None:
    return None if value is None else number_json(value)


def _with_decimal(value: Fraction) -> str:
    """The exact number, and a decimal where it is a ratio that a double can show."""
    if value.denominator == 1 or value > 10**300:
        return str(value)
    return f"{value} (about {float(value):.6g})"
