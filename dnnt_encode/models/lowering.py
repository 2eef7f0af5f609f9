"""From conditional rows to a mixed-integer program.

A row ``literals => sum a_i v_i <= hi`` becomes ``sum a_i v_i - M (number of false literals) <= hi`` with
M = max(sum a_i v_i) - hi over the bounds of the row's own columns: the smallest number that switches the row off
whatever the columns are. There is no default M. Columns that are literals of their row are constants in it, and are put
in before. With indicators one literal stays a condition, and M serves the others.

A column that cannot be 0 counts from its lower bound, so that a loss which is large in any case does not make the
numbers large, and the objective's constant stays out of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY, ColumnGroup, LinearModel
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, EQUAL, SAFE_ACTIVITY, MilpModel, filled, row_sums

EXACT_LIMIT = 2.0**53
"""Rows whose absolute activity passes this are refused: solvers compute in doubles."""

CONSTANT = "one"
"""The column that is fixed at 1, for rows and programs without another column."""

_REMEDY = "use smaller values or coarser decimals, fewer layers, or a SAT backend"


def lower_model(model: LinearModel, *, indicators: bool = False) -> MilpModel:
    """The mixed-integer program of a linear model: the same columns in the same order, then ``one`` where there are
    none or where a row that no values meet has no column. A model with a threshold has no cost.

    Raises ModelTooLarge, naming what the row belongs to, where a row's absolute activity with its M passes 2^53, and
    InputError where a column of a conditional row has no finite bounds."""
    _check_bounds(model)
    shift = np.where((model.lower > 0) | (model.upper < 0), model.lower, 0)
    literals = _Literals.of(model)
    model = _shifted(model, shift)
    _refuse(model, model.magnitudes(), np.arange(model.rows))
    terms = _RowTerms.of(model, literals)
    lowered = _Sides.of(model, literals, terms).rows(literals, terms, indicators)
    return replace(_assembled(model, lowered), shift=shift)


def _shifted(model: LinearModel, shift: np.ndarray) -> LinearModel:
    """The model over columns less ``shift``; its literals mean the same, as no open one is shifted."""
    moved = row_sums(shift[model.row_columns] * model.row_coefficients, model.row_start)
    constant = int((shift[model.objective_columns].astype(object) * model.objective_coefficients).sum())
    return replace(
        model,
        lower=model.lower - shift,
        upper=model.upper - shift,
        row_lower=np.where(model.row_lower == MINUS_INFINITY, MINUS_INFINITY, model.row_lower - moved),
        row_upper=np.where(model.row_upper == PLUS_INFINITY, PLUS_INFINITY, model.row_upper - moved),
        objective_constant=model.objective_constant + constant,
    )


def _check_bounds(model: LinearModel) -> None:
    open_ = (model.lower == MINUS_INFINITY) | (model.upper == PLUS_INFINITY)
    if not open_.any():
        return
    row_of = np.repeat(np.arange(model.rows), np.diff(model.row_start))
    conditional = np.diff(model.enforce_start) > 0
    bad = np.flatnonzero(open_[model.row_columns] & conditional[row_of])
    where = model.row_label(int(row_of[bad[0]])) if len(bad) else "a column"
    raise InputError("found a column without finite bounds, so that no M can be proved", where)


def _refuse(model: LinearModel, reach: np.ndarray, source: np.ndarray) -> None:
    """Raises ModelTooLarge for the first row past the limit; ``source``: the model's row behind each."""
    over = np.flatnonzero(reach >= EXACT_LIMIT)
    if len(over):
        label = model.row_label(int(source[over[0]]))
        raise ModelTooLarge(f"{label}: a row may reach {reach[over[0]]:.3g}, past the exact doubles (2^53); {_REMEDY}")


@dataclass(frozen=True, eq=False)
class _Literals:
    """The literals of all conditional rows, in row order, each once; constants are resolved. ``void`` [R]: rows whose
    literals never hold together."""

    row: np.ndarray
    literal: np.ndarray
    void: np.ndarray

    @staticmethod
    def of(model: LinearModel) -> _Literals:
        row = np.repeat(np.arange(model.rows), np.diff(model.enforce_start))
        literal = model.enforce_literals
        column = np.abs(literal) - 1
        wanted = (literal > 0).astype(np.int64)
        fixed = model.lower[column] == model.upper[column]
        void = np.zeros(model.rows, dtype=bool)
        void[row[fixed & (model.lower[column] != wanted)]] = True
        row, literal = row[~fixed], literal[~fixed]
        order = np.lexsort((literal, np.abs(literal), row))
        row, literal = row[order], literal[order]
        same = (row[1:] == row[:-1]) & (np.abs(literal[1:]) == np.abs(literal[:-1]))
        void[row[1:][same & (literal[1:] != literal[:-1])]] = True
        kept = np.concatenate([[True], ~same]) if len(row) else np.zeros(0, dtype=bool)
        return _Literals(row[kept], literal[kept], void)


