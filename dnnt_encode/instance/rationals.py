"""Exact numbers: rationals in, rationals out, arrays of them as integers over one common denominator.

A Python float means the decimal that ``repr`` shows, so 0.1 is 1/10. Nothing here rounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

MAX_DIGITS = 4_000
"""Numbers with more decimal digits than this are refused before they are built."""

SHOWN = 24
"""The ``repr`` of an array shows so many values, or none."""

INT64_SAFE = 2**62
"""Magnitudes below this leave int64 sums and differences of two of them exact."""

_RATIONAL = re.compile(r"\s*([+-]?[0-9]+)\s*/\s*([0-9]+)\s*\Z")
_DECIMAL = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*\Z")


def to_fraction(value: object) -> Fraction:
    """The exact rational that ``value`` means.

    Accepts int, Fraction and other rationals, Decimal, float (the decimal that ``repr`` shows), numpy scalars of those
    kinds, also as arrays without dimensions, and strings ``"p/q"`` or decimal. Raises ValueError for booleans, NaN,
    infinities, anything with more than ``MAX_DIGITS`` digits and everything else.

    >>> to_fraction(0.1), to_fraction("-3/6")
    (Fraction(1, 10), Fraction(-1, 2))
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (bool, np.bool_)):
        raise ValueError(f"found the truth value {str(value).lower()}; a number is needed")
    if isinstance(value, (int, np.integer)):
        return Fraction(int(value))
    if isinstance(value, np.floating):
        return _from_decimal(_decimal(np.format_float_scientific(value, unique=True, trim="-")))
    if isinstance(value, float):
        return _from_decimal(_decimal(repr(value)))
    if isinstance(value, Decimal):
        return _from_decimal(value)
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return to_fraction(value[()])
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    raise ValueError(f"found {type(value).__name__}; a number is needed")


def is_single(value: object) -> bool:
    """Whether ``value`` stands for one number, not for several."""
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, (str, bytes)) or not isinstance(value, Iterable)


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30]}... ({len(text)} characters)"


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"found {_shorten(text)!r}; a number or a string p/q is needed") from None


def _from_decimal(value: Decimal) -> Fraction:
    if not value.is_finite():
        raise ValueError(f"found {value}; a finite number is needed")
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if max(abs(exponent), abs(value.adjusted()), len(value.as_tuple().digits)) > MAX_DIGITS:
        raise ValueError(f"found a number of more than {MAX_DIGITS} digits, {_shorten(str(value))}")
    return Fraction(value)


def _from_text(text: str) -> Fraction:
    if len(text) > 2 * MAX_DIGITS + 10:
        raise ValueError(f"found a number of {len(text)} characters; at most {MAX_DIGITS} digits are allowed")
    ratio = _RATIONAL.match(text)
    if ratio:
        if not ratio[2].strip("0"):
            raise ValueError(f"found {_shorten(text)!r}, a division by zero")
        return _from_decimal(_decimal(ratio[1])) / _from_decimal(_decimal(ratio[2]))
    if _DECIMAL.match(text):
        return _from_decimal(_decimal(text.strip()))
    raise ValueError(f"found {_shorten(text)!r}; a number or a string p/q is needed")


def number_json(value: Fraction) -> int | str:
    """The JSON form of a rational: an integer, or the string ``"p/q"`` in lowest terms."""
    return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def common_denominator(values: Iterable[Fraction]) -> int:
    """The least positive integer that makes every value an integer; 1 for no values."""
    return math.lcm(*(value.denominator for value in values))


def integer_array(values: Any, magnitude: int | None = None) -> np.ndarray:
    """An array of integers: int64 where every magnitude stays below ``INT64_SAFE``, Python integers otherwise."""
    array = np.asarray(values, dtype=object)
    if magnitude is None:
        magnitude = max_abs(array)
    return array.astype(np.int64) if magnitude < INT64_SAFE else array


def max_abs(array: np.ndarray) -> int:
    """The largest absolute value as a Python integer; 0 for an empty array."""
    if array.size == 0:
        return 0
    return max(-int(array.min()), int(array.max()), 0)


