"""A figure and its file. The same picture is the same file, readable in grey."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.outputs import reason, replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".png", ".pdf")

GREYS = ("black", "0.45", "0.7")
"""Lines are told apart by their grey and their dashes."""

DASHES = ("-", "--", ":", "-.")


def check_plots(folder: str | None = None) -> None:
    """Raises InputError where matplotlib is not there, and where the folder cannot be made."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise InputError("pictures need matplotlib: pip install 'dnnt-encode[plot]'") from None
    if folder is not None:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise InputError(reason(error, "written"), folder) from None


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def line_style(number: int) -> dict[str, Any]:
    """The look of the line of this number, from 0."""
    return {"color": GREYS[number % len(GREYS)], "linestyle": DASHES[number // len(GREYS) % len(DASHES)]}


def check_name(path: str) -> None:
    """Raises InputError for a file name that tells no format of pictures."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise InputError(f"the name of a picture ends with {', '.join(SUFFIXES)}", path)


def save_figure(figure: Figure, path: str) -> None:
    """Write a figure in the format of the name's suffix. Raises InputError."""
    from matplotlib import rc_context

    kind = Path(path).suffix.lower().removeprefix(".")
    # Dates, and names that are drawn at random, would make every file another one.
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    with rc_context({"svg.hashsalt": "dnnt", "svg.fonttype": "none"}), replacing(path) as file:
        figure.savefig(file, format=kind, metadata=dated)
