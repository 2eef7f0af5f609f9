"""From biases {0} to any set of biases with 0 in it: scale the data so that biases cannot matter.

Principle. For a two-layer ReLU network with integer weights, output weights up to V in magnitude, h hidden units and
biases up to beta in magnitude, the output differs from that of the same network without biases by at most
beta (h V + 1), since |ReLU(z + b) - ReLU(z)| <= |b|. Without biases the network is homogeneous: f0(K x) = K f0(x).

Construction. Multiply inputs and targets by K = beta (h V + 1) + 1. Loss 0 at (K x, K y) gives |f0(x) - y| < 1 for an
integer f0(x) - y, so f0(x) = y; conversely a solution without biases stays one.

Source: this project.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import FamilyParameter, Options
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import SetGrid, parameter_set
from dnnt_encode.instance.rationals import ExactArray, multiplied
from dnnt_encode.parsers.option_texts import parse_set

BiasSet = Iterable[int] | Iterable[Fraction]

BIASES = FamilyParameter(
    "biases", "The set of every bias, 0 among them; any but {0} scales the data so that no bias matters.", "set", "0"
)


def option_biases(options: Options) -> tuple[Fraction, ...]:
    """The set that the option means."""
    return parse_set(options["biases"])


def bias_robust(instance: Instance, biases: BiasSet) -> Instance:
    """The same problem with every bias from ``biases``; the instance has two layers, integer weights and data, biases
    {0}, and threshold 0. Raises InputError."""
    chosen = parameter_set(list(biases))
    if chosen == parameter_set(0):
        return instance
    if 0 not in chosen:
        raise InputError(f"found the biases {', '.join(map(str, chosen))}; 0 must be among them", "biases")
    hidden, output = instance.network.layers
    dataset = instance.dataset
    assert isinstance(dataset.y, ExactArray)
    assert dataset.x.denominator == dataset.y.denominator == 1
    assert instance.threshold == 0
    heaviest = max(abs(value) for values in output.weights.sets for value in values)
    bound = max(map(abs, chosen)) * (hidden.units * heaviest + 1)
    factor = bound.numerator // bound.denominator + 1
    layers = tuple(replace(layer, biases=SetGrid.uniform(chosen, (layer.units,))) for layer in (hidden, output))
    scaled = Dataset(
        ExactArray(multiplied(dataset.x.numerators, factor)),
        ExactArray(multiplied(dataset.y.numerators, factor)),
        dataset.multiplicity,
    )
    return replace(instance, network=Network(instance.network.inputs, layers), dataset=scaled)
