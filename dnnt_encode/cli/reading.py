"""The options that tell how a table is read, the same for every command that reads one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from dnnt_encode.cli.options import Whole
from dnnt_encode.parsers.notation import Notation
from dnnt_encode.parsers.table import read_table

Value = TypeVar("Value")

_OPTIONS = (
    click.option(
        "--separator", metavar="CHAR", help="Separator, or comma, semicolon, tab, pipe, space (default: found)."
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first line has the names of the columns; without, they are c0, c1, ... (default: refuse what "
        "looks like a row).",
    ),
    click.option(
        "--encoding", metavar="NAME", help="Encoding of the text, as cp1252 (default: UTF-8, or UTF-16 by its mark)."
    ),
    click.option("--skip-rows", type=Whole(0), default=0, help="Lines before the header that do not count."),
    click.option("--comment", metavar="CHAR", help="Lines that begin with it do not count."),
    click.option(
        "--decimal", metavar="CHAR", help="Decimal sign, or point, comma (default: found; for new rows as in training)."
    ),
    click.option(
        "--thousands",
        metavar="CHAR",
        help="Sign between thousands, or comma, point, space, apostrophe, none (default: likewise).",
    ),
    click.option("--na-values", multiple=True, metavar="TEXT,...", help="More texts that stand for a missing value."),
)


def listed(values: tuple[str, ...]) -> list[str]:
    """The items of a repeated option, each one item or several with commas between them."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def by_column(option: str, texts: Sequence[str], parse: Callable[[str], Value]) -> dict[str | None, Value]:
    """The values of a repeated option, ``VALUE`` for all columns (the key None) or ``COL=VALUE`` for one of them; names
    may hold an equals sign, values do not. Raises UsageError."""
    found: dict[str | None, Value] = {}
    for text in texts:
        column, equals, value = text.rpartition("=")
        key = column if equals else None
        if key in found:
            what = f"the column {key!r}" if equals else "all columns; write COL=VALUE for one of them"
            raise click.UsageError(f"{option} is given twice for {what}")
        try:
            found[key] = parse(value)
        except ValueError as error:
            raise click.UsageError(f"{option}: {error}") from None
    return found


def one_of(choices: Sequence[str]) -> Callable[[str], str]:
    """The parser of a value that is one of some words; it raises ValueError."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"found {text[:40]!r}; known are {', '.join(choices)}")
        return text

    return parse


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command those options, and in their place the argument ``read``: ``read_table`` with all of them."""

    @functools.wraps(command)
    def wrapped(
        *arguments: Any,
        separator: str | None,
        header: bool | None,
        decimal: str | None,
        thousands: str | None,
        na_values: tuple[str, ...],
        encoding: str | None,
        skip_rows: int,
        comment: str | None,
        **options: Any,
    ) -> Any:
        try:
            notation = Notation.of(decimal, thousands, tuple(listed(na_values)))
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        read = functools.partial(
            read_table,
            separator=separator,
            header=header,
            encoding=encoding,
            skip_rows=skip_rows,
            comment=comment,
            notation=notation,
        )
        return command(*arguments, read=read, **options)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped
