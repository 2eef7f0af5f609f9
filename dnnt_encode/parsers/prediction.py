"""What weights predict for the rows of a table, and how well, where the target is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights, classify
from dnnt_encode.parsers import preprocessing, targets
from dnnt_encode.parsers.columns import column_of
from dnnt_encode.parsers.numbers import fraction_text
from dnnt_encode.parsers.records import check_record
from dnnt_encode.parsers.scores import ClassScores, NumberScores
from dnnt_encode.parsers.table import Table


@dataclass(frozen=True, eq=False)
class Prediction:
    """``texts`` is [rows][1], the class name, or [rows][outputs], the numbers; they are empty for the ``skipped`` rows
    that were left out. ``scores``: how well they do where the target is there, else None."""

    texts: tuple[tuple[str, ...], ...]
    skipped: int
    scores: ClassScores | NumberScores | None = None

    def report(self) -> list[str]:
        """The lines that tell the user how well the weights do."""
        lines = [f"{self.skipped} rows with missing values left out"] if self.skipped else []
        return lines if self.scores is None else [*lines, *self.scores.lines()]

    def json(self) -> dict[str, Any]:
        """All of it for a program: a prediction a row (null for a row that was left out), and the scores."""
        shown = [(row[0] if len(row) == 1 else list(row)) if any(row) else None for row in self.texts]
        counts = {"rows": len(self.texts), "skipped": self.skipped}
        scored = 0 if self.scores is None else self.scores.scored
        return {**counts, "scored": scored, **({} if self.scores is None else self.scores.json()), "predictions": shown}


def predict_table(weights: Weights, table: Table, missing: Mapping[str | None, str] | None = None) -> Prediction:
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
    found: list[tuple[str, ...]]
    if weights.task == "class":
        found = [(names[k],) for k in classify(outputs).tolist()]
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
    return Prediction(tuple(texts), skipped, _score(weights, names, target, there, outputs.take(scored)))


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


def _score(
    weights: Weights, names: tuple[str, ...], target: dict[str, Any], table: Table, outputs: ExactArray
) -> ClassScores | NumberScores | None:
    """Of the rows of a table that have the target, and the outputs [n, m] for them."""
    if weights.task == "class":
        truth = targets.class_indices(target, column_of(table, target["name"], "categorical").texts())
        return ClassScores.of(names, truth, classify(outputs), outputs)
    numbers = column_of(table, target["name"], "numeric", target.get("percent", False)).numbers
    assert numbers is not None
    if outputs.shape[1] != 1:
        return None
    return NumberScores.of(ExactArray.from_scaled(outputs.numerators[:, 0], outputs.denominator), numbers)


def with_predictions(table: Table, prediction: Prediction) -> Table:
    """The table with the predictions as columns of their own, under names that it does not have yet."""
    width = len(prediction.texts[0])
    names = ["prediction"] if width == 1 else [f"prediction_{k}" for k in range(width)]
    while set(names) & set(table.columns):
        names = [f"{name}_" for name in names]
    rows = tuple((*row, *texts) for row, texts in zip(table.rows, prediction.texts, strict=True))
    return replace(table, columns=(*table.columns, *names), rows=rows)
