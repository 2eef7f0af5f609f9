"""Standard input, output and error as a command finds them: closed, gone, full, or in an alphabet too small.

Text is shown in the alphabet of the terminal, with escapes for what that lacks. Files that go to standard output, JSON
among them, are UTF-8 whatever the terminal reads.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import fcntl
import io
import json
import os
import sys
from typing import Any

from dnnt_encode.errors import DnntError, InputError

NOBODY_READS = (errno.EPIPE, errno.EBADF, errno.EIO)
"""Errors that say that nobody is there to read: the reader has gone, the stream is closed, the terminal hung up."""

_STREAMS = (("stdin", os.O_WRONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))


def prepare() -> None:
    """Make the standard streams of this process usable, each in its own way.

    The number of a closed one is taken, so that no file of ours gets it: standard input and output by something that
    cannot be read or written, standard error by what takes everything.
    """
    for number, (name, flags, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, flags)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, os.fdopen(number, mode))
    codecs.register_error("dnnt", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="dnnt")


def _escaped(error: UnicodeError) -> tuple[bytes, int]:
    """What an alphabet lacks as escapes, and the bytes of file names that are no text as they are."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    parts = [
        bytes([ord(letter) - 0xDC00]) if "\udc80" <= letter <= "\udcff" else letter.encode("ascii", "backslashreplace")
        for letter in letters
    ]
    return b"".join(parts), error.end


def output_is_closed() -> bool:
    """Whether nothing can be written to standard output."""
    try:
        flags = fcntl.fcntl(sys.stdout.fileno(), fcntl.F_GETFL)
    except (OSError, ValueError):
        # What a program puts in its place has no descriptor.
        return False
    return flags & os.O_ACCMODE == os.O_RDONLY


def drop_output() -> None:
    """Let standard output go nowhere: nobody reads it, or it takes nothing."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def say(text: str) -> None:
    """A line on standard output. Raises InputError where it takes none, BrokenPipeError where its reader has gone."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error) from None


def say_json(value: dict[str, Any]) -> None:
    """An object on standard output. Raises as ``say`` does."""
    try:
        write_json(value)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error) from None


def write_json(value: dict[str, Any]) -> None:
    """An object on standard output, one line for every key, in UTF-8. Raises OSError."""
    lines = [f"  {json.dumps(key)}: {json.dumps(item, ensure_ascii=False)}" for key, item in value.items()]
    # What is no text (the bytes of a file's name) is escaped, which JSON allows.
    data = ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8", "backslashreplace")
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(data)
    else:
        sys.stdout.write(data.decode())
    sys.stdout.flush()


def unwritten(error: OSError) -> DnntError:
    """The error of standard output that takes nothing more."""
    from dnnt_encode.parsers.outputs import reason

    return InputError(reason(error, "written"), place="<stdout>")


def tell(text: str) -> None:
    """A line on standard error; nothing where that is impossible."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
