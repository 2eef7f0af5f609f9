"""The MILP that anyone would write first: one M for the whole model, and McCormick's rows for every product.

    z[s, j] = sum_i w[j, i] x[s, i] + b[j]
    h[s, j] = max(0, z[s, j]):        h >= z, h >= 0, h <= z + M (1 - a), h <= M a
    h[s, j] = [z[s, j] >= 0]:         z >= -M (1 - h), z <= M h - 1; of signs 2 h - 1
    v[j] = sum_k value_k s[j, k]:     one selector a value
    p[s, j, k] = s[j, k] h[s, j]:     |p| <= M s, |p - h| <= M (1 - s)
    t[s] f[s] >= margin - M e[s]      for classes; |f - y| <= M e, or d >= |f - y|, for targets
    minimise sum_s e[s], or d         or sum_s e[s] <= threshold

M is the largest number that any layer can reach, with the targets and the margin.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.textbook.model import whole
from dnnt_encode.instance import Instance
from dnnt_encode.models.linear import ColumnGroup
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, EQUAL, MilpModel

Terms = list[tuple[int, int]]
"""Columns and their coefficients."""


class _Rows:
    """Columns and rows as they come; a textbook needs no more."""

    def __init__(self) -> None:
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.rows: list[tuple[list[int], list[int], int, int]] = []

    def column(self, lower: int, upper: int) -> int:
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def row(self, terms: Terms, sense: int, rhs: int) -> None:
        self.rows.append(([column for column, _ in terms], [value for _, value in terms], sense, rhs))


class _Parameter:
    """A column for the value; its selectors, one a value, where they are needed."""

    def __init__(self, build: _Rows, values: Any) -> None:
        self.values = [whole(value) for value in values]
        self.low, self.high = min(self.values), max(self.values)
        self.column = build.column(self.low, self.high)
        self._build, self._selectors = build, list[int]()
        if len(self.values) <= self.high - self.low:
            self.selectors()

    def selectors(self) -> list[int]:
        if not self._selectors:
            self._selectors = [self._build.column(0, 1) for _ in self.values]
            self._build.row([(s, 1) for s in self._selectors], EQUAL, 1)
            told = [(s, value) for s, value in zip(self._selectors, self.values, strict=True) if value]
            self._build.row([*told, (self.column, -1)], EQUAL, 0)
        return self._selectors


class TextbookMilp:
    """The model of an instance of integer parameters, inputs and targets, built row by row."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._build = instance, _Rows()
        self._m = self._largest()
        layers = [
            (
                [
                    [_Parameter(self._build, layer.weights[u, i]) for i in range(layer.weights.shape[1])]
                    for u in range(layer.units)
                ],
                [_Parameter(self._build, layer.biases[u]) for u in range(layer.units)],
            )
            for layer in instance.network.layers
        ]
        cost: Terms = []
        x = instance.dataset.x
        for sample in range(instance.dataset.samples):
            row = [whole(Fraction(int(value), x.denominator)) for value in x.numerators[sample]]
            signals: list[Any] = row
            for depth, (weights, biases) in enumerate(layers):
                name = instance.network.layers[depth].activation.name
                sums = [self._sum(row, bias, signals, depth) for row, bias in zip(weights, biases, strict=True)]
                signals = [self._activation(name, terms) for terms in sums]
            copies = int(instance.dataset.multiplicity[sample])
            cost += [(column, copies) for column in self._loss(sample, signals)]
        self._cost = cost

    def model(self) -> MilpModel:
        build, threshold = self._build, self._instance.threshold
        if threshold is not None:
            build.row(self._cost, AT_MOST, math.floor(threshold))
        cost = np.zeros(len(build.lower), dtype=np.int64)
        for column, copies in self._cost if threshold is None else []:
            cost[column] = copies
        return MilpModel(
            lower=np.array(build.lower, dtype=np.int64),
            upper=np.array(build.upper, dtype=np.int64),
            integer=np.ones(len(build.lower), dtype=bool),
            cost=cost,
            row_start=np.cumsum([0, *(len(row[0]) for row in build.rows)], dtype=np.int64),
            row_columns=np.array([column for row in build.rows for column in row[0]], dtype=np.int32),
            row_coefficients=np.array([value for row in build.rows for value in row[1]], dtype=np.int64),
            row_sense=np.array([row[2] for row in build.rows], dtype=np.uint8),
            row_rhs=np.array([row[3] for row in build.rows], dtype=np.int64),
            indicator=np.zeros(len(build.rows), dtype=np.int32),
            column_groups=(ColumnGroup("x", 0, np.arange(len(build.lower)).reshape(-1, 1)),),
        )

    def _largest(self) -> int:
        """M: what the layers reach, by the sizes of their parameters alone."""
        data, loss = self._instance.dataset, self._instance.loss
        reach = math.ceil(Fraction(int(np.abs(data.x.numerators).max()), data.x.denominator))
        largest = reach
        for layer in self._instance.network.layers:
            weight, bias = (
                max(abs(whole(v)) for each in grid.sets for v in each) for grid in (layer.weights, layer.biases)
            )
            reach = layer.weights.shape[1] * weight * reach + bias
            largest = max(largest, reach)
            reach = 1 if layer.activation.name in ("sign", "step") else reach
        if loss.targets == "class":
            return 2 * largest + math.ceil(loss.parameters["margin"])
        return largest + math.ceil(Fraction(int(np.abs(data.y.numerators).max()), data.y.denominator))  # type: ignore[union-attr]

    def _sum(self, weights: list[_Parameter], bias: _Parameter, signals: list[Any], depth: int) -> Terms:
        terms: Terms = [(bias.column, 1)]
        for weight, signal in zip(weights, signals, strict=True):
            if depth == 0:
                terms += [(weight.column, signal)] if signal else []
                continue
            if len(weight.values) == 1:
                terms += [(signal, weight.low)] if weight.low else []
                continue
            for value, s in zip(weight.values, weight.selectors(), strict=True):
                if value:
                    terms.append((self._product(s, signal), value))
        return terms

    def _product(self, s: int, h: int) -> int:
        build, m = self._build, self._m
        positive = build.lower[h] >= 0
        p = build.column(0 if positive else -m, m)
        build.row([(p, 1), (s, -m)], AT_MOST, 0)
        build.row([(p, 1), (h, -1), (s, -m)], AT_LEAST, -m)
        if positive:
            build.row([(p, 1), (h, -1)], AT_MOST, 0)
        else:
            build.row([(p, 1), (s, m)], AT_LEAST, 0)
            build.row([(p, 1), (h, -1), (s, m)], AT_MOST, m)
        return p

    def _activation(self, name: str, terms: Terms) -> int:
        build, m = self._build, self._m
        z = build.column(-m, m)
        build.row([*terms, (z, -1)], EQUAL, 0)
        if name == "identity":
            return z
        a = build.column(0, 1)
        if name == "relu":
            h = build.column(0, m)
            build.row([(h, 1), (z, -1)], AT_LEAST, 0)
            build.row([(h, 1), (z, -1), (a, m)], AT_MOST, m)
            build.row([(h, 1), (a, -m)], AT_MOST, 0)
            return h
        build.row([(z, 1), (a, -m)], AT_LEAST, -m)
        build.row([(z, 1), (a, -m)], AT_MOST, -1)
        if name == "step":
            return a
        if name != "sign":
            raise ValueError(f"the textbook model has no activation {name}")
        h = build.column(-1, 1)
        build.row([(h, 1), (a, -2)], EQUAL, -1)
        return h

    def _loss(self, sample: int, outputs: list[int]) -> list[int]:
        """The columns that add up to the loss of a sample."""
        build, m, loss, y = self._build, self._m, self._instance.loss, self._instance.dataset.y
        if loss.name == "misclassification":
            label, margin = int(y[sample]), math.ceil(loss.parameters["margin"])  # type: ignore[index]
            e = build.column(0, 1)
            sign = 1 if label else -1
            leads = [[(outputs[0], sign)]] if len(outputs) == 1 else [
                [(outputs[label], 1), (other, -1)] for k, other in enumerate(outputs) if k != label
            ]  # fmt: skip
            for lead in leads:
                build.row([*lead, (e, m + margin)], AT_LEAST, margin)
            return [e]
        wanted = [whole(Fraction(int(v), y.denominator)) for v in y.numerators[sample]]  # type: ignore[union-attr]
        if loss.name not in ("zero_one", "l1"):
            raise ValueError(f"the textbook model has no loss {loss.name}")
        shared = build.column(0, 1) if loss.name == "zero_one" else None
        columns = []
        for f, target in zip(outputs, wanted, strict=True):
            d = build.column(0, 2 * m) if shared is None else shared
            size = 1 if shared is None else 2 * m
            build.row([(f, 1), (d, -size)], AT_MOST, target)
            build.row([(f, 1), (d, size)], AT_LEAST, target)
            columns.append(d)
        return columns if shared is None else [shared]


def textbook_milp(instance: Instance) -> MilpModel:
    """Raises ValueError for what the model has no place for."""
    return TextbookMilp(instance).model()
