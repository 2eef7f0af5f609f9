"""Columns for the parameters: a fixed one has none, any other is ``offset + step * column``.

Where the allowed integers form an arithmetic progression the column is the position in the set. Selectors (one-hot
literals, one a value) are added where a product needs them or where the set has gaps; of two values, the column and its
negation are the selectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.scaling import IntegerGrid, ScaledLayer
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.models.variable_map import GridMap


@dataclass(frozen=True, eq=False)
class GridColumns:
    """The parameters of one grid, arrays of its shape: value = ``offset + step * column``, column -1 where fixed.

    ``literals`` [..., K] hold the selector of the k-th value, 0 where there is none.
    """

    grid: IntegerGrid
    column: np.ndarray
    step: np.ndarray
    offset: np.ndarray
    literals: np.ndarray
    map: GridMap

    @property
    def fixed(self) -> np.ndarray:
        return np.asarray(self.column < 0)


@dataclass(frozen=True, eq=False)
class LayerColumns:
    weights: GridColumns
    biases: GridColumns


def layer_columns(sink: RowSink, number: int, layer: ScaledLayer, selectors: np.ndarray) -> LayerColumns:
    """The columns of all parameters of layer ``number`` (from 1); ``selectors`` [units, fan_in] says which weights need
    them."""
    none = np.zeros(layer.biases.index.shape, dtype=bool)
    return LayerColumns(
        weights=_grid_columns(sink, f"w.{number}", layer.weights, selectors),
        biases=_grid_columns(sink, f"b.{number}", layer.biases, none),
    )


def _grid_columns(sink: RowSink, prefix: str, grid: IntegerGrid, selectors: np.ndarray) -> GridColumns:
    shape = grid.index.shape
    choice = grid.index.reshape(-1)
    sizes = grid.sizes().reshape(-1)
    labels = np.stack(np.unravel_index(np.arange(len(choice)), shape), axis=1)
    progression = np.array([_is_progression(table) for table in grid.tables], dtype=bool)[choice]
    first = np.array([table[0] for table in grid.tables], dtype=np.int64)[choice]
    last = np.array([table[-1] for table in grid.tables], dtype=np.int64)[choice]
    free = sizes > 1
    by_position = free & progression
    by_value = free & ~progression
    one_hot = (sizes > 2) & (selectors.reshape(-1) | by_value)

    column = np.full(len(choice), -1, dtype=np.int32)
    column[by_position] = sink.columns(prefix, labels[by_position], 0, sizes[by_position] - 1)
    column[by_value] = sink.columns(f"{prefix[0]}sum{prefix[1:]}", labels[by_value], first[by_value], last[by_value])
    step = np.where(by_position, (last - first) // np.maximum(sizes - 1, 1), 1)
    offset = np.where(by_value, 0, first)

    widest = int(sizes[free & (selectors.reshape(-1) | one_hot)].max(initial=2))
    literals = np.zeros((len(choice), widest), dtype=np.int32)
    hot = np.flatnonzero(one_hot)
    owner = np.repeat(hot, sizes[hot])
    value = np.arange(len(owner)) - np.repeat(np.cumsum(sizes[hot]) - sizes[hot], sizes[hot])
    chosen = sink.columns(prefix, np.column_stack([labels[owner], value]), 0, 1)
    literals[owner, value] = chosen + 1
    two = np.flatnonzero(free & (sizes == 2) & selectors.reshape(-1))
    literals[two, 0] = -(column[two] + 1)
    literals[two, 1] = column[two] + 1

    for size in np.unique(sizes[hot]).tolist():
        rows = hot[sizes[hot] == size]
        _one_hot_rows(sink, prefix, grid, rows, size, literals, column, step, offset)

    counted = np.concatenate([np.flatnonzero(by_position), owner[by_value[owner]]])
    columns = np.concatenate([column[by_position], chosen[by_value[owner]]])
    counts = np.concatenate([np.ones(int(by_position.sum()), dtype=np.int64), value[by_value[owner]]])
    grid_map = GridMap(
        shape=shape,
        sizes=sizes,
        parameters=counted,
        columns=columns,
        coefficients=counts,
        value_columns=np.where(by_position, column, -1),
        selector_parameters=owner,
        selector_values=value,
        selector_columns=chosen,
    )
    return GridColumns(
        grid,
        column.reshape(shape),
        step.reshape(shape),
        offset.reshape(shape),
        literals.reshape(*shape, widest),
        grid_map,
    )


def _one_hot_rows(
    sink: RowSink,
    prefix: str,
    grid: IntegerGrid,
    rows: np.ndarray,
    size: int,
    literals: np.ndarray,
    column: np.ndarray,
    step: np.ndarray,
    offset: np.ndarray,
) -> None:
    """Exactly one selector holds, and the column has its value."""
    selectors = literals[rows, :size] - 1
    tables = np.stack([grid.tables[k] for k in grid.index.reshape(-1)[rows].tolist()]).astype(np.int64)
    shown = (tables - offset[rows, None]) // step[rows, None]
    ones = np.ones_like(shown)
    sink.rows(f"{prefix}: selectors", len(rows), size, lambda: RowBlock(selectors, ones, 1, 1))
    sink.rows(
        f"{prefix}: selectors",
        len(rows),
        size + 1,
        lambda: RowBlock(np.column_stack([column[rows], selectors]), np.column_stack([ones[:, :1], -shown]), 0, 0),
    )


def _is_progression(table: np.ndarray) -> bool:
    steps = np.diff(table)
    return len(table) < 3 or bool((steps == steps[0]).all())
