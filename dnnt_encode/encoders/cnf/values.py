"""The value sets of numbers in order encoding, each kept once, and what sums and products make of them.

Everything that depends on the values alone (the set of a sum, which clauses a merge has) is computed once a pair of
sets and written for all lanes that have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dnnt_encode.encoders.cnf.arena import MERGE_BYTES, PAIR_BYTES
from dnnt_encode.encoders.cnf.squash import Monotone
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.rationals import integer_array, narrow

LARGEST_TABLE = 1 << 26
"""More pairs of values than this are refused."""


@dataclass(frozen=True, eq=False)
class Template:
    """How two numbers a and b make a number c with the values ``values`` (set ``result``).

    ``source``: where no clause is needed, the index of every literal of c among those of a, then of b. Otherwise
    ``clauses`` by width, indices into the literals of a, b, c and then their negations (see ``arena.write``)."""

    result: int
    source: np.ndarray | None
    clauses: tuple[tuple[int, np.ndarray], ...]

    @property
    def count(self) -> int:
        return sum(len(table) for _, table in self.clauses)


@dataclass(eq=False)
class ValueSets:
    """All value sets of one formula, by number. ``spend`` is told of bytes before they are used."""

    spend: Callable[[int], None] | None = None
    arrays: list[np.ndarray] = field(default_factory=list)
    squashes: list[Monotone] = field(default_factory=list)
    _number: dict[object, int] = field(default_factory=dict)
    _squash_number: dict[Monotone, int] = field(default_factory=dict)
    _sizes: np.ndarray = field(default_factory=lambda: np.zeros(16, dtype=np.int64))
    _sums: dict[tuple[int, int, int], Template] = field(default_factory=dict)
    _products: dict[tuple[int, int], Template] = field(default_factory=dict)
    _scaled: dict[tuple[int, int], int] = field(default_factory=dict)
    _maxima: dict[tuple[int, int], Template] = field(default_factory=dict)

    def add(self, values: np.ndarray) -> int:
        """The number of a set of sorted, distinct integers."""
        # Two int64 sets are added as int64: their sums fit, and are kept as wide integers where theirs might not.
        values = narrow(values)
        key = tuple(values.tolist()) if values.dtype == object else values.tobytes()
        number = self._number.get(key)
        if number is None:
            number = self._number[key] = len(self.arrays)
            self.arrays.append(values)
            if number >= len(self._sizes):
                self._sizes = np.concatenate([self._sizes, np.zeros_like(self._sizes)])
            self._sizes[number] = len(values)
        return number

    def sizes(self, sets: np.ndarray) -> np.ndarray:
        return np.asarray(self._sizes[sets])

    def squash(self, function: Monotone | None) -> int:
        """The number of a function; -1 for none."""
        if function is None or function.is_identity:
            return -1
        if function not in self._squash_number:
            self._squash_number[function] = len(self.squashes)
            self.squashes.append(function)
        return self._squash_number[function]

    def scaled(self, number: int, factor: int) -> int:
        """The set of ``factor`` times the values."""
        key = (number, factor)
        if key not in self._scaled:
            values = integer_array(self.arrays[number].astype(object) * factor)
            self._scaled[key] = self.add(np.unique(values))
        return self._scaled[key]

    def sum(self, a: int, b: int, squash: int) -> Template:
        """c = squash(a + b)."""
        key = (a, b, squash)
        if key not in self._sums:
            self._sums[key] = self._sum(a, b, squash)
        return self._sums[key]

    def _sum(self, a: int, b: int, squash: int) -> Template:
        first, second = self.arrays[a], self.arrays[b]
        self._check(len(first), len(second))
        table = np.add.outer(first, second)
        if squash >= 0:
            table = self.squashes[squash].apply(table)
        values, rank = _ranked(table)
        result = self.add(values)
        if len(values) == 1 or len(first) == 1 or len(second) == 1:
            # A monotone function of one number: each literal of the result is one of the number's.
            flat = rank.reshape(-1)
            return Template(result, np.searchsorted(flat, np.arange(1, len(values))) - 1, ())
        m, n = len(first) - 1, len(second) - 1
        up, down = np.ones(rank.shape, dtype=bool), np.ones(rank.shape, dtype=bool)
        up[1:] &= rank[1:] != rank[:-1]
        up[:, 1:] &= rank[:, 1:] != rank[:, :-1]
        up &= rank > 0
        down[:-1] &= rank[:-1] != rank[1:]
        down[:, :-1] &= rank[:, :-1] != rank[:, 1:]
        down &= rank < len(values) - 1
        c, total = m + n, m + n + len(values) - 1
        i, j = np.nonzero(up)
        k = rank[i, j] - 1 + c
        both, alone = (i > 0) & (j > 0), i == 0
        most_i, most_j = i - 1 + total, j - 1 + m + total
        wide = [_rows(both, most_i, most_j, k)]
        narrow = [_rows(alone, most_j, k), _rows(~both & ~alone, most_i, k)]
        i, j = np.nonzero(down)
        k = rank[i, j] + c + total
        both, alone = (i < m) & (j < n), i == m
        wide.append(_rows(both, i, j + m, k))
        narrow += [_rows(alone, j + m, k), _rows(~both & ~alone, i, k)]
        chain = np.arange(c, total - 1)
        narrow.append(np.stack([chain + 1 + total, chain], axis=1))
        return Template(result, None, ((2, np.concatenate(narrow)), (3, np.concatenate(wide))))

    def _check(self, m: int, n: int) -> None:
        if m * n > LARGEST_TABLE:
            raise ModelTooLarge(
                f"a sum of two numbers with {m} and {n} values is too large for order encoding; use adders (or auto)"
            )
        if self.spend is not None:
            self.spend(MERGE_BYTES + PAIR_BYTES * m * n)

    def product(self, w: int, h: int) -> Template:
        """c = w h for a parameter w and a number h, in which neither factor has a single value."""
        key = (w, h)
        if key not in self._products:
            self._products[key] = self._product(w, h)
        return self._products[key]

    def _product(self, w: int, h: int) -> Template:
        first, second = self.arrays[w], self.arrays[h]
        self._check(len(first), len(second))
        if int(np.abs(first).max()) * int(np.abs(second).max()) >= 2**62:
            first, second = first.astype(object), second.astype(object)
        values, rank = _ranked(np.multiply.outer(first, second))
        m, n = len(first) - 1, len(second) - 1
        clauses = _ClauseTemplate(m + n + len(values) - 1)
        number = np.arange(n + 1)
        low, high = clauses.negated(number - 1, m), _below(number, n, m)
        for k, v in enumerate(first.tolist()):
            at_least, at_most = clauses.negated(np.full(n + 1, k - 1)), _below(np.full(n + 1, k), m)
            up = np.where(rank[k] > 0, rank[k] - 1 + m + n, NEVER)
            down = np.where(rank[k] < len(values) - 1, clauses.negated(rank[k] + m + n), NEVER)
            # For h >= 0 the product grows with w, so that one side of w's value is enough.
            monotone = int(second[0]) >= 0
            w_up = NONE if monotone and v >= 0 else at_most
            w_down = NONE if monotone and v >= 0 else at_least
            if v > 0:
                clauses.add(at_least, w_up, low, up)
                clauses.add(w_down, at_most, high, down)
            elif v < 0:
                clauses.add(at_least, NONE if monotone else at_most, high, up)
                clauses.add(NONE if monotone else at_least, at_most, low, down)
            else:
                clauses.add(at_least[:1], at_most[:1] if not monotone else NONE, up[:1])
                clauses.add(at_least[:1] if not monotone else NONE, at_most[:1], down[:1])
        clauses.chain(m + n, len(values) - 1)
        return Template(self.add(values), None, clauses.by_width())

    def maximum(self, a: int, b: int) -> Template:
        """c = max(a, b)."""
        key = (a, b)
        if key not in self._maxima:
            first, second = self.arrays[a], self.arrays[b]
            values = np.unique(np.concatenate([first.astype(object), second.astype(object)]))
            values = values[values >= max(int(first[0]), int(second[0]))]
            m, n = len(first) - 1, len(second) - 1
            c = np.arange(len(values) - 1)
            reached = [np.searchsorted(part.astype(object), values[1:]) - 1 for part in (first, second)]
            clauses = _ClauseTemplate(m + n + len(c))
            for index, count, shift in ((reached[0], m, 0), (reached[1], n, m)):
                clauses.add(np.where(index >= count, NEVER, clauses.negated(index, shift)), c + m + n)
            clauses.add(_below(reached[0], m), _below(reached[1], n, m), clauses.negated(c + m + n))
            clauses.chain(m + n, len(c))
            self._maxima[key] = Template(self.add(values), None, clauses.by_width())
        return self._maxima[key]


NONE = -1
"""In a clause under construction: no literal in this place."""
NEVER = -2
"""In a clause under construction: a true literal in this place, so no clause."""


class _ClauseTemplate:
    """Collects clauses over N literals as index arrays, and sorts them by width."""

    def __init__(self, literals: int) -> None:
        self._literals = literals
        self._parts: list[np.ndarray] = []

    def negated(self, index: np.ndarray, shift: int = 0) -> np.ndarray:
        """Not literal ``index + shift``; NONE where the index is negative."""
        return np.where(index < 0, NONE, index + shift + self._literals)

    def add(self, *columns: np.ndarray | int) -> None:
        block = np.stack(np.broadcast_arrays(*columns), axis=1)
        self._parts.append(block[(block != NEVER).all(axis=1)])

    def chain(self, first: int, count: int) -> None:
        """Literal k + 1 implies literal k, for ``count`` literals from ``first`` on."""
        index = np.arange(first, first + count)
        self.add(self.negated(index[1:]), index[:-1])

    def by_width(self) -> tuple[tuple[int, np.ndarray], ...]:
        collected: dict[int, list[np.ndarray]] = {}
        for part in self._parts:
            kept = part != NONE
            widths = kept.sum(axis=1)
            for width in np.unique(widths).tolist():
                rows = widths == width
                collected.setdefault(width, []).append(part[rows][kept[rows]].reshape(-1, width))
        return tuple((width, np.concatenate(parts)) for width, parts in sorted(collected.items()))


def _rows(chosen: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """The chosen entries of some columns, side by side."""
    return np.stack([column[chosen] for column in columns], axis=1)


def _below(index: np.ndarray, count: int, shift: int = 0) -> np.ndarray:
    """The literal that a number is above its value ``index`` (so that its clause is about those at most it)."""
    return np.where(index >= count, NONE, index + shift)


def _ranked(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, rank = np.unique(table, return_inverse=True)
    return values, rank.reshape(table.shape)
