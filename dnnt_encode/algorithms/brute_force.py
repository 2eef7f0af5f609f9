"""Brute force: the loss of every parameter assignment, in order, by vectorised enumeration.

Principle. The assignments are numbered by mixed radix: the digits are the positions of the values in their sorted sets,
in the order of layers, units, and within a unit its weights and then its bias; the last digit runs fastest. A block is
a run of consecutive numbers, evaluated as one array [high digits, low digits, samples]: the low digits belong to output
units only, so the hidden layers are computed once for all of them, by broadcasting.

Everything is integer: each layer's outputs carry one common denominator, and arrays are int64 where the bound over all
assignments proves it safe, Python integers otherwise. This is the oracle of the tests, so it shares no code with the
encoders: no scaling, bounds or presolve from elsewhere, only the activations' and losses' own data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.forward import MAX_BITS
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, common_denominator, max_abs

DEFAULT_LIMIT = 10**9
"""More assignments than this are refused."""

OUTSIDE = -1
"""In the place of the loss of an assignment that breaks a constraint."""

_BLOCK_ELEMENTS = 2**18


@dataclass(frozen=True, eq=False)
class _CountedUnit:
    """One unit: its scaled values per parameter (weights, then the bias), and how its digits sit in the number."""

    values: tuple[np.ndarray, ...]
    strides: tuple[int, ...]
    low: bool
    combinations: int


@dataclass(frozen=True, eq=False)
class _CountedLayer:
    units: tuple[_CountedUnit, ...]
    sources: tuple[tuple[int, slice], ...]
    activation: ScaledActivation


class Enumeration:
    """All assignments of an instance. ``total`` is their number; a loss is ``unit`` times an integer of ``blocks``, or
    ``OUTSIDE``.

    Raises ModelTooLarge where there are more than ``limit`` assignments.
    """

    def __init__(self, instance: Instance, limit: int = DEFAULT_LIMIT) -> None:
        self.instance, self._conditions = instance, instance.conditions
        self._inputs = instance.dataset.x
        if self._conditions is not None:
            scale = math.lcm(self._inputs.denominator, self._conditions.x.denominator)
            both = [self._inputs.scaled(scale), self._conditions.x.scaled(scale)]
            self._inputs = ExactArray.from_scaled(np.concatenate(both), scale)
        self.total = instance.network.search_space
        if self.total > limit:
            raise ModelTooLarge(
                f"brute force would enumerate {describe_count(self.total)} parameter assignments, more than its limit "
                f"of {describe_count(limit)}; choose another backend or smaller parameter sets"
            )
        self._sizes = [
            np.concatenate([layer.weights.sizes(), layer.biases.sizes()[:, None]], axis=1)
            for layer in instance.network.layers
        ]
        self._place_digits()
        self._scale()

    def blocks(self, start: int = 0) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (number of the first assignment, losses of it and its successors in units of ``unit``)."""
        high_total = self.total // self._low_total
        step = max(1, _BLOCK_ELEMENTS // (self._low_total * self._row_elements))
        for first in range(start // self._low_total, high_total, step):
            high = np.arange(first, min(first + step, high_total), dtype=np.int64)
            losses = self._losses(high).reshape(-1)
            skipped = max(0, start - first * self._low_total)
            yield first * self._low_total + skipped, losses[skipped:]

    def assignment(self, number: int) -> Assignment:
        """The assignment with this number."""
        if not 0 <= number < self.total:
            raise ValueError(f"found the assignment {number}; there are {self.total}")
        result = []
        for sizes in reversed(self._sizes):
            digits = np.zeros(sizes.size, dtype=np.int64)
            for position in range(sizes.size - 1, -1, -1):
                number, digits[position] = divmod(number, int(sizes.flat[position]))
            grid = digits.reshape(sizes.shape)
            result.append((grid[:, :-1].copy(), grid[:, -1].copy()))
        return Assignment(tuple(result[::-1]))

    def number_of(self, assignment: Assignment) -> int:
        """The inverse of ``assignment``."""
        number = 0
        for sizes, (weights, biases) in zip(self._sizes, assignment.layers, strict=True):
            digits = np.concatenate([weights, biases[:, None]], axis=1)
            for size, digit in zip(sizes.ravel().tolist(), digits.ravel().tolist(), strict=True):
                number = number * size + digit
        return number

    # -- preparation ---------------------------------------------------------------------------------------------

    def _place_digits(self) -> None:
        """Split the digits into the low ones, of the last output units, and the high ones before them."""
        network, samples = self.instance.network, len(self._inputs)
        widest = max(network.widths)
        self._row_elements = samples * max(network.outputs, 1)
        cap = max(1, _BLOCK_ELEMENTS // (self._row_elements * 4))
        self._low_total, low = 1, set()
        for unit in range(network.outputs - 1, -1, -1):
            combinations = math.prod(self._sizes[-1][unit].tolist())
            if self._low_total * combinations > cap:
                break
            self._low_total *= combinations
            low.add(unit)
        self._row_elements = max(self._row_elements, samples * widest // self._low_total)
        self._low_units = frozenset(low)

    def _scale(self) -> None:
        """Bring values to integers layer by layer, and find the magnitude that no number of the enumeration passes."""
        network, x = self.instance.network, self._inputs
        denominators = [x.denominator]
        bounds = [max_abs(x.numerators)]
        magnitude, stride = bounds[0], self.total
        scaled: list[tuple[list[list[list[int]]], ScaledActivation]] = []
        for number, layer in enumerate(network.layers):
            slices = network.source_slices(number)
            weight_denominator = common_denominator(value for values in layer.weights.sets for value in values)
            bias_denominator = common_denominator(value for values in layer.biases.sets for value in values)
            z_scale = math.lcm(
                weight_denominator * math.lcm(*(denominators[source] for source, _ in slices)),
                bias_denominator,
                layer.activation.required_denominator(),
            )
            edge_source = [source for source, part in slices for _ in range(part.stop - part.start)]
            units, z_bound = [], 0
            for unit in range(layer.units):
                values = [
                    [int(value * z_scale / denominators[source]) for value in layer.weights[unit, i]]
                    for i, source in enumerate(edge_source)
                ]
                values.append([int(value * z_scale) for value in layer.biases[unit]])
                units.append(values)
                reach = [bounds[source] for source in edge_source] + [1]
                magnitude = max(magnitude, *(abs(value) for choice in values for value in choice))
                z_bound = max(z_bound, sum(max(map(abs, v)) * r for v, r in zip(values, reach, strict=True)))
            function = layer.activation.scaled(z_scale)
            if max(z_bound, z_scale).bit_length() > MAX_BITS:
                raise ModelTooLarge(f"layer {number + 1}: a pre-activation may have more than {MAX_BITS} bits")
            out_bound = function.bound(z_bound)
            magnitude = max(magnitude, z_bound, out_bound, *(abs(start) for start in (0, *function.starts)))
            denominators.append(function.out_scale)
            bounds.append(out_bound)
            scaled.append((units, function))
        self._prepare_loss(denominators[-1], bounds[-1], magnitude)
        self._x = x.numerators.T.astype(self._dtype)
        self._layers = []
        for number, (units, function) in enumerate(scaled):
            built = []
            for unit, values in enumerate(units):
                sizes = self._sizes[number][unit].tolist()
                low = number == len(scaled) - 1 and unit in self._low_units
                strides = []
                for size in sizes:
                    stride //= size
                    strides.append(stride if low else stride // self._low_total)
                arrays = tuple(np.array(choice, dtype=self._dtype) for choice in values)
                built.append(_CountedUnit(arrays, tuple(strides), low, math.prod(sizes)))
            self._layers.append(_CountedLayer(tuple(built), tuple(network.source_slices(number)), function))

    def _prepare_loss(self, out_scale: int, out_bound: int, magnitude: int) -> None:
        """Scale targets and penalty; ``unit`` is what one integer of a loss is worth."""
        loss, dataset = self.instance.loss, self.instance.dataset
        if isinstance(dataset.y, ExactArray):
            scale = math.lcm(out_scale, dataset.y.denominator, loss.penalty.denominator)
            self._targets = dataset.y.numerators.astype(object) * (scale // dataset.y.denominator)
            residual_bound = out_bound * (scale // out_scale) + max_abs(self._targets)
        else:
            scale = math.lcm(out_scale, loss.penalty.denominator)
            self._targets = dataset.y
            residual_bound = 2 * out_bound * (scale // out_scale)
        self._out_factor = scale // out_scale
        self._penalty = loss.penalty.scaled(scale)
        self.unit = Fraction(1) if loss.counts else self._penalty.unit
        residual_bound = self._penalty.reach(residual_bound)
        terms = max(self.instance.network.outputs, 1) if loss.reduction == "sum" else 1
        sample_bound = 1 if loss.counts else terms * residual_bound**loss.degree
        powers = (residual_bound, residual_bound**2, sample_bound * dataset.total)
        magnitude = max(magnitude, self._out_factor, *powers)
        self._dtype = np.dtype(np.int64) if magnitude < INT64_SAFE else np.dtype(object)
        self._multiplicity = dataset.multiplicity.astype(self._dtype)
        if isinstance(dataset.y, ExactArray):
            self._targets = self._targets.astype(self._dtype)

    # -- evaluation ----------------------------------------------------------------------------------------------

    def _losses(self, high: np.ndarray) -> np.ndarray:
        """Scaled losses [high digits, low digits]."""
        low = np.arange(self._low_total, dtype=np.int64)[None, :]
        high = high[:, None]
        outputs: list[list[np.ndarray] | None] = [None]
        for layer in self._layers:
            built = []
            for unit in layer.units:
                numbers = low if unit.low else high
                params = [
                    values[(numbers // stride) % len(values)] if len(values) > 1 else values[None, :]
                    for values, stride in zip(unit.values, unit.strides, strict=True)
                ]
                built.append(layer.activation.apply(self._pre_activation(params, layer.sources, outputs)))
            outputs.append(built)
        final = outputs[-1]
        assert final is not None
        samples, shape = self.instance.dataset.samples, (high.shape[0], self._low_total)
        losses = np.broadcast_to(self._loss_of([output[..., :samples] for output in final]), shape)
        if self._conditions is None:
            return losses
        outside = self._conditions.broken(self._answers([output[..., samples:] for output in final])).any(axis=-1)
        return np.where(np.broadcast_to(outside, shape), OUTSIDE, losses)

    def _answers(self, outputs: list[np.ndarray]) -> np.ndarray:
        """The classes [high, low, inputs] that the outputs answer."""
        if len(outputs) == 1:
            return np.asarray(outputs[0] > 0).astype(np.int64)
        shape = np.broadcast_shapes(*(output.shape for output in outputs))
        return np.asarray(np.stack([np.broadcast_to(output, shape) for output in outputs]).argmax(axis=0))

    def _pre_activation(
        self,
        params: list[np.ndarray],
        sources: tuple[tuple[int, slice], ...],
        outputs: list[list[np.ndarray] | None],
    ) -> np.ndarray:
        """z [high, low, samples] of one unit, from its parameters, each [high or 1, low or 1]."""
        z = params[-1][:, :, None]
        for source, part in sources:
            arrays = outputs[source]
            if arrays is None:
                matrix = np.stack(np.broadcast_arrays(*params[part]), axis=-1)
                z = z + np.matmul(matrix, self._x)
            else:
                for weight, array in zip(params[part], arrays, strict=True):
                    z = z + weight[:, :, None] * array
        return z

    def _loss_of(self, outputs: list[np.ndarray]) -> np.ndarray:
        """Sum over samples of multiplicity times the reduced penalties of the residuals."""
        loss = self.instance.loss
        reduced: np.ndarray | None = None
        for residual, counts in self._residuals([array * self._out_factor for array in outputs]):
            penalty = self._penalty.raised(self._penalty.linear(residual))
            if loss.counts:
                penalty = (penalty > 0).astype(self._dtype)
            if counts is not None:
                penalty = penalty * counts
            if reduced is None:
                reduced = penalty
            elif loss.reduction == "sum":
                reduced = reduced + penalty
            else:
                reduced = np.maximum(reduced, penalty)
        if reduced is None:
            return np.zeros((1, 1), dtype=self._dtype)
        return np.asarray((reduced * self._multiplicity).sum(axis=-1))

    def _residuals(self, outputs: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """The residuals r_k, each with a 0/1 array of the samples that have it (None: all)."""
        targets = self._targets
        if self.instance.loss.targets == "vector":
            for k, output in enumerate(outputs):
                yield output - targets[:, k], None
        elif len(outputs) == 1:
            signs = (2 * targets - 1).astype(self._dtype)
            yield -signs * outputs[0], None
        else:
            shape = np.broadcast_shapes(*(output.shape for output in outputs))
            stacked = np.stack([np.broadcast_to(output, shape) for output in outputs])
            index = np.broadcast_to(targets, shape)[None]
            own = np.take_along_axis(stacked, index, axis=0)[0]
            for k, output in enumerate(outputs):
                yield output - own, (targets != k).astype(self._dtype)


def enumerate_losses(instance: Instance, limit: int = 10**7) -> ExactArray:
    """The loss of every assignment, in the order of their numbers: the oracle of the tests."""
    enumeration = Enumeration(instance, limit)
    losses = np.concatenate([block for _, block in enumeration.blocks()])
    scaled = losses.astype(object) * enumeration.unit.numerator if enumeration.unit.numerator != 1 else losses
    return ExactArray.from_scaled(scaled, enumeration.unit.denominator)


def assignment(instance: Instance, number: int) -> Assignment:
    """The assignment with the given number, for ``enumerate_losses``."""
    return Enumeration(instance, limit=instance.network.search_space).assignment(number)


def estimated_operations(instance: Instance) -> int:
    """About how many array elements the whole enumeration touches: what ``auto`` compares with a solver's start."""
    network = instance.network
    per_assignment = sum(network.fan_in(number) + 2 for number in range(1, len(network.layers)))
    per_assignment += network.fan_in(0) if len(network.layers) == 1 else 4
    per_assignment += 4 * network.outputs
    asked = 0 if instance.conditions is None else len(instance.conditions.x)
    return network.search_space * (instance.dataset.samples + asked) * per_assignment


def describe_count(count: int) -> str:
    """An exact number where it is short, a power of ten otherwise: ``59049``, ``about 10^31``."""
    if count < 10**9:
        return str(count)
    return f"about 10^{round(math.log10(count))}"