@dataclass(frozen=True, eq=False)
class _RowTerms:
    """The terms of all rows without the columns that are literals of their row; ``moved`` [R] is what those add."""

    start: np.ndarray
    columns: np.ndarray
    coefficients: np.ndarray
    moved: np.ndarray

    @staticmethod
    def of(model: LinearModel, literals: _Literals) -> _RowTerms:
        row_of = np.repeat(np.arange(model.rows), np.diff(model.row_start))
        moved = np.zeros(model.rows, dtype=np.int64)
        conditional = np.zeros(model.rows, dtype=bool)
        conditional[literals.row] = True
        suspects = np.flatnonzero(conditional[row_of])
        key = row_of[suspects] * np.int64(model.columns) + model.row_columns[suspects]
        # Literals are sorted by row and column, so their keys are sorted.
        keys = literals.row * np.int64(model.columns) + np.abs(literals.literal) - 1
        place = np.minimum(np.searchsorted(keys, key), max(0, len(keys) - 1))
        hit = keys[place] == key if len(keys) else np.zeros(0, dtype=bool)
        own = suspects[hit]
        value = literals.literal[place[hit]] > 0
        np.add.at(moved, row_of[own], model.row_coefficients[own] * value)
        kept = np.ones(model.terms, dtype=bool)
        kept[own] = False
        counts = np.bincount(row_of[kept], minlength=model.rows)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return _RowTerms(start, model.row_columns[kept], model.row_coefficients[kept], moved)


@dataclass(frozen=True, eq=False)
class _FinishedRows:
    """Finished rows, and the model's row behind each."""

    source: np.ndarray
    start: np.ndarray
    columns: np.ndarray
    coefficients: np.ndarray
    sense: np.ndarray
    rhs: np.ndarray
    indicator: np.ndarray


@dataclass(frozen=True, eq=False)
class _Sides:
    """One entry for each inequality or equation that remains: its row, sense, right-hand side, and M."""

    source: np.ndarray
    sense: np.ndarray
    rhs: np.ndarray
    big: np.ndarray

    @staticmethod
    def of(model: LinearModel, literals: _Literals, terms: _RowTerms) -> _Sides:
        low = model.lower[terms.columns] * terms.coefficients
        high = model.upper[terms.columns] * terms.coefficients
        least = row_sums(np.minimum(low, high), terms.start)
        most = row_sums(np.maximum(low, high), terms.start)
        bounded_below, bounded_above = model.row_lower != MINUS_INFINITY, model.row_upper != PLUS_INFINITY
        lower = np.where(bounded_below, model.row_lower, 0) - terms.moved
        upper = np.where(bounded_above, model.row_upper, 0) - terms.moved
        conditional = np.zeros(model.rows, dtype=bool)
        conditional[literals.row] = True
        # A side that the columns' bounds imply says nothing.
        needs_lower = bounded_below & (lower > least) & ~literals.void
        needs_upper = bounded_above & (upper < most) & ~literals.void
        equal = needs_lower & needs_upper & (lower == upper) & ~conditional
        parts = [
            (np.flatnonzero(equal), EQUAL, lower, np.zeros_like(lower)),
            (np.flatnonzero(needs_lower & ~equal), AT_LEAST, lower, lower - least),
            (np.flatnonzero(needs_upper & ~equal), AT_MOST, upper, most - upper),
        ]
        source = np.concatenate([rows for rows, *_ in parts])
        order = np.argsort(source, kind="stable")
        return _Sides(
            source[order],
            np.concatenate([np.full(len(rows), sense, dtype=np.uint8) for rows, sense, *_ in parts])[order],
            np.concatenate([rhs[rows] for rows, _, rhs, _ in parts])[order],
            np.concatenate([big[rows] for rows, *_, big in parts])[order],
        )

    def rows(self, literals: _Literals, terms: _RowTerms, indicators: bool) -> _FinishedRows:
        """The rows with their M in place."""
        count = len(self.source)
        own = np.diff(terms.start)[self.source]
        literal_start = np.searchsorted(literals.row, np.arange(len(terms.start)))
        conditions = np.diff(literal_start)[self.source]
        first = literal_start[self.source]
        indicator = np.zeros(count, dtype=np.int32)
        if indicators:
            has = np.flatnonzero(conditions)
            indicator[has] = literals.literal[first[has]]
            conditions = conditions - (conditions > 0)
            first = first + (indicator != 0)
        start = np.concatenate([[0], np.cumsum(own + conditions)]).astype(np.int64)
        columns = np.empty(int(start[-1]), dtype=np.int32)
        coefficients = np.empty(int(start[-1]), dtype=np.int64)
        source = _ranges(terms.start[self.source], own)
        target = _ranges(start[:-1], own)
        columns[target], coefficients[target] = terms.columns[source], terms.coefficients[source]
        chosen = literals.literal[_ranges(first, conditions)]
        owner = np.repeat(np.arange(count), conditions)
        target = _ranges(start[:-1] + own, conditions)
        # At most: + M v for a positive literal, as M (1 - v) is taken off the left side; at least: the mirror image.
        sign = np.where(self.sense == AT_MOST, 1, -1)
        big = sign[owner] * self.big[owner]
        columns[target] = np.abs(chosen) - 1
        coefficients[target] = np.where(chosen > 0, big, -big)
        rhs = self.rhs.copy()
        np.add.at(rhs, owner, np.where(chosen > 0, big, 0))
        return _FinishedRows(self.source, start, columns, coefficients, self.sense, rhs, indicator)


