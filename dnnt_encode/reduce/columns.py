"""Input columns that are multiples of one another on all samples become one.

Equal, opposite and proportional columns x_i = f_i r tell the same: w_1 x_1 + w_2 x_2 = (f_1 w_1 + f_2 w_2) r. The first
of them reads r, scaled so that the factors are integers without a common divisor, and takes the sums; the weights of
the others become 0 in every reader, unit by unit as far as the sums are worth it (see ``merging``). Constant columns
are multiples of one another too. A column of zeros is left to the steps that drop what nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.reduce.grids import grids_of
from dnnt_encode.reduce.merging import Group, Merged, free_parameters, fused


@dataclass(frozen=True, eq=False)
class _Proportional:
    """Columns ``columns`` that are ``factors`` times ``common``, numerators of the inputs."""

    columns: tuple[int, ...]
    factors: tuple[int, ...]
    common: np.ndarray


def proportional_columns(view: View) -> Merged | None:
    """See the top of the file."""
    instance = view.instance
    x, grids, fusions = instance.dataset.x, grids_of(instance.network), []
    numerators = x.numerators.copy()
    before = free_parameters(grids)
    for alike in _proportional(x):
        groups = list(_groups(instance.network, alike))
        smaller, made = fused(grids, groups)
        if free_parameters(smaller) < free_parameters(grids):
            grids = smaller
            fusions += made
            numerators[:, alike.columns[0]] = alike.common
    if not fusions:
        return None
    note = (
        "input columns that are multiples of one another on all samples merged: free parameters "
        f"{before} into {free_parameters(grids)}"
    )
    return Merged(instance, ExactArray.from_scaled(numerators, x.denominator), grids, fusions, note)


def _proportional(x: ExactArray) -> Iterator[_Proportional]:
    """The columns that are multiples of others, in groups of at least two; no column of zeros is among them."""
    numerators = x.numerators
    divisors = np.gcd.reduce(numerators, axis=0)
    nonzero = numerators != 0
    signs = np.sign(numerators[nonzero.argmax(axis=0), np.arange(numerators.shape[1])])
    known: dict[bytes | tuple[int, ...], list[int]] = {}
    scales = [int(divisor) * int(sign) for divisor, sign in zip(divisors, signs, strict=True)]
    for column in np.flatnonzero(nonzero.any(axis=0)).tolist():
        primitive = numerators[:, column] // scales[column]
        key = primitive.tobytes() if primitive.dtype != object else tuple(primitive.tolist())
        known.setdefault(key, []).append(column)
    for columns in known.values():
        if len(columns) > 1:
            common = int(np.gcd.reduce([scales[column] for column in columns]))
            primitive = numerators[:, columns[0]] // scales[columns[0]]
            factors = tuple(scales[column] // common for column in columns)
            yield _Proportional(tuple(columns), factors, primitive * common)


def _groups(network: Network, alike: _Proportional) -> Iterator[Group]:
    """The columns as members of every layer that reads the input."""
    for position in range(len(network.layers)):
        for source, slots in network.source_slices(position):
            if source == 0:
                members = tuple(slots.start + column for column in alike.columns)
                yield Group(position, members, tuple(map(Fraction, alike.factors)))
