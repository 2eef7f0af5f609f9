"""Scores against their definitions, pair by pair and row by row, and against scikit-learn's."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import classify
from dnnt_encode.parsers.scores import ClassScores, NumberScores

FEW = st.integers(-2, 2)


def scores_of(names: str, truth: list[int], outputs: list[list[Any]]) -> ClassScores:
    f = ExactArray.from_values(outputs)
    return ClassScores.of(tuple(names), np.array(truth), classify(f), f)


@given(st.lists(st.tuples(st.integers(-1, 2), FEW, FEW, FEW), min_size=1, max_size=20))
def test_classes(rows: list[tuple[int, int, int, int]]) -> None:
    truth, outputs = [row[0] for row in rows], [list(row[1:]) for row in rows]
    said = classify(ExactArray.from_values(outputs)).tolist()
    scores = scores_of("abc", truth, outputs)
    pairs = list(zip(truth, said, strict=True))
    assert scores.accuracy == Fraction(sum(t == p for t, p in pairs), len(pairs))
    assert scores.confusion.shape == (4 if -1 in truth else 3, 3)
    recalls = []
    for k, (precision, recall, f1) in enumerate(scores.by_class()):
        hit, given_, there = pairs.count((k, k)), said.count(k), truth.count(k)
        assert precision == (Fraction(hit, given_) if given_ else None)
        assert recall == (Fraction(hit, there) if there else None)
        assert f1 == (Fraction(2 * hit, given_ + there) if given_ + there else None)
        recalls += [] if recall is None else [recall]
    assert scores.balanced_accuracy == (sum(recalls) / Fraction(len(recalls)) if recalls else None)
    assert scores.auc is None
    assert all(line.isprintable() for line in scores.lines())


@given(st.lists(st.tuples(st.integers(-1, 1), FEW, FEW), min_size=1, max_size=20), st.booleans())
def test_pairs_of_two_classes(rows: list[tuple[int, int, int]], single: bool) -> None:
    truth = [row[0] for row in rows]
    outputs = [[Fraction(row[1], 3)] if single else list(row[1:]) for row in rows]
    value = [f[0] if single else f[1] - f[0] for f in outputs]
    ones, zeros = ([v for v, t in zip(value, truth, strict=True) if t == k] for k in (1, 0))
    won = [Fraction(a > b) + Fraction(a == b) / 2 for a, b in product(ones, zeros)]
    assert scores_of("ny", truth, outputs).auc == (sum(won) / Fraction(len(won)) if won else None)


@given(st.lists(st.tuples(st.fractions(-9, 9, max_denominator=7), st.fractions(-9, 9, max_denominator=5)), min_size=1))
def test_numbers(rows: list[tuple[Fraction, Fraction]]) -> None:
    f, y = (ExactArray.from_values(list(part)) for part in zip(*rows, strict=True))
    scores = NumberScores.of(f, y)
    assert scores.absolute_error == sum(abs(a - b) for a, b in rows) / Fraction(len(rows))
    mean = sum(b for _, b in rows) / Fraction(len(rows))
    spread = sum((b - mean) ** 2 for _, b in rows)
    assert scores.r2 == (1 - sum((a - b) ** 2 for a, b in rows) / spread if spread else None)


def test_another_program_says_the_same() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    truth, outputs = rng.integers(0, 2, 80), rng.integers(-5, 6, (80, 1))
    truth = np.where(rng.random(80) < 0.6, outputs[:, 0] > 0, truth).astype(int)
    scores = scores_of("ny", truth.tolist(), outputs.tolist())
    said = (outputs[:, 0] > 0).astype(int)
    assert float(scores.auc or 0) == pytest.approx(metrics.roc_auc_score(truth, outputs[:, 0]))
    assert float(scores.balanced_accuracy or 0) == pytest.approx(metrics.balanced_accuracy_score(truth, said))
    found = np.array([[float(part or 0) for part in row] for row in scores.by_class()])
    assert found.T == pytest.approx(np.array(metrics.precision_recall_fscore_support(truth, said)[:3]))
    y, f = rng.normal(size=30).round(2), rng.normal(size=30).round(2)
    numbers = NumberScores.of(ExactArray.from_values(f), ExactArray.from_values(y))
    assert float(numbers.r2 or 0) == pytest.approx(metrics.r2_score(y, f))
    assert float(numbers.absolute_error) == pytest.approx(metrics.mean_absolute_error(y, f))


def test_what_json_says() -> None:
    scores = scores_of("ny", [0, 1, -1], [[1], [2], [-1]])
    assert scores.json() == {
        "accuracy": "1/3",
        "balanced_accuracy": "1/2",
        "roc_auc": 1,
        "classes": {"n": {"precision": 0, "recall": 0, "f1": 0}, "y": {"precision": "1/2", "recall": 1, "f1": "2/3"}},
        "confusion": {"n": [0, 1], "y": [0, 1], "(another label)": [1, 0]},
    }
