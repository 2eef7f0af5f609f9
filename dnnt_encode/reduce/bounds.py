"""The bounds that steps look at: those of every layer, one row a sample of the dataset."""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.reach import WORK
from dnnt_encode.analysis.unrolled import LayerBounds, Unrolled
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import ModelTooLarge


def bounds_of(view: View) -> Unrolled | None:
    """The bounds of every layer; None where they would take long, or their numbers are too large."""
    if view.instance.dataset.samples * view.instance.network.parameters > WORK:
        return None
    try:
        bounds, rows = view.bounds, view.samples.of_sample
    except ModelTooLarge:
        return None
    if len(rows) == len(bounds.x) and (rows == np.arange(len(rows))).all():
        return bounds
    layers = tuple(
        LayerBounds(b.z_lower[rows], b.z_upper[rows], b.out_lower[rows], b.out_upper[rows], b.magnitude)
        for b in bounds.layers
    )
    return Unrolled(bounds.scaled, bounds.x[rows], layers)
