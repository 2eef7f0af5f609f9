"""Truth tables: the instance with all parameters of the output layer fixed, one part a choice that no other betters.

Where every unit of the last hidden layer has finitely few values (sign, step), a choice of the output parameters is a
finite table: the loss of each distinct target at each combination of those values. Table A takes the place of table B
where there is a map of units, each to an interchangeable one or to a constant that it can be, such that with its units
mapped A has, at every combination and for every target, at most the loss of B. Then whatever B reaches A does too: its
units take over the parameters of those they are mapped to, or parameters that make them constant. That relation is
transitive, so it is enough to keep one table of every class that no other takes the place of: for two sign units under
a ternary output that counts errors six of 27, all of them gates that need both units.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dnnt_encode.analysis.levels import constants
from dnnt_encode.analysis.symmetry import orbits, readers
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.evaluate import sample_losses
from dnnt_encode.instance.forward import LayerWeights, forward
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import from_value_indices
from dnnt_encode.reduce.patterns import MOST
from dnnt_encode.reduce.reduced import Reduced
from dnnt_encode.reduce.restrict import Restricted

MOST_CHOICES = 20_000
"""More choices of the output parameters than this are not tabulated."""

MOST_ENTRIES = 4_000_000
"""Entries of tables that are looked at together: those of all choices, and those of all maps of ``most`` tables."""


def truth_tables(instance: Instance, most: int = MOST) -> Sequence[Reduced]:
    """The parts of an instance, at least two, or none where there would be more than ``most``, or its last hidden layer
    has other units, or units that somebody else reads too."""
    outputs = _Outputs.of(instance)
    if outputs is None or outputs.choices > MOST_CHOICES:
        return ()
    entries = len(outputs.patterns) * len(outputs.targets)
    if entries * max(outputs.choices, most * len(outputs.maps)) > MOST_ENTRIES:
        return ()
    kept = _kept(outputs, most)
    if len(kept) < 2:
        return ()
    return [TruthTable(instance, outputs, choice, len(kept)) for choice in kept]


def truth_table_choices(instance: Instance) -> Iterator[Assignment]:
    """One assignment for every choice of the parameters of the output layer; everything else has its first value. A
    split of them has to hold each."""
    layer = instance.network.layers[-1]
    sizes = np.concatenate([layer.weights.sizes(), layer.biases.sizes()[:, None]], axis=1)
    for positions in itertools.product(*map(range, sizes.ravel().tolist())):
        assignment = Assignment.first(instance.network)
        assignment.layers[-1][0][:] = np.reshape(positions, sizes.shape)[:, :-1]
        assignment.layers[-1][1][:] = np.reshape(positions, sizes.shape)[:, -1]
        yield assignment


@dataclass(frozen=True, eq=False)
class _Outputs:
    """The output layer of an ``instance`` as a function of finitely many ``patterns`` (the values of the units below,
    row by row), for one sample of each distinct target (``targets``).

    ``maps``: what each unit may be mapped to, all combinations: a unit, or, where the number is negative, a constant;
    the identity is first. ``constants``: for each unit the positions of the parameters that make it constant.
    ``mapped`` [maps, patterns]: which pattern the output layer sees when the units below have another one."""

    instance: Instance
    patterns: ExactArray
    targets: np.ndarray
    maps: np.ndarray
    constants: tuple[tuple[tuple[np.ndarray, int], ...], ...]
    mapped: np.ndarray

    @staticmethod
    def of(instance: Instance) -> _Outputs | None:
        network = instance.network
        last = len(network.layers) - 1
        if network.continuous or last < 1 or readers(network, last - 1) != [(last, 0)]:
            return None
        below, pieces = network.layers[last - 1], network.layers[last - 1].activation.pieces
        if len(network.layers[last].sources) > 1 or not pieces or any(piece.slope for piece in pieces):
            return None
        values = sorted({piece.intercept for piece in pieces})
        if len(values) ** below.units > MOST_ENTRIES:
            return None
        together = {unit: orbit.units for orbit in orbits(network) if orbit.layer == last - 1 for unit in orbit.units}
        codes = np.array(list(itertools.product(range(len(values)), repeat=below.units)))
        known = [constants(instance, unit) for unit in range(below.units)]
        options = [
            [unit, *(other for other in together.get(unit, ()) if other != unit), *(-1 - k for k in range(len(found)))]
            for unit, found in enumerate(known)
        ]
        if math.prod(map(len, options)) * len(codes) > MOST_ENTRIES:
            return None
        maps = np.array(list(itertools.product(*options)))
        # What a unit may become, one column after the other: units, then constants from the last one back.
        mapped = np.zeros((len(maps), len(codes)), dtype=np.int64)
        for unit, found in enumerate(known):
            fixed = [np.full(len(codes), values.index(value)) for value in reversed(found)]
            columns = np.array([*codes.T, *fixed])
            mapped = mapped * len(values) + columns[maps[:, unit]]
        targets = np.sort(np.unique(_rows(instance.dataset.y), axis=0, return_index=True)[1])
        patterns = ExactArray.from_values([[values[code] for code in row] for row in codes.tolist()])
        return _Outputs(instance, patterns, targets, maps, tuple(tuple(f.values()) for f in known), mapped)

    @property
    def choices(self) -> int:
        """How many choices of the output parameters there are."""
        layer = self.instance.network.layers[-1]
        return math.prod([*layer.weights.sizes().ravel().tolist(), *layer.biases.sizes().tolist()])

    def table(self, assignment: Assignment) -> ExactArray:
        """The losses [1, patterns x targets] of the output layer of an assignment."""
        layer, (w, b) = self.instance.network.layers[-1], assignment.layers[-1]
        values = LayerWeights(from_value_indices(layer.weights, w), from_value_indices(layer.biases, b))
        network = Network(self.patterns.shape[1], (replace(layer, sources=(0,)),))
        return self._losses(forward(network, (values,), self.patterns))

    def tables(self) -> tuple[list[np.ndarray], ExactArray]:
        """For every choice, up to outputs that are equal: its positions (a unit's weights and bias, unit by unit), and
        the losses [choices, patterns x targets]."""
        found = [self._unit(unit) for unit in range(self.instance.network.outputs)]
        scale = math.lcm(*(outputs.denominator for _, outputs in found))
        numbers = np.indices([len(positions) for positions, _ in found]).reshape(len(found), -1)
        positions = [part[number] for (part, _), number in zip(found, numbers, strict=True)]
        columns = [outputs.scaled(scale).T[number] for (_, outputs), number in zip(found, numbers, strict=True)]
        return positions, self._losses(ExactArray.from_scaled(np.stack(columns, axis=2).reshape(-1, len(found)), scale))

    def _unit(self, unit: int) -> tuple[np.ndarray, ExactArray]:
        """All choices of one output unit: positions [choices, weights and the bias], outputs [patterns, choices]."""
        layer = self.instance.network.layers[-1]
        sets = [*(layer.weights[unit, k] for k in range(layer.weights.shape[1])), layer.biases[unit]]
        positions = np.array(list(itertools.product(*(range(len(values)) for values in sets))))
        grid = SetGrid.from_nested([sets] * len(positions), positions.shape)
        values = from_value_indices(grid, positions)
        w, b = (ExactArray.from_scaled(values.numerators[:, part], values.denominator) for part in (slice(-1), -1))
        wide = replace(
            layer,
            units=len(positions),
            weights=SetGrid(grid.sets, grid.index[:, :-1]),
            biases=SetGrid(grid.sets, grid.index[:, -1]),
            sources=(0,),
        )
        outputs = forward(Network(self.patterns.shape[1], (wide,)), (LayerWeights(w, b),), self.patterns)
        _, first = np.unique(_rows(outputs.numerators.T), axis=0, return_index=True)
        first = np.sort(first)
        return positions[first], ExactArray.from_scaled(outputs.numerators[:, first], outputs.denominator)

    def _losses(self, outputs: ExactArray) -> ExactArray:
        """Losses [choices, patterns x targets] of the outputs [choices x patterns, units]."""
        count, y = len(outputs), self.instance.dataset.y
        rows, chosen = np.repeat(np.arange(count), len(self.targets)), np.tile(self.targets, count)
        nothing = ExactArray(np.zeros((len(rows), 1), dtype=np.int64))
        grid = Dataset(nothing, y.take(chosen) if isinstance(y, ExactArray) else y[chosen], np.ones(len(rows), int))
        losses = sample_losses(self.instance.loss, grid, outputs.take(rows))
        return losses.reshape(-1, len(self.patterns) * len(self.targets))

    def through(self, table: np.ndarray) -> np.ndarray:
        """A table [patterns x targets] with the units mapped in every way: [maps, patterns x targets]."""
        return np.asarray(table.reshape(len(self.patterns), -1)[self.mapped].reshape(len(self.maps), -1))


def _rows(values: ExactArray | np.ndarray) -> np.ndarray:
    """Rows that are equal where those of the array are, of a type that sorts."""
    numerators = values.numerators if isinstance(values, ExactArray) else values
    if numerators.dtype == object:
        numerators = np.unique(numerators, return_inverse=True)[1].reshape(numerators.shape)
    return numerators


def _kept(outputs: _Outputs, most: int) -> list[list[tuple[int, ...]]]:
    """The choices that are kept: the positions of each output unit. None of them where there are more than ``most``."""
    positions, tables = outputs.tables()
    losses = np.unique(tables.numerators, return_inverse=True)[1].reshape(tables.shape)
    _, first = np.unique(losses, axis=0, return_index=True)
    kept: list[int] = []
    reached = np.zeros((0, losses.shape[1]), dtype=losses.dtype)
    # Those of least loss first: they take the place of most others.
    for number in first[np.argsort(losses[first].sum(axis=1), kind="stable")].tolist():
        if (reached <= losses[number]).all(axis=1).any():
            continue
        own = outputs.through(losses[number])
        kept = [other for other in kept if not (own <= losses[other]).all(axis=1).any()] + [number]
        if len(kept) > most:
            return []
        reached = np.concatenate([outputs.through(losses[other]) for other in kept])
    return [[tuple(unit[number].tolist()) for unit in positions] for number in kept]


class TruthTable(Restricted):
    """One choice of the output parameters, of ``count``."""

    def __init__(self, instance: Instance, outputs: _Outputs, choice: list[tuple[int, ...]], count: int) -> None:
        chosen = np.array(choice)
        singles = [np.array([position]) for position in range(int(chosen.max()) + 1)]
        choices = [
            ((np.full(layer.weights.shape, -1), singles), (np.full(layer.biases.shape, -1), singles))
            for layer in instance.network.layers[:-1]
        ]
        choices.append(((chosen[:, :-1], singles), (chosen[:, -1], singles)))
        note = f"the output layer fixed to each of {count} truth tables, of which one takes the place of any other"
        super().__init__(instance, choices, note, preserves=frozenset(), whole=False)
        self._outputs, self._choice = outputs, chosen

    def lower(self, outer: Assignment) -> Assignment | None:
        """The units mapped such that the loss is no greater, whatever the inputs; None where no map does that."""
        moved = outer.copy()
        (w, b), (v, c) = moved.layers[-2:]
        v[:], c[:] = self._choice[:, :-1], self._choice[:, -1]
        given, own = self._outputs.table(outer), self._outputs.table(moved)
        scale = math.lcm(given.denominator, own.denominator)
        fits = (self._outputs.through(own.scaled(scale)[0]) <= given.scaled(scale)).all(axis=1)
        if not fits.any():
            return None
        for unit, source in enumerate(self._outputs.maps[int(fits.argmax())].tolist()):
            if source < 0:
                w[unit], b[unit] = self._outputs.constants[unit][-1 - source]
            else:
                w[unit], b[unit] = outer.layers[-2][0][source], outer.layers[-2][1][source]
        return super().lower(moved)
