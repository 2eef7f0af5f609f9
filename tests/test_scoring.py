"""Scoring systems: what is learned is best among all that keep the rules, and the card says what is predicted."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.estimator import ScoringSystemClassifier
from dnnt_encode.estimator.score_card import score_card

RNG = np.random.default_rng(7)
X = RNG.integers(0, 4, (40, 3))
Y = np.where(X @ [2, -1, 0] + RNG.integers(-2, 3, 40) > 2, "yes", "no")


def system(**options: Any) -> ScoringSystemClassifier:
    return ScoringSystemClassifier(**{"weights": "-2..2", "encode": "none", **options})


def least(allowed: Any, l0: Any = 0, l1: Any = 0, margin: float = 0.5) -> Fraction:
    """The least objective of all weights -2..2 that are allowed, by enumeration."""
    best = Fraction(10**6)
    for weights in itertools.product(range(-2, 3), repeat=3):
        if not allowed(weights):
            continue
        sums = X @ weights
        errors = min(
            int(((sums + b < margin) & (Y == "yes")).sum() + ((sums + b > -margin) & (Y == "no")).sum())
            for b in np.arange(-20.5, 21)
        )
        cost = Fraction(l0) * sum(w != 0 for w in weights) + Fraction(l1) * sum(map(abs, weights))
        best = min(best, errors + cost)
    return best


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({}, lambda w: True),
        ({"max_size": 1}, lambda w: sum(v != 0 for v in w) <= 1),
        ({"max_size": 0}, lambda w: not any(w)),
        ({"l0": 2, "l1": "0.25"}, lambda w: True),
        ({"signs": {"x0": "-", 1: "+"}}, lambda w: w[0] <= 0 <= w[1]),
        ({"either_or": [["x0", "x1"], ["x2"]]}, lambda w: not (w[0] and w[1])),
        ({"either_or": [[0, 1, 2]], "l1": 1, "margin": 2}, lambda w: sum(v != 0 for v in w) <= 1),
    ],
)
def test_the_best_of_all(options: dict[str, Any], allowed: Any) -> None:
    model = system(**options).fit(X, Y)
    expected = least(allowed, options.get("l0", 0), options.get("l1", 0), options.get("margin", 0.5))
    assert model.optimal_
    assert model.objective_ == model.bound_ == expected
    points = model.weights_.layers[0].weights.fractions()[0].tolist()
    assert allowed(points)
    cost = sum(Fraction(options.get("l0", 0)) * (p != 0) + Fraction(options.get("l1", 0)) * abs(p) for p in points)
    assert model.loss_ == expected - cost
    # An error of the loss may be right by a smaller margin.
    assert (model.predict(X) != Y).sum() <= model.loss_


def added_up(card: Any, holds: Any) -> Fraction:
    return sum((line.points * holds(line) for line in card.lines), Fraction(0))


@pytest.mark.parametrize("encode", ["none", "median", "thermometer:2", "onehot", "quantile:3", "bits:1"])
def test_the_card_predicts_what_the_model_does(encode: str) -> None:
    names = ["size", "age", "kind"]
    frame = pytest.importorskip("pandas").DataFrame(dict(zip(names, X.T, strict=True)))
    model = system(encode=encode, max_size=2).fit(frame, Y)
    card = model.score_card()
    assert card.positive == "yes"
    assert 0 < len(card.lines) <= 2
    for row, predicted in zip(frame.to_dict("records"), model.predict(frame), strict=True):

        def holds(line: Any, row: Any = row) -> int:
            if encode == "quantile:3":
                cuts, name = line.name.removeprefix("the cuts ").split(" that ")
                value = row[name.removesuffix(" is above")]
                return sum(value > float(cut) for cut in cuts.split(","))
            if encode == "none":
                return int(row[line.name])
            if encode.startswith("bits"):
                name = line.name.removesuffix(".bit0")
                item = next(item for item in model.instance_.preprocessing["columns"] if item["name"] == name)  # type: ignore[index]
                return int(row[name] > float(Fraction(item["cuts"][0])))
            name, sign, value = line.name.partition(">" if ">" in line.name else "=")
            return int(row[name] > float(value) if sign == ">" else row[name] == int(value))

        assert predicted == (card.positive if added_up(card, holds) > card.above else card.negative)


def test_the_card_is_printed() -> None:
    x, y = [[20, 1], [35, 0], [50, 1], [70, 0], [80, 1]], ["a low one", "a low one", "high", "high", "high"]
    frame = pytest.importorskip("pandas").DataFrame(x, columns=["age", "smoker"])
    model = ScoringSystemClassifier("0..2", l1="1/2", max_size=1, encode="thermometer:1").fit(frame, y)
    assert str(model.score_card()).splitlines() == [
        "+1  if age>42.5",
        "high if the points add up to 1 or more, else a low one",
        "0 of 5 wrong, 0.5 with penalties, and no such system does better",
    ]
    record = {"columns": [{"name": "a", "encode": "none"}, {"name": "b", "encode": "dropped"}]}
    for points, text in ((0, "p if the points add up to 1 or more, else n"), (2, "more than 0.5, else n")):
        assert str(score_card(record, [Fraction(points)], Fraction(-1, 2), ("n", "p"))).endswith(text)


def test_a_time_limit_leaves_a_bound() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(200, 30)), rng.integers(0, 2, 200)
    model = ScoringSystemClassifier(time_limit=0.05).fit(x, y)
    assert not model.optimal_
    assert 0 <= model.bound_ < model.objective_ == model.loss_
    assert f"none is below {model.bound_}" in str(model.score_card())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_size": -1}, "found max_size=-1"),
        ({"max_size": True}, "found max_size=True"),
        ({"l0": -1}, "at least 0"),
        ({"l1": "x"}, "l1='x'"),
        ({"signs": {"x0": "up"}}, r"found the sign 'up' of 'x0'; known are '\+' and '-'"),
        ({"signs": {"x9": "+"}}, "found the feature 'x9'; the features are x0, x1, x2"),
        ({"signs": {"x0": "-"}, "weights": "1,2"}, "no weight has the sign '-'"),
        ({"either_or": [["x0", 7]]}, "found the feature 7"),
        ({"weights": "1,2", "max_size": 2}, "let 0 be among the weights"),
        ({"weights": "x"}, "found the string 'x'"),
        ({"weights": [-99999, 0, 99999]}, "say with biases which offsets are allowed"),
        ({"loss": "l1"}, "found the loss 'l1'; those of classes are misclassification, hinge, squared_hinge"),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        system(**options).fit(X, Y)


def test_two_classes_and_fitting_come_first() -> None:
    with pytest.raises(InputError, match="Only binary classification is supported"):
        system().fit(X, np.arange(40) % 3)
    with pytest.raises(InputError, match="call fit first"):
        system().score_card()


def test_weights_of_rows_are_in_units_of_the_loss() -> None:
    x, y = [[0], [0], [1], [1]], ["a", "b", "b", "b"]
    model = ScoringSystemClassifier(encode="none", l1="0.01").fit(x, y, sample_weight=[0.5, 0.25, 1, 1])
    assert model.loss_ == Fraction(1, 4)
    assert model.optimal_
    points = sum(abs(value) for value in model.weights_.layers[0].weights.fractions().ravel())
    assert model.objective_ == model.bound_ == Fraction(1, 4) + Fraction(1, 100) * points
    assert "1/4 of 11/4 wrong" in str(model.score_card())
    assert ScoringSystemClassifier(encode="none", class_weight={"a": "1/3"}).fit(x, y).loss_ == Fraction(1, 3)
