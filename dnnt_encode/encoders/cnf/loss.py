"""The loss in clauses: what each output sum must tell, and what its answer costs.

Most losses are functions of single numbers: an output, or the difference of two (see ``residuals``). Counting losses
only ask which thresholds a number passes, so the last sum is written as that count and no more. Targets of equal input
share the number, so conflicting ones are settled by its values. Where margins matter too (``whole``) the outputs are
written as such, and the counts are read from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.encoders.cnf import order, residuals
from dnnt_encode.encoders.cnf.arena import write_folded
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic, Numbers
from dnnt_encode.encoders.cnf.costs import CostCollector
from dnnt_encode.encoders.cnf.layer import Signal
from dnnt_encode.encoders.cnf.order import OrderNumbers, classes
from dnnt_encode.encoders.cnf.residuals import Residuals
from dnnt_encode.encoders.cnf.sites import Sites, interval_of, outside
from dnnt_encode.encoders.cnf.squash import Passed, Squash
from dnnt_encode.instance.activations import ScaledActivation, activation
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import integer_array
from dnnt_encode.models.cnf import FALSE, TRUE


@dataclass(frozen=True, eq=False)
class _Number:
    """A number that residuals read, before it is written: ``functions`` [sites] of values are what it passes, and
    ``sites`` the thresholds that these count, for a loss that counts."""

    name: str
    residuals: Residuals
    functions: np.ndarray
    sites: Sites | None


class LossClauses:
    """Writes the loss of one instance; ``squashes`` goes to the output layer, ``encode`` takes its signals."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        instance: Instance,
        samples: MergedSamples,
        unrolled: Unrolled,
        gamma: Fraction | None,
        *,
        whole: bool = False,
    ) -> None:
        self._arithmetic, self._loss, self._samples, self._unrolled = arithmetic, instance.loss, samples, unrolled
        self._act: ScaledActivation = unrolled.scaled.layers[-1].activation
        scale = ResidualScale.of(instance.loss, unrolled.scaled.output_scale, samples.y)
        self._penalty = instance.loss.scaled(scale.unit)
        self.unit = self._penalty.unit
        self.gamma = None if gamma is None else math.floor(gamma / self.unit)
        self.costs = CostCollector(arithmetic)
        self.whole: list[tuple[Residuals, Signal]] = []
        self._whole = whole
        bounds, outputs, inputs = unrolled.layers[-1], instance.network.outputs, len(unrolled.x)
        self._pairs: list[tuple[int, int]] = []
        self._numbers: list[_Number] = []
        identity = activation("identity").scaled(1)
        if instance.loss.targets == "vector" or outputs == 1:
            act, low, high = self._act, bounds.z_lower, bounds.z_upper
            if whole:
                act, low, high = identity, bounds.out_lower, bounds.out_upper
            for k in range(outputs):
                self._add(f"{k}", residuals.of_output(samples, scale, inputs, k), act, low[:, k], high[:, k])
            return
        for a in range(outputs):
            for b in range(a + 1, outputs):
                if (of_pair := residuals.of_difference(samples, scale, a, b)) is not None:
                    rows, low, high = of_pair.inputs, bounds.out_lower, bounds.out_upper
                    lowest, highest = low[rows, a] - high[rows, b], high[rows, a] - low[rows, b]
                    self._pairs.append((a, b))
                    self._add(f"{a}.{b}", of_pair, identity, lowest, highest)

    def _add(self, name: str, read: Residuals, act: ScaledActivation, lowest: np.ndarray, highest: np.ndarray) -> None:
        """One more number: act(z) with z within the bounds [sites], told as far as its residuals ask for it."""
        values = self._arithmetic.values
        if not self._loss.counts:
            clips = read.clips(self._penalty, [self._cut(int(count)) for count in self._weights(read)])
            functions = [values.squash(Squash(act, low, high)) for low, high in clips]
            self._numbers.append(_Number(name, read, np.array(functions), None))
            return
        places = zip(read.met(self._penalty), read.site.tolist(), strict=True)
        intervals = [interval_of(act, *span, int(lowest[place]), int(highest[place])) for span, place in places]
        sites = Sites.of(intervals, read.site, len(read.inputs))
        functions = [values.squash(Passed(thresholds)) for thresholds in sites.thresholds]
        self._numbers.append(_Number(name, read, np.array(functions), sites))

    def _cut(self, multiplicity: int) -> int | None:
        """The largest penalty, before its power, that the threshold allows one target."""
        if self.gamma is None:
            return None
        most = max(self.gamma, 0) // multiplicity
        return math.isqrt(most) if self._penalty.power == 2 else most

    def _weights(self, read: Residuals) -> np.ndarray:
        return np.asarray(self._samples.multiplicity[read.target])

    def squashes(self) -> np.ndarray:
        """For each output and input the number of the function that its sum passes: int64 [outputs, n]."""
        if not self._pairs and not self._whole:
            return np.array([number.functions for number in self._numbers])
        shape = self._unrolled.layers[-1].out_lower.shape[::-1]
        return np.full(shape, self._arithmetic.values.squash(Squash(self._act)))

    def encode(self, outputs: list[Signal]) -> None:
        """Adds what every target costs to ``costs``; ``whole`` are then the residuals and what they read, where that
        was asked for."""
        signals = outputs if not self._pairs else self._differences(outputs)
        if self._whole:
            self.whole = [(number.residuals, signal) for number, signal in zip(self._numbers, signals, strict=True)]
            signals = [self._told(number, signal) for number, signal in zip(self._numbers, signals, strict=True)]
        if self._loss.counts:
            self._counted(signals)
        elif self._loss.reduction == "max" and len(signals) > 1:
            self._largest(signals)
        else:
            for number, signal in zip(self._numbers, signals, strict=True):
                self._penalties(number, signal)

    def _differences(self, outputs: list[Signal]) -> list[Signal]:
        """f_a - f_b, a < b, for the inputs with a target in {a, b}."""
        found = []
        for (a, b), number in zip(self._pairs, self._numbers, strict=True):
            rows = number.residuals.inputs
            first, second = outputs[a].at(rows), self._arithmetic.negative(outputs[b].at(rows))
            functions = None if self._whole else number.functions
            difference = self._arithmetic.sum(first, second, f"d.{a}.{b}", rows[:, None], functions)
            found.append(Signal(difference, np.arange(len(rows))))
        return found

    def _told(self, number: _Number, signal: Signal) -> Signal:
        """A whole number as far as its residuals ask for it."""
        lanes = np.arange(len(number.residuals.inputs))
        nothing = order.constants(self._arithmetic.values, np.zeros(1, dtype=np.int64)).take(np.zeros_like(lanes))
        told = self._arithmetic.sum(signal.at(lanes), nothing, f"t.{number.name}", lanes[:, None], number.functions)
        return Signal(told, lanes)

    # -- losses that count --------------------------------------------------------------------------------------

    def _counted(self, signals: list[Signal]) -> None:
        if len(signals) == 1:
            self._outside(self._numbers[0], signals[0])
            return
        conditions: list[tuple[np.ndarray, np.ndarray]] = []
        for number, signal in zip(self._numbers, signals, strict=True):
            assert number.sites is not None
            counts, target = signal.at(number.residuals.site), number.residuals.target
            for ends, sign in ((number.sites.first, 1), (number.sites.last, -1)):
                conditions.append((target, sign * self._arithmetic.at_least(counts, ends, "loss", target[:, None])))
        self._error_literals(conditions)

    def _outside(self, number: _Number, signal: Signal) -> None:
        """With one number each target pays where the count of its site is not in [first, last)."""
        sites, site, weights = number.sites, number.residuals.site, self._weights(number.residuals)
        numbers = signal.at(np.arange(len(number.residuals.inputs)))
        assert sites is not None
        assert isinstance(numbers, OrderNumbers)
        tables = {}
        for (values,), lanes in classes(numbers.sets):
            array = self._arithmetic.values.arrays[values]
            tables[values] = lanes, outside(array, lanes, len(numbers), site, sites.first, sites.last, weights)
        self.costs.functions(numbers, tables)

    def _error_literals(self, conditions: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """A literal e a target, not e => all its conditions, given as (targets, literals)."""
        sink, input_of = self._arithmetic.sink, self._samples.input_of
        failed, open_ = np.zeros(len(input_of), dtype=bool), np.zeros(len(input_of), dtype=bool)
        for targets, literals in conditions:
            failed[targets] |= literals == FALSE
            open_[targets] |= literals != TRUE
        e = np.where(failed, TRUE, FALSE).astype(np.int32)
        rows = np.flatnonzero(open_ & ~failed)
        e[rows] = sink.variables("e", rows[:, None])[:, 0]
        for targets, literals in conditions:
            write_folded(sink, np.column_stack([e[targets], literals]))
        self.costs.literals(e, self._samples.multiplicity)
        # Of the targets of one input at most one is met.
        apart = 1 if self._loss.exclusive else len(e)
        while apart < len(e) and (same := input_of[apart:] == input_of[:-apart]).any():
            write_folded(sink, np.column_stack([e[apart:], e[:-apart]])[same])
            apart += 1

    # -- losses that measure ------------------------------------------------------------------------------------

    def _penalties(self, number: _Number, signal: Signal) -> None:
        """Every target pays the penalties of its residuals."""
        read, weights, prefix = number.residuals, self._weights(number.residuals), f"r.{number.name}"
        lanes = signal.lane[read.site]
        if isinstance(signal.numbers, OrderNumbers):
            used, lane = np.unique(lanes, return_inverse=True)
            numbers, lane = signal.numbers.take(used), lane.reshape(-1)
            tables = {}
            for (values,), chosen in classes(numbers.sets):
                array = self._arithmetic.values.arrays[values].astype(object)
                own = np.full(len(used), -1, dtype=np.int64)
                own[chosen] = np.arange(len(chosen))
                entries = np.flatnonzero(own[lane] >= 0)
                r = read.factor[entries].astype(object)[:, None] * array + read.constant[entries][:, None]
                table = np.zeros((len(chosen), len(array)), dtype=object)
                paid = weights[entries].astype(object)[:, None] * self._penalty.apply(r)
                np.add.at(table, own[lane[entries]], paid)
                tables[values] = chosen, integer_array(table)
            self.costs.functions(numbers, tables)
            return
        for factor, entries in read.parts():
            for side, lines in ((1, self._penalty.rising), (-1, self._penalty.falling)):
                if lines:
                    labels = np.column_stack([entries, np.full_like(entries, side)])
                    taken = signal.numbers.take(lanes[entries])
                    paid = self._greatest(taken, factor, read.constant[entries], lines, prefix, labels)
                    self.costs.powers(paid, weights[entries], self._penalty.power, f"{prefix}.q", labels)

    def _greatest(
        self,
        numbers: Numbers,
        factor: int,
        constant: np.ndarray,
        lines: tuple[tuple[int, int], ...],
        prefix: str,
        labels: np.ndarray,
    ) -> Numbers:
        """The greatest of some lines of the residuals ``factor * number + constant``, and of 0."""
        relu = self._arithmetic.values.squash(Squash(activation("relu").scaled(1)))
        greatest: Numbers | None = None
        for slope, intercept in lines:
            line = self._arithmetic.affine(numbers, slope * factor, slope * constant + intercept, relu, prefix, labels)
            greatest = line if greatest is None else self._arithmetic.maximum(greatest, line, f"{prefix}.max", labels)
        assert greatest is not None
        return greatest

    def _largest(self, signals: list[Signal]) -> None:
        """The greatest penalty of each target, over all its residuals."""
        largest: dict[bytes, tuple[np.ndarray, Numbers]] = {}
        for number, signal in zip(self._numbers, signals, strict=True):
            read, name = number.residuals, number.name
            for factor, entries in read.parts():
                targets, numbers = read.target[entries], signal.at(read.site[entries])
                for side, lines in ((1, self._penalty.rising), (-1, self._penalty.falling)):
                    if not lines:
                        continue
                    labels = np.column_stack([targets, np.full_like(targets, side)])
                    paid = self._greatest(numbers, factor, read.constant[entries], lines, f"r.{name}", labels)
                    key = targets.tobytes()
                    if key in largest:
                        paid = self._arithmetic.maximum(largest[key][1], paid, f"max.{name}", labels)
                    largest[key] = targets, paid
        for targets, paid in largest.values():
            weights = self._samples.multiplicity[targets]
            self.costs.powers(paid, weights, self._penalty.power, "max", targets[:, None])
