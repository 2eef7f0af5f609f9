"""Linear conditions over the answers that a network gives to some inputs: what every constraint on behaviour comes to.

The answer to an input is a class: see ``Weights.predict``. A condition is a sum over inputs and classes of integer
coefficients, each of which counts where the answer to its input is its class, that is at most a number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, integer_array

MOST_NUMBERS = 10**7
"""Conditions about inputs of more numbers than this, all together, are refused."""


@dataclass(frozen=True, eq=False)
class Conditions:
    """Condition r: the sum of ``coefficient[t]``, over the terms t of which ``row[t]`` is r and the answer to the input
    ``x[input[t]]`` is the class ``label[t]``, is at most ``upper[r]``. ``x`` is [m, d], and may hold equal rows;
    ``row`` (int64) ascends from 0, and every condition has a term."""

    x: ExactArray
    row: np.ndarray
    input: np.ndarray
    label: np.ndarray
    coefficient: np.ndarray
    upper: np.ndarray

    def broken(self, answers: np.ndarray) -> np.ndarray:
        """Which conditions (bool [..., rows]) the answers [..., m] to ``x`` break."""
        if not len(self.upper):
            return np.zeros((*answers.shape[:-1], 0), dtype=bool)
        counted = np.where(answers[..., self.input] == self.label, self.coefficient, 0)
        starts = np.searchsorted(self.row, np.arange(len(self.upper)))
        return np.asarray(np.add.reduceat(counted, starts, axis=-1) > self.upper).astype(bool)


def pairs(x: ExactArray, first: np.ndarray, second: np.ndarray, classes: int, *, equal: bool) -> Conditions:
    """The answer to the input ``first[k]`` is no higher a class than that to ``second[k]``; ``equal``: it is the same.

    No two classes of which that is not so are answered to the two."""
    apart = [(a, b) for a in range(classes) for b in range(classes) if a > b or (equal and a < b)]
    count, rows = len(first), len(first) * len(apart)
    inputs = np.repeat(np.column_stack([first, second]), len(apart), axis=0)
    labels = np.tile(np.array(apart, dtype=np.int64), (count, 1))
    ones = np.ones(rows, dtype=np.int64)
    row = np.repeat(np.arange(rows), 2)
    return Conditions(x, row, inputs.reshape(-1), labels.reshape(-1), np.repeat(ones, 2), ones)


def joined(parts: Sequence[Conditions]) -> Conditions:
    """The conditions of several constraints."""
    scale = math.lcm(*(part.x.denominator for part in parts))
    inputs = np.cumsum([0, *(len(part.x) for part in parts)])
    rows = np.cumsum([0, *(len(part.upper) for part in parts)])
    return Conditions(
        ExactArray.from_scaled(np.concatenate([part.x.scaled(scale) for part in parts]), scale),
        np.concatenate([part.row + start for part, start in zip(parts, rows, strict=False)]),
        np.concatenate([part.input + start for part, start in zip(parts, inputs, strict=False)]),
        np.concatenate([part.label for part in parts]),
        integer_array(np.concatenate([part.coefficient.astype(object) for part in parts])),
        integer_array(np.concatenate([part.upper.astype(object) for part in parts])),
    )


def at_most(x: ExactArray, rows: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, int]]) -> Conditions:
    """Conditions given one by one: (inputs, classes, coefficients, the most that their sum may be), integers of any
    size; common divisors are left out. Raises ModelTooLarge for sums past 2^62."""
    coefficients, upper = [], []
    for _, _, given, most in rows:
        exact = given.astype(object)
        divisor = math.gcd(*exact.tolist()) or 1
        coefficients.append(exact // divisor)
        upper.append(most // divisor)
        if int(np.abs(coefficients[-1]).sum()) + abs(upper[-1]) >= INT64_SAFE:
            raise ModelTooLarge("a constraint's sum passes 2^62: smaller multiplicities, or a simpler bound, help")
    return Conditions(
        x,
        np.repeat(np.arange(len(rows)), [len(inputs) for inputs, *_ in rows]),
        np.concatenate([np.zeros(0, np.int64), *(inputs for inputs, *_ in rows)]),
        np.concatenate([np.zeros(0, np.int64), *(labels for _, labels, *_ in rows)]),
        integer_array(np.concatenate([np.zeros(0, object), *coefficients])),
        integer_array(np.array([*upper, None], dtype=object)[:-1]),
    )


def check_room(inputs: int, columns: int, what: str) -> None:
    """Raises ModelTooLarge, with its size, where a constraint would be about too many inputs."""
    if inputs * columns > MOST_NUMBERS:
        raise ModelTooLarge(
            f"the constraint {what} would be about {inputs} inputs of {columns} numbers; at most "
            f"{MOST_NUMBERS} numbers are allowed"
        )
