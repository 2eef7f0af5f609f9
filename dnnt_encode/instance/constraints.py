"""Constraints on behaviour: what a network has to do beside having a small loss. They are about classes.

| constraint | what it asks |
|---|---|
| ``FixedAnswers`` | the given inputs get the given answers |
| ``FairRates`` | a rate differs by at most a number between any two groups of samples |
| ``MonotoneAnswers`` | as some columns of a sample go through some values, the answer never falls to a lower class |
| ``RobustAnswers`` | every input within a radius of a sample gets the answer that the sample gets |

The inputs that are near a sample take, column by column, the values that the column takes in the dataset: so they are
finitely many, and a constraint is one or several ``Conditions``, whatever the network's depth and activations are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import comb
from typing import Any, Literal

import numpy as np

from dnnt_encode.instance.arguments import class_indices, whole_number
from dnnt_encode.instance.conditions import Conditions, at_most, check_room, pairs
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.distinct import first_rows, row_groups
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs, number_json, to_fraction

Rate = Literal["positive", "false_positive", "false_negative"]
Metric = Literal["hamming", "linf"]
RATES: tuple[Rate, ...] = ("positive", "false_positive", "false_negative")
METRICS: tuple[Metric, ...] = ("hamming", "linf")


def _classes(network: Network) -> int:
    """How many classes the answers of a network are."""
    return max(2, network.outputs)


def _convex(network: Network) -> bool:
    """Whether the inputs that get an answer are a convex set: then it is given between two of them, too."""
    return len(network.layers) == 1 and (network.outputs == 1 or network.layers[0].activation.is_identity)


def _placed(values: list[np.ndarray], places: np.ndarray) -> np.ndarray:
    """The values of every column at the places [n, columns]."""
    return np.stack([own[place] for own, place in zip(values, places.T, strict=True)], axis=1)


def _set(constraint: Constraint, **values: Any) -> None:
    """The values of its fields in the form that they have from then on."""
    for name, value in values.items():
        object.__setattr__(constraint, name, value)


class Constraint(ABC):
    """What all of them have."""

    @abstractmethod
    def conditions(self, dataset: Dataset, network: Network) -> Conditions:
        """The conditions that it comes to. Raises ValueError where it does not fit the dataset or the classes that a
        network tells apart, ModelTooLarge where it is about too many inputs."""

    @abstractmethod
    def form(self) -> dict[str, Any]:
        """Plain JSON values that say all of it."""

    @abstractmethod
    def __str__(self) -> str:
        """What it asks, in a few words."""

    def detail(self, dataset: Dataset, conditions: Conditions, answers: np.ndarray) -> str:
        """How far the answers to the inputs of its conditions meet it."""
        broken = int(conditions.broken(answers).sum())
        return f"{broken} of {len(conditions.upper)} conditions broken" if broken else ""


@dataclass(frozen=True, eq=False)
class FixedAnswers(Constraint):
    """``x`` [k, d] gets the classes ``y`` (int64 [k])."""

    x: ExactArray
    y: np.ndarray

    def __post_init__(self) -> None:
        y = class_indices(self.y)
        if y is None:
            raise ValueError("fixed: y is a class for every input, an integer")
        _set(self, x=ExactArray.from_values(self.x), y=y)

    def conditions(self, dataset: Dataset, network: Network) -> Conditions:
        if self.x.ndim != 2 or self.x.shape != (len(self.y), dataset.x.shape[1]):
            raise ValueError(f"fixed: x has shape {self.x.shape}; {(len(self.y), dataset.x.shape[1])} is needed")
        classes = _classes(network)
        wrong = np.flatnonzero((self.y < 0) | (self.y >= classes))
        if len(wrong):
            raise ValueError(
                f"fixed: found the class {int(self.y[wrong[0]])}; there are the classes 0 to {classes - 1}"
            )
        each, minus = np.arange(len(self.y)), -np.ones(len(self.y), dtype=np.int64)
        return Conditions(self.x, each, each, self.y, minus, minus)

    def form(self) -> dict[str, Any]:
        return {"kind": "fixed", "x": self.x.json(), "y": self.y.tolist()}

    def __str__(self) -> str:
        return f"fixed answers to {len(self.y)} inputs"


@dataclass(frozen=True, eq=False)
class FairRates(Constraint):
    """``groups`` [samples] names the group of every sample. ``rate``: how many of a group's samples are answered by
    class 1 (``positive``), or of its samples of class 0 by class 1 (``false_positive``), or of those of class 1 by
    class 0 (``false_negative``), with multiplicities. Two groups differ by at most ``at_most``."""

    rate: Rate
    groups: tuple[str, ...]
    at_most: Fraction

    def __post_init__(self) -> None:
        if self.rate not in RATES:
            raise ValueError(f"fair: found the rate {self.rate!r}; known are {', '.join(RATES)}")
        _set(self, groups=tuple(map(str, self.groups)), at_most=to_fraction(self.at_most))

    def conditions(self, dataset: Dataset, network: Network) -> Conditions:
        rates = self._rated(dataset, _classes(network))
        check_room(dataset.samples * len(rates) * (len(rates) - 1), 1, str(self))
        p, q, rows = self.at_most.numerator, self.at_most.denominator, []
        for (samples, total), (others, other_total) in combinations(rates.values(), 2):
            counts = [dataset.multiplicity[part].astype(object) for part in (samples, others)]
            inputs = np.concatenate([samples, others])
            coefficients = np.concatenate([counts[0] * q * other_total, -counts[1] * q * total])
            labels = np.ones(len(inputs), dtype=np.int64)
            rows += [(inputs, labels, sign * coefficients, p * total * other_total) for sign in (1, -1)]
        return at_most(dataset.x, rows)

    def _rated(self, dataset: Dataset, classes: int) -> dict[str, tuple[np.ndarray, int]]:
        """For every group the samples that its rate is about, and how many they are."""
        if classes != 2 or isinstance(dataset.y, ExactArray):
            raise ValueError(f"fair: a rate of {self.rate} answers is about two classes; there are {classes}")
        if len(self.groups) != dataset.samples:
            raise ValueError(f"fair: found groups of {len(self.groups)} samples; the dataset has {dataset.samples}")
        if self.at_most < 0:
            raise ValueError(f"fair: found the difference {self.at_most}; it is at least 0")
        names, group = np.unique(np.array(self.groups, dtype=object).astype(str), return_inverse=True)
        counted = {"positive": dataset.y >= 0, "false_positive": dataset.y == 0, "false_negative": dataset.y == 1}
        found = {}
        for number, name in enumerate(names.tolist()):
            samples = np.flatnonzero((group.reshape(-1) == number) & counted[self.rate])
            if not len(samples):
                raise ValueError(f"fair: the group {name!r} has no samples that a rate of {self.rate} is about")
            found[name] = samples, int(dataset.multiplicity[samples].astype(object).sum())
        return found

    def form(self) -> dict[str, Any]:
        return {"kind": "fair", "rate": self.rate, "groups": list(self.groups), "at_most": number_json(self.at_most)}

    def __str__(self) -> str:
        return f"fair, {self.rate} rates of {len(set(self.groups))} groups within {self.at_most}"

    def detail(self, dataset: Dataset, conditions: Conditions, answers: np.ndarray) -> str:
        told = []
        wanted = 0 if self.rate == "false_negative" else 1
        for name, (samples, total) in self._rated(dataset, 2).items():
            count = int(dataset.multiplicity[samples][answers[samples] == wanted].astype(object).sum())
            told.append(f"{name} {count}/{total}")
        return ", ".join(told)


@dataclass(frozen=True, eq=False)
class MonotoneAnswers(Constraint):
    """Every sample, with its ``columns`` set to the rows of ``values`` [v, columns] one after the other, gets answers
    that never fall: for each row a class that is at least that for the row before. ``values`` None, for one column: the
    values that it takes in the dataset, from the least on."""

    columns: tuple[int, ...]
    values: ExactArray | None = None

    def __post_init__(self) -> None:
        columns = tuple(whole_number(column, "monotone") for column in self.columns)
        _set(self, columns=columns, values=None if self.values is None else ExactArray.from_values(self.values))

    def conditions(self, dataset: Dataset, network: Network) -> Conditions:
        width = dataset.x.shape[1]
        if not self.columns or not all(0 <= column < width for column in self.columns):
            raise ValueError(f"monotone: found the columns {list(self.columns)}; there are 0 to {width - 1}")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("monotone: found a column twice")
        if self.values is None and len(self.columns) > 1:
            raise ValueError("monotone: several columns need the values that they take together")
        columns = list(self.columns)
        values = self.values
        if values is None:
            values = ExactArray(np.unique(dataset.x.numerators[:, columns[0]])[:, None], dataset.x.denominator)
        if values.ndim != 2 or values.shape[1] != len(columns):
            raise ValueError(f"monotone: the values have shape {values.shape}; [any, {len(columns)}] is needed")
        scale = int(np.lcm(dataset.x.denominator, values.denominator))
        rest, chain = dataset.x.scaled(scale), values.scaled(scale)
        rest = rest.astype(np.result_type(rest, chain))
        rest[:, columns] = 0
        rest = rest[first_rows(row_groups(rest))]
        count, steps = len(rest), len(chain)
        check_room(count * steps, width, str(self))
        x = np.repeat(rest, steps, axis=0)
        x[:, columns] = np.tile(chain, (count, 1))
        first = (np.arange(count)[:, None] * steps + np.arange(steps - 1)).reshape(-1)
        return pairs(ExactArray.from_scaled(x, scale), first, first + 1, _classes(network), equal=False)

    def form(self) -> dict[str, Any]:
        values = {} if self.values is None else {"values": self.values.json()}
        return {"kind": "monotone", "columns": list(self.columns), **values}

    def __str__(self) -> str:
        return f"monotone in {'column' if len(self.columns) == 1 else 'columns'} {', '.join(map(str, self.columns))}"


@dataclass(frozen=True, eq=False)
class RobustAnswers(Constraint):
    """Whatever input differs from a sample in at most ``radius`` columns (``hamming``), or by at most ``radius`` in
    every column (``linf``), gets the answer that the sample gets. A column takes the values that it has in the
    dataset."""

    radius: Fraction
    metric: Metric = "hamming"

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"robust: found the metric {self.metric!r}; known are {', '.join(METRICS)}")
        _set(self, radius=to_fraction(self.radius))

    def conditions(self, dataset: Dataset, network: Network) -> Conditions:
        if self.radius < 0:
            raise ValueError(f"robust: found the radius {self.radius}; it is at least 0")
        x = dataset.x.numerators
        x = x[first_rows(row_groups(x))]
        values = [np.unique(column) for column in x.T]
        if self.metric == "hamming":
            sample, near = self._at_the_ends(x) if _convex(network) else self._flipped(x, values)
        else:
            sample, near = self._moved(x, values, dataset.x.denominator, ends=_convex(network))
        everything = ExactArray.from_scaled(np.concatenate([x, near]), dataset.x.denominator)
        return pairs(everything, sample, len(x) + np.arange(len(near)), _classes(network), equal=True)

    def _flipped(self, x: np.ndarray, values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Samples, and beside each an input that is near it."""
        places = np.stack([np.searchsorted(own, column) for own, column in zip(values, x.T, strict=True)], axis=1)
        sizes = [len(own) for own in values]
        most, width = min(int(self.radius), len(sizes)), len(sizes)
        counts = [1] + [0] * most
        for size in sizes:
            counts = [counts[0], *(counts[r] + counts[r - 1] * (size - 1) for r in range(1, most + 1))]
        check_room(len(places) * (sum(counts) - 1), width, str(self))
        # By how much, going round, each column's place moves.
        shifts = [
            dict(zip(chosen, moves, strict=True))
            for r in range(1, most + 1)
            for chosen in combinations(range(width), r)
            for moves in product(*(range(1, sizes[column]) for column in chosen))
        ]
        table = np.zeros((len(shifts), width), dtype=np.int64)
        for row, shift in enumerate(shifts):
            table[row, list(shift)] = list(shift.values())
        near = (places[:, None, :] + table[None]) % np.array(sizes)
        return np.repeat(np.arange(len(places)), len(table)), _placed(values, near.reshape(-1, width))

    def _at_the_ends(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same where answers are convex: as many columns as may differ, each at its least or greatest value."""
        width = x.shape[1]
        most = min(int(self.radius), width)
        check_room(len(x) * comb(width, most) * 2**most, width, str(self))
        chosen = np.array(list(combinations(range(width), most)), dtype=np.int64).reshape(-1, most)
        sides = np.array(list(product((0, 1), repeat=most)), dtype=np.int64).reshape(-1, most)
        columns, side = np.repeat(chosen, len(sides), axis=0), np.tile(sides, (len(chosen), 1))
        near = np.repeat(x[:, None, :], len(columns), axis=1)
        near[:, np.arange(len(columns))[:, None], columns] = np.stack([x.min(axis=0), x.max(axis=0)])[side, columns]
        return np.repeat(np.arange(len(x)), len(columns)), near.reshape(-1, width)

    def _moved(
        self, x: np.ndarray, values: list[np.ndarray], denominator: int, *, ends: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Samples, and beside each an input that is near it; ``ends``: in each column the least or the greatest."""
        # What is farther than any two numbers are apart is as good as that.
        reach = min(int(self.radius * denominator), 2 * max_abs(x))
        if reach + max_abs(x) >= INT64_SAFE:
            x, values = x.astype(object), [own.astype(object) for own in values]
        low = np.stack([np.searchsorted(own, column - reach) for own, column in zip(values, x.T, strict=True)], axis=1)
        high = [np.searchsorted(own, column + reach, side="right") for own, column in zip(values, x.T, strict=True)]
        sizes = np.stack(high, axis=1) - low
        step = np.maximum(sizes - 1, 1) if ends else np.ones_like(sizes)
        sizes = np.minimum(sizes, 2) if ends else sizes
        counts = np.prod(sizes.astype(object), axis=1)
        check_room(int(counts.sum()), x.shape[1], str(self))
        counts = counts.astype(np.int64)
        sample = np.repeat(np.arange(len(x)), counts)
        rest = np.arange(len(sample)) - np.repeat(np.cumsum(counts) - counts, counts)
        near = np.zeros((len(sample), x.shape[1]), dtype=np.int64)
        for column in range(x.shape[1]):
            near[:, column] = low[sample, column] + rest % sizes[sample, column] * step[sample, column]
            rest //= sizes[sample, column]
        return sample, _placed(values, near)

    def form(self) -> dict[str, Any]:
        return {"kind": "robust", "metric": self.metric, "radius": number_json(self.radius)}

    def __str__(self) -> str:
        return f"robust within {self.radius} ({self.metric})"


@dataclass(frozen=True, eq=False)
class SettledConditions(Constraint):
    """Conditions as such: what is left of constraints where the dataset that they were about is not there. No file
    holds one."""

    given: Conditions

    def conditions(self, dataset: Dataset, network: Network) -> Conditions:
        return self.given

    def form(self) -> dict[str, Any]:
        held = {name: value.tolist() for name, value in vars(self.given).items() if isinstance(value, np.ndarray)}
        return {"kind": "settled", "x": self.given.x.json(), **held}

    def __str__(self) -> str:
        return f"{len(self.given.upper)} conditions"
