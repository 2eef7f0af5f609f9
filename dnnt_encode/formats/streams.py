"""Byte streams of model and solution files: ``.gz`` and ``.xz`` by the name, ``-`` for standard input and output.

What is written appears under its name only once it is whole. The same content gives the same bytes: a compressed file
carries neither a time nor its name.
"""

from __future__ import annotations

import contextlib
import gzip
import lzma
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeAlias, Union, cast

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.limits import MAX_STREAM, bounded
from dnnt_encode.parsers.outputs import replacing

GZIP_LEVEL = 3
XZ_PRESET = 1
"""Fast settings: model files are large, and a third of the size matters less than ten times the time."""

FileName: TypeAlias = Union[str, "os.PathLike[str]"]

_GZIP_MAGIC, _XZ_MAGIC = b"\x1f\x8b", b"\xfd7zXZ\x00"


@contextlib.contextmanager
def writing(target: FileName) -> Iterator[IO[bytes]]:
    """A binary stream into the file ``target``. Raises InputError where it cannot be written."""
    name = os.fspath(target)
    with replacing(target) as file:
        if name.endswith(".gz"):
            with gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif name.endswith(".xz"):
            with lzma.LZMAFile(file, "wb", preset=XZ_PRESET) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield file


@contextlib.contextmanager
def reading(source: FileName) -> Iterator[IO[bytes]]:
    """A buffered binary stream of the unpacked content of ``source``, packed or not, whatever its name says.

    Raises InputError for a missing file, a directory, packed content that is cut off or damaged, and content past the
    limits of ``parsers.limits``."""
    name = stream_name(source)
    try:
        with contextlib.ExitStack() as stack:
            raw: Any = sys.stdin.buffer if source == "-" else stack.enter_context(Path(source).open("rb"))
            stream = bounded(raw, MAX_STREAM, name)
            head = stream.peek(len(_XZ_MAGIC))
            if head.startswith(_GZIP_MAGIC):
                unpacked: Any = stack.enter_context(gzip.GzipFile(fileobj=stream))
                yield bounded(unpacked, MAX_STREAM, name, stream)
            elif head.startswith(_XZ_MAGIC):
                unpacked = stack.enter_context(lzma.LZMAFile(stream))
                yield bounded(unpacked, MAX_STREAM, name, stream)
            else:
                yield stream
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise InputError(f"this packed file is cut off or damaged: {error}", place=name) from None
    except FileNotFoundError:
        raise InputError("there is no such file", place=name) from None
    except IsADirectoryError:
        raise InputError("this is a directory; a file is needed", place=name) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=name) from None


def stream_name(source: FileName) -> str:
    """What messages call a source."""
    return "<stdin>" if source == "-" else os.fspath(source)
