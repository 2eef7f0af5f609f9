"""Finite sets of allowed parameter values, and grids of them: one set for every edge or unit of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import common_denominator, integer_array, is_single, to_fraction

ParameterSet = tuple[Fraction, ...]
"""The allowed values of one parameter: sorted, distinct, at least one."""


class Interval(tuple[Fraction, ...]):
    """All real numbers from ``low`` to ``high``: the set of a parameter of continuous training.

    It has the type of a set and none of its contents: whoever counts or lists the values of a parameter raises
    InputError. Raises ValueError for an empty interval.
    """

    low: Fraction
    high: Fraction

    def __new__(cls, low: Any, high: Any) -> Interval:
        ends = to_fraction(low), to_fraction(high)
        if ends[0] > ends[1]:
            raise ValueError(f"found the empty interval {ends[0]} to {ends[1]}; the smaller end comes first")
        made = super().__new__(cls)
        made.low, made.high = ends
        return made

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, Fraction)) and self.low <= value <= self.high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Interval) and (self.low, self.high) == (other.low, other.high)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(("interval", self.low, self.high))

    def __repr__(self) -> str:
        return f"Interval({self.low}, {self.high})"

    def __len__(self) -> int:
        raise self._refusal()

    def __iter__(self) -> Iterator[Fraction]:
        raise self._refusal()

    def __getitem__(self, position: Any) -> Any:
        raise self._refusal()

    def __getnewargs__(self) -> tuple[Fraction, Fraction]:
        return self.low, self.high

    def _refusal(self) -> InputError:
        return InputError(
            f"found the interval [{self.low}, {self.high}] for a parameter; only the continuous training of two-layer "
            "networks by a MILP backend takes intervals, this needs finite sets"
        )


def parameter_set(values: Any) -> ParameterSet:
    """The set of some numbers, or of one: sorted, equal values written differently merged. Raises ValueError.

    >>> parameter_set(["1/2", 0.5, 0])
    (Fraction(0, 1), Fraction(1, 2))
    """
    if isinstance(values, Interval):
        return values
    if is_single(values):
        values = (values,)
    result = tuple(sorted({to_fraction(value) for value in values}))
    if not result:
        raise ValueError("found an empty set; a parameter needs at least one allowed value")
    return result


@dataclass(frozen=True, eq=False)
class SetGrid:
    """The sets of a whole layer: ``sets`` are distinct, ``index`` (int32, [units, fan_in] or [units]) chooses one of
    them for every parameter, so that a large layer with few different sets costs one integer a parameter."""

    sets: tuple[ParameterSet, ...]
    index: np.ndarray

    @staticmethod
    def uniform(values: ParameterSet, shape: tuple[int, ...]) -> SetGrid:
        return SetGrid((values,), np.zeros(shape, dtype=np.int32))

    @staticmethod
    def from_nested(nested: Any, shape: tuple[int, ...]) -> SetGrid:
        """From nested lists of sets (each what ``parameter_set`` accepts) of the given shape. Raises ValueError."""
        known: dict[ParameterSet, int] = {}
        index = np.zeros(shape, dtype=np.int32)
        flat = [unit for row in nested for unit in row] if len(shape) == 2 else list(nested)
        if len(flat) != index.size:
            raise ValueError(f"found {len(flat)} sets; {index.size} are needed, one a parameter")
        for position, values in enumerate(flat):
            chosen = parameter_set(values)
            index.flat[position] = known.setdefault(chosen, len(known))
        return SetGrid(tuple(known), index)

    @property
    def continuous(self) -> bool:
        """Whether some of the sets are intervals."""
        return any(isinstance(values, Interval) for values in self.sets)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.index.shape

    @cached_property
    def denominator(self) -> int:
        """The least common denominator of all values."""
        return common_denominator(value for values in self.sets for value in values)

    @cached_property
    def tables(self) -> tuple[np.ndarray, ...]:
        """The sets as sorted integer arrays: numerators over ``denominator``."""
        return tuple(
            integer_array([value.numerator * (self.denominator // value.denominator) for value in values])
            for values in self.sets
        )

    def __getitem__(self, position: Any) -> ParameterSet:
        return self.sets[int(self.index[position])]

    def __iter__(self) -> Iterator[ParameterSet]:
        return (self.sets[choice] for choice in self.index.ravel().tolist())

    def free(self) -> np.ndarray:
        """Which parameters have more than one value (bool, the shape of ``index``)."""
        free = [isinstance(values, Interval) or len(values) > 1 for values in self.sets]
        return np.asarray(np.array(free, dtype=bool)[self.index])

    def sizes(self) -> np.ndarray:
        """How many values each parameter may take (int64, the shape of ``index``)."""
        return np.asarray(np.array([len(values) for values in self.sets], dtype=np.int64)[self.index])
