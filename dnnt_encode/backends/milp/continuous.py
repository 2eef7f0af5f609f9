"""Continuous training: a MILP solver finds the literals, exact arithmetic the parameters.

With the literals of a solution fixed (which samples count as errors, which units are active where, the signs of the
output weights), what is left is a linear program. It is solved in exact rationals, so the weights are verified like all
others. The bound remains the solver's: a floating-point claim, rounded down by what it may be wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.exact_simplex import minimum_by_rows
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.backends.milp.reporter import MilpJob
from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Capabilities,
    ContinuousTask,
    Controls,
    Event,
    Finished,
    Say,
    Task,
)
from dnnt_encode.encoders.continuous import ContinuousModel, Copy, penalty_lines
from dnnt_encode.instance.forward import LayerWeights, check_shapes
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import Interval, ParameterSet
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights

TOLERANCE = Fraction(1, 10**6)
"""How far a solver's bound may be off, relative to bounds above 1."""

_COUNT_TOLERANCE = Fraction(1, 10**4)
"""A bound on a number of samples of 2.9999 or more means 3."""

_NEAR = 1e-6
_DIGITS = 10**6


@dataclass(frozen=True)
class ContinuousBackend:
    """A MILP solver for parameters from intervals."""

    milp: MilpBackend

    @property
    def name(self) -> str:
        return self.milp.name

    @property
    def capabilities(self) -> Capabilities:
        only = frozenset({"loss"})
        return replace(
            self.milp.capabilities, model="continuous", below=False, hints=False, objectives=only, constraints=False
        )

    def version(self) -> str | None:
        return self.milp.version()

    def memory(self, model_bytes: int, threads: int) -> int:
        return self.milp.memory(model_bytes, threads)

    def warm(self) -> None:
        self.milp.warm()

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        """Rounded weights of every solution, then the exact ones of the last, and bounds."""
        if not isinstance(task, ContinuousTask):
            raise TypeError("continuous training takes continuous models")
        instance, model = task.instance, task.model
        last: list[np.ndarray] = []
        bounds: list[Fraction] = []

        def hear(event: Event) -> None:
            if isinstance(event, Candidate):
                assert isinstance(event.answer, np.ndarray)
                last[:] = [event.answer]
                say(Candidate(_rounded(instance, model, event.answer), feasible=False))
            elif isinstance(event, Bound):
                bounds[:] = [event.objective * model.loss_unit]
            else:
                say(event)

        job = MilpJob(self.milp.solver, model.milp, task.goal.minimises, None, None, controls)
        finished = self.milp.solve(job, hear)
        exact = _exact(instance, model, last[0], controls) if last else None
        if exact is not None:
            say(Candidate(exact, feasible=False))
        for bound in bounds:
            say(Bound(_safe(bound, model)))
        if finished.outcome == "exhausted" and task.goal.minimises:
            return Finished("gave_up", f"{finished.detail}; what it claims is within its tolerances")
        if finished.outcome == "answered":
            return Finished("gave_up", f"{finished.detail}; what it found does not hold exactly")
        return finished


def _safe(bound: Fraction, model: ContinuousModel) -> Fraction:
    """A claimed bound less what it may be wrong; numbers of samples are integers."""
    if model.integral:
        return Fraction(math.ceil(bound - _COUNT_TOLERANCE))
    return max(Fraction(0), Fraction(math.floor((bound - TOLERANCE * (1 + abs(bound))) * _DIGITS), _DIGITS))


def zeros(instance: Instance) -> Weights:
    """Hidden parameters of 0, and the others as near to 0 as they can be."""
    return _weights(instance, {}, {}, {}, Fraction(0))


def within(instance: Instance, start: Weights) -> Weights:
    """Start weights with every value moved into its interval. Raises InputError where the shapes do not fit."""
    check_shapes(instance.network, start.layers)
    layers = []
    for layer, values in zip(instance.network.layers, start.layers, strict=True):
        parts = []
        for sets, given in ((layer.weights, values.weights), (layer.biases, values.biases)):
            pairs = zip(given.fractions().flat, sets, strict=True)
            parts.append(ExactArray.from_values([_clipped(value, allowed) for value, allowed in pairs]))
        layers.append(LayerWeights(parts[0].reshape(*layer.weights.shape), parts[1]))
    return Weights.for_instance(instance, layers)


def _clipped(value: Fraction, values: ParameterSet) -> Fraction:
    if isinstance(values, Interval):
        return min(max(value, values.low), values.high)
    return min(values, key=lambda allowed: abs(allowed - value))


def _weights(
    instance: Instance,
    ends: dict[int, Fraction],
    rows: dict[int, list[Fraction]],
    biases: dict[int, Fraction],
    output_bias: Fraction,
) -> Weights:
    """Weights from the output weight, the hidden weights and the bias of some units; everything is clipped into its
    interval, where rounding may have left it."""
    hidden, output = instance.network.layers
    zeros = [Fraction(0)] * instance.network.inputs
    w = [
        [_clipped(value, hidden.weights[unit, i]) for i, value in enumerate(rows.get(unit, zeros))]
        for unit in range(hidden.units)
    ]
    b = [_clipped(biases.get(unit, Fraction(0)), hidden.biases[unit]) for unit in range(hidden.units)]
    v = [_clipped(ends.get(unit, Fraction(0)), output.weights[0, unit]) for unit in range(hidden.units)]
    layers = [
        LayerWeights(ExactArray.from_values(w), ExactArray.from_values(b)),
        LayerWeights(ExactArray.from_values([v]), ExactArray.from_values([_clipped(output_bias, output.biases[0])])),
    ]
    return Weights.for_instance(instance, layers)


