"""Bytes in and out: a path, ``-`` for standard input and output, or an open file. A file is written beside its name and
then renamed, so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Union

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.limits import MAX_TEXT, read_bounded

Source = Union[str, "os.PathLike[str]", IO[Any]]


def source_name(source: Source) -> str:
    """What messages call a source."""
    if isinstance(source, (str, os.PathLike)):
        return "<stdin>" if source == "-" else os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<file>"


def source_folder(source: Source) -> Path:
    """The folder that names inside a source are relative to; the working directory where it has none."""
    name = source_name(source)
    return Path() if name.startswith("<") else Path(name).parent


def read_bytes(source: Source, limit: int = MAX_TEXT) -> bytes:
    """All bytes of a source. Raises InputError for a missing file, a directory, one that cannot be read, and one of
    more than ``limit`` bytes."""
    name = source_name(source)
    try:
        if not isinstance(source, (str, os.PathLike)):
            return read_bounded(source, limit, name)
        if source == "-":
            return read_bounded(sys.stdin.buffer, limit, name)
        with Path(source).open("rb") as file:
            return read_bounded(file, limit, name)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"this file is no UTF-8 text: {error}", place=name) from None
    except (OSError, ValueError) as error:
        raise InputError(_reason(error, "read"), place=name) from None


def decode_text(data: bytes, name: str) -> str:
    """UTF-8 text, without a byte order mark. Raises InputError naming the line of the first wrong byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte 0x{data[error.start]:02x} at offset {error.start} is no UTF-8; save the file as UTF-8",
            place=f"{name}, line {line}",
        ) from None


def write_text(target: Source, text: str) -> None:
    """Writes UTF-8 text to a path, to ``-`` or to an open file. Raises InputError where that fails."""
    if not isinstance(target, (str, os.PathLike)):
        target.write(text)
    elif target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_bytes(target, text.encode())


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a whole file or nothing. Raises InputError where that fails."""
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write into that takes its name once it is whole: written beside its name first, then renamed. Where the
    block raises there is no new file. Raises InputError where writing fails."""
    target = Path(path)
    beside = None
    try:
        if target.exists() and not target.is_file():
            # A device or a pipe has no neighbour to be renamed from.
            with target.open("wb") as file:
                yield file
            return
        # A link keeps pointing: what is replaced is the file behind it.
        target = target.resolve()
        handle, beside = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        os.chmod(beside, mode)
        os.replace(beside, target)
    except (OSError, ValueError) as error:
        raise InputError(_reason(error, "written"), place=str(path)) from None
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                os.unlink(beside)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception, verb: str) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file" if verb == "read" else "there is no such folder"
    if isinstance(error, IsADirectoryError):
        return "this is a directory; a file is needed"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be {verb}: {error.strerror}"
    return f"cannot be {verb}: {error}"
