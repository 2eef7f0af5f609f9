"""The bounds that steps look at: those of every layer on all samples, kept for the steps that follow."""

from __future__ import annotations

from functools import lru_cache

from dnnt_encode.analysis.unrolled import Unrolled, value_bounds
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance

WORK = 10**8
"""Products of a sample and a parameter past which an instance is left as it is: steps are to be quick."""


@lru_cache(maxsize=2)
def bounds_of(instance: Instance) -> Unrolled | None:
    """The bounds of every layer, one row a sample; None where they would take long, or their numbers are too large."""
    if instance.dataset.samples * instance.network.parameters > WORK:
        return None
    try:
        return value_bounds(instance.network, instance.dataset.x)
    except ModelTooLarge:
        return None
