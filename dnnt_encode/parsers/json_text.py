"""JSON text as plain Python values, strictly: no duplicate keys, no NaN, exact decimals, errors with their place."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import Source, decode_text, read_bytes, source_name
from dnnt_encode.parsers.numbers import MAX_FILE_DIGITS, DecimalToken, decimal_fraction
from dnnt_encode.parsers.places import Place, found, shorten

MAX_DEPTH = 60
"""How deep the values of an object without a fixed form may be nested."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _Refused:
    """Stands where the parser met what is no JSON value for us, until its place is known."""

    def __init__(self, message: str) -> None:
        self.message = message


def read_json(source: Source) -> tuple[Any, Place]:
    """The value in a file and its place. Integers are ``int``, other numbers ``DecimalToken``.

    Raises InputError for what is no JSON text in UTF-8, with line and column; for duplicate keys, NaN, infinities and
    absurdly long integers, with their JSON pointer.
    """
    name = source_name(source)
    return parse_json(decode_text(read_bytes(source), name), name), Place(name)


def parse_json(text: str, name: str) -> Any:
    """The value of a JSON text; ``name`` is what errors call it."""
    try:
        try:
            with _python_limit():
                value, refused = _decode(text)
        except json.JSONDecodeError:
            raise
        except ValueError:
            # Python refuses the text of an integer of more than some thousand digits; a second reading finds where.
            value, refused = _decode(text, _integer)
    except json.JSONDecodeError as error:
        _refuse_syntax(error, text, name)
    except RecursionError:
        raise InputError("lists and objects are nested too deeply", place=name) from None
    if refused or _SURROGATE.search(text):
        for place, item in _walk(value, Place(name)):
            if isinstance(item, _Refused):
                raise place.error(item.message)
            if isinstance(item, str) and not _encodable(item):
                raise place.error("found half of a surrogate pair in a string; write whole characters")
    return value


def _decode(text: str, parse_int: Callable[[str], Any] | None = None) -> tuple[Any, bool]:
    refused = False

    def constant(word: str) -> _Refused:
        nonlocal refused
        refused = True
        return _Refused(f"found {word}; a finite number is needed")

    def pairs(items: list[tuple[str, Any]]) -> Any:
        nonlocal refused
        result = dict(items)
        if len(result) == len(items):
            return result
        refused = True
        keys = [key for key, _ in items]
        twice = next(key for position, key in enumerate(keys) if key in keys[:position])
        return _Refused(f"found the key {shorten(repr(twice))} twice; every key stands once")

    value = json.loads(
        text, parse_float=DecimalToken, parse_constant=constant, object_pairs_hook=pairs, parse_int=parse_int
    )
    return value, refused or parse_int is not None


@contextmanager
def _python_limit() -> Iterator[None]:
    """Python's own limit on the digits of an integer, where a program has lifted it (the command line does)."""
    if not hasattr(sys, "set_int_max_str_digits") or sys.get_int_max_str_digits():
        yield
        return
    sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(0)


def _integer(text: str) -> Any:
    if len(text) <= MAX_FILE_DIGITS:
        return int(text)
    return _Refused(f"found an integer of {len(text)} digits; at most {MAX_FILE_DIGITS} are allowed")


def _refuse_syntax(error: json.JSONDecodeError, text: str, name: str) -> NoReturn:
    if not text.strip():
        raise InputError("the file is empty; a JSON object is needed", place=name)
    place = f"{name}, line {error.lineno}, column {error.colno}"
    if error.pos >= len(text.rstrip()):
        raise InputError("the file ends in the middle of a value: it is cut off", place=place)
    message = error.msg[:1].lower() + error.msg[1:]
    raise InputError(
        f"this is no JSON: {message}, found {shorten(repr(text[error.pos : error.pos + 20]))}", place=place
    )


def _walk(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Every key and every leaf with its place, in the order of the file, without recursion."""
    stack: list[tuple[Place, Any]] = [(place, value)]
    while stack:
        place, item = stack.pop()
        if isinstance(item, dict):
            for key in item:
                yield place, key
            stack.extend((place / key, part) for key, part in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend((place / number, part) for number, part in reversed(list(enumerate(item))))
        else:
            yield place, item


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain_json(value: object, place: Place, depth: int = 0) -> Any:
    """A value without a fixed form (``preprocessing``, ``source``) as plain Python values that JSON writes back equal.

    A decimal becomes the float that prints as the same number. Raises InputError where no float does, and for nesting
    deeper than ``MAX_DEPTH``.
    """
    if depth > MAX_DEPTH:
        raise place.error(f"found values nested deeper than {MAX_DEPTH}")
    if isinstance(value, DecimalToken):
        number = _shown_exactly(value)
        if number is None:
            raise place.error(f"found {found(value)}, which no float shows exactly; write it as a string")
        return number
    if isinstance(value, dict):
        return {key: plain_json(item, place / key, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_json(item, place / number, depth + 1) for number, item in enumerate(value)]
    return value


def _shown_exactly(text: str) -> float | None:
    """The float whose ``repr`` is the same number as ``text``; None where there is none."""
    number = float(text)
    try:
        return number if decimal_fraction(repr(number)) == decimal_fraction(text) else None
    except ValueError:
        return None
