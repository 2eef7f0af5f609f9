"""An instance of one output and no hidden layer, in integers.

The objective is ``loss_price`` times the loss plus the ``prices`` of the weights, all integers; what one is worth is
``scale``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.regularisation import NONE, Regularisation
from dnnt_encode.algorithms.one_layer.relaxation import UnitLoss
from dnnt_encode.algorithms.one_layer.thresholds import unit_loss
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.rationals import INT64_SAFE

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
    scale: Fraction
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


def unit_of(view: View, regularisation: Regularisation = NONE) -> Unit:
    """The unit of a view's instance. Raises ModelTooLarge where numbers pass int64."""
    layer, unrolled = view.instance.network.layers[0], view.unrolled
    bounds, scaled = unrolled.layers[0], unrolled.scaled.layers[0]
    if bounds.magnitude >= _LONG:
        raise ModelTooLarge(f"a pre-activation may have {bounds.bits} bits; this search carries {_LONG.bit_length()}")
    kind = np.dtype(np.int32 if bounds.magnitude < _SHORT else np.int64)
    loss = unit_loss(view.instance.loss, view.samples, unrolled)
    prices = [[regularisation.price(weight) for weight in choice] for choice in layer.weights]
    scale = Fraction(1, math.lcm(loss.unit.denominator, *(price.denominator for choice in prices for price in choice)))
    most = loss.unit / scale * loss.largest + sum((max(choice) for choice in prices), Fraction(0)) / scale
    if most >= INT64_SAFE:
        raise ModelTooLarge(f"an objective may have {math.ceil(most).bit_length()} bits; this search carries 62")
    return Unit(
        x=unrolled.x.astype(kind),
        tables=tuple(scaled.weights.tables[k].astype(kind) for k in scaled.weights.index[0].tolist()),
        prices=tuple(np.array([int(price / scale) for price in choice], dtype=np.int64) for choice in prices),
        biases=Biases(scaled.biases.tables[scaled.biases.index[0]].astype(kind)),
        limits=tuple((_mask(limit.inputs, len(prices)), limit.at_most) for limit in regularisation.limits),
        loss=loss,
        loss_price=int(loss.unit / scale),
        scale=scale,
        floor=math.ceil(view.samples.lower_bound / loss.unit),
    )


def _mask(inputs: tuple[int, ...], total: int) -> np.ndarray:
    mask = np.zeros(total, dtype=bool)
    mask[list(inputs)] = True
    return mask


def _position_of_zero(table: np.ndarray) -> int:
    found = int(np.searchsorted(table, 0))
    return found if found < len(table) and table[found] == 0 else -1
