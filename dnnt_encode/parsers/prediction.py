"""What weights predict for the rows of a table, and how well, where the target is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights, classify
from dnnt_encode.parsers import preprocessing, targets
from dnnt_encode.parsers.columns import column_of
from dnnt_encode.parsers.numbers import fraction_text
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.records import check_record
from dnnt_encode.parsers.table import Table


@dataclass(frozen=True, eq=False)
class Prediction:
    """``texts`` is [rows][1], the class name, or [rows][outputs], the numbers; empty texts for a row that was left out.

    Where the target is there, ``scored`` is the number of rows compared, and either ``confusion`` (counts [true][
    predicted], by ``names``; one more row, for labels that training did not have, only where there are such) with
    ``correct``, or ``absolute_error``, the exact mean of |output - target| over the rows.
    """

    texts: tuple[tuple[str, ...], ...]
    skipped: int
    scored: int = 0
    correct: int = 0
    names: tuple[str, ...] = ()
    confusion: np.ndarray | None = None
    absolute_error: Fraction | None = None

    def report(self) -> list[str]:
        """The lines that tell the user how well the weights do."""
        lines = [f"{self.skipped} rows with missing values left out"] if self.skipped else []
        if self.confusion is not None:
            share = Fraction(100 * self.correct, self.scored)
            lines.append(f"accuracy {self.correct}/{self.scored} ({float(share):.2f} %)")
            lines += _matrix(self.names, self.confusion)
        if self.absolute_error is not None:
            lines.append(f"mean absolute error {_with_decimal(self.absolute_error)} over {self.scored} rows")
        return lines


def _with_decimal(value: Fraction) -> str:
    """The exact number, and a decimal where it is a ratio that a double can show."""
    if value.denominator == 1 or value > 10**300:
        return str(value)
    return f"{value} (about {float(value):.6g})"


def _matrix(names: Sequence[str], confusion: np.ndarray) -> list[str]:
    rows = [*names, "(another label)"][: len(confusion)]
    shown = [shorten(name, 24) for name in rows]
    left = max(len("true \\ predicted"), *map(len, shown))
    widths = [max(len(shorten(name, 24)), len(str(int(confusion[:, k].max())))) for k, name in enumerate(names)]
    head = "  ".join(shorten(name, 24).rjust(width) for name, width in zip(names, widths, strict=True))
    lines = ["true \\ predicted".ljust(left) + "  " + head]
    for name, counts in zip(shown, confusion.tolist(), strict=True):
        cells = "  ".join(str(count).rjust(width) for count, width in zip(counts, widths, strict=True))
        lines.append(name.ljust(left) + "  " + cells)
    return lines


def predict_table(weights: Weights, table: Table, missing: str | None = None) -> Prediction:
    """Predictions for every row, by the preprocessing that the weights carry; without one, the columns are the inputs
    in their order, and one column more is the target. ``missing`` says what happens to missing values, as in
    ``preprocessing.apply_table``. Raises InputError."""
    network = weights.network
    if network is None:
        raise InputError("these weights carry no network; give their instance too, or save them self-contained")
    if not table.rows:
        raise InputError("the table has no rows; at least one is needed", place=table.name)
    record = _plain(weights, network, table) if weights.preprocessing is None else check_record(weights.preprocessing)
    features = len(record["features"])
    if features != network.inputs:
        raise InputError(f"the preprocessing gives {features} features; the network has {network.inputs} inputs")
    names = _names(weights, network, record)
    table = preprocessing.with_notation(record, table)
    x, rows = preprocessing.apply_table(record, table, missing)
    blank = ("",) * (1 if weights.task == "class" else network.outputs)
    texts: list[tuple[str, ...]] = [blank] * len(table.rows)
    skipped = len(table.rows) - len(rows)
    if not len(rows):
        return Prediction(tuple(texts), skipped)
    outputs = weights.outputs(x)
    predicted = classify(outputs)
    found: list[tuple[str, ...]]
    if weights.task == "class":
        found = [(names[k],) for k in predicted.tolist()]
    else:
        factor, sign = (100, "%") if (record.get("target") or {}).get("percent") else (1, "")
        shown = table.notation.shown
        found = [
            tuple(shown(fraction_text(factor * value)) + sign for value in row) for row in outputs.fractions().tolist()
        ]
    for row, text in zip(rows.tolist(), found, strict=True):
        texts[row] = text
    target = record.get("target")
    if target is None or target["name"] not in table.columns:
        return Prediction(tuple(texts), skipped)
    cells, present = table.column(target["name"]), table.present(target["name"])
    scored = np.array([k for k, row in enumerate(rows.tolist()) if cells[row] in present], dtype=np.int64)
    if not len(scored):
        return Prediction(tuple(texts), skipped)
    there = table.take(rows[scored].tolist())
    if weights.task == "class":
        return _score_classes(tuple(texts), skipped, names, target, there, predicted[scored])
    return _score_numbers(tuple(texts), skipped, target, there, outputs.take(scored))


def _plain(weights: Weights, network: Network, table: Table) -> dict[str, Any]:
    """The record of a table whose columns are the inputs as they are."""
    inputs = network.inputs
    if len(table.columns) not in (inputs, inputs + 1):
        raise InputError(
            f"found {len(table.columns)} columns; these weights record no preprocessing, so {inputs} numeric columns "
            f"are needed, one an input, and perhaps one more for the target",
            place=table.name,
        )
    names = table.columns[:inputs]
    record: dict[str, Any] = {
        "missing": "error",
        "columns": [{"name": name, "kind": "numeric", "encode": "none"} for name in names],
        "features": list(names),
    }
    if len(table.columns) > inputs:
        record["target"] = {"name": table.columns[-1], "kind": "numeric"}
        if weights.task == "class":
            labels = list(class_names(weights))
            record["target"] = {"name": table.columns[-1], "kind": "class", "labels": labels}
    return record


def class_names(weights: Weights) -> tuple[str, ...]:
    """The names of the classes that weights predict: their numbers where they have none."""
    count = len(weights.layers[-1].biases)
    return weights.classes if weights.classes is not None else tuple(map(str, range(max(2, count))))


def _names(weights: Weights, network: Network, record: dict[str, Any]) -> tuple[str, ...]:
    names = class_names(weights)
    target = record.get("target")
    if target is not None and weights.task == "class":
        if target["kind"] != "class" or len(targets.class_names(target)) != len(names):
            raise InputError("the recorded target does not fit the classes of these weights")
    elif target is not None and target["kind"] != "numeric":
        raise InputError("the recorded target has classes; these weights predict numbers")
    return names


def _score_classes(
    texts: tuple[tuple[str, ...], ...],
    skipped: int,
    names: tuple[str, ...],
    target: dict[str, Any],
    table: Table,
    predicted: np.ndarray,
) -> Prediction:
    truth = targets.class_indices(target, column_of(table, target["name"], "categorical").texts())
    confusion = np.zeros((len(names) + 1, len(names)), dtype=np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    return Prediction(
        texts=texts,
        skipped=skipped,
        scored=len(truth),
        correct=int((truth == predicted).sum()),
        names=names,
        # Index -1, a label unknown to training, falls on the last row.
        confusion=confusion if confusion[-1].any() else confusion[:-1],
    )


def _score_numbers(
    texts: tuple[tuple[str, ...], ...], skipped: int, target: dict[str, Any], table: Table, outputs: ExactArray
) -> Prediction:
    truth = column_of(table, target["name"], "numeric", target.get("percent", False)).numbers
    assert truth is not None
    if outputs.shape[1] != 1:
        return Prediction(texts, skipped)
    errors = [abs(a - b) for a, b in zip(outputs.fractions()[:, 0].tolist(), truth.fractions().tolist(), strict=True)]
    total = sum(errors, Fraction(0))
    return Prediction(texts, skipped, scored=len(errors), absolute_error=total / len(errors))


def with_predictions(table: Table, prediction: Prediction) -> Table:
    """The table with the predictions as columns of their own, under names that it does not have yet."""
    width = len(prediction.texts[0])
    names = ["prediction"] if width == 1 else [f"prediction_{k}" for k in range(width)]
    while set(names) & set(table.columns):
        names = [f"{name}_" for name in names]
    rows = tuple((*row, *texts) for row, texts in zip(table.rows, prediction.texts, strict=True))
    return replace(table, columns=(*table.columns, *names), rows=rows)
