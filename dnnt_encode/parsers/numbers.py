"""Numbers as files write them, read exactly: integers, decimals and ``p/q``, one by one or a table at a time.

A number with an absurd length or exponent is refused by its text, before anything of its size is built.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.instance.rationals import ExactArray, integer_array

MAX_FILE_DIGITS = 4_000
"""Numbers in files have at most this many digits before or after the point; Python itself prints at most 4,300."""

MAX_ARRAY_DIGITS = 200_000_000
"""An array takes at most this many digits, counting the common denominator once for every entry."""

_RATIO = re.compile(r"(-?[0-9]+)(?:/(0*[1-9][0-9]*))?")
_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")


class DecimalToken(str):
    """The text of a JSON number with a point or an exponent, kept as written until someone needs its value."""

    __slots__ = ()


def decimal_fraction(text: str) -> Fraction | None:
    """The exact value of a decimal such as ``-1.5e3``; None where the text is something else.

    Raises ValueError for a value of more than ``MAX_FILE_DIGITS`` digits, from the text alone.

    >>> decimal_fraction("0.1"), decimal_fraction("1e3"), decimal_fraction("nan")
    (Fraction(1, 10), Fraction(1000, 1), None)
    """
    match = _DECIMAL.fullmatch(text)
    if not match or not (match[2] or match[3]):
        return None
    sign, whole, after, power = match[1], match[2], match[3] or "", match[4] or "0"
    digits = (whole + after).lstrip("0")
    if not digits:
        return Fraction(0)
    # An exponent of ten digits is refused as text: as an integer it could itself be huge.
    if len(power) > 10 or len(digits) > MAX_FILE_DIGITS:
        raise ValueError(_too_long(text))
    exponent = int(power) - len(after)
    if len(digits) + exponent > MAX_FILE_DIGITS or -exponent > MAX_FILE_DIGITS:
        raise ValueError(_too_long(text))
    value = int(sign + digits)
    return Fraction(value * 10**exponent) if exponent >= 0 else Fraction(value, 10**-exponent)


def ratio_fraction(text: str) -> Fraction:
    """The exact value of ``"p/q"``, or of a whole number ``"p"``. Raises ValueError for any other text and for too many
    digits."""
    match = _RATIO.fullmatch(text)
    if not match:
        shown = text if len(text) <= 40 else text[:40] + "..."
        raise ValueError(
            f"found the string {shown!r}; a number is needed, or a string 'p/q' of two integers with q > 0"
        )
    over, under = match[1], match[2] or "1"
    if max(len(over), len(under)) > MAX_FILE_DIGITS:
        raise ValueError(_too_long(text))
    return Fraction(int(over), int(under))


def json_fraction(value: object) -> Fraction:
    """The exact value of a parsed JSON number: an integer, a ``DecimalToken`` or a string ``"p/q"`` or ``"p"``. Raises
    ValueError saying what was found."""
    if isinstance(value, DecimalToken):
        result = decimal_fraction(value)
        assert result is not None
        return result
    if isinstance(value, str):
        return ratio_fraction(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > MAX_FILE_DIGITS * 10 // 3:
            raise ValueError(_too_long(str(value)))
        return Fraction(value)
    kind = {bool: "a truth value", type(None): "null", list: "a list", dict: "an object"}.get(type(value))
    raise ValueError(f"found {kind or type(value).__name__}; a number is needed, or a string 'p/q'")


def fraction_text(value: Fraction) -> str:
    """The shortest exact text: a decimal where the value has a finite one, else ``p/q``.

    >>> fraction_text(Fraction(5, 4)), fraction_text(Fraction(1, 3))
    ('1.25', '1/3')
    """
    texts = decimal_texts(ExactArray(np.array([value.numerator], dtype=object), value.denominator))
    return f"{value.numerator}/{value.denominator}" if texts is None else texts[0]


def decimal_texts(values: ExactArray) -> list[str] | None:
    """Every value of an array, flattened, as an exact decimal; None where one of them has no finite decimal."""
    places = decimal_places(values.denominator)
    if places is None:
        return None
    unit = 10**places
    numbers = values.scaled(unit).ravel().tolist()
    if not places:
        return list(map(str, numbers))
    texts = []
    for number in numbers:
        whole, part = divmod(abs(number), unit)
        sign = "-" if number < 0 else ""
        texts.append(f"{sign}{whole}." + str(part).rjust(places, "0").rstrip("0") if part else f"{sign}{whole}")
    return texts


def decimal_places(denominator: int) -> int | None:
    """How many decimals the multiples of 1 / denominator need; None where they have no finite decimals.

    >>> decimal_places(40), decimal_places(1), decimal_places(3)
    (3, 0, None)
    """
    rest, places = denominator, 0
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    # What is left is a power of 2 or of 5 alone, and 10^n is a multiple of it where n is its exponent.
    for prime in (2, 5):
        while rest % prime == 0:
            rest, places = rest // prime, places + 1
    return places if rest == 1 else None


def exact_array(values: Sequence[Fraction]) -> ExactArray:
    """Rationals as one array [n]. Raises ValueError where their common denominator makes it absurdly large."""
    denominator = 1
    for value in set(values):
        denominator = math.lcm(denominator, value.denominator)
        _check_array(len(values), denominator)
    numerators = [value.numerator * (denominator // value.denominator) for value in values]
    return _lowest(numerators, denominator)


def decimal_array(texts: Sequence[str | int]) -> ExactArray | None:
    """Integers and plain decimals (no exponent) as one array [n], without a Fraction for each.

    None where another kind of text is met, or a number so long that it needs a message of its own. Raises ValueError
    where the digits of all together are too many.
    """
    # Tables repeat their values: each distinct one is read once.
    parts: dict[str | int, tuple[int, int]] = {}
    places = 0
    for text in set(texts):
        if isinstance(text, int):
            parts[text] = (text, 0)
            continue
        whole, _, after = text.partition(".")
        digits = whole + after
        if not (digits[1:] if digits[:1] in ("+", "-") else digits).isdecimal() or not digits.isascii():
            return None
        if len(digits) > MAX_FILE_DIGITS or after[:1] in ("+", "-"):
            return None
        parts[text] = (int(digits), len(after))
        places = max(places, len(after))
    _check_array(len(texts), 10**places)
    numerators = {text: value * 10 ** (places - after) for text, (value, after) in parts.items()}
    return _lowest([numerators[text] for text in texts], 10**places)


def _lowest(numerators: list[int], denominator: int) -> ExactArray:
    return ExactArray.from_scaled(integer_array(numerators), denominator)


def _check_array(size: int, denominator: int) -> None:
    digits = denominator.bit_length() // 3
    if digits > MAX_FILE_DIGITS or size * digits > MAX_ARRAY_DIGITS:
        raise ValueError(
            f"the {size} numbers have a common denominator of more than {digits} digits; give them fewer decimals"
        )


def _too_long(text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:30]}... ({len(text)} characters)"
    return f"found the number {shown}; at most {MAX_FILE_DIGITS} digits are allowed"
