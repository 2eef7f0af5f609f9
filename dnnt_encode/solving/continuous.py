"""Continuous training: a MILP solver finds the literals, exact arithmetic the parameters.

With the literals of a solution fixed (which samples count as errors, which units are active where, the signs of the
output weights), what is left is a linear program. It is solved in exact rationals, so the weights are verified like all
others. The bound remains the solver's: a floating-point claim.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.exact_simplex import minimum_by_rows
from dnnt_encode.backends.milp import ENGINES, PREFIX, MilpBackend, solve_milp
from dnnt_encode.backends.protocol import Bound, Candidate, Controls, Finished, Log
from dnnt_encode.backends.registry import AUTO
from dnnt_encode.encoders.continuous import ContinuousModel, Copy, check_continuous, class_sign, encode_continuous
from dnnt_encode.errors import BackendError, InputError
from dnnt_encode.instance.forward import LayerWeights, check_shapes
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import Interval, ParameterSet
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.milp import MilpModel
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.delivery import delivered
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Certificate, Result
from dnnt_encode.solving.search import Search

TOLERANCE = 1e-6
"""A solver's optimum within this of the exact loss, relative to losses above 1, is the optimum that it claims."""

_NEAR = 1e-6
_DIGITS = 10**6


def run_continuous(request: Request, clock: Clock) -> Result:
    """The result of a request whose network has intervals. Raises InputError where that is not covered, BackendError
    where no MILP solver is there."""
    instance = request.instance
    check_continuous(instance)
    backend = _backend(request.backend)
    search = Search(instance, request.threshold, clock, request.on_incumbent, request.on_progress)
    stopped: str | None = None
    model: ContinuousModel | None = None
    try:
        with clock.alarm(), clock.stage("start"):
            search.offer(_zeros(instance) if request.start is None else _within(instance, request.start))
        if not search.settled:
            with clock.alarm(), clock.stage("encode"):
                model = encode_continuous(instance, request.threshold)
            with clock.stage("solve"):
                stopped = _solve(request, clock, search, backend, model)
    except KeyboardInterrupt:
        stopped = "interrupted"
    except OutOfTime:
        stopped = "time limit"
    encoding = None if model is None else _sizes(model.milp)
    return delivered(request, search, [backend], _certificate(search, request), encoding, stopped)


def _backend(name: str) -> MilpBackend:
    """The MILP backend of a name. Raises InputError for a backend that has no real columns, BackendError for none."""
    if name == AUTO:
        found = [each for each in map(MilpBackend, ("highs", "scip")) if each.version() is not None]
        if not found:
            raise BackendError("continuous training needs a MILP solver: pip install highspy")
        return found[0]
    if not name.startswith(PREFIX) or name.removeprefix(PREFIX) not in ENGINES:
        raise InputError(
            f"found intervals of parameters, and the backend {name} takes finite sets only; use "
            + ", ".join(f"{PREFIX}{solver}" for solver in ENGINES)
        )
    backend = MilpBackend(name.removeprefix(PREFIX))
    if backend.version() is None:
        raise BackendError(f"the backend {name} is not installed; `dnnt backends` tells what is")
    return backend


def _solve(request: Request, clock: Clock, search: Search, backend: MilpBackend, model: ContinuousModel) -> str | None:
    """Follow a solver; why it ended early, or None."""
    controls = request.controls(clock.search_deadline())
    solver, by = backend.name.removeprefix(PREFIX), backend.name
    last: np.ndarray | None = None
    end: Finished | None = None
    bound: Fraction | None = None
    with backend.child() as child:
        for event in solve_milp(child, solver, model.milp, controls, minimise=search.threshold is None):
            search.progress("solve")
            if isinstance(event, Candidate):
                assert isinstance(event.answer, np.ndarray)
                last = event.answer
                search.offer(_rounded(search.instance, model, last))
            elif isinstance(event, Bound):
                bound = event.objective * model.loss_unit
            elif isinstance(event, Finished):
                end = event
            elif isinstance(event, Log) and request.on_log is not None:
                request.on_log(event.text)
    if last is not None:
        exact = _exact(search.instance, model, last, controls)
        if exact is not None:
            search.offer(exact)
    if bound is not None and search.best is not None:
        loss = search.best.loss
        if model.integral:
            bound = Fraction(math.ceil(bound - Fraction(1, 10**4)))
        elif end is not None and end.outcome == "optimal" and loss - bound <= Fraction(TOLERANCE) * (1 + loss):
            bound = loss
        search.raise_bound(bound, by)
    if end is not None and end.outcome == "infeasible" and search.threshold is not None:
        search.claim_infeasible(by)
    if search.settled:
        return None
    if request.stop.is_set():
        return "interrupted"
    return "time limit" if controls.should_stop() else f"{backend.name} ended without a proof that holds up"


def _zeros(instance: Instance) -> Weights:
    """Hidden parameters of 0, and the others as near to 0 as they can be."""
    return _weights(instance, {}, {}, {}, Fraction(0))


def _within(instance: Instance, start: Weights) -> Weights:
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
    loss, width = instance.loss, instance.network.inputs + 1
    count = len(near)
    counted = loss.reduction == "any"
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
        scale = model.scale * model.data_scale
        if loss.one_sided:
            sign = class_sign(instance, s)
            at_least(sign * f + pay, int(loss.margin * scale))
        else:
            y = instance.dataset.y
            assert isinstance(y, ExactArray)
            target = int(Fraction(y.fractions()[s, 0]) * scale)
            at_least(f + pay, target)
            at_least(-f + pay, -target)
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


def _certificate(search: Search, request: Request) -> Certificate:
    status = search.status()
    if status == "UNKNOWN":
        return Certificate("none", "nothing was decided")
    if status == "SATISFIABLE":
        return Certificate("none", "none needed: the weights are verified, and nothing beyond them is claimed")
    if search.bound == 0 and not search.infeasible:
        return Certificate("none", "none needed: no loss is below 0")
    more = "; no exact backend takes intervals" if request.certify else ""
    return Certificate("none", f"the bound is a floating-point claim, by {search.proved_by}{more}")


def _sizes(model: MilpModel) -> dict[str, object]:
    return {"kind": "continuous", "columns": model.columns, "rows": model.rows, "terms": model.terms}
