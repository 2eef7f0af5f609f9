"""Lines of text by table: every word is a row of a table, padded with NUL bytes that are dropped at the end, so that a
million lines are made by a few numpy operations and no loop over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

CHUNK = 1 << 16
"""Lines made at a time: the work stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Words:
    """One word a line: ``table[index]`` (uint8 [words, width], int [lines])."""

    table: np.ndarray
    index: np.ndarray


def word_table(words: Iterable[str]) -> np.ndarray:
    """The words (ASCII) as a table uint8 [words, width]."""
    array = np.array([word.encode("ascii") for word in words], dtype=np.bytes_)
    width = max(1, array.dtype.itemsize)
    return array.astype(f"S{width}").view(np.uint8).reshape(len(array), width)


def numbers(values: np.ndarray, form: str = "d") -> Words:
    """Integers as words, in Python's format ``form``."""
    distinct, index = np.unique(values, return_inverse=True)
    return Words(word_table(format(value, form) for value in distinct.tolist()), index.reshape(-1))


def lines(count: int, parts: Sequence[Words | str]) -> Iterator[bytes]:
    """``count`` lines in pieces; a part is a word a line, or the same text in each."""
    tables = [word_table([part]) if isinstance(part, str) else part.table for part in parts]
    ends = np.cumsum([table.shape[1] for table in tables]).tolist()
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        out = np.empty((size, ends[-1] if ends else 0), dtype=np.uint8)
        for part, table, end in zip(parts, tables, ends, strict=True):
            place = slice(end - table.shape[1], end)
            if isinstance(part, str):
                out[:, place] = table[0]
            else:
                out[:, place] = table.take(part.index[first : first + size], axis=0)
        yield out.tobytes().translate(None, b"\0")
