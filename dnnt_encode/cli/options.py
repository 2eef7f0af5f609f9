"""Option types and checks that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

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


class GapSize(_Type):
    """How far the loss may be from its bound: an exact number, or a percentage of the loss."""

    name = "gap"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dnnt_encode.instance.goal import Gap

        try:
            return value if isinstance(value, Gap) else Gap.of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Seconds(_Type):
    """A positive number of seconds; ``inf`` for no limit."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            seconds = float(value)
        except ValueError:
            self.fail(f"found {value!r}; a number of seconds is needed", param, ctx)
        if not seconds > 0:
            self.fail(f"found {value}; it must be more than 0", param, ctx)
        return seconds


class Whole(_Type):
    """An integer, from ``least`` on where that is given, however it is written: 1000, 1e3 or 2000/2."""

    name = "integer"

    def __init__(self, least: int | None = None) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dnnt_encode.instance.arguments import whole_number

        try:
            number = whole_number(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if self.least is not None and number < self.least:
            self.fail(f"found {number}; it must be at least {self.least}", param, ctx)
        return number


class InputName(_Type):
    """A file that is read; shells complete its name."""

    name = "file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


class OutputName(InputName):
    """Where a file goes; standard output by any of its names is ``-``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return "-" if value in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1") else value


class BackendName(_Type):
    """A backend, or a command; shells complete those that are known."""

    name = "backend"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dnnt_encode.backends.registry import known, remedy

        if not known(value):
            self.fail(remedy(value), param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from dnnt_encode.backends.registry import names

        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]
