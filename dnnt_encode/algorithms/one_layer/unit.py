"""An instance without a hidden layer as independent output units, in integers.

Where the loss of a sample is a sum over the outputs, or there is one output, every unit is a problem of its own. The
objective of a unit is ``loss_price`` times its loss plus the ``prices`` of its weights, all integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.regularisation import NONE, Regularisation
from dnnt_encode.algorithms.one_layer.relaxation import UnitLoss
from dnnt_encode.algorithms.one_layer.thresholds import unit_loss
from dnnt_encode.analysis.samples import MergedSamples, conflict_bound
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import INT64_SAFE, ExactArray, max_abs

_SHORT = 2**27
_LONG = 2**57


@dataclass(frozen=True, eq=False)
class Unit:
    """``x``: the distinct inputs [n, d]; ``tables``: for each input the allowed weights, sorted; ``prices``: what each
    of them adds to the objective; ``limits``: inputs (bool [d]) and how many of them may have a weight other than 0;
    ``floor``: no loss is below it."""

    x: np.ndarray
    tables: tuple[np.ndarray, ...]
    prices: tuple[np.ndarray, ...]
    biases: Biases
    limits: tuple[tuple[np.ndarray, int], ...]
    loss: UnitLoss
    loss_price: int
    floor: int

    @cached_property
    def free(self) -> list[int]:
        """The inputs whose weight is to be chosen."""
        return [k for k, table in enumerate(self.tables) if len(table) > 1]

    @cached_property
    def zero(self) -> np.ndarray:
        """The position of 0 in each table, -1 where it is not there (int64 [d])."""
        return np.array([_position_of_zero(table) for table in self.tables], dtype=np.int64)

    @cached_property
    def optional(self) -> np.ndarray:
        """Which inputs have a choice between 0 and other weights (bool [d])."""
        return np.asarray((self.zero >= 0) & [len(table) > 1 for table in self.tables])

    @cached_property
    def resting(self) -> np.ndarray:
        """The positions [d] of the weights of inputs that are not chosen: 0, or the only one there is."""
        return np.asarray(np.maximum(self.zero, 0))

    @cached_property
    def room(self) -> np.ndarray:
        """For each limit how many inputs it leaves to those whose weight is to be chosen (int64 [limits])."""
        fixed = (self.zero < 0) & np.array([len(table) == 1 for table in self.tables])
        return np.array([most - int(fixed[mask].sum()) for mask, most in self.limits], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class OneLayer:
    """The units of an instance; an objective is so many times ``scale``."""

    units: tuple[Unit, ...]
    scale: Fraction


def takes(instance: Instance) -> str | None:
    """Why the search does not apply to an instance; None where it does."""
    network, loss = instance.network, instance.loss
    if len(network.layers) > 1:
        return f"found {len(network.layers)} layers; only networks without hidden layers are taken"
    if network.outputs > 1 and not (loss.residual == "difference" and loss.reduction == "sum"):
        return f"found {network.outputs} outputs that the loss {loss.name} couples; only sums over outputs are taken"
    return None


def one_layer(view: View, regularisation: Regularisation = NONE) -> OneLayer:
    """The units of a view's instance. Raises ModelTooLarge where the search does not apply or numbers pass int64, and
    ValueError for limits on several outputs."""
    refusal = takes(view.instance)
    if refusal is not None:
        raise ModelTooLarge(refusal)
    if regularisation.limits and view.instance.network.outputs > 1:
        raise ValueError("limits on inputs are for one output")
    unrolled, samples = view.unrolled, view.samples
    bounds = unrolled.layers[0]
    if bounds.magnitude >= _LONG or unrolled.x.dtype == object:
        raise ModelTooLarge(f"a pre-activation may have {bounds.bits} bits; this search carries {_LONG.bit_length()}")
    x = unrolled.x.astype(np.int32 if bounds.magnitude < _SHORT else np.int64)
    outputs = range(view.instance.network.outputs)
    loss = view.instance.loss
    parts = [unit_loss(loss, _samples_of(samples, k), unrolled, k) for k in outputs]
    values = [[tuple(view.instance.network.layers[0].weights[k, i]) for i in range(x.shape[1])] for k in outputs]
    prices = [[[regularisation.price(w) for w in choice] for choice in row] for row in values]
    scale = Fraction(
        1,
        math.lcm(
            *(part.unit.denominator for part in parts),
            *(price.denominator for row in prices for choice in row for price in choice),
        ),
    )
    units = []
    for k, part in zip(outputs, parts, strict=True):
        grid, biases = unrolled.scaled.layers[0].weights, unrolled.scaled.layers[0].biases
        unit = Unit(
            x=x,
            tables=tuple(grid.tables[j].astype(x.dtype) for j in grid.index[k].tolist()),
            prices=tuple(_prices(choice, scale) for choice in prices[k]),
            biases=Biases(biases.tables[biases.index[k]].astype(x.dtype)),
            limits=tuple((_mask(limit.inputs, x.shape[1]), limit.at_most) for limit in regularisation.limits),
            loss=part,
            loss_price=int(part.unit / scale),
            floor=_floor(view.instance, _samples_of(samples, k), part.unit),
        )
        most = unit.loss_price * part.largest + sum(int(price.max()) for price in unit.prices)
        if most >= INT64_SAFE:
            raise ModelTooLarge(f"an objective may have {most.bit_length()} bits; this search carries 62")
        units.append(unit)
    return OneLayer(tuple(units), scale)


def _samples_of(samples: MergedSamples, output: int) -> MergedSamples:
    if not isinstance(samples.y, ExactArray) or samples.y.shape[1] == 1:
        return samples
    y = ExactArray(samples.y.numerators[:, output : output + 1], samples.y.denominator)
    return replace(samples, y=y)


def _floor(instance: Instance, samples: MergedSamples, unit: Fraction) -> int:
    bound = samples.lower_bound
    if instance.network.outputs > 1:
        bound = conflict_bound(instance.loss, 2, samples.input_of, samples.y, samples.multiplicity)
    return math.ceil(bound / unit)


def _prices(choice: list[Fraction], scale: Fraction) -> np.ndarray:
    exact = [int(price / scale) for price in choice]
    if max_abs(np.array(exact, dtype=object)) >= INT64_SAFE:
        raise ModelTooLarge("a penalty passes 62 bits; use penalties with shorter denominators")
    return np.array(exact, dtype=np.int64)


def _mask(inputs: tuple[int, ...], total: int) -> np.ndarray:
    mask = np.zeros(total, dtype=bool)
    mask[list(inputs)] = True
    return mask


def _position_of_zero(table: np.ndarray) -> int:
    found = int(np.searchsorted(table, 0))
    return found if found < len(table) and table[found] == 0 else -1
