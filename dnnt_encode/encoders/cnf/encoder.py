"""The CNF encoder: from an instance to a ``CnfModel``.

One walk from the inputs to the loss over the same unrolled network as the linear encoder's: literals for the
parameters, sums shared between samples, activations on the way out of each sum, products of a parameter and a signal in
deeper layers, then what the outputs cost. Integers of any width are encoded alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.answers import Asked
from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.budget import Enough
from dnnt_encode.encoders.cnf.answers import AnswerClauses
from dnnt_encode.encoders.cnf.arena import (
    LITERAL_BYTES,
    VARIABLE_BYTES,
    ClauseArena,
    ClauseCounter,
    ClauseSink,
    FoldedCounter,
)
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic
from dnnt_encode.encoders.cnf.costs import CostSteps
from dnnt_encode.encoders.cnf.layer import LayerSums, Signal, SourceColumn, at
from dnnt_encode.encoders.cnf.loss import LossClauses
from dnnt_encode.encoders.cnf.margins import MarginClauses
from dnnt_encode.encoders.cnf.objective import constrain, objective
from dnnt_encode.encoders.cnf.parameters import LayerLiterals, layer_literals
from dnnt_encode.encoders.cnf.squash import Squash
from dnnt_encode.encoders.cnf.stage import StageClauses
from dnnt_encode.encoders.cnf.symmetry import symmetry_clauses
from dnnt_encode.encoders.cnf.values import ValueSets
from dnnt_encode.encoders.options import CnfOptions
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import least_margin
from dnnt_encode.models.cnf import CnfModel, CnfObjective, CnfVariableMap


@dataclass(frozen=True)
class CnfSize:
    """What a CNF would hold; ``soft``: how many soft literals. ``nodes`` [layers] counts the partial sums of a unit;
    ``bytes`` are those of the encoder's arrays while it builds. ``partly``: it holds more than this."""

    variables: int
    clauses: int
    literals: int
    nodes: tuple[int, ...]
    soft: int = 0
    partly: bool = False

    @property
    def bytes(self) -> int:
        return LITERAL_BYTES * self.literals + VARIABLE_BYTES * self.variables + 64 * 2**20


def encode_cnf(
    given: Instance | View,
    *,
    threshold: Fraction | None = None,
    options: CnfOptions | None = None,
    most_bytes: int | None = None,
) -> CnfModel:
    """The formula whose solutions are the parameters of loss at most ``threshold``, or, where that is None, whose least
    weight of falsified soft literals is the least loss. The instance's own threshold is not looked at, unless the
    instance has a stage: then that weight is the least cost of the stage, and no threshold is given.

    Raises ModelTooLarge where order encoding is forced on sums of too many values, and Enough past ``most_bytes``.
    """
    view, arena = View.of(given), ClauseArena(most_bytes)
    walk = _CnfWalk(view, arena, threshold, options or CnfOptions())
    walk.run()
    return CnfModel(
        variables=arena.variable_count,
        blocks=arena.blocks(),
        soft_literals=-walk.steps.literals,
        soft_weights=walk.steps.weights,
        objective_constant=walk.constant,
        objective_lower=walk.lower,
        loss_unit=walk.unit,
        threshold=walk.gamma,
        variable_map=CnfVariableMap(tuple((layer.weights.map, layer.biases.map) for layer in walk.parameters)),
        groups=tuple(arena.groups),
        instance_sha256=view.instance.sha256,
        objective=walk.objective,
    )


def cnf_size(
    given: Instance | View,
    *,
    threshold: Fraction | None = None,
    options: CnfOptions | None = None,
    most_bytes: int | None = None,
    folded: bool = False,
) -> CnfSize:
    """The size of the formula that ``encode_cnf`` would build, by the same walk. ``folded``: without the few clauses
    that building finds to say nothing, which takes the time of building. ``most_bytes``: where the walk may end
    before."""
    counter = FoldedCounter(most_bytes) if folded else ClauseCounter(most_bytes)
    walk, soft, partly = _CnfWalk(View.of(given), counter, threshold, options or CnfOptions()), 0, False
    try:
        walk.run()
        soft = len(walk.steps.literals)
    except Enough:
        partly = True
    return CnfSize(counter.variable_count, counter.clause_count, counter.literal_count, tuple(walk.nodes), soft, partly)


