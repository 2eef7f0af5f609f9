"""Continuous training of two-layer networks as a MILP without products.

ReLU and identity are positively homogeneous: v act(w x + b) = sign(v) act(|v| w x + |v| b). So with intervals that hold
0 for the hidden weights and biases, the output weight of a unit may be an end of its own interval, and |v| moves into
the hidden parameters: u = |v| w within |v| times the interval of w. A unit whose output weight may have both signs is
written once for each; a literal switches one of the two off.

    z = u x + c;    p = act(z);    f = sum of +-p + output bias

For a loss that looks at f from one side, p needs one side too: p <= z or p <= 0 (one literal), or p >= z and p >= 0
(none). All real columns are integers over one scale, so that every number of the model is an integer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import Interval, ParameterSet
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.models.linear import ColumnGroup
from dnnt_encode.models.lowering import EXACT_LIMIT
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, MilpModel

WeightedColumns = list[tuple[int, int]]


@dataclass(frozen=True)
class Copy:
    """One unit with one sign of its output weight ``end`` (not 0). ``columns``: of its scaled weights, then its bias;
    ``low`` and ``high``: their bounds; ``literals``: per sample the column of its activation literal, -1 where there is
    none; ``switch``: the column that must be ``switched`` for the unit to be this copy, -1 where it has no other."""

    unit: int
    end: Fraction
    columns: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    switch: int
    switched: int

    @property
    def sign(self) -> int:
        return 1 if self.end > 0 else -1


@dataclass(frozen=True, eq=False)
class ContinuousModel:
    """The MILP, and what its columns mean. Parameters are columns over ``scale``, sums over ``scale * data_scale``;
    ``inputs`` int [n, d + 1] are the samples times ``data_scale``, with a column for the bias. ``bias``: the column of
    the output bias; ``slacks``: per sample the column of its loss, -1 where its loss is 0; ``penalty``: literals or
    slacks; loss = loss_unit * objective."""

    milp: MilpModel
    copies: tuple[Copy, ...]
    bias: int
    slacks: np.ndarray
    scale: int
    data_scale: int
    inputs: np.ndarray
    loss_unit: Fraction
    relu: bool

    @property
    def integral(self) -> bool:
        """Whether the objective counts samples."""
        return self.loss_unit == 1 and bool(self.milp.integer[self.milp.cost != 0].all())


def check_continuous(instance: Instance) -> None:
    """Raises InputError where continuous training does not cover an instance, saying why."""
    network = instance.network
    if len(network.layers) != 2 or network.layers[1].sources != (1,) or network.outputs != 1:
        raise _refusal("the network needs one hidden layer, and one output that reads it alone")
    hidden, output = network.layers
    if hidden.activation.name not in ("relu", "identity") or output.activation.name != "identity":
        raise _refusal("the hidden units need relu or identity, the output identity: only those are homogeneous")
    if instance.loss.penalty.power > 1:
        raise _refusal(f"the loss {instance.loss.name} has squares, which a linear program does not have")
    for name, grid in (("weights", hidden.weights), ("biases", hidden.biases)):
        for values in grid:
            low, high = _ends(values)
            if not isinstance(values, Interval) and low != high:
                raise _refusal(f"the hidden {name} need intervals; one of them has a finite set")
            if not low <= 0 <= high:
                raise _refusal(f"the hidden {name} need intervals that contain 0; found [{low}, {high}]")
    bias = output.biases[0]
    if not isinstance(bias, Interval) and len(bias) > 1:
        raise _refusal("the output bias needs an interval or one value; it has a finite set")


def penalty_lines(instance: Instance, s: int, scale: int) -> list[tuple[int, int]]:
    """The lines ``slope * f + intercept`` of which the greatest, or 0, is what sample s pays for an output
    f / ``scale``, in units of the penalty at that scale."""
    penalty, y = instance.loss.penalty.scaled(scale), instance.dataset.y
    lines = (*penalty.rising, *penalty.falling)
    if isinstance(y, ExactArray):
        target = int(y.numerators[s, 0]) * (scale // y.denominator)
        return [(slope, intercept - slope * target) for slope, intercept in lines]
    sign = -1 if int(y[s]) == 1 else 1
    return [(sign * slope, intercept) for slope, intercept in lines]


def _refusal(reason: str) -> InputError:
    return InputError(f"intervals of parameters are for continuous training, and here {reason}")


def _ends(values: ParameterSet) -> tuple[Fraction, Fraction]:
    return (values.low, values.high) if isinstance(values, Interval) else (values[0], values[-1])


def output_ends(values: ParameterSet) -> tuple[Fraction, ...]:
    """The ends of a set of output weights that are needed: the largest positive and the smallest negative one."""
    low, high = _ends(values)
    return (*((high,) if high > 0 else ()), *((low,) if low < 0 else ()))


def encode_continuous(instance: Instance, threshold: Fraction | None = None) -> ContinuousModel:
    """The model of an instance; the instance's own threshold is not looked at. Raises InputError: see
    ``check_continuous``, and where numbers pass the doubles."""
    check_continuous(instance)
    return _Builder(instance, threshold).build()


class _Builder:
    """Columns and rows as they come."""

    def __init__(self, instance: Instance, threshold: Fraction | None) -> None:
        self._instance, self._threshold = instance, threshold
        hidden, output = instance.network.layers
        self._relu = hidden.activation.name == "relu"
        self._lower: list[int] = []
        self._upper: list[int] = []
        self._whole: list[bool] = []
        self._names: list[tuple[str, tuple[int, ...]]] = []
        self._rows: list[tuple[WeightedColumns, int, int]] = []
        x, y = instance.dataset.x, instance.dataset.y
        self._data_scale = x.denominator
        targets = y.fractions()[:, 0].tolist() if isinstance(y, ExactArray) else []
        bounds = [
            end * abs(v)
            for unit in range(hidden.units)
            for v in output_ends(output.weights[0, unit])
            for values in (*(hidden.weights[unit, i] for i in range(instance.network.inputs)), hidden.biases[unit])
            for end in _ends(values)
        ]
        numbers = [*bounds, *_ends(output.biases[0]), *targets]
        denominators = (Fraction(number).denominator for number in numbers)
        self._scale = math.lcm(instance.loss.penalty.denominator, *denominators)
        rows = x.numerators.astype(object)
        ones = np.full((len(rows), 1), self._data_scale, dtype=object)
        self._inputs = np.hstack([rows, ones])

    def build(self) -> ContinuousModel:
        instance, loss = self._instance, self._instance.loss
        hidden, output = instance.network.layers
        copies = [copy for unit in range(hidden.units) for copy in self._copies(unit)]
        ends = [int(end * self._scale) for end in _ends(output.biases[0])]
        bias = self._column("b.2", (0,), ends[0], ends[1], False)
        slacks = np.full(len(self._inputs), -1, dtype=np.int64)
        cost: WeightedColumns = []
        for s in range(len(self._inputs)):
            lines = penalty_lines(instance, s, self._scale * self._data_scale)
            signs = {1 if slope < 0 else -1 for slope, _ in lines}
            sign = signs.pop() if len(signs) == 1 else 0
            f: WeightedColumns = [(bias, self._data_scale)]
            for copy in copies:
                f += [(column, copy.sign * value) for column, value in self._output(s, copy, sign)]
            slacks[s] = self._penalty(s, lines, f)
            if slacks[s] >= 0:
                cost.append((int(slacks[s]), int(instance.dataset.multiplicity[s])))
        unit = Fraction(1) if loss.counts else loss.penalty.scaled(self._scale * self._data_scale).unit
        if self._threshold is not None:
            most = self._threshold / unit
            if loss.counts:
                most = Fraction(math.floor(most))
            # Slacks are real: the threshold is met by parts of a unit too.
            self._rows.append(([(c, value * most.denominator) for c, value in cost], AT_MOST, most.numerator))
            cost = []
        return ContinuousModel(
            self._model(cost),
            tuple(copies),
            bias,
            slacks,
            self._scale,
            self._data_scale,
            self._inputs,
            unit,
            self._relu,
        )

    def _copies(self, unit: int) -> list[Copy]:
        hidden, output = self._instance.network.layers
        ends = output_ends(output.weights[0, unit])
        switch = self._column("s", (unit,), 0, 1, True) if len(ends) > 1 else -1
        copies = []
        sets = [*(hidden.weights[unit, i] for i in range(self._instance.network.inputs)), hidden.biases[unit]]
        for switched, end in zip((1, 0), ends, strict=False):
            low = tuple(int(_ends(values)[0] * abs(end) * self._scale) for values in sets)
            high = tuple(int(_ends(values)[1] * abs(end) * self._scale) for values in sets)
            sign = int(end > 0)
            columns = tuple(
                self._column("u", (unit, sign, i), a, b, False) for i, (a, b) in enumerate(zip(low, high, strict=True))
            )
            for column, a, b in zip(columns, low, high, strict=True) if switch >= 0 else ():
                # u <= high where the copy is chosen, else u <= 0; and the mirror image.
                for bound, sense in ((b, AT_MOST), (a, AT_LEAST)):
                    if switched:
                        self._rows.append(([(column, 1), (switch, -bound)], sense, 0))
                    else:
                        self._rows.append(([(column, 1), (switch, bound)], sense, bound))
            copies.append(Copy(unit, end, columns, low, high, switch, switched))
        return copies

    def _output(self, s: int, copy: Copy, sign: int) -> WeightedColumns:
        """p of a sample and a copy; ``sign``: the side of f that is needed, 0 for both."""
        x = [int(value) for value in self._inputs[s]]
        z: WeightedColumns = [(column, value) for column, value in zip(copy.columns, x, strict=True) if value]
        if not self._relu:
            return z
        low, high = _range(x, copy.low, copy.high)
        if high <= 0:
            return []
        if low >= 0:
            return z
        place = (s, copy.unit, int(copy.end > 0))
        p = self._column("p", place, 0, high, False)
        minus_z = [(column, -value) for column, value in z]
        if sign * copy.sign >= 0:
            a = self._column("a", place, 0, 1, True)
            self._rows.append(([(p, 1), *minus_z, (a, -low)], AT_MOST, -low))
            self._rows.append(([(p, 1), (a, -high)], AT_MOST, 0))
        if sign * copy.sign <= 0:
            self._rows.append(([(p, 1), *minus_z], AT_LEAST, 0))
        return [(p, 1)]

    def _penalty(self, s: int, lines: list[tuple[int, int]], f: WeightedColumns) -> int:
        """The column that pays for a sample, -1 where its loss is 0 whatever the parameters are."""
        paid = [([(column, slope * value) for column, value in f], intercept) for slope, intercept in lines]
        # Each line must be at most 0, or is paid for.
        tops = [self._top(terms) + constant for terms, constant in paid]
        most = max(tops)
        if most <= 0:
            return -1
        counted = self._instance.loss.counts
        e = self._column("miss" if counted else "t", (s,), 0, 1 if counted else most, counted)
        for (terms, constant), top in zip(paid, tops, strict=True):
            if top > 0:
                self._rows.append(([*terms, (e, -top if counted else -1)], AT_MOST, -constant))
        return e

    def _top(self, terms: WeightedColumns) -> int:
        return sum(max(value * self._lower[column], value * self._upper[column]) for column, value in terms)

    def _column(self, prefix: str, place: tuple[int, ...], low: int, high: int, whole: bool) -> int:
        self._lower.append(low)
        self._upper.append(high)
        self._whole.append(whole)
        self._names.append((prefix, place))
        return len(self._lower) - 1

    def _model(self, cost: WeightedColumns) -> MilpModel:
        reach = 0
        for terms, _, rhs in [*self._rows, (cost, AT_MOST, 0)]:
            most = sum(abs(value) * max(abs(self._lower[c]), abs(self._upper[c])) for c, value in terms)
            reach = max(reach, most, abs(rhs))
        if reach >= EXACT_LIMIT:
            raise InputError(
                "the numbers of this instance, over their common denominator, pass the exact doubles (2^53); use "
                "coarser decimals"
            )
        costs = np.zeros(len(self._lower), dtype=np.int64)
        for column, value in cost:
            costs[column] += value
        groups = tuple(
            ColumnGroup(prefix, number, np.array([place], dtype=np.int32))
            for number, (prefix, place) in enumerate(self._names)
        )
        return MilpModel(
            lower=np.array(self._lower, dtype=np.int64),
            upper=np.array(self._upper, dtype=np.int64),
            integer=np.array(self._whole, dtype=bool),
            cost=costs,
            row_start=np.cumsum([0, *(len(terms) for terms, *_ in self._rows)], dtype=np.int64),
            row_columns=np.array([c for terms, *_ in self._rows for c, _ in terms], dtype=np.int32),
            row_coefficients=np.array([value for terms, *_ in self._rows for _, value in terms], dtype=np.int64),
            row_sense=np.array([sense for _, sense, _ in self._rows], dtype=np.uint8),
            row_rhs=np.array([rhs for *_, rhs in self._rows], dtype=np.int64),
            indicator=np.zeros(len(self._rows), dtype=np.int32),
            column_groups=groups,
            reach=float(reach),
        )


def _range(x: list[int], low: tuple[int, ...], high: tuple[int, ...]) -> tuple[int, int]:
    pairs = [(min(a * v, b * v), max(a * v, b * v)) for v, a, b in zip(x, low, high, strict=True)]
    return sum(a for a, _ in pairs), sum(b for _, b in pairs)