@dataclass(frozen=True, eq=False)
class ExactArray:
    """Rationals as ``numerators / denominator``: one integer array (int64, or object holding Python integers where
    int64 is too small) and the least common denominator, a positive integer.

    It behaves like an array of them: indices and loops give Fractions, or exact arrays of fewer dimensions, and ``==``
    compares element by element with anything that ``from_values`` reads. For numpy it is an array of integers where all
    values are integers, else of Fractions; ``np.asarray(a, dtype=float)`` rounds.

    >>> halves = ExactArray.from_values([[1, "1/2"], [0, 2]])
    >>> halves, halves[0, 1], halves[1].denominator, np.asarray(halves[1])
    (ExactArray([[1, '1/2'], [0, 2]]), Fraction(1, 2), 1, array([0, 2]))
    """

    numerators: np.ndarray
    denominator: int = 1

    @staticmethod
    def from_values(values: Any) -> ExactArray:
        """From a nested list, an array, or anything ``to_fraction`` reads elementwise. Raises ValueError, also for
        ragged nesting."""
        if isinstance(values, ExactArray):
            return values
        array = values if isinstance(values, np.ndarray) else _as_array(values)
        if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
            where = np.argwhere(np.ma.getmaskarray(values))[0].tolist()
            raise ValueError(f"found a masked value at {where}; a number is needed")
        if array.dtype.kind in "iu":
            numerators = array.astype(np.int64) if array.dtype != np.uint64 else integer_array(array.astype(object))
            return ExactArray(narrow(numerators), 1)
        if array.dtype.kind == "f":
            rounded = _integral_floats(array)
            if rounded is not None:
                return ExactArray(rounded, 1)
        flat = (
            [to_fraction(value) for value in array.ravel().tolist()]
            if array.dtype.kind != "f"
            else [to_fraction(value) for value in array.ravel()]
        )
        denominator = common_denominator(flat)
        if denominator.bit_length() > 4 * MAX_DIGITS:
            raise ValueError(f"the common denominator has more than {MAX_DIGITS} digits")
        numerators = np.empty(len(flat), dtype=object)
        numerators[:] = [value.numerator * (denominator // value.denominator) for value in flat]
        return ExactArray(integer_array(numerators).reshape(array.shape), denominator)

    @staticmethod
    def from_scaled(numerators: np.ndarray, denominator: int) -> ExactArray:
        """``numerators / denominator`` brought to lowest terms."""
        if denominator == 1 or numerators.size == 0:
            return ExactArray(narrow(numerators), 1)
        if not numerators.any():
            # The greatest common divisor would be the denominator, which may be too large for int64.
            return ExactArray(np.zeros(numerators.shape, dtype=np.int64), 1)
        common = math.gcd(denominator, int(np.gcd.reduce(numerators, axis=None)))
        return ExactArray(narrow(numerators // common), denominator // common)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.numerators.shape

    @property
    def ndim(self) -> int:
        return self.numerators.ndim

    def __len__(self) -> int:
        return len(self.numerators)

    def __getitem__(self, key: Any) -> Any:
        chosen = self.numerators[key]
        if isinstance(chosen, np.ndarray):
            return ExactArray.from_scaled(chosen, self.denominator)
        return Fraction(int(chosen), self.denominator)

    def __iter__(self) -> Iterator[Any]:
        return (self[row] for row in range(len(self)))

    def __eq__(self, other: object) -> Any:
        try:
            exact = ExactArray.from_values(other)
        except ValueError:
            return NotImplemented
        scale = math.lcm(self.denominator, exact.denominator)
        return np.asarray(self.scaled(scale) == exact.scaled(scale), dtype=bool)

    def __ne__(self, other: object) -> Any:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else ~equal

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if dtype is not None and np.dtype(dtype).kind == "f":
            return self.floats().astype(dtype)
        if dtype is not None and np.dtype(dtype).kind in "iu" and self.denominator != 1:
            raise ValueError(f"found {self!r}; only integers fit into an array of {np.dtype(dtype)}")
        values = self.numerators.copy() if self.denominator == 1 else self.fractions()
        return values if dtype is None else values.astype(dtype)

    def __repr__(self) -> str:
        if self.numerators.size <= SHOWN:
            return f"ExactArray({self.json()})"
        return f"ExactArray of shape {self.shape}"

    def take(self, rows: np.ndarray) -> ExactArray:
        """The chosen rows, in lowest terms again."""
        return ExactArray.from_scaled(self.numerators[rows], self.denominator)

    def reshape(self, *shape: int) -> ExactArray:
        return ExactArray(self.numerators.reshape(*shape), self.denominator)

    def fractions(self) -> np.ndarray:
        """The values as an object array of Fraction, of the same shape."""
        flat = np.empty(self.numerators.size, dtype=object)
        flat[:] = [Fraction(value, self.denominator) for value in self.numerators.ravel().tolist()]
        return flat.reshape(self.shape)

    def floats(self) -> np.ndarray:
        """The nearest doubles, for display and plots only."""
        return np.asarray(self.numerators / self.denominator, dtype=np.float64)

    def json(self) -> Any:
        """Nested lists of integers and ``"p/q"`` strings."""
        if self.denominator == 1:
            return self.numerators.tolist()
        flat = np.empty(self.numerators.size, dtype=object)
        flat[:] = [number_json(Fraction(value, self.denominator)) for value in self.numerators.ravel().tolist()]
        return flat.reshape(self.shape).tolist()

    def equals(self, other: ExactArray) -> bool:
        """Whether both have the same shape and the same rationals."""
        return (
            self.shape == other.shape
            and self.denominator == other.denominator
            and bool(np.array_equal(self.numerators, other.numerators))
        )

    def scaled(self, scale: int) -> np.ndarray:
        """The integers ``scale * value``; ``scale`` must be a multiple of the denominator."""
        factor, rest = divmod(scale, self.denominator)
        if rest:
            raise ValueError(f"{scale} is no multiple of the denominator {self.denominator}")
        return multiplied(self.numerators, factor)


def multiplied(array: np.ndarray, factor: int) -> np.ndarray:
    """``factor * array``, exact: int64 where the result fits, Python integers otherwise."""
    if factor == 1:
        return array
    magnitude = max_abs(array) * abs(factor)
    if array.dtype != object and magnitude < INT64_SAFE and abs(factor) < INT64_SAFE:
        return array * np.int64(factor)
    return integer_array(array.astype(object) * factor, magnitude)


def narrow(array: np.ndarray) -> np.ndarray:
    """int64 exactly where every magnitude is below ``INT64_SAFE``: sums and negations of int64 rely on it."""
    magnitude = max_abs(array)
    if (array.dtype == object) == (magnitude >= INT64_SAFE):
        return array
    return integer_array(array, magnitude)


def _as_array(values: Any) -> np.ndarray:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        return np.array(values, dtype=object)
    try:
        array = np.array(values)
    except (ValueError, OverflowError):
        array = None
    if array is not None and array.dtype.kind in "iu":
        return array if not _holds_bool(values) else np.array(values, dtype=object)
    try:
        array = np.array(values, dtype=object)
    except ValueError as error:
        raise ValueError(f"the rows have different lengths ({error})") from None
    if any(isinstance(value, (list, tuple, np.ndarray)) and not is_single(value) for value in array.ravel().tolist()):
        raise ValueError("the rows have different lengths")
    return array


def _holds_bool(values: Any) -> bool:
    """Whether a nested list of integers hides truth values, which numpy would turn into 0 and 1."""
    stack = [values]
    while stack:
        item = stack.pop()
        if isinstance(item, (list, tuple)):
            if item and not isinstance(item[0], (list, tuple)):
                if not {bool, np.bool_}.isdisjoint(map(type, item)):
                    return True
            else:
                stack.extend(item)
    return False


def _integral_floats(array: np.ndarray) -> np.ndarray | None:
    """The integers of a float array that holds nothing else below 2^53, where float and decimal agree."""
    if array.size == 0:
        return array.astype(np.int64)
    with np.errstate(invalid="ignore"):
        plain = np.isfinite(array).all() and np.abs(array).max() < 2**53 and (array == np.rint(array)).all()
    return array.astype(np.int64) if plain else None
