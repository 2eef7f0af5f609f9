"""The size of a linear model before it is built: the same walk as the encoder's, into a counter.

The walk takes time and memory of its own, in proportion to the model. So a few of the inputs are walked first: sizes
grow by about the same amount with every further input, and where that line leads to a model that is huge, it is the
answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.linear.encoder import LinearWalk
from dnnt_encode.encoders.linear.sink import LinearCounter
from dnnt_encode.encoders.options import LinearOptions
from dnnt_encode.instance.dataset import MOST_COPIES, Dataset
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import ExactArray

HUGE_TERMS = 5 * 10**7
"""Models past this are not walked as a whole."""

PART_INPUTS = 64
PART_PRODUCTS = 3 * 10**5
"""The larger of the two parts has at most so many inputs, and products of an input and a parameter."""


@dataclass(frozen=True)
class LinearSize:
    """What a linear model would hold: columns and rows (exact numbers unless ``estimated``), at most ``terms`` terms,
    and the bytes of the arrays while they are built."""

    columns: int
    rows: int
    terms: int
    estimated: bool = False

    @property
    def bytes(self) -> int:
        return 28 * self.columns + 56 * self.rows + 24 * self.terms


def linear_size(
    given: Instance | View, *, threshold: Fraction | None = None, options: LinearOptions | None = None
) -> LinearSize:
    """The size of the model that ``encode_linear`` would build, without building it; estimated where it has more than
    ``HUGE_TERMS`` terms. Raises ModelTooLarge as ``encode_linear`` does, where the inputs that were walked show it."""
    chosen = options or LinearOptions()
    view = View.of(given)
    merged, inputs = view.samples, len(view.samples.x)
    most = max(2, min(PART_INPUTS, PART_PRODUCTS // view.instance.network.parameters))
    if inputs > 2 * most and not view.instance.constraints:
        # The rows that order units are few, and finding them in wide layers takes its time.
        plain = replace(chosen, symmetry="none")
        small = _walked(_part(view.instance, merged, most // 2), threshold, plain)
        large = _walked(_part(view.instance, merged, most), threshold, plain)
        estimate = _extrapolated(small, large, Fraction(inputs - most, most - most // 2))
        if estimate.terms > HUGE_TERMS:
            return estimate
    return _walked(view, threshold, chosen)


def _walked(view: View, threshold: Fraction | None, options: LinearOptions) -> LinearSize:
    counter = LinearCounter()
    LinearWalk(view, counter, threshold, options).run()
    return LinearSize(counter.column_count, counter.row_count, counter.term_count)


def _extrapolated(small: LinearSize, large: LinearSize, further: Fraction) -> LinearSize:
    """``large``, and what it is more than ``small`` ``further`` times."""

    def line(a: int, b: int) -> int:
        return b + max(0, round((b - a) * further))

    return LinearSize(
        line(small.columns, large.columns), line(small.rows, large.rows), line(small.terms, large.terms), estimated=True
    )


def _part(instance: Instance, merged: MergedSamples, count: int) -> View:
    """The instance with ``count`` of its distinct inputs, evenly chosen, and their targets, on the same scales."""
    chosen = np.linspace(0, len(merged.x) - 1, count).astype(np.int64)
    targets = np.flatnonzero(np.isin(merged.input_of, chosen))
    x = ExactArray(merged.x.numerators[merged.input_of[targets]], merged.x.denominator)
    y = merged.y
    part = ExactArray(y.numerators[targets], y.denominator) if isinstance(y, ExactArray) else y[targets]
    counts = np.minimum(merged.multiplicity[targets], MOST_COPIES).astype(np.int64)
    return View(replace(instance, dataset=Dataset(x, part, counts, instance.dataset.classes)))