def weights_near(instance: Instance, model: ContinuousModel, values: np.ndarray) -> Weights:
    """The best exact weights with the literals of a solution in doubles; where those hold in doubles only, weights as
    simple fractions near to it."""
    exact = _exact(instance, model, values, Controls())
    return _rounded(instance, model, values) if exact is None else exact


def _chosen(model: ContinuousModel, values: np.ndarray) -> list[Copy]:
    """The copy of every unit that some column values choose."""
    return [copy for copy in model.copies if copy.switch < 0 or round(float(values[copy.switch])) == copy.switched]


def _assembled(instance: Instance, model: ContinuousModel, chosen: list[Copy], y: list[Fraction]) -> Weights:
    """Weights from the scaled parameters y: those of the copies one after the other, then the output bias."""
    width = instance.network.inputs + 1
    rows, biases = {}, {}
    for k, copy in enumerate(chosen):
        own = [value / model.scale / abs(copy.end) for value in y[k * width : (k + 1) * width]]
        rows[copy.unit], biases[copy.unit] = own[:-1], own[-1]
    return _weights(instance, {copy.unit: copy.end for copy in chosen}, rows, biases, y[-1] / model.scale)


def _parameters(model: ContinuousModel, chosen: list[Copy], values: np.ndarray) -> np.ndarray:
    columns = [column for copy in chosen for column in copy.columns] + [model.bias]
    return np.asarray(values[columns], dtype=np.float64)


def _rounded(instance: Instance, model: ContinuousModel, values: np.ndarray) -> Weights:
    """The solver's doubles as simple fractions: quick, and near enough for a first look."""
    chosen = _chosen(model, values)
    y = [Fraction(float(value)).limit_denominator(_DIGITS) for value in _parameters(model, chosen, values)]
    return _assembled(instance, model, chosen, y)


def _exact(instance: Instance, model: ContinuousModel, values: np.ndarray, controls: Controls) -> Weights | None:
    """The best weights with the literals of a solution, in exact rationals; None where there are none (the literals
    hold in floating point only), or no time."""
    chosen = _chosen(model, values)
    near = _parameters(model, chosen, values)
    cost, rows, rhs, shift = _program(instance, model, chosen, near, values)
    guess = np.concatenate([near - shift.astype(np.float64), np.zeros(len(cost) - len(near))])
    paid = len(near)
    slack = rows[:, :paid].astype(np.float64) @ guess[:paid] - rhs.astype(np.float64)
    size = np.abs(rows).astype(np.float64).sum(axis=1) + np.abs(rhs).astype(np.float64) + 1
    first = (slack <= _NEAR * size) | (rows[:, paid:] != 0).any(axis=1)
    try:
        y = minimum_by_rows(cost, rows, rhs, first, controls.should_stop)
    except TimeoutError:
        return None
    if y is None:
        return None
    return _assembled(instance, model, chosen, [value + int(low) for value, low in zip(y, shift, strict=False)])


def _program(
    instance: Instance, model: ContinuousModel, chosen: list[Copy], near: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """cost, rows, right-hand sides and lower bounds of the linear program: parameters above their lower bounds, then
    one slack for every sample that pays by amount."""
    width = instance.network.inputs + 1
    count = len(near)
    counted = instance.loss.counts
    paying = [] if counted else [s for s in range(len(model.inputs)) if model.slacks[s] >= 0]
    total = count + len(paying)
    low = np.array([value for copy in chosen for value in copy.low] + [model.milp.lower[model.bias]], dtype=object)
    high = np.array([value for copy in chosen for value in copy.high] + [model.milp.upper[model.bias]], dtype=object)
    rows: list[np.ndarray] = []
    rhs: list[int] = []

    def at_least(row: np.ndarray, right: int) -> None:
        rows.append(row)
        rhs.append(right - int(row[:count] @ low))

    for s in range(len(model.inputs)):
        f = np.zeros(total, dtype=object)
        f[count - 1] = model.data_scale
        for k, copy in enumerate(chosen):
            place = slice(k * width, (k + 1) * width)
            z = np.zeros(total, dtype=object)
            z[place] = model.inputs[s]
            active = not model.relu or float(near[place] @ model.inputs[s].astype(np.float64)) > 0
            if model.relu:
                at_least(z if active else -z, 0)
            if active:
                f += copy.sign * z
        if model.slacks[s] < 0 or (counted and float(values[model.slacks[s]]) > 0.5):
            continue
        pay = np.zeros(total, dtype=object)
        if not counted:
            pay[count + paying.index(s)] = 1
        for slope, intercept in penalty_lines(instance, s, model.scale * model.data_scale):
            at_least(pay - slope * f, intercept)
    for column in range(count):
        # y <= high, where y is counted from low.
        row = np.zeros(total, dtype=object)
        row[column] = -1
        rows.append(row)
        rhs.append(int(low[column] - high[column]))
    cost = np.zeros(total, dtype=object)
    for k, s in enumerate(paying):
        cost[count + k] = int(instance.dataset.multiplicity[s])
    return cost, np.array(rows, dtype=object), np.array(rhs, dtype=object), low
