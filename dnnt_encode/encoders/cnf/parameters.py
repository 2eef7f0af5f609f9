"""The parameters as literals: for each value but the least of a set, the parameter has this value or a later one.

A two-valued set takes one variable, a ternary one two, which are also the selectors of its last and its first value.
Larger sets also get a selector a value; all selectors carry the names ``w.1.0.2.k``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.scaling import IntegerGrid, ScaledLayer
from dnnt_encode.encoders.cnf.arena import ClauseSink, write
from dnnt_encode.encoders.cnf.order import OrderNumbers
from dnnt_encode.encoders.cnf.values import ValueSets
from dnnt_encode.models.cnf import LiteralMap


@dataclass(frozen=True, eq=False)
class GridLiterals:
    """The parameters of one grid, flattened to P lanes: the literals of lane p, then those of -p (backwards and
    negated), begin at ``start[p]`` and ``mirrored[p]``."""

    tables: np.ndarray
    start: np.ndarray
    mirrored: np.ndarray
    literals: np.ndarray
    map: LiteralMap

    def times(self, values: ValueSets, parameters: np.ndarray, factor: int) -> OrderNumbers:
        """A constant times some parameters (flat indices)."""
        tables = self.tables[parameters]
        chosen, inverse = np.unique(tables, return_inverse=True)
        sets = np.array([values.scaled(number, factor) for number in chosen.tolist()], dtype=np.int64)
        start = (self.mirrored if factor < 0 else self.start)[parameters]
        return OrderNumbers(sets[inverse.reshape(-1)], start, self.literals)


@dataclass(frozen=True, eq=False)
class LayerLiterals:
    weights: GridLiterals
    biases: GridLiterals


def layer_literals(sink: ClauseSink, values: ValueSets, number: int, layer: ScaledLayer) -> LayerLiterals:
    """The literals of all parameters of layer ``number`` (from 1)."""
    return LayerLiterals(
        _grid(sink, values, f"w.{number}", layer.weights), _grid(sink, values, f"b.{number}", layer.biases)
    )


def _grid(sink: ClauseSink, values: ValueSets, prefix: str, grid: IntegerGrid) -> GridLiterals:
    shape = grid.index.shape
    choice = grid.index.reshape(-1)
    labels = np.stack(np.unravel_index(np.arange(len(choice)), shape), axis=1)
    sizes = grid.sizes().reshape(-1)
    counts = np.maximum(sizes - 1, 0)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    literals = np.zeros(int(start[-1]), dtype=np.int32)
    for size in np.unique(sizes[sizes > 1]).tolist():
        chosen = np.flatnonzero(sizes == size)
        literals[start[chosen][:, None] + np.arange(size - 1)] = _one_size(sink, prefix, labels[chosen], size)
    tables = np.array([values.add(table) for table in grid.tables], dtype=np.int64)[choice]
    # Backwards and negated, all lanes at once: lane p then begins at the end of what lies before it from behind.
    mirrored = 2 * len(literals) - start[1:]
    both = np.concatenate([literals, -literals[::-1]])
    return GridLiterals(tables, start[:-1], mirrored, both, LiteralMap(shape, start, literals))


def _one_size(sink: ClauseSink, prefix: str, labels: np.ndarray, size: int) -> np.ndarray:
    """The order literals [C, size - 1] of parameters with ``size`` values."""
    count = len(labels)

    def named(positions: list[int]) -> np.ndarray:
        rows = np.column_stack([np.repeat(labels, len(positions), axis=0), np.tile(positions, count)])
        return sink.variables(prefix, rows).reshape(count, len(positions))

    if size == 2:
        return named([1])
    if size == 3:
        ends = named([0, 2])
        order = np.column_stack([-ends[:, 0], ends[:, 1]])
        _chain(sink, order)
        return order
    selectors = named(list(range(size)))
    inner = sink.variables(f"{prefix[0]}o{prefix[1:]}", labels, size - 3)
    order = np.column_stack([-selectors[:, 0], inner, selectors[:, -1]])
    _chain(sink, order)
    # s_k <=> o_k and not o_(k+1), where o_k says "number k or later"; columns are o_1 ..., then s_1 ...
    columns = np.column_stack([order, selectors[:, 1:-1]])
    k, total = np.arange(size - 2), columns.shape[1]
    s = k + size - 1
    write(sink, columns, 2, np.concatenate([np.stack([s + total, k], axis=1), np.stack([s, k + 1], axis=1) + total]))
    write(sink, columns, 3, np.stack([s, k + total, k + 1], axis=1))
    return order


def _chain(sink: ClauseSink, order: np.ndarray) -> None:
    """Number k + 1 or later is also number k or later."""
    total = order.shape[1]
    k = np.arange(total - 1)
    write(sink, order, 2, np.stack([k + 1 + total, k], axis=1))
