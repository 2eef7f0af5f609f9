"""What encoders and algorithms see of an instance: its samples merged and its network unrolled, each made once.

A view is made where an instance enters and handed on; what it has computed goes along, into child processes too.
"""

from __future__ import annotations

from functools import cached_property

from dnnt_encode.analysis.samples import MergedSamples, merge_samples, single_samples
from dnnt_encode.analysis.unrolled import Unrolled, unroll
from dnnt_encode.instance.instance import Instance


class View:
    """``merges`` False: every sample stays on its own, so that nothing about merging has to be trusted."""

    def __init__(self, instance: Instance, *, merges: bool = True) -> None:
        self.instance, self.merges = instance, merges

    @staticmethod
    def of(given: Instance | View) -> View:
        """The view itself, or a new one of an instance."""
        return given if isinstance(given, View) else View(given)

    @cached_property
    def samples(self) -> MergedSamples:
        """The distinct inputs and targets."""
        return merge_samples(self.instance) if self.merges else single_samples(self.instance)

    @cached_property
    def unrolled(self) -> Unrolled:
        """The network on the distinct inputs, with bounds. Raises ModelTooLarge: see ``unroll``."""
        return unroll(self.instance.network, self.samples.x)