class _CnfWalk:
    """One pass over one instance, into one sink."""

    steps: CostSteps
    objective: CnfObjective | None
    constant: int
    unit: Fraction
    gamma: int | None

    def __init__(self, view: View, sink: ClauseSink, threshold: Fraction | None, options: CnfOptions) -> None:
        instance = view.instance
        self._instance, self._sink, self._options = instance, sink, options
        self._samples, self._unrolled, self._asked = view.samples, view.unrolled, Asked.of(view)
        self._arithmetic = Arithmetic(sink, ValueSets(sink.spend), options.sum)
        asked = threshold if instance.stage is None else instance.threshold
        whole = instance.stage is not None and any(objective.maximises for objective in instance.stage.all)
        self.loss = LossClauses(self._arithmetic, instance, self._samples, self._unrolled, asked, whole=whole)
        self.parameters: list[LayerLiterals] = []
        self.nodes: list[int] = []
        self.lower = 0

    def run(self) -> None:
        network, values = self._instance.network, self._arithmetic.values
        layers = self._unrolled.scaled.layers
        for number, layer in enumerate(layers, start=1):
            self.parameters.append(layer_literals(self._sink, values, number, layer))
        symmetry_clauses(self._sink, self._instance, self.parameters, self._options.symmetry)
        signals: list[list[SourceColumn]] = [list(self._unrolled.x.T)]
        for position, layer in enumerate(layers[:-1]):
            function = values.squash(Squash(layer.activation))
            functions = np.full((network.layers[position].units, len(self._unrolled.x)), function)
            signals.append(list(self._layer(position, signals, functions)))
        outputs = self._layer(len(layers) - 1, signals, self.loss.squashes())
        self.loss.encode(outputs)
        if self._asked is not None:
            self._constrain(self._asked, signals, outputs)
        self._finish()

    def _layer(self, position: int, signals: list[list[SourceColumn]], squash: np.ndarray) -> list[Signal]:
        outputs, merges = self._sums(position, position + 1, signals, squash)
        self.nodes.append(merges)
        return outputs

    def _constrain(self, asked: Asked, signals: list[list[SourceColumn]], outputs: list[Signal]) -> None:
        answers = AnswerClauses(self._arithmetic, asked, self._unrolled)
        if len(outputs) > 1:
            answers.several(outputs)
            return
        # What the loss asks of the only output is no use here: its sums are written once more, for other thresholds.
        some = [[at(column, asked.inputs) for column in columns] for columns in signals]
        last = len(self.parameters) - 1
        answers.single(self._sums(last, last + 2, some, answers.squashes())[0][0])

    def _sums(
        self, position: int, number: int, signals: list[list[SourceColumn]], squash: np.ndarray
    ) -> tuple[list[Signal], int]:
        """The signals of a layer's units, written under ``number``, and how many partial sums they took."""
        columns = [column for source in self._instance.network.layers[position].sources for column in signals[source]]
        sums = LayerSums(
            self._arithmetic,
            number,
            self._unrolled.scaled.layers[position].weights,
            self.parameters[position],
            columns,
            squash.shape[1],
            sharing=self._options.sharing,
        )
        return sums.encode(squash), sums.merges

    def _finish(self) -> None:
        loss, stage = self.loss, self._instance.stage
        self.steps, self.unit, self.gamma = loss.costs.steps(), loss.unit, loss.gamma
        self.constant = loss.costs.constant
        self.lower = max(self.constant, math.ceil(self._samples.lower_bound / loss.unit))
        if loss.gamma is not None:
            constrain(self._arithmetic, self.steps, loss.gamma - self.constant)
        if stage is not None:
            margins = self._margins() if loss.whole else None
            later = StageClauses(self._arithmetic, self._instance.network, self.parameters, stage, margins)
            self.steps, self.unit, self.gamma = later.costs.steps(), later.unit, None
            self.constant = later.costs.constant
            self.lower = max(0, self.constant)
        wanted = self._options.objective == "sum"
        self.objective = objective(self._arithmetic, self.steps, self.constant) if wanted else None

    def _margins(self) -> MarginClauses:
        least, scale = least_margin(self._instance.loss), self._unrolled.scaled.output_scale
        return MarginClauses(self._arithmetic, self.loss.whole, least, scale, self._samples.multiplicity)
