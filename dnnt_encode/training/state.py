"""The network with some parameters: pre-activations and outputs of every layer, kept up to date change by change.

Arrays are [units, n], the samples last. All numbers are integers that the floats hold exactly, so that nothing drifts.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.training.buffers import Buffers
from dnnt_encode.training.problem import Keys, Problem


class State:
    """``z[l]`` and ``a[l + 1]`` are pre-activations and outputs of ``layers[l]`` (one array where the activation is the
    identity), ``a[0]`` the columns of the problem; ``w[l]`` [units, fan_in + 1] the values, biases last, at
    ``keys[l]``."""

    def __init__(self, problem: Problem, keys: Keys, columns: np.ndarray | None = None) -> None:
        """On all samples, or on those whose inputs are ``columns`` [d, n]."""
        self.layers, self.dtype = problem.layers, problem.dtype
        self.buffers = Buffers()
        inputs = problem.columns if columns is None else columns
        self.samples = inputs.shape[1]
        self.a: list[np.ndarray] = [inputs] * (1 + len(self.layers))
        self.z: list[np.ndarray] = [inputs] * len(self.layers)
        self.load(keys)

    def load(self, keys: Keys) -> None:
        self.keys = [held.copy() for held in keys]
        self.w = [
            layer.choices.values[held].astype(self.dtype) for layer, held in zip(self.layers, self.keys, strict=True)
        ]
        self._refresh(0)

    def _refresh(self, first: int) -> None:
        """Recompute the layers from ``first`` on."""
        for position, layer in enumerate(self.layers[first:], start=first):
            w = self.w[position]
            z = np.repeat(w[:, -1:], self.samples, axis=1)
            for source, columns in layer.reads:
                z += w[:, columns] @ self.a[source][: columns.stop - columns.start]
            self.z[position] = z
            self.a[position + 1] = z if layer.activation.is_identity else layer.activation.apply(z.copy(), self.buffers)

    @property
    def outputs(self) -> np.ndarray:
        """[K, n]"""
        return self.a[-1]

    def change(self, position: int, unit: int, keys: np.ndarray, z: np.ndarray) -> None:
        """Give a unit other parameters, which make its pre-activations [n] ``z``."""
        layer = self.layers[position]
        self.keys[position][unit] = keys
        self.w[position][unit] = layer.choices.values[keys]
        self.z[position][unit] = z
        if not layer.activation.is_identity:
            self.a[position + 1][unit] = layer.activation.apply(z.copy(), self.buffers)
        self._refresh(position + 1)

    def moved(self, position: int, unit: int, keys: np.ndarray, z: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """The pre-activations [n] of a unit that are ``z`` at ``keys``, at the keys ``changed`` instead."""
        layer = self.layers[position]
        for column in np.flatnonzero(keys != changed).tolist():
            values = layer.choices.values
            z = z + self.dtype(values[changed[column]] - values[keys[column]]) * self.read(position, column)
        return z

    def read(self, position: int, column: int) -> np.ndarray | float:
        """What a parameter of a layer is multiplied with [n]; 1 for a bias."""
        for source, columns in self.layers[position].reads:
            if columns.start <= column < columns.stop:
                return np.asarray(self.a[source][column - columns.start])
        return 1.0


def loss_at(problem: Problem, keys: Keys) -> int:
    """The exact loss with some parameters, in units of the problem's."""
    return problem.costs.exact(State(problem, keys).outputs)
