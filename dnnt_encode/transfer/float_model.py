"""A trained float model as its layers, whatever file it came from, and how they fit the network of an instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers.places import shorten


@dataclass(frozen=True, eq=False)
class FloatLayer:
    """``weights`` is [units, fan_in]; where ``sure`` is False it may also be [fan_in, units], whichever fits."""

    weights: np.ndarray
    biases: np.ndarray | None
    sure: bool = True


@dataclass(frozen=True, eq=False)
class FloatModel:
    """``layers`` from the first to the output; ``classes``: the labels of the outputs, where the file has them;
    ``by_columns``: layers that are not sure and fit both ways are [fan_in, units]."""

    layers: tuple[FloatLayer, ...]
    classes: tuple[str, ...] | None = None
    by_columns: bool = False

    def fitted(self, instance: Instance, place: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights [units, fan_in] and biases [units] of every layer of the instance's network, as doubles. Raises
        InputError where they do not fit."""
        network = instance.network
        if len(self.layers) != len(network.layers):
            raise InputError(
                f"found a model of {len(self.layers)} layers; the network of the instance has {len(network.layers)}",
                place,
            )
        shapes = [layer.weights.shape for layer in network.layers]
        ways = [flip for flip in (self.by_columns, not self.by_columns) if self._fits(shapes, flip)]
        if not ways:
            found = ", ".join(str(layer.weights.shape) for layer in self.layers)
            raise InputError(f"found weights of the shapes {found}; [units, inputs] are {_listed(shapes)}", place)
        pairs = []
        for layer, (units, _) in zip(self.layers, shapes, strict=True):
            weights = layer.weights if layer.sure or not ways[0] else layer.weights.T
            biases = np.zeros(units) if layer.biases is None else layer.biases
            if biases.shape != (units,):
                raise InputError(f"found biases of shape {biases.shape}; {units} are needed, one a unit", place)
            pair = weights.astype(np.float64), biases.astype(np.float64)
            if not all(np.isfinite(part).all() for part in pair):
                raise InputError("found weights that are not finite numbers", place)
            pairs.append(pair)
        order = self._order(instance, place)
        pairs[-1] = (pairs[-1][0][order], pairs[-1][1][order])
        return pairs

    def _fits(self, shapes: Sequence[tuple[int, ...]], flip: bool) -> bool:
        return all(
            (layer.weights if layer.sure or not flip else layer.weights.T).shape == shape
            for layer, shape in zip(self.layers, shapes, strict=True)
        )

    def _order(self, instance: Instance, place: str) -> np.ndarray:
        """Which output of the model each output of the network is."""
        own, outputs = instance.dataset.classes, instance.network.outputs
        if self.classes is None or own is None or instance.loss.targets != "class":
            return np.arange(outputs)
        if sorted(self.classes) != sorted(own):
            raise InputError(
                f"found a model of the classes {shorten(', '.join(self.classes))}; those of the instance are "
                f"{shorten(', '.join(own))}",
                place,
            )
        if outputs == 1:
            if self.classes != own:
                raise InputError(f"the output of the model is positive for {self.classes[1]}, not for {own[1]}", place)
            return np.arange(1)
        return np.array([self.classes.index(name) for name in own])


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(map(str, shapes))
