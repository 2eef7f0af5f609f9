"""Values as a command line writes them: sets ``-1,0,1``, ``-7..7``, ``interval:-1..1``; widths ``4,3``; activations."""

from __future__ import annotations

import re
from fractions import Fraction

from dnnt_encode.instance.activations import Activation, activation
from dnnt_encode.instance.parameters import Interval, ParameterSet
from dnnt_encode.parsers.numbers import decimal_fraction, ratio_fraction
from dnnt_encode.parsers.sets_json import MAX_SET

_RANGE = re.compile(r"([+-]?[0-9]{1,30})\s*\.\.\s*([+-]?[0-9]{1,30})")


def parse_number(text: str) -> Fraction:
    """A decimal or ``p/q``. Raises ValueError."""
    value = decimal_fraction(text.strip())
    return ratio_fraction(text.strip()) if value is None else value


def parse_set(text: str) -> ParameterSet:
    """Numbers and ranges of integers, separated by commas; or every real number between two ends. Raises ValueError.

    >>> [str(value) for value in parse_set("1/2, -1..1")]
    ['-1', '0', '1/2', '1']
    >>> parse_set("interval:-1..1/2").high
    Fraction(1, 2)
    """
    word, colon, between = text.partition(":")
    if colon and word.strip() == "interval":
        low, dots, high = between.partition("..")
        if not dots:
            raise ValueError(f"found {text[:60]!r}; an interval is written as interval:-1..1")
        return Interval(parse_number(low), parse_number(high))
    values: set[Fraction] = set()
    for part in text.split(","):
        ends = _RANGE.fullmatch(part.strip())
        if not ends:
            values.add(parse_number(part))
            continue
        first, last = int(ends[1]), int(ends[2])
        if last < first:
            raise ValueError(f"found the empty range {part.strip()}; the smaller end comes first")
        if last - first >= MAX_SET:
            raise ValueError(f"found a range of {last - first + 1} integers; at most {MAX_SET} are allowed")
        values.update(map(Fraction, range(first, last + 1)))
    return tuple(sorted(values))


def parse_widths(text: str) -> tuple[int, ...]:
    """The hidden layers: ``4,3``; ``0`` for none. Raises ValueError.

    >>> parse_widths("4,3"), parse_widths("0")
    ((4, 3), ())
    """
    parts = [part.strip() for part in text.split(",")]
    if parts == ["0"]:
        return ()
    if not all(re.fullmatch("[0-9]{1,6}", part) and int(part) > 0 for part in parts):
        raise ValueError(f"found {text[:60]!r}; the units of each hidden layer are needed, as in 4 or 4,3 (0 for none)")
    return tuple(map(int, parts))


def parse_activation(text: str) -> Activation:
    """An activation's name, with its cap after a colon where it has one. Raises ValueError.

    >>> parse_activation("clipped_relu:3/2").c
    Fraction(3, 2)
    """
    name, colon, cap = text.partition(":")
    return activation(name, parse_number(cap) if colon else None)
