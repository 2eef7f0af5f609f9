"""Option types and checks that several commands share."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dnnt_encode.errors import InputError

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    # Older versions of click have no such parameter.
    _Type = click.ParamType


class Rational(_Type):
    """An exact number: an integer, a decimal, or p/q."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dnnt_encode.instance.rationals import to_fraction

        try:
            return to_fraction(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Seconds(_Type):
    """A positive, finite number of seconds."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            seconds = float(value)
        except ValueError:
            self.fail(f"found {value!r}; a number of seconds is needed", param, ctx)
        if not (seconds > 0 and math.isfinite(seconds)):
            self.fail(f"found {value}; it must be more than 0 and finite", param, ctx)
        return seconds


def check_writable(path: str) -> None:
    """Raises InputError where a file could not be written in the end: better before the search than after it."""
    if path == "-":
        return
    target = Path(path)
    if target.is_dir():
        raise InputError("this is a directory; a file is needed", place=path)
    if not target.parent.is_dir():
        raise InputError("there is no such folder", place=path)
    if not os.access(target.parent, os.W_OK) and not (target.exists() and os.access(target, os.W_OK)):
        raise InputError("cannot be written: permission denied", place=path)


def json_text(value: dict[str, Any]) -> str:
    """JSON with one line for every key of the object."""
    lines = [f"  {json.dumps(key)}: {json.dumps(item, ensure_ascii=False)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + "\n}"
