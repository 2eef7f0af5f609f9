"""What a program passes for whole numbers, layers, sets and multiplicities, in any of the forms that Python and numpy
have for them. Raises ValueError saying what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dnnt_encode.instance.dataset import MOST_COPIES
from dnnt_encode.instance.parameters import Interval, SetGrid, parameter_set
from dnnt_encode.instance.rationals import ExactArray, is_single, to_fraction


def whole_number(value: Any, what: str = "") -> int:
    """The integer that ``value`` means, whatever type it has; messages begin with ``what`` it is.

    >>> whole_number(np.int64(2)), whole_number("2"), whole_number(2.0), whole_number("2e3")
    (2, 2, 2, 2000)
    """
    place = f"{what}: " if what else ""
    try:
        number = to_fraction(value)
    except ValueError as error:
        raise ValueError(f"{place}{error}") from None
    if number.denominator != 1:
        raise ValueError(f"{place}found {number}; a whole number is needed")
    return int(number)


def layer_widths(hidden: Any) -> tuple[int, ...]:
    """The units of every hidden layer: of several, or of the only one; 0 alone means none.

    >>> layer_widths([4, 3]), layer_widths(4), layer_widths(0)
    ((4, 3), (4,), ())
    """
    widths = tuple(whole_number(units, "hidden") for units in ([hidden] if is_single(hidden) else hidden))
    if widths == (0,) and is_single(hidden):
        return ()
    if min(widths, default=1) < 1:
        raise ValueError(f"hidden: found {min(widths)} units; a layer has at least one")
    return widths


def listed(values: Any) -> Any:
    """``values``, as a list where they might be readable only once."""
    return list(values) if isinstance(values, Iterator) else values


def for_layers(values: Any, given: Sequence[Any] | None, layers: int, what: str) -> list[Any]:
    """One entry a layer: those of ``given`` where there are any, else ``values`` for each."""
    if given is None:
        return [values] * layers
    if len(given) != layers:
        raise ValueError(f"found {len(given)} entries of {what}; the network has {layers} layers")
    return list(given)


def set_grid(values: Any, shape: tuple[int, ...]) -> SetGrid:
    """A set for all, or nested lists of sets of the full shape."""
    if isinstance(values, SetGrid):
        return values
    inner = values
    for _ in shape:
        if isinstance(inner, Interval) or not isinstance(inner, (list, tuple, np.ndarray)) or is_single(inner):
            break
        if not len(inner):
            break
        inner = inner[0]
    else:
        if not is_single(inner):
            return SetGrid.from_nested(values, shape)
    return SetGrid.uniform(parameter_set(values), shape)


def class_indices(y: Any) -> np.ndarray | None:
    """The classes [n] (int64) that ``y`` holds; None where it holds anything but a row of whole numbers."""
    if not isinstance(y, ExactArray):
        y = np.asanyarray(y)
        if y.dtype.kind not in "iufO" or y.ndim != 1:
            return None
    exact = ExactArray.from_values(y)
    whole = exact.ndim == 1 and exact.denominator == 1 and exact.numerators.dtype != object
    return exact.numerators if whole else None


def multiplicities(values: Any) -> np.ndarray:
    """Positive integers [n] (int64), at most ``MOST_COPIES``."""
    exact = ExactArray.from_values(values)
    found = exact.numerators
    if exact.denominator != 1 or (found.size and int(found.min()) < 1):
        raise ValueError("multiplicities are positive integers")
    if found.size and int(found.max()) > MOST_COPIES:
        raise ValueError(f"found the multiplicity {found.max()}; at most {MOST_COPIES} is allowed")
    return found.astype(np.int64)
