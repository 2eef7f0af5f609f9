"""A CNF model by table, for instances of few assignments: one clause a loss step and assignment.

It says of every assignment what brute force finds, so that solvers, files and proofs can be tested without an encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.instance import Instance
from dnnt_encode.models.cnf import FALSE, TRUE, CnfModel, CnfVariableMap, LiteralMap, VariableGroup


@dataclass(frozen=True, eq=False)
class TableObjective:
    """``steps``: the attainable costs above the ``least``; literal i says that the cost is at least ``steps[i]``."""

    least: int
    steps: tuple[int, ...]
    first: int

    def at_most(self, k: int) -> list[int]:
        if k < self.least:
            return [FALSE]
        over = [index for index, step in enumerate(self.steps) if step > k]
        return [-(self.first + over[0])] if over else []


def table_model(instance: Instance, threshold: Fraction | None = None) -> CnfModel:
    """The model of an instance of few assignments."""
    enumeration = Enumeration(instance)
    losses = np.concatenate([block for _, block in enumeration.blocks()]).astype(np.int64)
    variable = 1
    clauses: list[list[int]] = [[TRUE]]
    layers: list[list[LiteralMap]] = []
    groups = []
    for number, layer in enumerate(instance.network.layers, start=1):
        maps = []
        for letter, grid in (("w", layer.weights), ("b", layer.biases)):
            sizes = grid.sizes()
            counts = sizes.reshape(-1) - 1
            start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            literals = np.arange(variable + 1, variable + 1 + int(counts.sum()), dtype=np.int32)
            for first, last in zip(start, start[1:], strict=False):
                chain = literals[first:last].tolist()
                clauses += [[-later, earlier] for earlier, later in zip(chain, chain[1:], strict=False)]
            labels = [[*place, k] for place in np.ndindex(sizes.shape) for k in range(1, int(sizes[place]))]
            groups.append(VariableGroup(f"{letter}.{number}", variable + 1, np.array(labels, dtype=np.int64)))
            variable += len(literals)
            maps.append(LiteralMap(sizes.shape, start, literals))
        layers.append(maps)
    variable_map = CnfVariableMap(tuple((pair[0], pair[1]) for pair in layers))
    values = np.unique(losses).tolist()
    first = variable + 1
    objective = TableObjective(values[0], tuple(values[1:]), first)
    for number, loss in enumerate(losses.tolist()):
        if loss > values[0]:
            fixed = variable_map.hints(enumeration.assignment(number)).tolist()
            step = first + values.index(loss) - 1
            clauses.append([*(-literal for literal in fixed), step])
    steps = list(range(first, first + len(values) - 1))
    clauses += [[-later, earlier] for earlier, later in zip(steps, steps[1:], strict=False)]
    scaled = None
    if threshold is not None:
        scaled = int(threshold / enumeration.unit // 1)
        clauses += [[literal] for literal in objective.at_most(scaled)]
    return CnfModel(
        variables=first + len(steps) - 1,
        blocks=tuple(
            np.array([c for c in clauses if len(c) == width], dtype=np.int32) for width in sorted({*map(len, clauses)})
        ),
        soft_literals=-np.array(steps, dtype=np.int32),
        soft_weights=np.diff(np.array(values, dtype=np.int64)),
        objective_constant=values[0],
        objective_lower=0,
        loss_unit=enumeration.unit,
        threshold=scaled,
        variable_map=variable_map,
        groups=tuple(group for group in groups if len(group.labels)),
        instance_sha256=instance.sha256,
        objective=objective,
    )
