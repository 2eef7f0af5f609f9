"""How many assignments are within a threshold, exactly.

Small instances are enumerated. Two layers of few distinct inputs and moderate numbers are counted by a dynamic program,
without looking at single assignments. Else the solutions of the formula are listed, each model blocked by its
parameters: the other variables follow from these, and count nothing. Up to the order of interchangeable units, what is
listed are the representatives of orbits, found under clauses that keep one of each. What ends early is a lower bound,
said as such.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, OUTSIDE, Enumeration, estimated_operations
from dnnt_encode.algorithms.counting_program import CountingProgram
from dnnt_encode.analysis.representative import Representatives
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.formula import ParameterFormula
from dnnt_encode.solving.request import UNSET, wanted_seconds, wanted_threshold

LISTED = 10**5
"""So many are listed at most, unless somebody asks for more."""

ENUMERATED = 10**9
"""Array operations of an enumeration, from which on solutions are listed."""

QUICK = 10**7
"""Array operations of an enumeration that is over at once."""

PROGRAMMED = 2 * 10**8
"""Transitions of a dynamic program, from which on it is left."""

_AS_LONG = 32
"""Array operations of an enumeration that take as long as a transition."""

_TOGETHER = 10**4
"""Assignments between two looks at the clock."""

_Some: TypeAlias = tuple[int, Iterator[Assignment]]
"""How many assignments were found, and which."""


@dataclass(frozen=True)
class Count:
    """``count`` assignments are within the threshold, or so many orbits of them; at least so many where it is not
    ``complete``, for the reason in ``stopped``. ``method``: how they were counted."""

    count: int
    complete: bool
    threshold: Fraction
    up_to_symmetry: bool
    method: str
    stopped: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**vars(self), "threshold": number_json(self.threshold)}


def count(
    instance: Instance,
    *,
    threshold: Any = UNSET,
    up_to_symmetry: bool = False,
    limit: int = LISTED,
    time_limit: float | None = None,
) -> Count:
    """The number of assignments of a loss of at most the threshold, by default the instance's own. ``up_to_symmetry``:
    those that differ by the order of interchangeable hidden units count once. ``limit``: so many are listed at most;
    whoever does not list has no such limit. ``time_limit``: seconds of wall time.

    Raises InputError where there is no threshold, or parameters are from intervals, ModelTooLarge, BackendError.

    >>> xor = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2")
    >>> count(xor, threshold=1).count, count(xor, threshold=1, up_to_symmetry=True).count
    (19, 13)
    """
    clock, most = Clock(wanted_seconds(time_limit)), wanted_threshold(instance, threshold)
    if instance.network.continuous:
        raise InputError("parameters from intervals have no number; counting takes finite sets")
    if most is None:
        raise InputError("what is counted are the assignments within a threshold, and there is none: give one")
    if limit < 1:
        raise InputError(f"found the limit {limit}; it must be at least 1")
    operations = estimated_operations(instance)
    small = instance.network.search_space <= DEFAULT_LIMIT and operations <= ENUMERATED
    program = None
    if not small or operations > QUICK:
        program = _program(instance, min(PROGRAMMED, operations // _AS_LONG) if small else PROGRAMMED)
    if program is not None:
        with contextlib.suppress(ModelTooLarge):
            return _programmed(program, most, clock, up_to_symmetry)
    method = "enumeration of all assignments" if small else "solutions of the formula, listed one by one"
    listed = _enumerated(instance, most, clock) if small else _solutions(instance, most, clock, up_to_symmetry)
    key = Representatives(instance.network).key if up_to_symmetry else None
    seen: set[bytes] = set()
    total, stopped = 0, None
    try:
        for number, assignments in listed:
            if key is None:
                total += number
            else:
                seen.update(map(key, assignments))
                total = len(seen)
            if total > limit and not (small and key is None):
                total, stopped = limit, f"limit of {limit}"
                break
    except OutOfTime:
        stopped = "time limit"
    except KeyboardInterrupt:
        stopped = "interrupted"
    return Count(total, stopped is None, most, up_to_symmetry, method, stopped)


def _program(instance: Instance, most: int) -> CountingProgram | None:
    """The dynamic program of at most so many transitions, where it takes the instance: it knows the loss alone."""
    if instance.constraints:
        return None
    with contextlib.suppress(ModelTooLarge):
        return CountingProgram(instance, most)
    return None


def _programmed(program: CountingProgram, most: Fraction, clock: Clock, up_to_symmetry: bool) -> Count:
    method, steps = "a dynamic program over the sums of two layers", program.run(most, up_to_symmetry=up_to_symmetry)
    try:
        while not clock.out_of_time():
            next(steps)
        stopped = "time limit"
    except StopIteration as end:
        return Count(end.value, True, most, up_to_symmetry, method)
    except KeyboardInterrupt:
        stopped = "interrupted"
    return Count(0, False, most, up_to_symmetry, method, stopped)


def _enumerated(instance: Instance, most: Fraction, clock: Clock) -> Iterator[_Some]:
    enumeration = Enumeration(instance)
    for first, losses in enumeration.blocks():
        within = np.flatnonzero((losses != OUTSIDE) & (losses <= most // enumeration.unit))
        for some in np.split(within, range(_TOGETHER, len(within), _TOGETHER)):
            yield len(some), (enumeration.assignment(first + number) for number in some.tolist())
            if clock.out_of_time():
                raise OutOfTime


def _solutions(instance: Instance, most: Fraction, clock: Clock, up_to_symmetry: bool) -> Iterator[_Some]:
    """One by one; up to symmetry at least one of each orbit. Raises OutOfTime."""
    with ParameterFormula(instance, most, clock, symmetry=up_to_symmetry) as formula:
        while (found := formula.solution()) is not None:
            yield 1, iter([found])
            formula.block()
