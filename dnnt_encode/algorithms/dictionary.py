"""The dictionary of behaviours: what the units of two layers can add to the outputs.

Principle. The dictionary of a hidden unit holds its distinct behaviours, the outputs it can have on the n distinct
inputs, at most one for each choice of its parameters. With an identity output and a loss of 0 asked for, a solution is
a choice of one term (output weights times a behaviour) from each unit, and of the output biases, that adds up to the
targets. ``meet_in_the_middle`` looks at all choices, ``local_search`` at promising ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dnnt_encode.algorithms.affine_kernel import AffineKernel
from dnnt_encode.algorithms.hashing import distinct_rows
from dnnt_encode.algorithms.two_layer import TwoLayer, UnitType, digits, terms
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import ExactArray

MAX_BYTES = 2**30
"""The memory that a dictionary may take."""

TermChoice = tuple[list[int], int]
"""A solution: the term of each slot and the number of the output biases."""


@dataclass(frozen=True, eq=False)
class UnitTerms:
    """The distinct terms of one unit of a type: ``vectors`` [N, n m] and, for each, where it comes from: the number of
    its output weights and of an assignment of the unit. ``number_of``: the term of every pair of output weights and
    behaviour, the behaviour fastest."""

    kind: UnitType | None
    columns: tuple[int, ...]
    vectors: np.ndarray
    choice: np.ndarray
    assignment: np.ndarray
    behaviours: np.ndarray = field(repr=False)
    number_of: np.ndarray = field(repr=False)


def dictionary_size(net: TwoLayer) -> int:
    """An upper bound on the number of terms of all dictionaries."""
    start, kinds = net.hidden_columns().start, net.types()
    groups = {
        (number, tuple(net.output.weights.index[:, start + unit].tolist())): start + unit
        for number, kind in enumerate(kinds)
        for unit in kind.units
    }
    terms = sum(kinds[key[0]].assignments * math.prod(net.column_sizes(column)) for key, column in groups.items())
    return terms + sum(math.prod(net.column_sizes(column)) for column, _ in net.direct_columns())


def bytes_needed(given: Instance | View) -> int:
    """About how much memory the dictionaries of an instance take at most. Raises ModelTooLarge."""
    return _bytes(TwoLayer(given))


def _bytes(net: TwoLayer) -> int:
    width = net.inputs * net.outputs
    lists = sum(kind.assignments * (17 * net.inputs + 32) for kind in net.types())
    return lists + dictionary_size(net) * (16 * width + 24) + math.prod(net.bias_sizes()) * (24 * width + 24)


class Dictionary:
    """The dictionaries of an instance that asks for an exact fit. Raises ModelTooLarge where the loss may be more than
    0, the output is not the identity, or a dictionary would not fit into ``bytes_limit``."""

    def __init__(self, given: Instance | View, bytes_limit: int = MAX_BYTES) -> None:
        view = View.of(given)
        reason = why_not(view.instance)
        if reason is not None:
            raise ModelTooLarge(f"the dictionary of behaviours does not apply: {reason}")
        self.net = net = TwoLayer(view)
        self.instance = view.instance
        kinds = net.types()
        width = net.inputs * net.outputs
        needed = _bytes(net)
        if needed > bytes_limit:
            raise ModelTooLarge(
                f"the dictionaries of the units may have {dictionary_size(net)} terms on {net.inputs} inputs and "
                f"need {needed} bytes; their limit is {bytes_limit}"
            )
        self.groups = self._groups(kinds)
        self.biases = np.repeat(net.bias_choices()[:, None, :], net.inputs, axis=1).reshape(-1, width)
        self.target = self._targets()

    @cached_property
    def kernel(self) -> AffineKernel | None:
        """What is orthogonal to the affine functions of the inputs; see ``AffineKernel.of``."""
        return AffineKernel.of(self.net.unrolled.x)

    def _targets(self) -> np.ndarray | None:
        """The outputs that are wanted, [n m], at the output's scale; None where nothing fits: two samples of equal
        input have different targets, or a target is off the scale of the outputs."""
        samples, scale = self.net.samples, self.net.output.activation.out_scale
        y = samples.y
        assert isinstance(y, ExactArray)
        if len(samples.input_of) > self.net.inputs:
            return None
        wanted = y.numerators.astype(object) * scale
        if (wanted % y.denominator).any() or np.abs(wanted // y.denominator).max() > self.net.out_bound:
            return None
        rows = np.empty((self.net.inputs, self.net.outputs), dtype=np.int64)
        rows[samples.input_of] = (wanted // y.denominator).astype(np.int64)
        return rows.reshape(-1)

    def _groups(self, kinds: Sequence[UnitType]) -> list[UnitTerms]:
        """Units with equal sets and equal output sets share their terms."""
        net, found = self.net, []
        start = net.hidden_columns().start
        for kind in kinds:
            behaviours, assignment = _behaviours(kind)
            by_sets: dict[tuple[int, ...], list[int]] = {}
            for unit in kind.units:
                key = tuple(net.output.weights.index[:, start + unit].tolist())
                by_sets.setdefault(key, []).append(unit)
            for units in by_sets.values():
                vectors = terms(net.column_choices(start + units[0]), behaviours)
                first, number = distinct_rows(vectors)
                choice, behaviour = np.divmod(first, len(behaviours))
                columns = tuple(start + unit for unit in units)
                group = UnitType(tuple(units), kind.stages, kind.activation)
                found.append(
                    UnitTerms(group, columns, vectors[first], choice, assignment[behaviour], behaviours, number)
                )
        for column, values in net.direct_columns():
            vectors = terms(net.column_choices(column), values[None, :])
            order = np.arange(len(vectors))
            found.append(UnitTerms(None, (column,), vectors, order, order, values[None, :], order))
        return found

    def slots(self) -> list[int]:
        """For each unit (and each input read by the output) the number of its group; equal groups stand together."""
        return [number for number, group in enumerate(self.groups) for _ in group.columns]

    def fits(self, chosen: Sequence[int], bias: int) -> bool:
        """Whether terms, one for each slot, and biases add up to the targets."""
        assert self.target is not None
        total = self.biases[bias].copy()
        for group, term in zip(self.slots(), chosen, strict=True):
            total += self.groups[group].vectors[term]
        return bool((total == self.target).all())

    def assignment(self, chosen: Sequence[int], bias: int) -> Assignment:
        """The assignment of one term for each slot and of biases."""
        net, filled = self.net, Assignment.first(self.instance.network)
        rest = iter(chosen)
        for group in self.groups:
            for k, column in enumerate(group.columns):
                term = next(rest)
                filled.layers[-1][0][:, column] = digits(int(group.choice[term]), net.column_sizes(column))
                if group.kind is not None:
                    sizes = tuple(len(stage) for stage in group.kind.stages)
                    parts = digits(int(group.assignment[term]), sizes)
                    unit = group.kind.units[k]
                    filled.layers[0][0][unit], filled.layers[0][1][unit] = parts[:-1], parts[-1]
        filled.layers[-1][1][:] = digits(bias, net.bias_sizes())
        return filled


def why_not(instance: Instance) -> str | None:
    """Why an instance is no question for a dictionary; None where it is one."""
    if len(instance.network.layers) != 2:
        return f"the network has {len(instance.network.layers)} layers, not two"
    if not instance.network.layers[-1].activation.is_identity:
        return "the output's activation is not the identity"
    if instance.loss.targets != "vector" or not instance.loss.exclusive:
        return f"the loss {instance.loss.name} can be 0 for many outputs"
    return None


def _behaviours(kind: UnitType) -> tuple[np.ndarray, np.ndarray]:
    """The distinct behaviours [Q, n] of a unit and, for each, the number of an assignment that has it (mixed radix, the
    bias fastest)."""
    z = np.zeros((1, kind.stages[0].shape[1]), dtype=np.int64)
    for stage in kind.stages:
        z = (z[:, None, :] + stage[None, :, :]).reshape(-1, z.shape[1])
    images = kind.activation.apply(z)
    first, _ = distinct_rows(images)
    return images[first], first
