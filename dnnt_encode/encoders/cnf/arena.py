"""Where the CNF encoder writes: an arena of int32 blocks, or a counter of the same walk.

Clauses are handed over as a number, a width and a function that makes them, so that the size announced before building
is the size that is built. The arena keeps small blocks of one width together in a growing buffer. A walk may have a
budget: it ends where that is spent, with what was counted until then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from dnnt_encode.encoders.budget import Enough
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.models.cnf import FALSE, TRUE, VariableGroup

CHUNK = 1 << 21
"""About how many literals one block holds, so that no temporary array is large."""
_SMALL = 1 << 16


VARIABLE_BYTES, LITERAL_BYTES, PAIR_BYTES, MERGE_BYTES = 16, 4, 80, 4096
"""What a formula takes while it is built, by its variables, its literals, and the pairs of values that its sums have;
and what it costs to find out, in the same measure, how to add the numbers of two value sets."""


class ClauseSink(Protocol):
    """What the encoder needs of a formula under construction."""

    def spend(self, count: int) -> None:
        """So many bytes are about to be used. Raises Enough where the budget ends."""

    def variables(self, prefix: str, labels: np.ndarray, width: int = 1) -> np.ndarray:
        """New variables, ``width`` for each row of ``labels`` [C, r]: int32 [C, width]."""

    def clauses(self, count: int, width: int, build: Callable[[], np.ndarray]) -> None:
        """``count`` clauses of ``width`` literals without constants: ``build`` gives them as int32 [count, width]."""


class _Variables:
    """Variable numbers from 2 on; variable 1 is the constant true."""

    def __init__(self, most_bytes: int | None = None) -> None:
        self.variable_count = 1
        self.groups: list[VariableGroup] = []
        self._left = most_bytes

    def spend(self, count: int) -> None:
        if self._left is not None:
            self._left -= count
            if self._left < 0:
                raise Enough

    def variables(self, prefix: str, labels: np.ndarray, width: int = 1) -> np.ndarray:
        start, count = self.variable_count + 1, len(labels) * width
        self.spend(VARIABLE_BYTES * count)
        self.variable_count += count
        if self.variable_count >= 2**31 - 1:
            raise ModelTooLarge("the formula has 2^31 variables or more; use fewer samples or smaller parameter sets")
        if count:
            self._group(VariableGroup(prefix, start, labels, width))
        return np.arange(start, start + count, dtype=np.int32).reshape(len(labels), width)

    def _group(self, group: VariableGroup) -> None:
        pass


class ClauseCounter(_Variables):
    """Counts variables, clauses and literals, those included that building finds to say nothing; builds nothing."""

    def __init__(self, most_bytes: int | None = None) -> None:
        super().__init__(most_bytes)
        self.clause_count, self.literal_count = 1, 1

    def clauses(self, count: int, width: int, build: Callable[[], np.ndarray]) -> None:
        self.spend(LITERAL_BYTES * count * width)
        self.clause_count += count
        self.literal_count += count * width


class ClauseArena(_Variables):
    """Collects the blocks; ``blocks`` ends the collection."""

    def __init__(self, most_bytes: int | None = None) -> None:
        super().__init__(most_bytes)
        self._blocks: list[np.ndarray] = [np.array([[TRUE]], dtype=np.int32)]
        self._open: dict[int, tuple[np.ndarray, int]] = {}

    def _group(self, group: VariableGroup) -> None:
        self.groups.append(VariableGroup(group.prefix, group.start, group.labels.astype(np.int32), group.width))

    def clauses(self, count: int, width: int, build: Callable[[], np.ndarray]) -> None:
        if not count:
            return
        self.spend(LITERAL_BYTES * count * width)
        block = build()
        if block.shape != (count, width):
            raise AssertionError(f"a block of shape {block.shape} for {count} clauses of {width} literals")
        repeated = _repeats(block)
        if repeated.any():
            rest = block[repeated]
            block = block[~repeated]
            self._repaired(rest)
        self._append(block)

    def _repaired(self, block: np.ndarray) -> None:
        """Clauses in which a variable occurs twice: tautologies go, duplicate literals too."""
        for clause in block.tolist():
            literals = list(dict.fromkeys(clause))
            if not any(-literal in literals for literal in literals):
                self._append(np.array([literals], dtype=np.int32))

    def _append(self, block: np.ndarray) -> None:
        count, width = block.shape
        if count * width >= _SMALL:
            self._blocks.append(np.ascontiguousarray(block))
            return
        buffer, used = self._open.pop(width, (None, 0))
        if buffer is None or used + count > len(buffer):
            if buffer is not None:
                self._blocks.append(buffer[:used])
            buffer, used = np.empty((2 * _SMALL // width, width), dtype=np.int32), 0
        buffer[used : used + count] = block
        self._open[width] = buffer, used + count

    def blocks(self) -> tuple[np.ndarray, ...]:
        """All clauses, unit clause of the constant first. Nothing can be added afterwards."""
        rest = [buffer[:used].copy() for _, (buffer, used) in sorted(self._open.items()) if used]
        self._open.clear()
        return (*self._blocks, *rest)


class FoldedCounter(ClauseArena):
    """Builds the blocks and keeps their numbers alone: exactly what an arena would hold."""

    def __init__(self, most_bytes: int | None = None) -> None:
        super().__init__(most_bytes)
        self.clause_count, self.literal_count = 1, 1

    def _group(self, group: VariableGroup) -> None:
        pass

    def _append(self, block: np.ndarray) -> None:
        self.clause_count += len(block)
        self.literal_count += block.size


def _repeats(block: np.ndarray) -> np.ndarray:
    """Which clauses have a variable twice."""
    width = block.shape[1]
    found = np.zeros(len(block), dtype=bool)
    if width < 2:
        return found
    magnitude = np.abs(block)
    if width > 4:
        magnitude.sort(axis=1)
        return np.asarray((magnitude[:, 1:] == magnitude[:, :-1]).any(axis=1))
    for i in range(width):
        for j in range(i + 1, width):
            found |= magnitude[:, i] == magnitude[:, j]
    return found


def write(sink: ClauseSink, columns: np.ndarray, width: int, template: np.ndarray) -> None:
    """For each row of ``columns`` [R, N] (literals without constants) all clauses of a template: int64 [T, width] with
    indices into a row followed by its negations, [0, 2 N)."""
    step = max(1, CHUNK // max(template.size, 1))
    for first in range(0, len(columns) if len(template) else 0, step):
        part = columns[first : first + step]

        def build(part: np.ndarray = part) -> np.ndarray:
            signed = np.concatenate([part, -part], axis=1)
            return signed.take(template, axis=1).reshape(-1, width)

        sink.clauses(len(part) * len(template), width, build)


def write_folded(sink: ClauseSink, block: np.ndarray) -> None:
    """Clauses [count, width] that may hold constants: satisfied ones are left out, false literals dropped."""
    block = block[~(block == TRUE).any(axis=1)]
    kept = block != FALSE
    sizes = kept.sum(axis=1)
    for width in np.unique(sizes).tolist():
        rows = sizes == width
        if width == 0:
            contradiction(sink)
            continue
        chosen = block[rows][kept[rows]].reshape(-1, width).astype(np.int32)
        sink.clauses(len(chosen), width, lambda chosen=chosen: chosen)  # type: ignore[misc]


def contradiction(sink: ClauseSink) -> None:
    """Makes the formula unsatisfiable without an empty clause, which not every reader accepts."""
    never = sink.variables("never", np.zeros((1, 0), dtype=np.int32))
    sink.clauses(1, 1, lambda: never)
    sink.clauses(1, 1, lambda: -never)
