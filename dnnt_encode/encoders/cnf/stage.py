"""A later stage in clauses: what its objective costs, and bounds on the earlier ones.

What a parameter counts is a function of its order literals, so it needs no variables; a hidden unit is felt where a
reader that is felt itself reads it by a weight other than 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.encoders.cnf.arena import write_folded
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic
from dnnt_encode.encoders.cnf.costs import CostCollector
from dnnt_encode.encoders.cnf.margins import MarginClauses
from dnnt_encode.encoders.cnf.objective import constrain
from dnnt_encode.encoders.cnf.parameters import LayerLiterals
from dnnt_encode.encoders.stage_costs import ParameterCosts
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.stage import Objective, Stage
from dnnt_encode.models.cnf import FALSE, TRUE


class StageClauses:
    """``costs`` are those of the stage's objective, each worth ``unit``. ``margins``: where some objective is about
    them."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        network: Network,
        parameters: Sequence[LayerLiterals],
        stage: Stage,
        margins: MarginClauses | None,
    ) -> None:
        self._arithmetic, self._network, self._parameters, self._margins = arithmetic, network, parameters, margins
        for objective, limit in stage.limits:
            costs, unit = self._costs(objective, Fraction(0))
            steps = costs.steps()
            constrain(arithmetic, steps, math.floor((-limit if objective.maximises else limit) / unit) - costs.constant)
        self.costs, self.unit = self._costs(stage.objective, stage.top)

    def _costs(self, objective: Objective, top: Fraction) -> tuple[CostCollector, Fraction]:
        if objective.maximises:
            assert self._margins is not None
            return self._margins.costs(objective, top)
        collector = CostCollector(self._arithmetic)
        if objective.name == "units":
            for felt in self._felt():
                collector.literals(felt, np.ones(len(felt), dtype=np.int64))
            return collector, Fraction(1)
        costs = ParameterCosts.of(objective, self._network)
        for position, biases, grid in costs.grids:
            layer = self._parameters[position]
            literals = layer.biases if biases else layer.weights
            for lanes, table in costs.tables(grid):
                numbers = literals.times(self._arithmetic.values, lanes, 1)
                places = np.arange(len(lanes))
                collector.functions(numbers, {int(numbers.sets[0]): (places, np.tile(table, (len(lanes), 1)))})
        return collector, costs.unit

    def _felt(self) -> list[np.ndarray]:
        """A literal for every hidden unit, layer by layer."""
        network, sink = self._network, self._arithmetic.sink
        felt = [
            sink.variables(f"felt.{position + 1}", np.arange(layer.units)[:, None])[:, 0]
            for position, layer in enumerate(network.layers[:-1])
        ]
        costs = ParameterCosts.of(Objective("nonzeros"), network)
        for position, layer in enumerate(network.layers):
            inputs = np.full(network.inputs, TRUE, dtype=np.int32)
            heard = np.concatenate([felt[source - 1] if source else inputs for source in layer.sources])
            for lanes, table in costs.tables(layer.weights):
                unit, place = np.divmod(lanes, len(heard))
                reader = np.full(len(lanes), FALSE) if position == len(felt) else -felt[position][unit]
                for literals in self._is_zero(position, lanes, table):
                    write_folded(sink, np.column_stack([heard[place], reader, literals]).astype(np.int32))
        return felt

    def _is_zero(self, position: int, lanes: np.ndarray, table: np.ndarray) -> list[np.ndarray]:
        """Literals that hold, all of them, where weights of one set are 0."""
        known = self._parameters[position].weights.map
        zeros = np.flatnonzero(table == 0)
        if not len(zeros):
            return [np.full(len(lanes), FALSE)]
        zero, found = int(zeros[0]), []
        if zero:
            found.append(known.literals[known.start[lanes] + zero - 1])
        if zero < len(table) - 1:
            found.append(-known.literals[known.start[lanes] + zero])
        return found
