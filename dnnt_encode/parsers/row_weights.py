"""Weights of rows as counts of them: rational weights become whole ones by a common denominator, exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.instance.rationals import ExactArray, to_fraction

MOST = 2**53
"""The counts of all rows together stay below."""

BALANCED = "balanced"


def whole_counts(weights: ExactArray) -> tuple[np.ndarray, Fraction]:
    """Positive weights [n] as the smallest whole numbers (int64 [n]) in the same proportions, and the weight of one.
    Whole weights stay as they are. Raises ValueError where these numbers are too large.

    >>> counts, unit = whole_counts(ExactArray.from_values(["1/2", "3"]))
    >>> counts.tolist(), unit
    ([1, 6], Fraction(1, 2))
    """
    counts = weights.numerators.astype(object)
    shared = math.gcd(*counts) if weights.denominator > 1 else 1
    counts = counts // shared
    if int(counts.sum()) >= MOST:
        raise ValueError("counted in their common unit, the weights of rows pass 2^53; round them, to 3 digits say")
    return counts.astype(np.int64), Fraction(shared, weights.denominator)


def times_factors(weights: ExactArray, factors: Sequence[Fraction], classes: np.ndarray) -> ExactArray:
    """Weights [n], each multiplied by the factor of its class [n]."""
    exact = ExactArray.from_values(list(factors))
    products = weights.numerators.astype(object) * exact.numerators.astype(object)[classes]
    return ExactArray.from_scaled(products, weights.denominator * exact.denominator)


def class_factors(given: str | Mapping[Any, Any], labels: Sequence[Any], counts: Sequence[int]) -> list[Fraction]:
    """What a row of each class weighs: ``balanced`` gives all classes the same sum and rows 1 on average; else it goes
    by label, 1 where nothing is said. ``counts``: rows of each class. Raises InputError."""
    if isinstance(given, str):
        if given != BALANCED:
            raise InputError(f"found the class weight {given!r}; known are 'balanced' and a weight for each label")
        return [Fraction(sum(counts), len(counts) * count) for count in counts]
    unknown = [label for label in given if label not in labels]
    if unknown:
        raise InputError(f"found a class weight of {unknown[0]!r}; the classes are {', '.join(map(str, labels[:20]))}")
    with InputErrors("the class weights"):
        factors = [to_fraction(given.get(label, 1)) for label in labels]
    wrong = [label for label, factor in zip(labels, factors, strict=True) if factor <= 0]
    if wrong:
        raise InputError(f"found the class weight {given[wrong[0]]} of {wrong[0]!r}; it must be more than 0")
    return factors
