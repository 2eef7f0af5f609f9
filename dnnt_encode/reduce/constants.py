"""A signal that is the same number c on all samples, whatever the parameters are, is part of its readers' biases.

w c + b takes the values of one bias in a sum of sets; the weight becomes 0 (see ``merging`` for how large sums may
grow). Such signals are constant input columns, and hidden units that the bounds show to be constant. A signal that is 0
adds nothing, and is left to the steps that fix and drop what changes nothing.
"""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.analysis.view import View
from dnnt_encode.reduce.bounds import bounds_of
from dnnt_encode.reduce.grids import grids_of, only_zero
from dnnt_encode.reduce.merging import BIAS, Group, Merged, free_parameters, fused


def constant_signals(view: View) -> Merged | None:
    """See the top of the file."""
    instance = view.instance
    unrolled = bounds_of(view)
    if unrolled is None:
        return None
    network, grids = instance.network, grids_of(instance.network)
    scales = [unrolled.scaled.input_scale, *(layer.activation.out_scale for layer in unrolled.scaled.layers)]
    groups, before = [], free_parameters(grids)
    for position, layer in enumerate(network.layers):
        lower, upper = unrolled.source_bounds(position)
        constant = (lower == upper).all(axis=0) & (lower == lower[0]).all(axis=0) & (lower[0] != 0)
        constant &= ~only_zero(layer.weights).all(axis=0)
        members, factors = [BIAS], [Fraction(1)]
        for source, columns in network.source_slices(position):
            for column in range(columns.start, columns.stop):
                if constant[column]:
                    members.append(column)
                    factors.append(Fraction(int(lower[0, column]), scales[source]))
        if len(members) > 1:
            groups.append(Group(position, tuple(members), tuple(factors)))
    smaller, fusions = fused(grids, groups)
    if free_parameters(smaller) >= before:
        return None
    note = (
        "signals that are constant on all samples merged into biases: free parameters "
        f"{before} into {free_parameters(smaller)}"
    )
    return Merged(instance, instance.dataset.x, smaller, fusions, note)
