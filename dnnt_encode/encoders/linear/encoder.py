"""The linear encoder: from an instance to a ``LinearModel``.

One walk: what each layer needs of the one before is found from the loss backwards; then columns and rows are written
from the inputs forwards. Inputs are constants, so a first layer has no products. Every big number comes from exact
bounds; nothing is written that they decide already.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.answers import Asked
from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.budget import Enough
from dnnt_encode.encoders.linear.activation import ActivationEncoder
from dnnt_encode.encoders.linear.answers import answer_needs, encode_answers
from dnnt_encode.encoders.linear.choices import Side
from dnnt_encode.encoders.linear.classes import ClassDifferences
from dnnt_encode.encoders.linear.fused import FusedTerms, has_relu_shape
from dnnt_encode.encoders.linear.loss import LinearSum, LossEncoder
from dnnt_encode.encoders.linear.margins import MarginEncoder
from dnnt_encode.encoders.linear.parameters import LayerColumns, layer_columns
from dnnt_encode.encoders.linear.products import PreActivations, pre_activations
from dnnt_encode.encoders.linear.residuals import OutputSide, ResidualBlock, class_pairs, output_needs, residual_blocks
from dnnt_encode.encoders.linear.signals import Needs, Signals, Sum, joined, needs_of_sources
from dnnt_encode.encoders.linear.sink import LinearBuilder, RowSink
from dnnt_encode.encoders.linear.stage import StageEncoder
from dnnt_encode.encoders.linear.symmetry import symmetry_rows
from dnnt_encode.encoders.options import LinearOptions
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import least_margin
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.models.variable_map import VariableMap


def encode_linear(
    given: Instance | View, *, threshold: Fraction | None = None, options: LinearOptions | None = None
) -> LinearModel:
    """The model whose solutions are the parameters of loss at most ``threshold``, or, where that is None, whose optimum
    is the least loss. The instance's own threshold is not looked at, unless the instance has a stage: then the optimum
    is the least cost of that, and no threshold is given.

    Raises ModelTooLarge, naming the layer, where a value passes the integers a linear model carries (2^62).
    """
    view, builder = View.of(given), LinearBuilder()
    layers, objective, gamma = LinearWalk(view, builder, threshold, options or LinearOptions()).run()
    return _assembled(view, builder, layers, objective, gamma)


def begin_linear(
    given: Instance | View, most_terms: int, *, threshold: Fraction | None = None, options: LinearOptions | None = None
) -> tuple[LinearModel, bool]:
    """The model that ``encode_linear`` makes and True, or, where it has more than ``most_terms``, a beginning of it
    (some of its columns and rows, no objective) and False. Raises ModelTooLarge in the same way."""
    view, builder = View.of(given), LinearBuilder(most_terms)
    try:
        layers, objective, gamma = LinearWalk(view, builder, threshold, options or LinearOptions()).run()
    except Enough:
        nothing = np.zeros(0, dtype=np.int64)
        return _assembled(view, builder, [], LinearSum(nothing, nothing, 0, 0, Fraction(1)), None), False
    return _assembled(view, builder, layers, objective, gamma), True


def _assembled(
    view: View, builder: LinearBuilder, layers: list[LayerColumns], objective: LinearSum, gamma: int | None
) -> LinearModel:
    return LinearModel(
        **builder.arrays(),
        objective_columns=objective.columns,
        objective_coefficients=objective.coefficients,
        objective_constant=objective.constant,
        objective_lower=objective.lower,
        loss_unit=objective.unit,
        threshold=gamma,
        variable_map=VariableMap(tuple((layer.weights.map, layer.biases.map) for layer in layers)),
        column_groups=tuple(builder.column_groups),
        row_groups=tuple(builder.row_groups),
        instance_sha256=view.instance.sha256,
    )


class LinearWalk:
    """One pass over one instance, into one sink. Raises ModelTooLarge as ``encode_linear`` does."""

    def __init__(self, view: View, sink: RowSink, threshold: Fraction | None, options: LinearOptions) -> None:
        instance = view.instance
        self._instance, self._sink, self._options = instance, sink, options
        self._threshold = threshold if instance.stage is None else instance.threshold
        self._about = frozenset({"loss"}) if instance.stage is None else instance.stage.objectives
        self._samples, self._unrolled, self._asked = view.samples, view.unrolled, Asked.of(view)
        for number, bounds in enumerate(self._unrolled.layers, start=1):
            if bounds.z_lower.dtype == object:
                raise ModelTooLarge(
                    f"layer {number}: its sums reach {bounds.magnitude.bit_length()} bits; a linear model carries 62. "
                    "A smaller scale of inputs or weights, or a SAT backend, helps"
                )
        output = instance.network.layers[-1]
        self._outputs_are_sums = output.activation.is_identity
        self._last = len(instance.network.layers) - 1

    def run(self) -> tuple[list[LayerColumns], LinearSum, int | None]:
        scaled = self._unrolled.scaled
        by_difference = self._uses_differences()
        layers = []
        for position, layer in enumerate(scaled.layers):
            selectors = self._selectors(position) & (not (by_difference and position == self._last))
            layers.append(layer_columns(self._sink, position + 1, layer, selectors))
        symmetry_rows(self._sink, self._instance, layers, self._options.symmetry)
        needs = self._needs(by_difference)
        signals = [Signals.of_inputs(self._unrolled.x)]
        fused = self._fused(needs)
        ready: dict[Side, np.ndarray] | None = None
        for position in range(self._last):
            z = self._pre_activations(position, layers[position], signals, needs[position])
            offered = needs[position]
            if fused is not None and position == self._last - 1:
                offered = offered.where(~(fused.under | fused.over))
                ready = self._fused_terms(layers[-1], z, fused)
            signals.append(self._activation(position, z, offered))
        output, differences = self._outputs(layers[-1], signals, needs[-1], by_difference, ready)
        if self._asked is not None:
            encode_answers(self._sink, self._asked, self._unrolled.layers[-1], output)
        blocks, scale = self._residuals(output, differences)
        encoder = LossEncoder(self._sink, self._instance.loss, scale, self._samples, self._threshold)
        objective, stage = encoder.encode(blocks), self._instance.stage
        if stage is None:
            return layers, objective, encoder.gamma
        margins = {}
        if self._about & {"margin", "margins"}:
            right = math.ceil(least_margin(self._instance.loss) * scale.unit)
            maker = MarginEncoder(self._sink, blocks, right, scale.unit, self._samples.multiplicity)
            margins = maker.totals(stage.all)
        return layers, StageEncoder(self._sink, self._instance.network, layers, margins).encode(stage), None

    def _uses_differences(self) -> bool:
        loss = self._instance.loss
        if (
            self._about & {"margin", "margins"}
            or self._asked is not None
            or not self._outputs_are_sums
            or loss.targets != "class"
            or loss.penalty.falls
        ):
            return False
        tables = self._unrolled.scaled.layers[-1].weights.tables
        reads_hidden = self._instance.network.layers[-1].sources != (0,)
        return self._instance.network.outputs > 1 and reads_hidden and ClassDifferences.suits(tables)

    def _selectors(self, position: int) -> np.ndarray:
        """Which weights multiply a signal that is neither constant nor a literal."""
        lower, upper = self._unrolled.source_bounds(position)
        varies = np.asarray((lower < upper).any(axis=0))
        for source, columns in self._instance.network.source_slices(position):
            if source and _is_literal(self._unrolled, source - 1):
                varies[columns] = False
        return np.broadcast_to(varies, self._unrolled.scaled.layers[position].weights.index.shape)

    def _needs(self, by_difference: bool) -> list[Needs]:
        """What is needed of every layer's outputs, from the loss backwards."""
        network, samples = self._instance.network, self._samples
        inputs = len(self._unrolled.x)
        needs = [Needs(np.zeros((inputs, w), bool), np.zeros((inputs, w), bool)) for w in network.widths[1:]]
        needs[-1] = output_needs(
            self._instance.loss.penalty, samples, inputs, network.outputs, both="margin" in self._about
        )
        if self._asked is not None:
            needs[-1] = answer_needs(self._asked, needs[-1])
        for position in range(self._last, -1, -1):
            bounds, weights = self._unrolled.layers[position], self._unrolled.scaled.layers[position].weights
            wanted = needs[position].where(bounds.out_lower < bounds.out_upper)
            below = needs_of_sources(wanted, weights.lowest(), weights.highest())
            if by_difference and position == self._last:
                pairs = [(a, b, samples.input_of[t]) for a, b, t in class_pairs(samples, network.outputs)]
                below = ClassDifferences.needs(weights.lowest(), weights.highest(), pairs, below.under.shape)
            for source, columns in network.source_slices(position):
                if source:
                    part = Needs(below.under[:, columns], below.over[:, columns])
                    needs[source - 1] = needs[source - 1] | part
        return needs

    def _fused(self, needs: list[Needs]) -> Needs | None:
        """For which (input, hidden unit) pairs the output's term is fused, and on which side; None where no pair is."""
        network, output = self._instance.network, needs[-1]
        last = network.layers[-1]
        if not self._last or not self._outputs_are_sums or network.outputs > 1:
            return None
        hidden = self._unrolled.layers[self._last - 1]
        shaped = has_relu_shape(self._unrolled.scaled.layers[self._last - 1].activation)
        if not shaped or not self._reads_sums() or last.sources != (self._last,):
            return None
        free = self._unrolled.scaled.layers[-1].weights.sizes()[0] > 1
        pairs = free & (hidden.out_lower < hidden.out_upper) & (output.under ^ output.over)
        return Needs(pairs & output.under, pairs & output.over)

    def _fused_terms(self, columns: LayerColumns, z: PreActivations, fused: Needs) -> dict[Side, np.ndarray]:
        output, bounds = self._unrolled.scaled.layers[-1], self._unrolled.layers[self._last - 1]
        terms = FusedTerms(self._sink, self._last + 1, output, columns, z, bounds)
        return {"under": terms.encode("under", fused.under), "over": terms.encode("over", fused.over)}

    def _reads_sums(self) -> bool:
        """Whether the loss reads the output's sums themselves, each from about one row."""
        loss = self._instance.loss
        once = self._instance.network.outputs == 1 or loss.targets == "vector"
        one_row = loss.counts or sum(slope != 0 for slope, _ in loss.penalty.lines) == 1
        return self._outputs_are_sums and one_row and once

    def _sources(self, position: int, signals: list[Signals]) -> Signals:
        return joined([signals[source] for source in self._instance.network.layers[position].sources])

    def _pre_activations(
        self, position: int, columns: LayerColumns, signals: list[Signals], needs: Needs
    ) -> PreActivations:
        bounds, sources = self._unrolled.layers[position], self._sources(position, signals)
        wanted = needs.where(bounds.out_lower < bounds.out_upper)
        return pre_activations(self._sink, position + 1, columns, sources, wanted)

    def _activation(self, position: int, z: PreActivations, needs: Needs) -> Signals:
        layer, bounds = self._unrolled.scaled.layers[position], self._unrolled.layers[position]
        return ActivationEncoder(self._sink, position + 1, layer, bounds, z, needs).encode()

    def _outputs(
        self,
        columns: LayerColumns,
        signals: list[Signals],
        needs: Needs,
        by_difference: bool,
        ready: dict[Side, np.ndarray] | None,
    ) -> tuple[OutputSide, ClassDifferences | None]:
        """Expressions for the outputs, or, where those serve every residual, for the differences of classes."""
        sources = self._sources(self._last, signals)
        if by_difference:
            return _no_output, ClassDifferences(self._sink, self._last + 1, columns, sources)
        if self._reads_sums():
            return pre_activations(self._sink, self._last + 1, columns, sources, needs, ready=ready).sums, None
        z = self._pre_activations(self._last, columns, signals, needs)
        final = self._activation(self._last, z, needs)

        def of_signals(k: int, rows: np.ndarray, side: Side) -> Sum:
            affine = final.side(side)
            return Sum(affine.column[rows, k][:, None], affine.coefficient[rows, k][:, None], affine.constant[rows, k])

        return of_signals, None

    def _residuals(
        self, output: OutputSide, differences: ClassDifferences | None
    ) -> tuple[list[ResidualBlock], ResidualScale]:
        loss, samples, bounds = self._instance.loss, self._samples, self._unrolled.layers[-1]
        scale = ResidualScale.of(loss, self._unrolled.scaled.output_scale, samples.y)
        blocks = residual_blocks(loss, scale, samples, (bounds.out_lower, bounds.out_upper), output, differences)
        return blocks, scale


def _no_output(k: int, rows: np.ndarray, side: Side) -> Sum:
    raise AssertionError("the differences of outputs serve every residual")


def _is_literal(unrolled: Unrolled, position: int) -> bool:
    act = unrolled.scaled.layers[position].activation
    return not any(act.slopes) and len(act.slopes) == 2
