"""Where the linear encoder writes: a builder that makes the model, or a counter that only adds up its size.

The encoder hands every block of rows over as a number of rows and a function that makes them, so that one walk over the
network serves both, and the size announced before building is the size that is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dnnt_encode.encoders.budget import Enough
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY, ColumnGroup, RowGroup

NO_LITERAL = 0


@dataclass(frozen=True, eq=False)
class RowBlock:
    """R rows of at most k terms: ``columns`` [R, k], ``coefficients`` (broadcast to [R, k]; terms with coefficient 0
    are dropped, and only there may a column be negative), ``lower`` and ``upper`` (broadcast to [R]), ``literals``
    [R, e] or None, where ``NO_LITERAL`` fills unused places."""

    columns: np.ndarray
    coefficients: Any
    lower: Any = MINUS_INFINITY
    upper: Any = PLUS_INFINITY
    literals: np.ndarray | None = None


class RowSink(Protocol):
    """What the encoder needs of a model under construction."""

    def columns(self, prefix: str, labels: np.ndarray, lower: Any, upper: Any) -> np.ndarray:
        """New integer columns, one a row of ``labels`` [C, r]; returns their numbers (int32 [C])."""

    def rows(self, label: str, count: int, width: int, build: Callable[[], RowBlock]) -> None:
        """``count`` rows of at most ``width`` terms, made by ``build`` when they are wanted."""


class LinearCounter:
    """Counts columns, rows and (at most) terms; builds nothing."""

    def __init__(self) -> None:
        self.column_count = 0
        self.row_count = 0
        self.term_count = 0

    def columns(self, prefix: str, labels: np.ndarray, lower: Any, upper: Any) -> np.ndarray:
        start = self.column_count
        self.column_count += len(labels)
        return np.arange(start, self.column_count, dtype=np.int32)

    def rows(self, label: str, count: int, width: int, build: Callable[[], RowBlock]) -> None:
        self.row_count += count
        self.term_count += count * width


class LinearBuilder:
    """Collects blocks, and joins them into flat arrays at the end. ``most_terms``: the walk may end past these; what
    was collected is the beginning of the model."""

    def __init__(self, most_terms: int | None = None) -> None:
        self.most_terms = most_terms
        self.term_count = 0
        self.column_count = 0
        self.row_count = 0
        self.column_groups: list[ColumnGroup] = []
        self.row_groups: list[RowGroup] = []
        self._lower: list[np.ndarray] = []
        self._upper: list[np.ndarray] = []
        self._parts: dict[str, list[np.ndarray]] = {
            name: [] for name in ("columns", "coefficients", "lengths", "low", "high", "literals", "literal_counts")
        }

    def columns(self, prefix: str, labels: np.ndarray, lower: Any, upper: Any) -> np.ndarray:
        start, count = self.column_count, len(labels)
        if count:
            self.column_groups.append(ColumnGroup(prefix, start, np.asarray(labels, dtype=np.int32)))
            self._lower.append(np.broadcast_to(np.asarray(lower, dtype=np.int64), (count,)))
            self._upper.append(np.broadcast_to(np.asarray(upper, dtype=np.int64), (count,)))
        self.column_count += count
        return np.arange(start, self.column_count, dtype=np.int32)

    def rows(self, label: str, count: int, width: int, build: Callable[[], RowBlock]) -> None:
        if not count:
            return
        if self.most_terms is not None and self.term_count + count * width > 8 * self.most_terms:
            # Too many to find out which of them are none.
            raise Enough
        block = build()
        coefficients = np.broadcast_to(np.asarray(block.coefficients, dtype=np.int64), block.columns.shape)
        kept = coefficients != 0
        if len(block.columns) != count or (block.columns[kept] < 0).any():
            raise AssertionError(f"{label}: {len(block.columns)} rows for {count}, or a term without its column")
        parts = self._parts
        parts["columns"].append(block.columns[kept].astype(np.int32))
        parts["coefficients"].append(coefficients[kept])
        parts["lengths"].append(kept.sum(axis=1))
        parts["low"].append(np.broadcast_to(np.asarray(block.lower, dtype=np.int64), (count,)))
        parts["high"].append(np.broadcast_to(np.asarray(block.upper, dtype=np.int64), (count,)))
        if block.literals is None:
            parts["literal_counts"].append(np.zeros(count, dtype=np.int64))
        else:
            used = block.literals != NO_LITERAL
            parts["literals"].append(block.literals[used].astype(np.int32))
            parts["literal_counts"].append(used.sum(axis=1))
        if self.row_groups and self.row_groups[-1].label == label:
            self.row_groups[-1] = RowGroup(label, self.row_groups[-1].start, self.row_count + count)
        else:
            self.row_groups.append(RowGroup(label, self.row_count, self.row_count + count))
        self.row_count += count
        self.term_count += len(parts["columns"][-1])
        if self.most_terms is not None and self.term_count > self.most_terms:
            raise Enough

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of ``LinearModel`` that describe columns and rows, by their names there. The blocks are released
        on the way, so that no more than one array is ever held twice."""
        return {
            "lower": _joined(self._lower, np.int64),
            "upper": _joined(self._upper, np.int64),
            "row_start": _offsets(self._parts["lengths"]),
            "row_columns": _joined(self._parts["columns"], np.int32),
            "row_coefficients": _joined(self._parts["coefficients"], np.int64),
            "row_lower": _joined(self._parts["low"], np.int64),
            "row_upper": _joined(self._parts["high"], np.int64),
            "enforce_start": _offsets(self._parts["literal_counts"]),
            "enforce_literals": _joined(self._parts["literals"], np.int32),
        }


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    joined = np.concatenate([np.zeros(0, dtype=dtype), *parts])
    parts.clear()
    return joined


def _offsets(lengths: list[np.ndarray]) -> np.ndarray:
    joined = _joined(lengths, np.int64)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(joined)])
