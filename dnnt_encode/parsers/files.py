"""Bytes in and out: a path, ``-`` for standard input and output, or an open file. What is written takes its name whole
or not at all: see ``outputs``."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import IO, Any, Union

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.limits import MAX_TEXT, read_bounded
from dnnt_encode.parsers.outputs import reason, replacing

_LINE_END = re.compile("\r\n?")

Source = Union[str, "os.PathLike[str]", IO[Any]]


def source_name(source: Source) -> str:
    """What messages call a source."""
    if isinstance(source, (str, os.PathLike)):
        return "<stdin>" if source == "-" else os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<file>"


def readable_name(path: str | os.PathLike[str]) -> str:
    """A file's name as text for a file in UTF-8, whatever bytes it consists of."""
    return os.fsencode(path).decode("utf-8", "replace")


def source_folder(source: Source) -> Path:
    """The folder that names inside a source are relative to; the working directory where it has none."""
    name = source_name(source)
    return Path() if name.startswith("<") else Path(name).parent


def read_bytes(source: Source) -> bytes:
    """All bytes of a source. Raises InputError for a missing file, a directory, one that cannot be read, and one of
    more than ``MAX_TEXT`` bytes."""
    name = source_name(source)
    try:
        if not isinstance(source, (str, os.PathLike)):
            return read_bounded(source, MAX_TEXT, name)
        if source == "-":
            return read_bounded(sys.stdin.buffer, MAX_TEXT, name)
        with Path(source).open("rb") as file:
            return read_bounded(file, MAX_TEXT, name)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"this file is no UTF-8 text: {error}", place=name) from None
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "read"), place=name) from None


def decode_text(data: bytes, name: str) -> str:
    """UTF-8 text, without a byte order mark. Raises InputError naming the line of the first wrong byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong_byte(error, name, "is no UTF-8; save the file as UTF-8") from None


def wrong_byte(error: UnicodeDecodeError, name: str, what: str) -> InputError:
    """The error of a byte that is no text: where it is, and ``what`` is wrong with it."""
    line = error.object.count(b"\n", 0, error.start) + 1
    byte = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
    return InputError(f"{byte} {what}", place=f"{name}, line {line}")


def text_lines(text: str) -> list[str]:
    """The lines of a text. They end with LF, CR LF or CR alone: ``str.splitlines`` also splits at control characters
    that stand inside lines, and at the byte 0x85 of a letter whose text was read as Latin-1."""
    return _LINE_END.sub("\n", text).removesuffix("\n").split("\n") if text else []


def write_text(target: Source, text: str) -> None:
    """Writes UTF-8 text to a path, to ``-`` or to an open file. Raises InputError where that fails."""
    if not isinstance(target, (str, os.PathLike)):
        target.write(text)
        return
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"cannot be written as UTF-8: {error}", place=str(target)) from None
    write_bytes(target, data)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a whole file or nothing. Raises InputError where that fails."""
    with replacing(path) as file:
        file.write(data)
