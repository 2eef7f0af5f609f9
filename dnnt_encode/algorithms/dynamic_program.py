"""The pseudo-polynomial dynamic program for two layers: exact, for few samples and moderate numbers.

Principle. The state is the vector of partial sums on all distinct inputs. A hidden unit's pre-activation vectors are
reached weight by weight, P_l = P_(l-1) + W_l x_l, then its bias; its behaviours are their images under the
activation. The outputs are reached unit by unit, S_j = S_(j-1) + V_j Q_j. The least loss over S_h and the output biases
is the optimum, and going back through the stages gives the parameters.

With U1 = d W X + B and U2 = h V U1 there are at most (2 U1 + 1)^n and (2 U2 + 1)^(n m) states: polynomial in the
numbers for a constant number n of distinct inputs and m of outputs. Any hidden or output activation and any loss
will do. Units with equal sets share their behaviours.

The states and the memory are bounded before anything is built, first by ranges and numbers of choices, then, once the
behaviours are known, by what they can add up to.

Source: this project; that two layers are solvable in pseudo-polynomial time for a fixed dataset is shown in arXiv
2412.13057.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.integer_loss import IntegerLoss
from dnnt_encode.algorithms.reachable import WORD, Estimate, Reachable, estimate, prefix_boxes
from dnnt_encode.algorithms.two_layer import TwoLayer, UnitType, digits, terms
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance

DEFAULT_BYTES = 2**30
"""The memory that the states may take, unless told otherwise."""

_BLOCK = 2**20


@dataclass(frozen=True, eq=False)
class Behaviours:
    """The distinct behaviours [Q, n] of a type of hidden units, and for each one a reachable pre-activation code."""

    type: UnitType
    reachable: Reachable
    vectors: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True, eq=False)
class Optimum:
    """The least loss and weights that have it; how many states were kept and transitions made."""

    loss: Fraction
    assignment: Assignment
    states: int
    transitions: int


def estimated(given: Instance | View) -> Estimate:
    """Upper bounds for the whole program from ranges and numbers of choices; nothing is built. Raises ModelTooLarge
    where the program does not apply."""
    net = TwoLayer(given)
    kinds = net.types()
    total = _output_estimate(net, kinds)
    hidden = [_hidden_estimate(kind) for kind in kinds]
    return Estimate(
        total.states + sum(part.states for part in hidden),
        total.transitions + sum(part.transitions for part in hidden),
        total.bytes + max((part.bytes for part in hidden), default=0) + sum(8 * part.states for part in hidden),
    )


def _hidden_estimate(kind: UnitType) -> Estimate:
    boxes, reach = [], np.zeros(kind.stages[0].shape[1], dtype=object)
    divisor = np.maximum(np.gcd.reduce([np.gcd.reduce(s - s.min(axis=0), axis=0) for s in kind.stages]), 1)
    for stage in kind.stages:
        reach = reach + (stage.max(axis=0) - stage.min(axis=0)) // divisor
        boxes.append(math.prod(int(span) + 1 for span in reach))
    return estimate([len(stage) for stage in kind.stages], boxes, _words(boxes[-1]))


def _output_estimate(net: TwoLayer, kinds: list[UnitType]) -> Estimate:
    start = net.hidden_columns().start
    sizes, boxes = [], []
    reach = np.zeros((net.inputs, net.outputs), dtype=object)
    kept = 0
    for kind in kinds:
        most = min(kind.assignments, math.prod(_spans(net, kind)))
        kept += most * 8 * net.inputs
        for unit in kind.units:
            choices = net.column_sizes(start + unit)
            sizes.append(most * math.prod(choices))
            kept += 8 * sizes[-1] * (net.inputs * net.outputs + 1)
            reach = reach + _term_span(net, start + unit, unit)
            boxes.append(math.prod((int(span) + 1) for span in reach.ravel()))
    for column, values in net.direct_columns():
        sizes.append(math.prod(net.column_sizes(column)))
        weights = [net.output.weights.tables[k] for k in net.output.weights.index[:, column]]
        reach = reach + np.array([[int(abs(v) * (t[-1] - t[0])) for t in weights] for v in values], dtype=object)
        boxes.append(math.prod((int(span) + 1) for span in reach.ravel()))
    bound = estimate(sizes, boxes, _words(boxes[-1] if boxes else 1))
    evaluations = min(math.prod(sizes), boxes[-1] if boxes else 1) * math.prod(net.bias_sizes())
    return Estimate(bound.states, bound.transitions + evaluations, bound.bytes + kept + 64 * _BLOCK)


def _spans(net: TwoLayer, kind: UnitType) -> list[int]:
    """How many values a unit's output may take on each input, at most."""
    bounds, unit = net.unrolled.layers[0], kind.units[0]
    return [int(high - low) + 1 for low, high in zip(bounds.out_lower[:, unit], bounds.out_upper[:, unit], strict=True)]


def _term_span(net: TwoLayer, column: int, unit: int) -> np.ndarray:
    """The width of the range of each term of a column, [n, m]."""
    bounds = net.unrolled.layers[0]
    corners = []
    for q in (bounds.out_lower[:, unit], bounds.out_upper[:, unit]):
        for pick in (0, -1):
            v = np.array([net.output.weights.tables[k][pick] for k in net.output.weights.index[:, column]])
            corners.append(q.astype(object)[:, None] * v.astype(object)[None, :])
    return np.asarray(np.maximum.reduce(corners) - np.minimum.reduce(corners))


