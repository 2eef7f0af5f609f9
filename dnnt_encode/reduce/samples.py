"""Equal samples become one that counts as often as they do together.

The loss is a sum over samples with their multiplicities, so every assignment keeps its loss: everything is preserved.
Constraints stay conditions on the inputs that they were about.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.reduce.reduced import EVERYTHING, Reduced


class EqualSamples(Reduced):
    preserves = EVERYTHING

    def __init__(self, view: View, note: str, outer_samples: np.ndarray) -> None:
        self.view, self.instance = view, view.instance
        self.note, self._outer_samples = note, outer_samples

    def lift(self, inner: Assignment) -> Assignment:
        return inner

    def lower(self, outer: Assignment) -> Assignment:
        return outer

    def outer_sample(self, inner: int) -> int:
        return int(self._outer_samples[inner])


def equal_samples(view: View) -> EqualSamples | None:
    """See the top of the file."""
    instance = view.instance
    data = instance.dataset
    if data.total >= 2**62:
        return None
    merged = view.samples
    kept = len(merged.multiplicity)
    if kept == data.samples:
        return None
    smaller = Dataset(merged.x.take(merged.input_of), merged.y, merged.multiplicity, data.classes)
    note = f"equal samples merged into multiplicities: {data.samples} into {kept}"
    return EqualSamples(view.merged(instance.about(smaller)), note, merged.first)
