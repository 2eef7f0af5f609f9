"""Clauses that break symmetry: of interchangeable units, and of the level of a classifier's outputs.

Units are sorted by the keys of ``analysis.symmetry``, lexicographically. Going down two neighbours' keys, a literal
says that all digits so far are equal; while it holds, the next digit of the first unit is at most that of the second.
Of ``analysis.levels`` each says one clause, or two.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.levels import Levels
from dnnt_encode.analysis.symmetry import Parameter, orbits
from dnnt_encode.encoders.cnf.arena import ClauseSink, write_folded
from dnnt_encode.encoders.cnf.parameters import GridLiterals, LayerLiterals
from dnnt_encode.encoders.options import Symmetry
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.models.cnf import FALSE, TRUE

MAX_DIGITS = 24
"""Keys are cut after this many free parameters; any prefix is sound."""


def symmetry_clauses(sink: ClauseSink, instance: Instance, layers: list[LayerLiterals], broken: Symmetry) -> None:
    """What is ``broken`` of the symmetry."""
    if broken != "none":
        _order(sink, instance.network, layers)
    if broken == "all":
        _level(sink, Levels.of(instance), layers[-1])


def _level(sink: ClauseSink, levels: Levels, output: LayerLiterals) -> None:
    """One parameter has its least value, and one another."""
    weights, biases = output.weights.map, output.biases.map
    start, units = weights.start[:-1].reshape(weights.shape), weights.shape[0]
    above, apart = (weights.literals[start[:, chosen]].T for chosen in (levels.weights, levels.apart))
    sink.clauses(len(above), units, lambda: -above)
    sink.clauses(len(apart), units, lambda: apart)
    if levels.biases:
        sink.clauses(1, units, lambda: -biases.literals[biases.start[:-1]][None, :])


def _order(sink: ClauseSink, network: Network, layers: list[LayerLiterals]) -> None:
    """key(unit) <= key(next unit) for the units of every orbit, in their order."""
    for orbit in orbits(network):
        keys = [[_digits(layers, parameter) for parameter in key] for key in orbit.keys]
        free = [place for place, digits in enumerate(keys[0]) if len(digits)][:MAX_DIGITS]
        pairs = len(keys) - 1
        equal = np.full(pairs, TRUE, dtype=np.int32)
        for number, place in enumerate(free):
            digits = np.stack([key[place] for key in keys])
            a, b = digits[:-1], digits[1:]
            for k in range(digits.shape[1]):
                write_folded(sink, np.column_stack([-equal, -a[:, k], b[:, k]]))
            if number == len(free) - 1:
                break
            labels = np.column_stack([np.arange(pairs), np.full(pairs, number)])
            following = sink.variables(f"equal.{orbit.layer + 1}.{orbit.units[0]}", labels)[:, 0]
            # Both have value k where the first has it or a later one and the second none after it.
            true, false = np.full((pairs, 1), TRUE), np.full((pairs, 1), FALSE)
            first, second = np.column_stack([true, a]), np.column_stack([b, false])
            for k in range(digits.shape[1] + 1):
                write_folded(sink, np.column_stack([-equal, -first[:, k], second[:, k], following]))
            equal = following


def _digits(layers: list[LayerLiterals], parameter: Parameter) -> np.ndarray:
    """The order literals of a parameter; none where it is fixed."""
    layer = layers[parameter.layer]
    grid: GridLiterals = layer.biases if parameter.column is None else layer.weights
    shape = grid.map.shape
    position = (parameter.unit,) if parameter.column is None else (parameter.unit, parameter.column)
    flat = int(np.ravel_multi_index(position, shape))
    return np.asarray(grid.map.literals[grid.map.start[flat] : grid.map.start[flat + 1]])
