"""Random constraints, and whether weights meet them, straight from their definitions: input by input, in fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dnnt_encode.instance import ExactArray, Instance, Weights
from dnnt_encode.instance.constraints import (
    METRICS,
    RATES,
    Constraint,
    FairRates,
    FixedAnswers,
    MonotoneAnswers,
    RobustAnswers,
)
from tests.random_instances import INPUTS, tiny_instances

CLASS_LOSSES = ("misclassification", "hinge", "squared_hinge")


@st.composite
def constrained_instances(draw: Any, **options: Any) -> Instance:
    """A tiny instance with one or two constraints, or, where a network has two outputs or one, up to three."""
    instance = draw(tiny_instances(losses=CLASS_LOSSES, **options))
    return replace(instance, constraints=tuple(draw(st.lists(_constraints(instance), min_size=1, max_size=2))))


@st.composite
def _constraints(draw: Any, instance: Instance) -> Constraint:
    samples, width, classes = instance.dataset.samples, instance.network.inputs, instance.class_count
    kinds = ["fixed", "monotone", "robust"]
    found: list[FairRates] = []
    if classes == 2:
        groups = tuple(draw(st.lists(st.sampled_from("abc"), min_size=samples, max_size=samples)))
        most = draw(st.sampled_from((Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(2, 3))))
        found = [FairRates(rate, groups, most) for rate in RATES if _has_rates(instance, rate, groups)]
        kinds += ["fair"] * 2 if found else []
    kind = draw(st.sampled_from(kinds))
    if kind == "fair":
        return draw(st.sampled_from(found))
    if kind == "fixed":
        x = [[draw(st.sampled_from(INPUTS)) for _ in range(width)] for _ in range(draw(st.integers(1, 2)))]
        return FixedAnswers(ExactArray.from_values(x), np.array([draw(st.integers(0, classes - 1)) for _ in x]))
    if kind == "monotone":
        column = draw(st.integers(0, width - 1))
        chain = draw(st.sampled_from((None, [[1], [0]], [[0], ["1/2"], [3]])))
        return MonotoneAnswers((column,), None if chain is None else ExactArray.from_values(chain))
    return RobustAnswers(
        draw(st.sampled_from((Fraction(1), Fraction(2), Fraction(3, 2)))), draw(st.sampled_from(METRICS))
    )


def _has_rates(instance: Instance, rate: str, groups: tuple[str, ...]) -> bool:
    about = {"positive": {0, 1}, "false_positive": {0}, "false_negative": {1}}[rate]
    y = np.asarray(instance.dataset.y).tolist()
    return all(any(g == name and label in about for g, label in zip(groups, y, strict=True)) for name in set(groups))


class Asker:
    """The answers of some weights, one input at a time."""

    def __init__(self, instance: Instance, weights: Weights) -> None:
        self._instance, self._weights = instance, weights

    def __call__(self, row: list[Fraction]) -> int:
        signals = [row]
        for layer, values in zip(self._instance.network.layers, self._weights.layers, strict=True):
            read = [number for source in layer.sources for number in signals[source]]
            w, b = values.weights.fractions().tolist(), values.biases.fractions().tolist()
            z = [sum((p * a for p, a in zip(own, read, strict=True)), bias) for own, bias in zip(w, b, strict=True)]
            signals.append([_activated(layer.activation.name, layer.activation.c, each) for each in z])
        outputs = signals[-1]
        return int(outputs[0] > 0) if len(outputs) == 1 else outputs.index(max(outputs))


def _activated(name: str, c: Fraction | None, z: Fraction) -> Fraction:
    if name == "clipped_relu":
        return min(c or Fraction(0), max(Fraction(0), z))
    return {
        "relu": max(Fraction(0), z),
        "identity": z,
        "sign": Fraction(1 if z >= 0 else -1),
        "step": Fraction(int(z >= 0)),
    }[name]


def meets(instance: Instance, weights: Weights) -> bool:
    """Whether weights meet every constraint, by their definitions."""
    ask = Asker(instance, weights)
    return all(_meets(constraint, instance, ask) for constraint in instance.constraints)


def _meets(constraint: Constraint, instance: Instance, ask: Asker) -> bool:
    rows = instance.dataset.x.fractions().tolist()
    if isinstance(constraint, FixedAnswers):
        wanted = zip(constraint.x.fractions().tolist(), constraint.y.tolist(), strict=True)
        return all(ask(row) == label for row, label in wanted)
    if isinstance(constraint, FairRates):
        rates = _rates(constraint, instance, [ask(row) for row in rows])
        return max(rates) - min(rates) <= constraint.at_most
    taken = [sorted({row[column] for row in rows}) for column in range(len(rows[0]))]
    if isinstance(constraint, MonotoneAnswers):
        column = constraint.columns[0]
        chain = taken[column]
        if constraint.values is not None:
            chain = [value for (value,) in constraint.values.fractions().tolist()]
        answers = [[ask([*row[:column], value, *row[column + 1 :]]) for value in chain] for row in rows]
        return all(own == sorted(own) for own in answers)
    assert isinstance(constraint, RobustAnswers)
    for row in rows:
        for other in product(*taken):
            gaps = [abs(a - b) for a, b in zip(row, other, strict=True)]
            distance = sum(gap != 0 for gap in gaps) if constraint.metric == "hamming" else max(gaps)
            if distance <= constraint.radius and ask(list(other)) != ask(row):
                return False
    return True


def _rates(constraint: FairRates, instance: Instance, answers: list[int]) -> list[Fraction]:
    found = []
    data = zip(constraint.groups, np.asarray(instance.dataset.y), instance.dataset.multiplicity, answers, strict=True)
    samples = [(group, int(label), int(count), answer) for group, label, count, answer in data]
    about = {"positive": (0, 1), "false_positive": (0,), "false_negative": (1,)}[constraint.rate]
    wanted = 0 if constraint.rate == "false_negative" else 1
    for name in sorted(set(constraint.groups)):
        own = [(count, answer) for group, label, count, answer in samples if group == name and label in about]
        hit = sum(count for count, answer in own if answer == wanted)
        found.append(Fraction(hit, sum(count for count, _ in own)))
    return found
