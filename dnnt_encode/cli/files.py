"""The files of a command, looked at before anything is done: outputs that would overwrite inputs or one another, and
outputs that could not be written in the end."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from typing import TextIO

import click

from dnnt_encode.cli.standard_streams import output_is_closed
from dnnt_encode.errors import InputError

Names = Mapping[str, "str | None"]
"""What the command line calls a file, and its path; ``-`` is standard input or output, None no file."""

Identity = tuple[int, int] | str


def check_files(inputs: Names, outputs: Names) -> None:
    """Raises UsageError where two inputs want standard input or two outputs standard output, and where an output is the
    same file as an input or another output, under whatever name; InputError where an output cannot be written."""
    from dnnt_encode.parsers.outputs import check_writable

    sources = {label: path for label, path in inputs.items() if path is not None}
    targets = {label: path for label, path in outputs.items() if path is not None}
    for names, stream in ((sources, "standard input"), (targets, "standard output")):
        wanting = [label for label, path in names.items() if path == "-"]
        if len(wanting) > 1:
            raise click.UsageError(f"{' and '.join(wanting)} cannot both be {stream}")
    read = {label: _identity(path, sys.stdin) for label, path in sources.items()}
    written = {label: _identity(path, sys.stdout) for label, path in targets.items() if path != "-"}
    written |= {"standard output": _identity("-", sys.stdout), "standard error": _identity("-", sys.stderr)}
    labels = list(written)
    for place, label in enumerate(labels):
        for other, identity in [*read.items(), *((other, written[other]) for other in labels[:place])]:
            both_streams = {label, other} == {"standard output", "standard error"}
            if identity is not None and identity == written[label] and not both_streams:
                shown = targets.get(label, targets.get(other, sources.get(other)))
                what = f"{label} would overwrite {other}" if other in read else f"{other} and {label} collide"
                raise click.UsageError(f"{what}: both are the file {shown}; name another")
    for path in targets.values():
        if path == "-" and output_is_closed():
            raise InputError("it is closed; name a file with -o", place="<stdout>")
        check_writable(path)


def _identity(path: str, stream: TextIO) -> Identity | None:
    """The same for all names of a file; None for what nobody overwrites, such as a terminal or a pipe. ``stream``: what
    ``-`` is."""
    try:
        found = os.fstat(stream.fileno()) if path == "-" else os.stat(path)
    except FileNotFoundError:
        return os.path.realpath(path)
    except (OSError, ValueError, AttributeError):
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
