"""Decimals that nobody meant: measured numbers have 17 digits as floats, and their exact arithmetic is as long.

Numbers are rounded to so many significant digits of the largest of them, so all of them to the same decimals. What has
no finite decimals, as 1/3, was meant exactly and stays as it is.
"""

from __future__ import annotations

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import ExactArray, integer_array, max_abs
from dnnt_encode.parsers.numbers import decimal_places


def needed_decimals(values: ExactArray, digits: int | None) -> int | None:
    """To how many decimals values are rounded, where they have more than ``digits`` significant digits of the largest
    magnitude make; None where they stay as they are. Raises InputError."""
    if digits is None:
        return None
    if isinstance(digits, bool) or not 1 <= digits <= 17:
        raise InputError(f"found digits={digits!r}; 1 to 17 are needed, or None")
    places, largest = decimal_places(values.denominator), max_abs(values.numerators)
    if not places or not largest:
        return None
    leading = len(str(largest * 10**places // values.denominator)) - places
    decimals = max(0, int(digits) - leading)
    return decimals if decimals < places else None


def rounded(values: ExactArray, decimals: int | None) -> ExactArray:
    """The nearest numbers of so many decimals, of two equally near the greater; None: the values themselves."""
    if decimals is None:
        return values
    below = 2 * values.denominator
    numerators = values.numerators.astype(object) * (2 * 10**decimals) + values.denominator
    return ExactArray.from_scaled(integer_array(numerators // below), 10**decimals)
