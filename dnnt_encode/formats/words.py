"""Clauses as text, by table: every literal is one fixed-width ASCII word, padded with NUL bytes that are dropped at the
end, so that a whole block of clauses becomes text in three numpy operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

CHUNK = 1 << 17
"""Literals turned into text at a time: the work stays in the processor's cache."""


class LiteralWords:
    """The words of all literals of ``variables`` variables; 16 bytes a variable, 32 past 999,999."""

    def __init__(self, variables: int) -> None:
        digits = len(str(max(1, variables)))
        width = 8 if digits <= 6 else 16
        self._words = width // 8
        numbers = np.arange(-variables, variables + 1, dtype=np.int64)
        size = np.abs(numbers)
        text = np.zeros((len(numbers), width), dtype=np.uint8)
        text[:, -1] = ord(" ")
        text[numbers < 0, 0] = ord("-")
        rest = size
        for column in range(width - 2, width - 2 - digits, -1):
            # Leading zeros stay NUL; the number zero itself is no literal.
            text[:, column] = np.where(rest > 0, ord("0") + rest % 10, 0)
            rest = rest // 10
        self._table = text.view(np.uint64)
        self._offset = variables
        self._end = self._word(b"0\n")

    def clauses(self, block: np.ndarray, prefix: bytes = b"") -> Iterator[bytes]:
        """The lines of a block of clauses (int32 [count, width]) in pieces; ``prefix``: up to 8 bytes before each."""
        count, width = block.shape
        rows = max(1, CHUNK // (width + 2))
        lead = 1 if prefix else 0
        for first in range(0, count, rows):
            part = block[first : first + rows]
            out = np.empty((len(part), lead + width + 1, self._words), dtype=np.uint64)
            if lead:
                out[:, 0] = self._word(prefix)
            out[:, lead : lead + width] = self._table.take(part.astype(np.intp) + self._offset, axis=0)
            out[:, lead + width] = self._end
            yield out.tobytes().translate(None, b"\0")

    def _word(self, text: bytes) -> np.ndarray:
        return np.frombuffer(text.ljust(8 * self._words, b"\0"), dtype=np.uint64)


def clause_lines(
    variables: int, blocks: Iterable[np.ndarray], units: Sequence[int] = (), prefix: bytes = b""
) -> Iterator[bytes]:
    """The text of clause blocks, then of some unit clauses."""
    words = LiteralWords(variables)
    for block in blocks:
        yield from words.clauses(block, prefix)
    if len(units):
        yield from words.clauses(np.asarray(units, dtype=np.int32).reshape(-1, 1), prefix)
