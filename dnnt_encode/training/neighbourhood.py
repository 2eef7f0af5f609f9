"""All changes of one parameter of a unit, evaluated at once and exactly.

A change of a parameter by delta moves the unit's pre-activation z by delta times what the parameter reads. Where a
column takes few values, few shifts of z can come out: with the energies of the samples at these shifts, the costs of
the change for all columns of a group are one matrix product (see ``few_values``). A bias is a column of ones. Columns
of other values are evaluated one by one: all, or a random choice where they are many.

The energies at the shifts, less those at z, are written g [S, n]. Costs are linear in g; the coefficients
(``_DeltaPlan``) depend on the deltas alone.
"""

from __future__ import annotations

import math

import numpy as np

from dnnt_encode.training.above import Above
from dnnt_encode.training.effort import PRODUCT
from dnnt_encode.training.few_values import ValueGroup
from dnnt_encode.training.problem import Problem
from dnnt_encode.training.state import State

MAX_DELTAS = 8
"""Of more different changes of a value some are evaluated at a time."""

MOST_DELTAS = 256
"""Of more different changes up some are left out, evenly."""

SMALL_SET = 16
"""Values of larger sets are changed by 1, 2, 4, 8, ... positions alone."""

NO_STEPS = np.zeros(0, dtype=np.int64)

SINGLE_ROWS = 64
"""So many columns of arbitrary values are evaluated at a time, at most ..."""

SINGLE_ELEMENTS = 2**18
"""... and fewer where this many elements would be passed, samples counted."""


class Columns:
    """A group as a layer reads it: of the source number ``source``; the weights' columns are ``columns``."""

    def __init__(self, group: ValueGroup, source: int, start: int) -> None:
        self.group, self.source = group, source
        self.columns = slice(start + group.rows.start, start + group.rows.stop)
        self.values, self.size = group.values, group.size
        self.factor, self.constant = group.affine()

    def indicators(self, state: State) -> np.ndarray:
        """[values - 1, size, n], up to ``factor`` and ``constant``."""
        return self.group.indicators(state.a[self.source])


class Shifts:
    """Values by which z is shifted, 0 left out, and the coefficients that pick one of them out of g."""

    def __init__(self, values: set[float]) -> None:
        self.values = np.array(sorted(values - {0.0}))
        self._place = {value: k for k, value in enumerate(self.values.tolist())}

    def pick(self, value: float) -> np.ndarray:
        row = np.zeros(len(self.values))
        if value:
            row[self._place[value]] = 1
        return row

    def rows(self, z: np.ndarray, more: int, state: State) -> np.ndarray:
        """z, z shifted, and room for ``more`` rows: a buffer [1 + S + more, n]."""
        wide = len(self.values)
        rows = state.buffers.get("rows", (1 + wide + more, len(z)), z.dtype)
        rows[0] = z
        np.add(self.values[:, None].astype(z.dtype), z, out=rows[1 : 1 + wide])
        return rows


class _DeltaPlan:
    """For deltas D: the costs of group k are the sum over its values of indicators @ (slopes[k] @ g).T, [size, D], plus
    ``levels[k]`` @ the sums of g over the samples; ``slopes[k]`` is [values - 1, D, S], ``levels[k]`` [D, S].
    ``refused`` [keys, D] is infinite where a delta leaves the set."""

    def __init__(self, groups: list[Columns], deltas: np.ndarray, refused: np.ndarray) -> None:
        self.refused, dtype = refused, refused.dtype
        ends = {1.0, *(value for group in groups for value in group.values)}
        self.shifts = Shifts({end * delta for end in ends for delta in deltas.tolist()})
        self.slopes: list[np.ndarray] = []
        self.levels: list[np.ndarray] = []
        for group in groups:
            first, *others = (self._picks(deltas * value) for value in group.values)
            steps = np.array([other - first for other in others]).reshape(len(others), *first.shape)
            self.slopes.append((steps * group.factor).astype(dtype))
            self.levels.append((first + group.constant * steps.sum(axis=0)).astype(dtype))
        self.bias: np.ndarray = self._picks(deltas).astype(dtype)

    def _picks(self, values: np.ndarray) -> np.ndarray:
        return np.array([self.shifts.pick(value) for value in values.tolist()]).reshape(
            len(values), len(self.shifts.values)
        )


def steps_around(size: int) -> np.ndarray:
    """By how many positions, around its end, a value of a set of some size is changed: closed under negation."""
    if size <= SMALL_SET:
        return np.arange(1, size)
    powers = 2 ** np.arange((size - 1).bit_length())
    return np.unique(np.r_[powers, size - powers])


