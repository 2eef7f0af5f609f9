"""The network: layers of units, their activations, the sets of their parameters, and which layers each one reads."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dnnt_encode.instance.activations import Activation
from dnnt_encode.instance.parameters import SetGrid


@dataclass(frozen=True, eq=False)
class Layer:
    """``units`` units with pre-activation z = W a + b, where a concatenates the outputs of ``sources`` (0 is the input,
    i the i-th layer) in that order. ``weights`` is a grid [units, fan_in], ``biases`` a grid [units]."""

    units: int
    activation: Activation
    weights: SetGrid
    biases: SetGrid
    sources: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """A feed-forward network; layer 0 is the input, the last layer gives the outputs.

    Raises ValueError when shapes or sources do not fit; the message names the layer, counted from 1.
    """

    inputs: int
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if self.inputs < 1:
            raise ValueError(f"found {self.inputs} inputs; a network has at least one")
        if not self.layers:
            raise ValueError("found no layers; a network has at least the output layer")
        read = {source for layer in self.layers for source in layer.sources}
        for number, layer in enumerate(self.layers, start=1):
            place = f"layer {number}"
            if layer.units < 1:
                raise ValueError(f"{place} has {layer.units} units; a layer has at least one")
            if not layer.sources or len(set(layer.sources)) != len(layer.sources):
                raise ValueError(f"{place} reads from {list(layer.sources)}; sources are distinct and at least one")
            if min(layer.sources) < 0 or max(layer.sources) >= number:
                raise ValueError(f"{place} reads from {list(layer.sources)}; sources come before it: 0 to {number - 1}")
            fan_in = self.fan_in(number - 1)
            if layer.weights.shape != (layer.units, fan_in):
                raise ValueError(f"{place} has weight sets of shape {layer.weights.shape}, not {(layer.units, fan_in)}")
            if layer.biases.shape != (layer.units,):
                raise ValueError(f"{place} has {layer.biases.shape} bias sets, not {(layer.units,)}")
            if number < len(self.layers) and number not in read:
                raise ValueError(f"{place} is a hidden layer that nobody reads")

    def __str__(self) -> str:
        """Its widths, as 10-2-1."""
        return "-".join(map(str, self.widths))

    @property
    def outputs(self) -> int:
        return self.layers[-1].units

    @property
    def widths(self) -> tuple[int, ...]:
        """The number of inputs, then of units of every layer."""
        return (self.inputs, *(layer.units for layer in self.layers))

    def fan_in(self, layer: int) -> int:
        """How many values a unit of ``layers[layer]`` reads."""
        return sum(self.widths[source] for source in self.layers[layer].sources)

    def source_slices(self, layer: int) -> list[tuple[int, slice]]:
        """For each source of ``layers[layer]``, in order: its index and its columns of the weight matrix."""
        result, start = [], 0
        for source in self.layers[layer].sources:
            stop = start + self.widths[source]
            result.append((source, slice(start, stop)))
            start = stop
        return result

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(grid.index.size for layer in self.layers for grid in (layer.weights, layer.biases))

    @property
    def continuous(self) -> bool:
        """Whether some parameter may take every value of an interval."""
        return any(grid.continuous for layer in self.layers for grid in (layer.weights, layer.biases))

    @property
    def free_parameters(self) -> int:
        """The number of weights and biases with more than one allowed value."""
        return sum(int(grid.free().sum()) for layer in self.layers for grid in (layer.weights, layer.biases))

    @property
    def search_space(self) -> int:
        """The number of parameter assignments."""
        total = 1
        for layer in self.layers:
            for grid in (layer.weights, layer.biases):
                counts = [int((grid.index == k).sum()) for k in range(len(grid.sets))]
                total *= math.prod(len(values) ** count for values, count in zip(grid.sets, counts, strict=True))
        return total
