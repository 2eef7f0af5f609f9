"""A preprocessing record as integer arithmetic: what becomes of the cells of a row before the network sees them.

A number is an integer at the unit of its column: n stands for n / unit. A cut is a whole number of units, so a finer
number that was rounded up to units lies above it exactly where the number itself does. A category is a code, from 1; 0
is a value that training did not have. The features are integers at one scale, the ``input_scale`` of the network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.encodings import feature_names
from dnnt_encode.parsers.numbers import decimal_fraction, decimal_places, fraction_text, ratio_fraction
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.preprocessing import new_rows_rule
from dnnt_encode.parsers.records import check_record
from dnnt_encode.transfer.integer_network import network_of

INT32 = (-(2**31) + 1, 2**31 - 1)
"""What a number is taken to lie between, in units, unless its range is said; -2^31 is left for a missing value."""

Range = tuple[Any, Any]
"""The ends of a range, in anything that ``to_fraction`` reads."""


@dataclass(frozen=True)
class RowOptions:
    """What the user says of the numbers that reach the network as they are: after how many ``decimals`` they end, and
    between which bounds they lie (``ranges``), by column, None for all. ``missing``: ``error`` or ``fill``, None for
    what was done in training."""

    decimals: Mapping[str | None, int] = field(default_factory=dict)
    ranges: Mapping[str | None, Range] = field(default_factory=dict)
    missing: str | None = None


@dataclass(frozen=True)
class CellPlan:
    """One column that plays a part. ``encode`` is that of the record. ``cuts`` and, of a numeric one, ``fill`` and
    ``bounds`` are in units; ``categories`` have ``values`` in units where they are numbers, and then ``fill`` is a
    code. ``missing``: what is done with a missing value, one of ``NEW_ROWS``; ``fill`` is None unless it is filled.
    ``percent``: the cells are written in percent. ``numeric``: the cells are numbers, not texts. ``indicator``: one
    feature more, behind the others, tells that a value is missing."""

    name: str
    encode: str
    unit: int
    bounds: tuple[int, int]
    cuts: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    values: tuple[int | None, ...] = ()
    fill: int | None = None
    percent: bool = False
    numeric: bool = True
    indicator: bool = False
    missing: str = "error"

    def feature_bounds(self) -> list[tuple[int, int]]:
        """The least and the greatest value of each feature, in units for ``none``."""
        kinds = {"none": self.bounds, "median": (-1, 1), "quantile": (0, len(self.cuts))}
        return [kinds.get(self.encode, (0, 1))] * self.encoded + [(0, 1)] * self.indicator

    @property
    def encoded(self) -> int:
        """How many features the column has, without the indicator."""
        if self.encode == "bits":
            return len(self.cuts).bit_length()
        counts = {"onehot": len(self.categories), "thermometer": len(self.cuts), "dropped": 0}
        return counts.get(self.encode, 1)

    @property
    def features(self) -> int:
        """How many features the column has."""
        return self.encoded + self.indicator


@dataclass(frozen=True)
class RowPlan:
    """``columns`` give the inputs of a network, in order, under their ``names``. ``record`` is the preprocessing; where
    it is None, every column is an input as it is."""

    columns: tuple[CellPlan, ...]
    names: tuple[str, ...]
    record: dict[str, Any] | None

    @property
    def input_scale(self) -> int:
        return math.lcm(*(column.unit for column in self.columns if column.encode == "none"))

    def factor(self, column: CellPlan) -> int:
        """What the features of a column, but for an indicator, are multiplied by to be at the input scale."""
        return self.input_scale // (column.unit if column.encode == "none" else 1)

    def box(self) -> tuple[list[int], list[int]]:
        """The least and the greatest integer of every input."""
        pairs = []
        for column in self.columns:
            factors = [self.factor(column)] * column.encoded + [self.input_scale] * column.indicator
            bounds = zip(factors, column.feature_bounds(), strict=True)
            pairs += [(factor * low, factor * high) for factor, (low, high) in bounds]
        return [low for low, _ in pairs], [high for _, high in pairs]


def row_plan(weights: Weights, asked: RowOptions) -> RowPlan:
    """How rows become the inputs of some weights. Raises InputError where the record does not fit the network, and for
    what is asked of a column that it does not concern."""
    network = network_of(weights)
    if weights.preprocessing is None:
        names = tuple(f"x{number}" for number in range(network.inputs))
        items = [{"name": name, "kind": "numeric", "encode": "none"} for name in names]
        plan = RowPlan(tuple(_cell_plan(item, asked, "error") for item in items), names, None)
    else:
        record = check_record(weights.preprocessing)
        if len(record["features"]) != network.inputs:
            found = len(record["features"])
            raise InputError(f"the preprocessing gives {found} features; the network has {network.inputs} inputs")
        used = [
            (item, asked.missing or new_rows_rule(record, item)) for item in record["columns"] if feature_names(item)
        ]
        plan = RowPlan(tuple(_cell_plan(item, asked, rule) for item, rule in used), tuple(record["features"]), record)
    concerned = [column.name for column in plan.columns if column.encode == "none"]
    for name in dict.fromkeys([*asked.decimals, *asked.ranges]):
        if name is None and not concerned:
            raise InputError("decimals and ranges are for inputs that are numbers as they are; these weights have none")
        if name is not None and name not in concerned:
            shown = ", ".join(map(repr, concerned[:20])) or "none"
            raise InputError(
                f"found no column {shorten(repr(name))} whose numbers are inputs as they are; those are: {shown}"
            )
    return plan


def _cell_plan(item: dict[str, Any], asked: RowOptions, missing: str) -> CellPlan:
    name, encode = item["name"], item["encode"]
    fill = item.get("fill") if missing == "fill" else None
    if missing == "fill" and fill is None:
        raise InputError(f"these weights have no value for the gaps of the column {shorten(repr(name))}")
    same: dict[str, Any] = {key: bool(item.get(key, False)) for key in ("percent", "indicator")}
    same |= {"numeric": item["kind"] == "numeric", "missing": missing}
    if encode == "onehot":
        return _codes(item, fill, same)
    cuts = [Fraction(cut) for cut in item.get("cuts", ())]
    value = None if fill is None else Fraction(fill)
    unit = _decimal_unit(math.lcm(*(cut.denominator for cut in cuts), 1 if value is None else value.denominator))
    bounds = INT32
    if encode == "none":
        unit = math.lcm(unit, 10 ** asked.decimals.get(name, asked.decimals.get(None, item.get("decimals", 0))))
        said = asked.ranges.get(name, asked.ranges.get(None))
        if said is not None:
            low, high = map(to_fraction, said)
            bounds = math.ceil(low * unit), math.floor(high * unit)
            if bounds[0] > bounds[1]:
                raise InputError(f"column {name!r}: no number of 1/{unit} lies between {low} and {high}")
    else:
        # Numbers that are only compared may lie anywhere; what holds the cuts, and a number beyond each, is enough.
        widest = max(abs(cut) * unit for cut in (*cuts, value or Fraction(0))) + 1
        if widest > INT32[1]:
            bounds = -(2**63) + 1, 2**63 - 1
    scaled = None if value is None else int(value * unit)
    if scaled is not None and not bounds[0] <= scaled <= bounds[1]:
        raise InputError(f"column {name!r}: the value {value} that fills its gaps is out of its range")
    return CellPlan(name, encode, unit, bounds, cuts=tuple(int(cut * unit) for cut in cuts), fill=scaled, **same)


def _decimal_unit(denominator: int) -> int:
    """The power of ten that is a multiple of a denominator, where there is one."""
    places = decimal_places(denominator)
    return denominator if places is None else 10**places


def _codes(item: dict[str, Any], fill: Any, same: dict[str, Any]) -> CellPlan:
    categories: list[str] = item["categories"]
    numeric = same["numeric"]
    numbers = [_number(text, numeric) for text in categories]
    unit = _decimal_unit(math.lcm(*(number.denominator for number in numbers if number is not None)))
    values = tuple(None if number is None else int(number * unit) for number in numbers)
    code = None
    if fill is not None:
        # The middle of some numbers may be none of them.
        text = fraction_text(Fraction(fill)) if numeric else fill
        code = categories.index(text) + 1 if text in categories else 0
    bounds = 0, len(categories)
    return CellPlan(item["name"], "onehot", unit, bounds, (), tuple(categories), values, code, **same)


def _number(text: str, numeric: bool) -> Fraction | None:
    """The number that a category is: of a column of texts, where other ways to write it are the same category."""
    try:
        value = decimal_fraction(text)
    except ValueError:
        value = None
    if numeric:
        return ratio_fraction(text) if value is None else value
    return value if value is not None and fraction_text(value) == text else None
