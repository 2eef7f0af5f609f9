"""Equal samples become one that counts as often as they do together.

The loss is a sum over samples with their multiplicities, so every assignment keeps its loss: everything is preserved.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dnnt_encode.analysis.samples import merge_samples
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce.reduced import EVERYTHING, Reduced


class EqualSamples(Reduced):
    preserves = EVERYTHING

    def __init__(self, instance: Instance, note: str, outer_samples: np.ndarray) -> None:
        self.instance, self.note, self._outer_samples = instance, note, outer_samples

    def lift(self, inner: Assignment) -> Assignment:
        return inner

    def lower(self, outer: Assignment) -> Assignment:
        return outer

    def outer_sample(self, inner: int) -> int:
        return int(self._outer_samples[inner])


def equal_samples(instance: Instance) -> EqualSamples | None:
    """See the top of the file."""
    data = instance.dataset
    if data.total >= 2**62:
        return None
    merged = merge_samples(instance)
    kept = len(merged.multiplicity)
    if kept == data.samples:
        return None
    smaller = Dataset(merged.x.take(merged.input_of), merged.y, merged.multiplicity, data.classes)
    note = f"equal samples merged into multiplicities: {data.samples} into {kept}"
    return EqualSamples(replace(instance, dataset=smaller), note, merged.first)
