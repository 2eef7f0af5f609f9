"""A trained network as integer arithmetic, with exact bounds: what every program that it is written as computes.

The inputs are integers X = input_scale * x within a box; layer l computes Z = W A + B from the integers A of its
sources, then a piecewise-linear function; the outputs are integers F = output_scale * f. No step rounds. The bounds
say which types hold every value, and which pieces of an activation are ever used.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dnnt_encode.analysis.scaling import scale_network
from dnnt_encode.analysis.unrolled import LayerBounds, check_piecewise_linear, interval_bounds
from dnnt_encode.errors import InputError
from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.instance.forward import LayerWeights, check_shapes
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import integer_array, max_abs
from dnnt_encode.instance.weights import Weights, fixed_sets


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """``weights`` [units, fan_in] and ``biases`` [units] are integers, ``sources`` as in the network. ``activation``
    has only the pieces that some pre-activation between the bounds meets. ``magnitude`` bounds every factor, product
    and partial sum of a pre-activation, in any order; ``out_lower`` and ``out_upper`` [units] bound the outputs."""

    sources: tuple[int, ...]
    weights: np.ndarray
    biases: np.ndarray
    activation: ScaledActivation
    magnitude: int
    out_lower: np.ndarray
    out_upper: np.ndarray

    @property
    def units(self) -> int:
        return len(self.weights)

    @property
    def reach(self) -> int:
        """Bounds everything that the layer computes."""
        return max(self.magnitude, self.activation.bound(self.magnitude))


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """``lower`` and ``upper`` [d] are the box of the integer inputs."""

    input_scale: int
    lower: np.ndarray
    upper: np.ndarray
    layers: tuple[IntegerLayer, ...]

    @property
    def inputs(self) -> int:
        return len(self.lower)

    @property
    def outputs(self) -> int:
        return self.layers[-1].units

    @property
    def output_scale(self) -> int:
        return self.layers[-1].activation.out_scale

    @property
    def reach(self) -> int:
        """Bounds every number of the network, its inputs among them."""
        return max(max_abs(self.lower), max_abs(self.upper), *(layer.reach for layer in self.layers))

    def widths(self) -> list[int]:
        """The number of inputs, then of units of every layer."""
        return [self.inputs, *(layer.units for layer in self.layers)]

    def parts(self, layer: IntegerLayer) -> list[tuple[int, np.ndarray]]:
        """For each source of a layer, in order: its index, and the columns of the weights [units, width] for it."""
        ends = list(itertools.accumulate(self.widths()[source] for source in layer.sources))
        pairs = zip(layer.sources, [0, *ends], ends, strict=False)
        return [(source, layer.weights[:, start:end]) for source, start, end in pairs]


def integer_network(weights: Weights, input_scale: int, lower: Sequence[int], upper: Sequence[int]) -> IntegerNetwork:
    """The network of trained weights on inputs between ``lower`` and ``upper`` [d], integers at ``input_scale``.

    Raises InputError for weights without a network, ModelTooLarge where an activation is not piecewise linear."""
    network = network_of(weights)
    check_piecewise_linear(network)
    fixed = tuple(
        replace(layer, weights=fixed_sets(values.weights), biases=fixed_sets(values.biases))
        for layer, values in zip(network.layers, weights.layers, strict=True)
    )
    scaled = scale_network(Network(network.inputs, fixed), input_scale)
    low, high = integer_array(list(lower)), integer_array(list(upper))
    bounds = interval_bounds(scaled, low[None, :], high[None, :])
    layers = tuple(
        IntegerLayer(
            sources=own.sources,
            weights=layer.weights.lowest(),
            biases=layer.biases.lowest(),
            activation=_used(layer.activation, found),
            magnitude=found.magnitude,
            out_lower=found.out_lower[0],
            out_upper=found.out_upper[0],
        )
        for own, layer, found in zip(network.layers, scaled.layers, bounds, strict=True)
    )
    return IntegerNetwork(input_scale, low, high, layers)


def network_of(weights: Weights) -> Network:
    """The network that the weights are of. Raises InputError where they carry none."""
    if weights.network is None:
        raise InputError("these weights carry no network; give their instance too, or save them self-contained")
    layers: tuple[LayerWeights, ...] = weights.layers
    check_shapes(weights.network, layers)
    return weights.network


def _used(activation: ScaledActivation, bounds: LayerBounds) -> ScaledActivation:
    """The activation without the pieces that lie beyond the bounds of the pre-activations."""
    low, high = int(bounds.z_lower.min()), int(bounds.z_upper.max())
    first = sum(start <= low for start in activation.starts)
    last = sum(start <= high for start in activation.starts)
    return replace(
        activation,
        starts=activation.starts[first:last],
        slopes=activation.slopes[first : last + 1],
        intercepts=activation.intercepts[first : last + 1],
    )
