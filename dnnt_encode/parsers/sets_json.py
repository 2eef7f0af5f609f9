"""Sets of parameter values in JSON: a list of numbers, a bare number, or {"range": [first, last]}; one for a layer, or
one for every edge or unit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputErrors
from dnnt_encode.instance.parameters import Interval, ParameterSet, SetGrid
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.parsers.places import Place, found, take_list, take_number, take_object

MAX_SET = 100_000
"""A range with more integers than this is refused, with its size."""

MAX_VALUES = 1_000_000
"""The distinct sets of one file hold at most this many values together."""

SHORTEST_RANGE = 6
"""Sets of at least this many consecutive integers are written as a range."""

_FORMS = 'a list of numbers, one number, {"range": [first, last]} or {"interval": [smallest, largest]} is needed'


class SetReader:
    """Reads the sets of one file, each distinct text once."""

    def __init__(self) -> None:
        self._known: dict[Any, ParameterSet] = {}
        self._values = 0

    def read(self, value: object, place: Place) -> ParameterSet:
        """One set: sorted, distinct, not empty."""
        if isinstance(value, dict):
            return self._interval(value, place) if "interval" in value else self._range(value, place)
        if isinstance(value, list):
            if not value:
                raise place.error("found an empty set; a parameter needs at least one allowed value")
            numbers: list[tuple[object, Place]] = [(item, place / position) for position, item in enumerate(value)]
        elif isinstance(value, (int, str)) and not isinstance(value, bool):
            numbers = [(value, place)]
        else:
            raise place.error(f"found {found(value)}; {_FORMS}")
        # The type is part of the key: True is no 1, and the decimal 1.5 no string "1.5".
        key = tuple((type(item), item) for item, _ in numbers if isinstance(item, (int, str)))
        if len(key) == len(numbers) and key in self._known:
            return self._known[key]
        result = tuple(sorted({take_number(item, where) for item, where in numbers}))
        return self._keep(key, result, place)

    def _range(self, value: dict[str, Any], place: Place) -> ParameterSet:
        ends = take_list(take_object(value, place, ["range"])["range"], place / "range", "[first, last]", 2)
        for position, end in enumerate(ends):
            if not isinstance(end, int) or isinstance(end, bool):
                raise (place / "range" / position).error(f"found {found(end)}; a range goes from integer to integer")
        first, last = ends
        key = ("range", first, last)
        if key in self._known:
            return self._known[key]
        size = last - first + 1
        if size < 1:
            raise (place / "range").error(f"found the empty range {_short(first)} to {_short(last)}; smaller end first")
        if size > MAX_SET:
            raise (place / "range").error(f"found a range of {_short(size)} integers; at most {MAX_SET} are allowed")
        return self._keep(key, tuple(map(Fraction, range(first, last + 1))), place)

    def _interval(self, value: dict[str, Any], place: Place) -> ParameterSet:
        where = place / "interval"
        ends = take_list(take_object(value, place, ["interval"])["interval"], where, "[smallest, largest]", 2)
        low, high = (take_number(end, where / position) for position, end in enumerate(ends))
        with InputErrors(where):
            return Interval(low, high)

    def _keep(self, key: Any, result: ParameterSet, place: Place) -> ParameterSet:
        self._values += len(result)
        if self._values > MAX_VALUES:
            raise place.error(f"the sets up to here hold more than {MAX_VALUES} values; use smaller sets")
        self._known[key] = result
        return result


def _short(value: int) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:10]}... ({len(text)} digits)"


def read_weight_sets(value: object, units: int, fan_in: int, reader: SetReader, place: Place) -> SetGrid:
    """The grid [units, fan_in] of one set for all edges or of {"per_edge": [[set, ...], ...]}, [unit][input]."""
    if not (isinstance(value, dict) and "per_edge" in value):
        return SetGrid.uniform(reader.read(value, place), (units, fan_in))
    nested = take_object(value, place, ["per_edge"])["per_edge"]
    place = place / "per_edge"
    sets = []
    for unit, row in enumerate(take_list(nested, place, "a row for every unit", units)):
        row = take_list(row, place / unit, "a set for every input of the unit", fan_in)
        sets += [reader.read(item, place / unit / source) for source, item in enumerate(row)]
    return _grid(sets, (units, fan_in))


def read_bias_sets(value: object, units: int, reader: SetReader, place: Place) -> SetGrid:
    """The grid [units] of one set for all units or of {"per_unit": [set, ...]}."""
    if not (isinstance(value, dict) and "per_unit" in value):
        return SetGrid.uniform(reader.read(value, place), (units,))
    nested = take_object(value, place, ["per_unit"])["per_unit"]
    items = take_list(nested, place / "per_unit", "a set for every unit", units)
    return _grid([reader.read(item, place / "per_unit" / unit) for unit, item in enumerate(items)], (units,))


def _grid(sets: list[ParameterSet], shape: tuple[int, ...]) -> SetGrid:
    known: dict[ParameterSet, int] = {}
    index = [known.setdefault(values, len(known)) for values in sets]
    return SetGrid(tuple(known), np.array(index, dtype=np.int32).reshape(shape))


def write_sets(grid: SetGrid) -> Any:
    """The shortest form of a grid; reading it gives the same grid."""
    forms = [_write_set(values) for values in grid.sets]
    used = np.unique(grid.index)
    if len(used) == 1:
        return forms[int(used[0])]
    if grid.index.ndim == 1:
        return {"per_unit": [forms[choice] for choice in grid.index.tolist()]}
    return {"per_edge": [[forms[choice] for choice in row] for row in grid.index.tolist()]}


def _write_set(values: ParameterSet) -> Any:
    if isinstance(values, Interval):
        return {"interval": [number_json(values.low), number_json(values.high)]}
    numbers = list(values)
    consecutive = all(value.denominator == 1 for value in numbers) and numbers[-1] - numbers[0] == len(numbers) - 1
    if consecutive and SHORTEST_RANGE <= len(numbers) <= MAX_SET:
        return {"range": [int(numbers[0]), int(numbers[-1])]}
    return [number_json(value) for value in numbers]
