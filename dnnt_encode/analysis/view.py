"""What encoders and algorithms see of an instance: its samples merged and its network unrolled, each made once.

A view is made where an instance enters and handed on; what it has computed goes along, into child processes too.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from dnnt_encode.analysis.samples import MergedSamples, merge_samples, single_samples, with_asked
from dnnt_encode.analysis.unrolled import Unrolled, check_piecewise_linear, value_bounds
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
        """The distinct inputs and targets, and whatever other inputs the constraints are about."""
        found = merge_samples(self.instance) if self.merges else single_samples(self.instance)
        return with_asked(found, self.instance.conditions)

    @cached_property
    def bounds(self) -> Unrolled:
        """The network on the distinct inputs, with bounds, whatever the activations. Raises ModelTooLarge."""
        return value_bounds(self.instance.network, self.samples.x)

    @property
    def unrolled(self) -> Unrolled:
        """The same for an encoder, or an algorithm on states. Raises ModelTooLarge where an activation is not piecewise
        linear."""
        check_piecewise_linear(self.instance.network)
        return self.bounds

    def with_threshold(self, threshold: Fraction | None) -> View:
        """The view of the same instance with another threshold, of which nothing here depends."""
        view = View(self.instance.with_threshold(threshold), merges=self.merges)
        vars(view).update({name: value for name, value in vars(self).items() if name in ("samples", "bounds")})
        return view

    def merged(self, instance: Instance) -> View:
        """The view of the instance whose samples are the distinct pairs of this one: nothing is computed again."""
        view, samples = View(instance), self.samples
        view.samples = replace(samples, first=np.arange(len(samples.first)), of_sample=samples.input_of)
        if "bounds" in vars(self):
            view.bounds = self.bounds
        return view
