"""The loss in clauses: what each output sum must tell, and what its answer costs.

Most losses are functions of single numbers: an output, or the difference of two. Counting losses only ask which
thresholds a number passes, so the last sum is written as that count and no more. Targets of equal input share the
number, so conflicting ones are settled by its values.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.encoders.cnf.arena import write_folded
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic, Numbers
from dnnt_encode.encoders.cnf.costs import Costs
from dnnt_encode.encoders.cnf.layer import Signal
from dnnt_encode.encoders.cnf.order import OrderNumbers, classes
from dnnt_encode.encoders.cnf.sites import Interval, Sites, interval_of, outside
from dnnt_encode.encoders.cnf.squash import Passed, Squash
from dnnt_encode.instance.activations import ScaledActivation, activation
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import ExactArray, integer_array
from dnnt_encode.models.cnf import FALSE, TRUE


class LossClauses:
    """Writes the loss of one instance; ``squashes`` goes to the output layer, ``encode`` takes its signals."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        instance: Instance,
        samples: MergedSamples,
        unrolled: Unrolled,
        gamma: Fraction | None,
    ) -> None:
        self._arithmetic, self._loss, self._samples, self._unrolled = arithmetic, instance.loss, samples, unrolled
        self._outputs = instance.network.outputs
        self._act: ScaledActivation = unrolled.scaled.layers[-1].activation
        self._scale = ResidualScale.of(instance.loss, unrolled.scaled.output_scale, samples)
        self.unit = Fraction(1, self._scale.unit**instance.loss.degree)
        self.gamma = None if gamma is None else math.floor(gamma / self.unit)
        self.costs = Costs(arithmetic)
        self._counts = instance.loss.reduction == "any"
        self._by_class = instance.loss.residual == "margin"
        y = samples.y
        if isinstance(y, ExactArray):
            self._y, self._class = y.scaled(self._scale.unit).astype(object), np.zeros(0, dtype=np.int64)
            self._margin = 0
        else:
            self._y, self._class = np.zeros((len(y), 0), dtype=object), y
            self._margin = math.ceil(instance.loss.margin * self._scale.unit)

    # -- what the output layer passes on ------------------------------------------------------------------------

    def squashes(self) -> np.ndarray:
        """For each output and input the number of the function that its sum passes: int64 [outputs, n]."""
        values, inputs = self._arithmetic.values, len(self._unrolled.x)
        if self._by_class and self._outputs > 1:
            return np.full((self._outputs, inputs), values.squash(Squash(self._act)))
        result = np.zeros((self._outputs, inputs), dtype=np.int64)
        for k in range(self._outputs):
            if self._counts:
                passed = Sites.of(self._intervals(k), self._samples.input_of, inputs).thresholds
                result[k] = [values.squash(Passed(thresholds)) for thresholds in passed]
            else:
                result[k] = self._clips(k)
        return result

    def _intervals(self, k: int) -> list[Interval]:
        """For every target the pre-activations of output k that meet it."""
        bounds, factor = self._unrolled.layers[-1], self._scale.factor
        found = []
        for target, place in enumerate(self._samples.input_of.tolist()):
            low, high = int(bounds.z_lower[place, k]), int(bounds.z_upper[place, k])
            if not self._by_class:
                y = int(self._y[target, k])
                least, most = -(-y // factor), y // factor
            elif self._class[target]:
                least, most = -(-self._margin // factor), None
            else:
                least, most = None, -self._margin // factor
            found.append(interval_of(self._act, least, most, low, high))
        return found

    def _clips(self, k: int) -> list[int]:
        """Functions that merge output values where the loss is the same, or past the threshold anyway."""
        factor, values = self._scale.factor, self._arithmetic.values
        inputs = len(self._unrolled.x)
        lowest: list[int | None] = [None] * inputs
        highest: list[int | None] = [None] * inputs
        seen = np.zeros(inputs, dtype=bool)
        for target, place in enumerate(self._samples.input_of.tolist()):
            cut = self._cut(int(self._samples.multiplicity[target]))
            low: int | None = None
            high: int | None = None
            if not self._by_class:
                y = int(self._y[target, k])
                if cut is not None:
                    low, high = (y - cut) // factor - 1, -(-(y + cut) // factor) + 1
            elif self._class[target]:
                high = -(-self._margin // factor)
                low = None if cut is None else (self._margin - cut) // factor - 1
            else:
                low = -self._margin // factor
                high = None if cut is None else -((self._margin - cut) // factor) + 1
            first = not seen[place]
            seen[place] = True
            lowest[place] = low if first else _if_both(min, lowest[place], low)
            highest[place] = high if first else _if_both(max, highest[place], high)
        return [values.squash(Squash(self._act, low, high)) for low, high in zip(lowest, highest, strict=True)]

    def _cut(self, multiplicity: int) -> int | None:
        """The largest penalty, before squaring, that the threshold allows one target."""
        if self.gamma is None:
            return None
        most = max(self.gamma, 0) // multiplicity
        return math.isqrt(most) if self._loss.degree == 2 else most

    # -- what the outputs cost ----------------------------------------------------------------------------------

    def encode(self, outputs: list[Signal]) -> None:
        """Adds what every target costs to ``costs``."""
        if self._by_class and self._outputs > 1:
            self._classes(outputs)
        elif self._counts:
            self._counted(outputs)
        elif self._loss.reduction == "max" and self._outputs > 1:
            self._largest(outputs)
        else:
            for k, signal in enumerate(outputs):
                factor = self._scale.factor
                if self._by_class:
                    sign = np.where(self._class == 1, -factor, factor)
                    constant = np.full(len(sign), self._margin, dtype=object)
                else:
                    sign, constant = np.full(len(self._y), factor), -self._y[:, k]
                self._penalties(signal, self._samples.input_of, sign, constant, self._samples.multiplicity, f"r.{k}")

    def _counted(self, outputs: list[Signal]) -> None:
        input_of, inputs = self._samples.input_of, len(self._unrolled.x)
        sites = [Sites.of(self._intervals(k), input_of, inputs) for k in range(self._outputs)]
        if len(outputs) == 1:
            numbers = outputs[0].at(np.arange(inputs))
            assert isinstance(numbers, OrderNumbers)
            self._outside(numbers, input_of, sites[0].first, sites[0].last, self._samples.multiplicity)
            return
        conditions = []
        for signal, site in zip(outputs, sites, strict=True):
            conditions += self._conditions(signal.at(input_of), site.first, site.last)
        self._error_literals(np.column_stack(conditions))

    def _conditions(self, counts: Numbers, first: np.ndarray, last: np.ndarray) -> list[np.ndarray]:
        """The two literals [T] that a count lies in [first, last)."""
        labels = np.zeros((len(first), 0), dtype=np.int64)
        return [
            self._arithmetic.at_least(counts, first, "loss", labels),
            -self._arithmetic.at_least(counts, last, "loss", labels),
        ]

    def _error_literals(self, conditions: np.ndarray) -> None:
        """A literal e a target, not e => all its conditions [T, C]. At most one target of an input is met."""
        failed = (conditions == FALSE).any(axis=1)
        open_ = ~failed & (conditions != TRUE).any(axis=1)
        e = np.where(failed, TRUE, FALSE).astype(np.int32)
        rows = np.flatnonzero(open_)
        e[rows] = self._arithmetic.sink.variables("e", rows[:, None])[:, 0]
        for column in conditions.T:
            write_folded(self._arithmetic.sink, np.column_stack([e, column]))
        self.costs.literals(e, self._samples.multiplicity)
        input_of, apart = self._samples.input_of, 1
        while apart < len(e) and (same := input_of[apart:] == input_of[:-apart]).any():
            write_folded(self._arithmetic.sink, np.column_stack([e[apart:], e[:-apart]])[same])
            apart += 1

    def _outside(
        self, numbers: OrderNumbers, site: np.ndarray, first: np.ndarray, last: np.ndarray, weights: np.ndarray
    ) -> None:
        """Each target pays where the count of its site is not in [first, last)."""
        tables = {}
        for (number,), lanes in classes(numbers.sets):
            values = self._arithmetic.values.arrays[number]
            tables[number] = lanes, outside(values, lanes, len(numbers), site, first, last, weights)
        self.costs.functions(numbers, tables)

    def _penalties(
        self,
        signal: Signal,
        sample: np.ndarray,
        factor: np.ndarray,
        constant: np.ndarray,
        weights: np.ndarray,
        prefix: str,
    ) -> None:
        """``weights`` [E] times the penalties of ``factor * signal[sample] + constant`` [E]."""
        lanes = signal.lane[sample]
        if isinstance(signal.numbers, OrderNumbers):
            used, lane = np.unique(lanes, return_inverse=True)
            numbers = signal.numbers.take(used)
            tables = {}
            for (number,), chosen in classes(numbers.sets):
                values = self._arithmetic.values.arrays[number].astype(object)
                own = np.full(len(used), -1, dtype=np.int64)
                own[chosen] = np.arange(len(chosen))
                entries = np.flatnonzero(own[lane.reshape(-1)] >= 0)
                r = factor[entries].astype(object)[:, None] * values + constant[entries].astype(object)[:, None]
                r = np.abs(r) if not self._loss.one_sided else np.maximum(r, 0)
                r = r * r if self._loss.degree == 2 else r
                table = np.zeros((len(chosen), len(values)), dtype=object)
                np.add.at(table, own[lane.reshape(-1)[entries]], weights[entries].astype(object)[:, None] * r)
                tables[number] = chosen, integer_array(table)
            self.costs.functions(numbers, tables)
            return
        for value in np.unique(factor).tolist():
            entries = np.flatnonzero(factor == value)
            for sign in (1,) if self._loss.one_sided else (1, -1):
                labels = np.column_stack([entries, np.full_like(entries, sign)])
                residual = self._residual(
                    signal.numbers.take(lanes[entries]), sign * value, sign * constant[entries], prefix, labels
                )
                degree = 2 if self._loss.degree == 2 else 1
                self.costs.powers(residual, weights[entries], degree, f"{prefix}.q", labels)

    def _residual(
        self, numbers: Numbers, factor: int, constant: np.ndarray, prefix: str, labels: np.ndarray
    ) -> Numbers:
        """The positive part of ``factor * number + constant``."""
        relu = self._arithmetic.values.squash(Squash(activation("relu").scaled(1)))
        return self._arithmetic.affine(numbers, factor, constant, relu, prefix, labels)

    def _largest(self, outputs: list[Signal]) -> None:
        """The greatest absolute residual of each target, over all outputs."""
        targets = np.arange(len(self._samples.input_of))
        largest: Numbers | None = None
        for k, signal in enumerate(outputs):
            for sign in (1, -1):
                labels = np.column_stack([targets, np.full_like(targets, sign)])
                numbers = signal.at(self._samples.input_of)
                residual = self._residual(numbers, sign * self._scale.factor, -sign * self._y[:, k], f"r.{k}", labels)
                largest = (
                    residual if largest is None else self._arithmetic.maximum(largest, residual, f"max.{k}", labels)
                )
        assert largest is not None
        self.costs.powers(largest, self._samples.multiplicity, 1, "max", targets[:, None])

    def _classes(self, outputs: list[Signal]) -> None:
        """Several classes: the differences f_a - f_b of two outputs, a < b, for the inputs with a target in {a, b}."""
        input_of, y, factor = self._samples.input_of, self._class, self._scale.factor
        conditions: list[np.ndarray] = [np.full((len(y), self._outputs), TRUE, dtype=np.int32)]
        met = -(-self._margin // factor)
        for a in range(self._outputs):
            for b in range(a + 1, self._outputs):
                of_a, of_b = np.flatnonzero(y == a), np.flatnonzero(y == b)
                rows = np.unique(input_of[np.concatenate([of_a, of_b])])
                if not len(rows):
                    continue
                functions = self._difference_functions(rows, input_of[of_a], input_of[of_b], met)
                labels = rows[:, None]
                difference = self._arithmetic.sum(
                    outputs[a].at(rows), self._arithmetic.negative(outputs[b].at(rows)), f"d.{a}.{b}", labels, functions
                )
                if self._counts:
                    place = np.searchsorted(rows, input_of)
                    for targets, other, sign in ((of_a, b, 1), (of_b, a, -1)):
                        numbers = difference.take(place[targets])
                        least = np.array([2 if sign > 0 else 1] * len(targets))
                        reached = self._arithmetic.at_least(numbers, least, "loss", targets[:, None])
                        conditions[0][targets, other] = sign * reached
                    continue
                targets = np.concatenate([of_a, of_b])
                place = np.searchsorted(rows, input_of[targets])
                factors = np.concatenate([np.full(len(of_a), -factor), np.full(len(of_b), factor)])
                margin = np.full(len(targets), self._margin, dtype=object)
                signal = Signal(difference, np.arange(len(rows)))
                weights = self._samples.multiplicity[targets]
                self._penalties(signal, place, factors, margin, weights, f"r.{a}.{b}")
        if self._counts:
            self._error_literals(conditions[0])

    def _difference_functions(self, rows: np.ndarray, of_a: np.ndarray, of_b: np.ndarray, met: int) -> np.ndarray:
        """What the difference of two outputs passes: how many of -met + 1 and met it reaches, or a clip where no target
        pays any more."""
        values = self._arithmetic.values
        if self._counts:
            return np.full(len(rows), values.squash(Passed((1 - met, met))))
        has_a, has_b = np.isin(rows, of_a), np.isin(rows, of_b)
        identity = activation("identity").scaled(1)
        upper, lower = values.squash(Squash(identity, None, met)), values.squash(Squash(identity, -met, None))
        return np.where(has_a & has_b, -1, np.where(has_a, upper, lower))


def _if_both(choose: object, a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else int(choose(a, b))  # type: ignore[operator]
