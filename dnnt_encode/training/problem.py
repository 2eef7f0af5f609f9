"""An instance as arrays of floats that hold integers: what the trainer computes on.

One sample a distinct pair of input and target, all numbers on the scales of ``analysis.scaling``; ``exactness`` chooses
the floats. The columns of the input stand in another order than the instance's: see ``few_values``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import merge_samples, single_samples
from dnnt_encode.analysis.scaling import scale_network
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import ExactArray, max_abs
from dnnt_encode.training.choices import Choices
from dnnt_encode.training.costs import Costs
from dnnt_encode.training.exactness import arithmetic
from dnnt_encode.training.few_values import ValueGroup, arranged, with_levels
from dnnt_encode.training.piecewise import PiecewiseLinear

Keys = list[np.ndarray]
"""A key of ``Choices`` for every parameter: [units, fan_in + 1] a layer."""


MERGED_ELEMENTS = 2 * 10**7
"""Equal samples of larger data are not merged, which would take copies of it."""


@dataclass(frozen=True, eq=False)
class TrainingLayer:
    """``reads``: for each source (0 is the input, i the i-th layer) its columns."""

    reads: tuple[tuple[int, slice], ...]
    choices: Choices
    activation: PiecewiseLinear
    order: np.ndarray

    @property
    def units(self) -> int:
        return self.choices.shape[0]


class Integers:
    """The scales of an instance's numbers, and the arithmetic that holds them; see ``Problem`` for what is refused."""

    def __init__(self, instance: Instance, x: ExactArray, y: ExactArray | np.ndarray) -> None:
        for number, layer in enumerate(instance.network.layers, start=1):
            if not layer.activation.is_piecewise_linear:
                raise ModelTooLarge(f"layer {number}: the activation {layer.activation.name} has no linear pieces")
        self.scaled = scale_network(instance.network, x.denominator)
        scale = ResidualScale.of(instance.loss, self.scaled.output_scale, y)
        self.factor, self.penalty = scale.factor, instance.loss.scaled(scale.unit)
        self.targets = y.scaled(scale.unit) if isinstance(y, ExactArray) else y
        reach = max_abs(self.targets) if isinstance(y, ExactArray) else 0
        self.dtype = arithmetic(self.scaled, x.numerators, self.penalty, self.factor, reach)


class Problem:
    """``rows`` [n, d] are the inputs, ``columns`` [d + levels, n] the same and what ``few_values`` adds; a loss is
    ``unit`` times an integer, at least ``floor``.

    Raises ModelTooLarge where no arithmetic here is exact, InputError for intervals."""

    def __init__(self, instance: Instance) -> None:
        self.instance, network = instance, instance.network
        large = instance.dataset.x.numerators.size > MERGED_ELEMENTS
        samples = single_samples(instance) if large else merge_samples(instance)
        integers = Integers(instance, samples.x, samples.y)
        self.unit, self.dtype = integers.penalty.unit, integers.dtype
        self.floor = math.ceil(samples.lower_bound / self.unit)
        x = samples.x.numerators
        self._order, self._groups = arranged(x, len(samples.input_of))
        self.rows = np.empty((len(samples.input_of), x.shape[1]), dtype=self.dtype)
        for start in range(0, len(self.rows), 1024):
            part = x[samples.input_of[start : start + 1024]]
            self.rows[start : start + 1024] = part[:, self._order]
        self.columns = with_levels(self.rows, self._groups)
        self.layers = tuple(
            TrainingLayer(
                tuple(network.source_slices(position)),
                Choices(layer, self._column_order(position)),
                PiecewiseLinear(layer.activation),
                self._column_order(position),
            )
            for position, layer in enumerate(integers.scaled.layers)
        )
        self.costs = Costs(
            instance.loss, integers.penalty, integers.targets.astype(np.int64), integers.factor, samples.multiplicity,
            network.outputs, self.dtype,
        )  # fmt: skip

    @property
    def samples(self) -> int:
        return len(self.rows)

    def groups(self, source: int) -> list[ValueGroup]:
        """The rows of a source (0: the inputs) that are known to take few values."""
        if source == 0:
            return self._groups
        layer = self.layers[source - 1]
        pair = layer.activation.two_values
        return [] if pair is None else [ValueGroup(slice(0, layer.units), tuple(sorted(pair)), slice(0, layer.units))]

    def _column_order(self, position: int) -> np.ndarray:
        order = np.arange(self.instance.network.fan_in(position))
        for source, columns in self.instance.network.source_slices(position):
            if source == 0:
                order[columns] = columns.start + self._order
        return order

    def assignment(self, keys: Keys) -> Assignment:
        """What the keys stand for, in the instance's own order of columns."""
        result = []
        for layer, held in zip(self.layers, keys, strict=True):
            steps = held - layer.choices.first
            weights = np.empty_like(steps[:, :-1])
            weights[:, layer.order] = steps[:, :-1]
            result.append((weights, steps[:, -1].copy()))
        return Assignment(tuple(result))

    def keys(self, assignment: Assignment) -> Keys:
        """The inverse of ``assignment``."""
        return [
            layer.choices.first + np.column_stack([weights[:, layer.order], biases])
            for layer, (weights, biases) in zip(self.layers, assignment.layers, strict=True)
        ]
