"""Integer columns as bits, for the formats that have nothing else.

A column with r + 1 values is its lower bound plus bits of weight 1, 2, 4, ... and a last one that makes r of their sum:
every sum is in range, so no row has to say so. Fixed columns are put in as constants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.models.linear import ColumnGroup
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, MilpModel, filled, row_sums


@dataclass(frozen=True, eq=False)
class Bits:
    """Column c is ``constant[c]`` plus the bits ``columns[start[c]:start[c + 1]]`` times ``weights`` there."""

    start: np.ndarray
    columns: np.ndarray
    weights: np.ndarray
    constant: np.ndarray

    def values(self, bits: np.ndarray) -> np.ndarray:
        """The values of the columns at some values of the bits (and of what stands behind them)."""
        sums = np.concatenate([[0], np.cumsum(bits[: len(self.columns)] * self.weights)]).astype(np.int64)
        return np.asarray(self.constant + sums[self.start[1:]] - sums[self.start[:-1]])


def split_bits(model: MilpModel) -> tuple[MilpModel, Bits]:
    """The model over bits, and what its columns have become; the last one is fixed at 1 where there are no bits or a
    row without bits does not hold. Raises InputError for indicators and real columns."""
    if model.indicator.any() or not model.integer.all():
        raise InputError("only integer columns and unconditional rows can be split into bits")
    bits = _bits(model)
    counts = np.diff(bits.start)[model.row_columns]
    row_of = np.repeat(np.arange(model.rows), np.diff(model.row_start))
    moved = row_sums(bits.constant[model.row_columns] * model.row_coefficients, model.row_start)
    first = bits.start[model.row_columns]
    place = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    columns = bits.columns[place]
    coefficients = np.repeat(model.row_coefficients, counts) * bits.weights[place]
    lengths = np.bincount(np.repeat(row_of, counts), minlength=model.rows)
    rhs = model.row_rhs - moved
    sense = model.row_sense
    holds = ((sense == AT_MOST) | (rhs <= 0)) & ((sense == AT_LEAST) | (rhs >= 0))
    kept = (lengths > 0) | ~holds
    start = np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64)
    count = len(bits.columns)
    cost = np.zeros(count, dtype=np.int64)
    cost[bits.columns] = np.repeat(model.cost, np.diff(bits.start)) * bits.weights
    lower, added = np.zeros(count, dtype=np.int64), 0
    rhs = rhs[kept]
    if not count or (np.diff(start) == 0).any():
        start, columns, coefficients, rhs = filled(start, columns, coefficients, rhs, count)
        lower, cost, added = np.append(lower, 1), np.append(cost, 0), 1
    total = count + added
    split = MilpModel(
        lower=lower,
        upper=np.ones(total, dtype=np.int64),
        integer=np.ones(total, dtype=bool),
        cost=cost,
        row_start=start,
        row_columns=columns.astype(np.int32),
        row_coefficients=coefficients,
        row_sense=sense[kept],
        row_rhs=rhs,
        indicator=np.zeros(int(kept.sum()), dtype=np.int32),
        column_groups=(ColumnGroup("x", 0, np.arange(1, total + 1).reshape(-1, 1)),),
        offset=model.objective(bits.constant),
        added=added,
        reach=model.reach,
        warnings=model.warnings,
    )
    return split, bits


def _bits(model: MilpModel) -> Bits:
    reach = model.upper - model.lower
    # Reaches stay below 2^53, where frexp is exact: it gives the bit length.
    counts = np.where(reach > 0, np.frexp(reach.astype(np.float64))[1], 0).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    place = np.arange(int(start[-1])) - np.repeat(start[:-1], counts)
    weights = np.left_shift(np.int64(1), place)
    last = start[1:][counts > 0] - 1
    weights[last] = reach[counts > 0] - (weights[last] - 1)
    return Bits(start, np.arange(int(start[-1]), dtype=np.int32), weights, model.lower)
