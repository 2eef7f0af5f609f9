"""How much is read before a file is refused: every limit on the size of an input stands here, and one kind of stream
that keeps to it.

What a small file can unpack to has no natural bound, and some inputs never end. So no reader asks for "all there is":
it reads a stream that stops with an error at its limit, having taken no more memory than the limit says.
"""

from __future__ import annotations

import io
import os
from typing import Any

from dnnt_encode.errors import InputError

MAX_TEXT = 2**29
"""Bytes of a file that is read whole and becomes objects of many times its size: JSON and tables."""

MAX_STREAM = 2**33
"""Bytes of a model or of a solution, unpacked."""

MAX_NUMBERS = 2**26
"""Numbers in the arrays of an npz file, and cells of a table."""

FREE_BYTES = 2**26
"""Packed content may unpack to this much whatever its own size."""

MAX_RATIO = 200
"""Beyond that, it may unpack to so many times its size. Model files reach 20 with the best packers; what repeats one
byte reaches 1,000 and more."""

_CHUNK = 2**20


def size_text(size: int) -> str:
    """A number of bytes, and in a unit that people read where it is large.

    >>> size_text(700), size_text(2**29)
    ('700 bytes', '536870912 bytes (512 MiB)')
    """
    for power, unit in ((30, "GiB"), (20, "MiB")):
        if size >= 2**power:
            return f"{size} bytes ({size / 2**power:.3g} {unit})"
    return f"{size} bytes"


def unpacks_to_too_much(packed: int, unpacked: int) -> bool:
    """Whether content of ``unpacked`` bytes is out of all proportion to the ``packed`` bytes that it came from."""
    return unpacked > max(FREE_BYTES, MAX_RATIO * packed)


class Bounded(io.RawIOBase):
    """The content of ``stream``, at most ``limit`` bytes of it, and, where it is unpacked from the stream ``packed``,
    in proportion to what was read from that. ``count`` is how many bytes were read. Reading past a limit raises
    InputError, whose place is ``name``."""

    def __init__(self, stream: Any, limit: int, name: str, packed: Bounded | None = None) -> None:
        super().__init__()
        self._stream, self._limit, self._name, self._packed = stream, limit, name, packed
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = int(self._stream.readinto(buffer) or 0)
        self.count += count
        if self.count > self._limit:
            raise InputError(f"the content is longer than the limit of {size_text(self._limit)}", self._name)
        if self._packed is not None and unpacks_to_too_much(self._packed.count, self.count):
            raise InputError(
                f"{size_text(self._packed.count)} unpack to more than {size_text(self.count - 1)}; at most {MAX_RATIO} "
                f"times the packed size is read: unpack the file first if it is what it should be",
                self._name,
            )
        return count

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(_CHUNK) or b"", b""))


def bounded(stream: Any, limit: int, name: str, packed: io.BufferedReader | None = None) -> io.BufferedReader:
    """A buffered stream over the bytes of ``stream`` that ends with InputError, its place ``name``, where there are
    more than ``limit``. ``packed``: the bounded stream that ``stream`` unpacks; then their proportion counts too."""
    _refuse_large(stream, limit, name)
    source = None if packed is None else packed.raw
    assert source is None or isinstance(source, Bounded)
    return io.BufferedReader(Bounded(stream, limit, name, source), _CHUNK)


def read_bounded(stream: Any, limit: int, name: str) -> bytes:
    """All of a stream, text or bytes, as bytes. Raises InputError where it is longer than ``limit``."""
    _refuse_large(stream, limit, name)
    parts: list[bytes] = []
    total = 0
    while part := stream.read(_CHUNK):
        parts.append(part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass"))
        total += len(parts[-1])
        if total > limit:
            raise InputError(f"the content is longer than the limit of {size_text(limit)}", name)
    return b"".join(parts)


def _refuse_large(stream: Any, limit: int, name: str) -> None:
    """Raises InputError where the size of a file is known, and past the limit, before anything is read."""
    try:
        size = os.fstat(stream.fileno()).st_size
    except (AttributeError, OSError, ValueError):
        # Neither a pipe nor a stream in memory has a size beforehand.
        return
    if size > limit:
        raise InputError(f"the file has {size_text(size)}; the limit is {size_text(limit)}", name)
