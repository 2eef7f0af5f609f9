"""Where a value stands in a file, and the checks that every reader of JSON makes; each failure names the place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.parsers.numbers import DecimalToken, json_fraction


@dataclass(frozen=True)
class Place:
    """A file and the keys that lead to a value in it; ``str()`` is the file with an RFC 6901 JSON pointer.

    >>> str(Place("xor.json") / "network" / "layers" / 0)
    'xor.json#/network/layers/0'
    """

    file: str
    path: tuple[str | int, ...] = ()

    def __truediv__(self, key: str | int) -> Place:
        return Place(self.file, (*self.path, key))

    def __str__(self) -> str:
        if not self.path:
            return self.file
        keys = (str(key).replace("~", "~0").replace("/", "~1") for key in self.path)
        return self.file + "#/" + "/".join(keys)

    def error(self, message: str) -> InputError:
        return InputError(message, place=str(self))


def shorten(text: str, length: int = 60) -> str:
    """``text`` cut to a length that fits a message."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def found(value: object) -> str:
    """What a value is, in the words of an error message; never longer than a line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, DecimalToken):
        return f"the number {shorten(str(value))}"
    if isinstance(value, str):
        return f"the string {shorten(repr(str(value)))}"
    if isinstance(value, int):
        return f"the number {shorten(str(value))}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object with {len(value)} keys"
    return f"a {type(value).__name__}"


def take_object(
    value: object, place: Place, required: Sequence[str] = (), optional: Collection[str] = ()
) -> dict[str, Any]:
    """``value`` as an object with all the required keys and no key beyond the optional ones."""
    known = [*required, *optional]
    if not isinstance(value, dict):
        raise place.error(f"found {found(value)}; an object is needed, with {_keys(known)}")
    for key in value:
        if key not in known:
            raise place.error(f"found the unknown key {shorten(repr(key))}; known are {_keys(known)}")
    for key in required:
        if key not in value:
            raise place.error(f"the key {key!r} is missing")
    return value


def _keys(keys: Sequence[str]) -> str:
    return ", ".join(map(repr, keys)) if keys else "no keys"


def take_list(value: object, place: Place, what: str, length: int | None = None) -> list[Any]:
    """``value`` as a list, of the given length where there is one."""
    if not isinstance(value, list):
        raise place.error(f"found {found(value)}; a list is needed, {what}")
    if length is not None and len(value) != length:
        raise place.error(f"found a list of {len(value)}; {length} are needed, {what}")
    return value


def take_string(value: object, place: Place, what: str) -> str:
    """``value`` as a string."""
    if not isinstance(value, str) or isinstance(value, DecimalToken):
        raise place.error(f"found {found(value)}; a string is needed, {what}")
    return value


def take_integer(value: object, place: Place, what: str, least: int, most: int = 2**63 - 1) -> int:
    """``value`` as an integer from ``least`` to ``most``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise place.error(f"found {found(value)}; an integer is needed, {what}")
    if not least <= value <= most:
        limit = f"at least {least}" if value < least else f"at most {most}"
        raise place.error(f"found {found(value)}; {what} is {limit}")
    return value


def take_number(value: object, place: Place) -> Fraction:
    """``value`` as an exact number."""
    with InputErrors(place):
        return json_fraction(value)
