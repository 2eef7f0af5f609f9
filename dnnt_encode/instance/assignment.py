"""An assignment: for every parameter the position of its value in its sorted set.

Positions are what encoders, algorithms and reductions compute with; weights are what they mean. Here is the one way
from either to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.instance.forward import LayerWeights
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.weights import Weights, check_allowed, from_value_indices, value_indices


@dataclass(frozen=True, eq=False)
class Assignment:
    """``layers``: for each layer the positions (int64) of its weights [units, fan_in] and of its biases [units]."""

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    @staticmethod
    def of(network: Network, weights: Weights) -> Assignment:
        """The positions of some weights. Raises InputError naming the first value that is not allowed."""
        check_allowed(network, weights)
        return Assignment(
            tuple(
                (value_indices(layer.weights, values.weights), value_indices(layer.biases, values.biases))
                for layer, values in zip(network.layers, weights.layers, strict=True)
            )
        )

    @staticmethod
    def first(network: Network) -> Assignment:
        """The least value of every parameter, in fresh arrays."""
        return Assignment(
            tuple(
                (np.zeros(layer.weights.shape, dtype=np.int64), np.zeros(layer.biases.shape, dtype=np.int64))
                for layer in network.layers
            )
        )

    def weights(self, instance: Instance) -> Weights:
        """The values at these positions, as weights of an instance."""
        layers = [
            LayerWeights(from_value_indices(layer.weights, w), from_value_indices(layer.biases, b))
            for layer, (w, b) in zip(instance.network.layers, self.layers, strict=True)
        ]
        return Weights.for_instance(instance, layers)

    def grids(self) -> Iterator[np.ndarray]:
        """The positions grid by grid: weights, then biases, of each layer."""
        return (grid for pair in self.layers for grid in pair)

    def copy(self) -> Assignment:
        """The same positions in fresh arrays."""
        return Assignment(tuple((w.copy(), b.copy()) for w, b in self.layers))