def _ranges(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """first[0], first[0] + 1, ... (count[0] of them), first[1], ..."""
    total = int(count.sum())
    before = np.cumsum(count) - count
    return np.repeat(first - before, count) + np.arange(total)


def _assembled(model: LinearModel, rows: _FinishedRows) -> MilpModel:
    cost = np.zeros(model.columns, dtype=np.int64)
    if model.threshold is None:
        np.add.at(cost, model.objective_columns, model.objective_coefficients)
    groups = model.column_groups
    lower, upper = model.lower, model.upper
    start, columns, coefficients, rhs = rows.start, rows.columns, rows.coefficients, rows.rhs
    # A row that is left without columns cannot be met.
    if not model.columns or (np.diff(start) == 0).any():
        groups = (*groups, ColumnGroup(CONSTANT, model.columns, np.zeros((1, 0), dtype=np.int32)))
        lower, upper = np.append(lower, 1), np.append(upper, 1)
        cost = np.append(cost, 0)
        start, columns, coefficients, rhs = filled(start, columns, coefficients, rhs, model.columns)
    if not len(rhs):
        # Not every reader takes a program without rows: this one says what the bounds of its column say.
        first = np.zeros(1, dtype=np.int64)
        rows = _FinishedRows(first, first, first, first, np.array([AT_MOST], np.uint8), first, np.zeros(1, np.int32))
        start, columns, coefficients, rhs = np.array([0, 1]), first, first + 1, upper[:1].astype(np.int64)
    width = np.maximum(np.abs(lower.astype(np.float64)), np.abs(upper.astype(np.float64)))
    reach = row_sums(np.abs(coefficients.astype(np.float64)) * width[columns], start)
    reach = np.maximum(reach, np.abs(rhs.astype(np.float64)))
    _refuse(model, reach, rows.source)
    loss = float((np.abs(cost.astype(np.float64)) * width).sum())
    if loss >= EXACT_LIMIT:
        raise ModelTooLarge(f"the loss may reach {loss:.3g}, past the exact doubles (2^53); {_REMEDY}")
    return MilpModel(
        lower=lower,
        upper=upper,
        integer=np.ones(len(lower), dtype=bool),
        cost=cost,
        row_start=start,
        row_columns=columns.astype(np.int32),
        row_coefficients=coefficients,
        row_sense=rows.sense,
        row_rhs=rhs,
        indicator=rows.indicator,
        column_groups=groups,
        offset=model.objective_constant if model.threshold is None else 0,
        added=len(lower) - model.columns,
        reach=float(reach.max(initial=0)),
        warnings=_warnings(model, reach, rows.source),
    )


def _warnings(model: LinearModel, reach: np.ndarray, source: np.ndarray) -> tuple[str, ...]:
    if not len(reach) or reach.max() < SAFE_ACTIVITY:
        return ()
    worst = int(reach.argmax())
    text = (
        f"{model.row_label(int(source[worst]))}: a row reaches {reach[worst]:.2g}; where a solver takes 1e-6 of an "
        f"integer for nothing, that row may be off by {reach[worst] * 1e-6:.2g}. Its weights are verified exactly all "
        "the same; its bound may be wrong"
    )
    return (text,)