def _words(box: int) -> int:
    # A coordinate is never split, so that a word may stay half empty.
    return 1 if box < WORD else 2 * -(-box.bit_length() // 62)


class DynamicProgram:
    """The program for one instance. ``bytes_limit`` bounds its memory. Raises ModelTooLarge before anything is built
    where it might not suffice."""

    def __init__(self, given: Instance | View, bytes_limit: int = DEFAULT_BYTES) -> None:
        self._limit = bytes_limit
        self.net = TwoLayer(given)
        self._kinds = self.net.types()
        self.unit = Fraction(1)
        for kind in self._kinds:
            self._check(_hidden_estimate(kind), "the behaviours of a hidden unit")
        # With few behaviours the outputs are bounded by them, which is much tighter; see ``run``.
        if sum(kind.assignments for kind in self._kinds) > 10**6:
            self._check(_output_estimate(self.net, self._kinds), "the outputs")

    def run(self) -> Generator[None, None, Optimum]:
        """Solve it, yielding a few times a second. Raises ModelTooLarge where the memory might not suffice."""
        net = self.net
        known: dict[int, Behaviours] = {}
        transitions = states = 0
        for kind in self._kinds:
            found = yield from self._behaviours(kind)
            known.update(dict.fromkeys(kind.units, found))
            transitions += found.reachable.transitions
            states += sum(map(len, found.reachable.sets))
        start = net.hidden_columns().start
        stages = [terms(net.column_choices(start + unit), known[unit].vectors) for unit in sorted(known)]
        stages += [terms(net.column_choices(column), values[None, :]) for column, values in net.direct_columns()]
        if not stages:
            stages = [np.zeros((1, net.inputs * net.outputs), dtype=np.int64)]
        sums = Reachable(stages, self._limit // 8)
        boxes = prefix_boxes(stages, sums.packing)
        distinct = [len(np.unique(choices, axis=0)) for choices in sums.choices]
        self._check(estimate(distinct, boxes, len(sums.packing.words)), "the outputs")
        yield from sums.advance()
        states += sum(map(len, sums.sets))
        loss, code, bias = yield from self._least(sums)
        assignment = self._assignment(known, sums, code, bias)
        return Optimum(loss, assignment, states, transitions + sums.transitions)

    def _check(self, needed: Estimate, what: str) -> None:
        if needed.bytes > self._limit:
            raise ModelTooLarge(
                f"the dynamic program might keep {_power(needed.states)} states for {what}, and need "
                f"{_power(needed.bytes)} bytes; its limit is {self._limit}. Fewer samples, smaller numbers or another "
                "backend help"
            )

    def _behaviours(self, kind: UnitType) -> Generator[None, None, Behaviours]:
        sums = Reachable(kind.stages, self._limit // 8)
        yield from sums.advance()
        images = kind.activation.apply(sums.packing.vectors(sums.last))
        vectors, first = np.unique(images, axis=0, return_index=True)
        return Behaviours(kind, sums, vectors, sums.last[first])

    def _least(self, sums: Reachable) -> Generator[None, None, tuple[Fraction, np.ndarray, int]]:
        """The least loss over all sums and output biases: the loss, the sum's code, the number of the biases."""
        net = self.net
        loss = IntegerLoss(
            net.instance.loss, net.samples, net.output.activation.out_scale, net.instance.network.outputs, net.out_bound
        )
        biases = net.bias_choices()
        best: tuple[int, int, int] | None = None
        step = max(1, _BLOCK // (net.inputs * net.outputs))
        for first in range(0, len(sums.last), step):
            vectors = sums.packing.vectors(sums.last[first : first + step]).reshape(-1, net.inputs, net.outputs)
            for number, bias in enumerate(biases):
                losses = loss(net.output.activation.apply(vectors + bias))
                where = int(losses.argmin())
                if best is None or losses[where] < best[0]:
                    best = int(losses[where]), first + where, number
                yield
            if best is not None and best[0] == 0:
                break
        assert best is not None
        return best[0] * loss.unit, sums.last[best[1]], best[2]

    def _assignment(self, known: dict[int, Behaviours], sums: Reachable, code: np.ndarray, bias: int) -> Assignment:
        net = self.net
        filled = Assignment.first(net.instance.network)
        ways = sums.trace(code)
        start = net.hidden_columns().start
        for unit, way in zip(sorted(known), ways, strict=False):
            choice, behaviour = divmod(way, len(known[unit].vectors))
            filled.layers[1][0][:, start + unit] = digits(choice, net.column_sizes(start + unit))
            parts = known[unit].reachable.trace(known[unit].codes[behaviour])
            filled.layers[0][0][unit], filled.layers[0][1][unit] = parts[:-1], parts[-1]
        for (column, _), way in zip(net.direct_columns(), ways[len(known) :], strict=False):
            filled.layers[-1][0][:, column] = digits(way, net.column_sizes(column))
        filled.layers[-1][1][:] = digits(bias, net.bias_sizes())
        return filled


def _power(count: int) -> str:
    return str(count) if count < 10**7 else f"about 10^{math.log10(count):.0f}"