class Neighbourhood:
    """The changes of the units of one layer."""

    def __init__(self, problem: Problem, position: int) -> None:
        layer = problem.layers[position]
        self.position, self.choices, self.dtype = position, layer.choices, problem.dtype
        self.bias = layer.choices.shape[1] - 1
        self._source_of = np.zeros(self.bias, dtype=np.int64)
        self._row_of = np.zeros(self.bias, dtype=np.int64)
        self.groups: list[Columns] = []
        grouped = np.zeros(self.bias + 1, dtype=bool)
        grouped[self.bias] = True
        for source, columns in layer.reads:
            self._source_of[columns] = source
            self._row_of[columns] = np.arange(columns.stop - columns.start)
            for group in problem.groups(source):
                self.groups.append(Columns(group, source, columns.start))
                grouped[self.groups[-1].columns] = True
        self._set_deltas(grouped)
        self._set_singles(~grouped)
        self._plans: list[tuple[np.ndarray, _DeltaPlan]] = []
        self.alternatives = (layer.choices.size - 1).sum(axis=1)

    def _set_deltas(self, grouped: np.ndarray) -> None:
        """The differences of values in the sets of grouped columns, and the keys that they lead to."""
        tables = self.choices.tables
        found: set[float] = set()
        for k in np.unique(self.choices.table[:, grouped]).tolist():
            for step in steps_around(len(tables[k])).tolist():
                found |= set((tables[k][step:] - tables[k][:-step]).tolist())
        up = np.array(sorted(found))
        up = up[:: max(1, -(-len(up) // MOST_DELTAS))]
        self.deltas = np.r_[-up[::-1], up]
        # The key that a delta leads to, -1 where it leaves the set: [keys, deltas].
        self.after: np.ndarray = np.full((len(self.choices.values), len(self.deltas)), -1, dtype=np.int64)
        start = 0
        for values in tables:
            places = {value: start + k for k, value in enumerate(values.tolist())}
            for value, key in places.items():
                self.after[key] = [places.get(value + delta, -1) for delta in self.deltas.tolist()]
            start += len(values)
        # Infinite where a delta leaves the set, else 0: [keys, deltas].
        self.refused: np.ndarray = np.where(self.after < 0, np.inf, 0).astype(self.dtype)

    def _set_singles(self, single: np.ndarray) -> None:
        """For every unit its changes of ungrouped columns: the column, and how many steps around its set."""
        self._column, self._step = [], []
        for sizes in self.choices.size.tolist():
            steps = [
                steps_around(size) if alone else NO_STEPS for size, alone in zip(sizes, single.tolist(), strict=True)
            ]
            self._column.append(np.repeat(np.arange(len(sizes)), [len(part) for part in steps]))
            self._step.append(np.concatenate(steps))

    def plan(self, rng: np.random.Generator) -> tuple[np.ndarray, _DeltaPlan]:
        """Which deltas are tried, closed under negation, and their plan."""
        if not self._plans:
            half = len(self.deltas) // 2
            parts = max(1, math.ceil(2 * half / MAX_DELTAS))
            for up in np.array_split(np.random.default_rng(0).permutation(half), parts):
                chosen = np.sort(np.r_[up, 2 * half - 1 - up])
                self._plans.append((chosen, _DeltaPlan(self.groups, self.deltas[chosen], self.refused[:, chosen])))
        return self._plans[int(rng.integers(len(self._plans))) if len(self._plans) > 1 else 0]

    def singles(
        self, unit: int, keys: np.ndarray, rows: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """At most ``rows`` changes of ungrouped columns, to be evaluated one by one: columns and new keys."""
        column, step = self._column[unit], self._step[unit]
        if len(column) > rows:
            pick = rng.integers(len(column), size=rows)
            column, step = column[pick], step[pick]
        first, size = self.choices.first[unit, column], self.choices.size[unit, column]
        return column, first + (keys[column] - first + step) % size

    def fill(self, state: State, z: np.ndarray, column: np.ndarray, moved: np.ndarray, rows: np.ndarray) -> None:
        """Write z + moved times what the columns read into ``rows`` [columns, n]."""
        sources = self._source_of[column]
        for source in set(sources.tolist()):
            here = np.flatnonzero(sources == source)
            rows[here] = state.a[source].take(self._row_of[column[here]], axis=0)
        rows *= moved[:, None]
        rows += z


class Look:
    """One evaluation of a unit with pre-activations z at ``keys``: ``energies`` [n] of the samples, a view of a buffer,
    and ``changes`` [M] of their sum; infinite where a change is not allowed. ``effort`` is what it took.

    ``rows`` is how many changes of ungrouped columns are wanted."""

    def __init__(
        self, around: Neighbourhood, state: State, above: Above, unit: int, z: np.ndarray, keys: np.ndarray,
        rng: np.random.Generator, rows: int,
    ) -> None:  # fmt: skip
        self._around, self._keys = around, keys
        self._chosen, plan = around.plan(rng)
        rows = max(4, min(rows, SINGLE_ROWS, SINGLE_ELEMENTS // len(z)))
        self._column, self._target = around.singles(unit, keys, rows, rng)
        wide = len(plan.shifts.values)
        table = plan.shifts.rows(z, len(self._column), state)
        if len(self._column):
            values = around.choices.values
            moved = (values[self._target] - values[keys[self._column]]).astype(z.dtype)
            around.fill(state, z, self._column, moved, table[1 + wide :])
        self.effort = above.effort(len(table))
        e = above.energies(table)
        self.energies, g = e[0], e[1:]
        g -= self.energies
        sums = g.sum(axis=1)
        parts = []
        if wide:
            refused = plan.refused[keys]
            at = sums[:wide]
            for group, slopes, levels in zip(around.groups, plan.slopes, plan.levels, strict=True):
                costs = refused[group.columns] + levels @ at
                for indicators, slope in zip(group.indicators(state), slopes, strict=True):
                    costs += indicators @ (slope @ g[:wide]).T
                parts.append(costs.ravel())
                self.effort += PRODUCT * slopes.size * (group.size / wide + 1) * len(z)
            parts.append(plan.bias @ at + refused[around.bias])
        parts.append(sums[wide:])
        self.changes = np.concatenate(parts)

    def made(self, change: int) -> np.ndarray:
        """The unit's keys after a change."""
        around, keys = self._around, self._keys.copy()
        deltas = self._chosen
        if len(deltas):
            for columns in (*(group.columns for group in around.groups), slice(around.bias, around.bias + 1)):
                size = (columns.stop - columns.start) * len(deltas)
                if change < size:
                    column = columns.start + change // len(deltas)
                    keys[column] = around.after[keys[column], deltas[change % len(deltas)]]
                    return keys
                change -= size
        keys[self._column[change]] = self._target[change]
        return keys
