"""Gates over whole arrays of literals.

Constants are folded by masks inside the gate, so that only lanes which need a gate get a variable and clauses.
"""

from __future__ import annotations

import itertools

import numpy as np

from dnnt_encode.encoders.cnf.arena import ClauseSink, write
from dnnt_encode.models.cnf import FALSE, TRUE


class Gates:
    """Each method takes and returns int32 literal arrays [L]; new variables are called ``prefix.labels.k``."""

    def __init__(self, sink: ClauseSink, prefix: str, labels: np.ndarray) -> None:
        self._sink, self._prefix, self._labels = sink, prefix, labels

    def conjunction(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """a and b."""
        out = np.where(a == TRUE, b, np.where(b == TRUE, a, np.where(a == b, a, FALSE))).astype(np.int32)
        open_ = (np.abs(a) != TRUE) & (np.abs(b) != TRUE) & (np.abs(a) != np.abs(b))
        return self._gate(out, open_, (a, b), _AND)

    def disjunction(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """a or b."""
        return -self.conjunction(-a, -b)

    def parity(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """a xor b."""
        known = np.where(np.abs(a) == TRUE, -a * b, np.where(np.abs(b) == TRUE, -b * a, np.where(a == b, FALSE, TRUE)))
        open_ = (np.abs(a) != TRUE) & (np.abs(b) != TRUE) & (np.abs(a) != np.abs(b))
        return self._gate(known.astype(np.int32), open_, (a, b), _XOR)

    def adder(self, a: np.ndarray, b: np.ndarray, c: np.ndarray, carries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The two bits of a + b + c; ``carries`` (bool [L]) says where the upper one can be 1."""
        # Put a constant, where there is one, in the place of c: the rest is then a half adder.
        swap = np.abs(a) == TRUE
        a, c = np.where(swap, c, a), np.where(swap, a, c)
        swap = (np.abs(b) == TRUE) & (np.abs(c) != TRUE)
        b, c = np.where(swap, c, b), np.where(swap, b, c)
        full = (np.abs(a) != TRUE) & (np.abs(b) != TRUE) & (np.abs(c) != TRUE)
        half = np.flatnonzero(~full)
        low, high = np.full(len(a), FALSE, dtype=np.int32), np.full(len(a), FALSE, dtype=np.int32)
        some = Gates(self._sink, self._prefix, self._labels[half])
        low[half] = some.parity(a[half], b[half]) * np.where(c[half] == TRUE, -1, 1)
        kept = half[carries[half]]
        some = Gates(self._sink, self._prefix, self._labels[kept])
        sign = np.where(c[kept] == TRUE, -1, 1)
        high[kept] = sign * some.conjunction(sign * a[kept], sign * b[kept])
        both = np.flatnonzero(full & carries)
        if len(both):
            fresh = self._sink.variables(self._prefix, self._labels[both], 2)
            low[both], high[both] = fresh[:, 0], fresh[:, 1]
            columns = np.column_stack([a[both], b[both], c[both], fresh])
            for width, template in _FULL_ADDER:
                write(self._sink, columns, width, template)
        alone = full & ~carries
        return self._gate(low, alone, (a, b, c), _XOR3), high

    def chosen(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Bits [L, W] and a literal [L] or [L, W]: their conjunction, bit by bit."""
        if first.size == 0:
            return first
        wide = np.broadcast_to(second.reshape(len(first), -1), first.shape)
        return np.stack([self.conjunction(first[:, j], wide[:, j]) for j in range(first.shape[1])], axis=1)

    def _gate(
        self,
        known: np.ndarray,
        open_: np.ndarray,
        inputs: tuple[np.ndarray, ...],
        templates: tuple[tuple[int, np.ndarray], ...],
    ) -> np.ndarray:
        """``known``, and in the lanes ``open_`` a new variable, the last column of the templates."""
        lanes = np.flatnonzero(open_)
        if not len(lanes):
            return known
        fresh = self._sink.variables(self._prefix, self._labels[lanes])
        known[lanes] = fresh[:, 0]
        columns = np.column_stack([*(part[lanes] for part in inputs), fresh]).astype(np.int32)
        for width, template in templates:
            write(self._sink, columns, width, template)
        return known


def _table(columns: int, *clauses: tuple[int, ...]) -> tuple[tuple[int, np.ndarray], ...]:
    """Clauses in literals 1 to ``columns`` as a template of ``arena.write``, by width."""
    widths = sorted({len(clause) for clause in clauses})
    return tuple(
        (
            width,
            np.array(
                [[abs(x) - 1 + (columns if x < 0 else 0) for x in clause] for clause in clauses if len(clause) == width]
            ),
        )
        for width in widths
    )


def _parity_clauses(inputs: int, output: int) -> list[tuple[int, ...]]:
    """The last literal is the parity of the first ``inputs`` ones."""
    result = []
    for signs in itertools.product((1, -1), repeat=inputs):
        odd = signs.count(1) % 2
        result.append((*(-sign * (k + 1) for k, sign in enumerate(signs)), output if odd else -output))
    return result


_AND = _table(3, (-3, 1), (-3, 2), (3, -1, -2))
_XOR = _table(3, *_parity_clauses(2, 3))
_XOR3 = _table(4, *_parity_clauses(3, 4))
# Inputs 1 to 3, sum 4, carry 5. The last six follow from the others and help propagation.
_FULL_ADDER = _table(
    5,
    *_parity_clauses(3, 4),
    (5, -1, -2),
    (5, -1, -3),
    (5, -2, -3),
    (-5, 1, 2),
    (-5, 1, 3),
    (-5, 2, 3),
    *((-5, -4, k) for k in (1, 2, 3)),
    *((5, 4, -k) for k in (1, 2, 3)),
)
