"""The residuals of a loss as affine functions of numbers: an output, or the difference of two for several classes.

Here is what a penalty asks of such a number: which of its values cost nothing, and which are worth telling apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.residual_scale import ResidualScale
from dnnt_encode.analysis.samples import MergedSamples
from dnnt_encode.instance.losses import ScaledPenalty, Span
from dnnt_encode.instance.rationals import ExactArray


@dataclass(frozen=True, eq=False)
class Residuals:
    """E residuals that read one number: ``factor * number[site] + constant``, of the targets ``target``. ``inputs`` are
    the inputs of the number's sites."""

    inputs: np.ndarray
    target: np.ndarray
    site: np.ndarray
    factor: np.ndarray
    constant: np.ndarray

    def met(self, penalty: ScaledPenalty) -> list[Span]:
        """For each residual the values of its number for which it costs nothing."""
        span, pairs = penalty.within(0), zip(self.factor.tolist(), self.constant.tolist(), strict=True)
        return [_read(span, factor, constant) for factor, constant in pairs]

    def clips(self, penalty: ScaledPenalty, cuts: list[int | None]) -> list[Span]:
        """For each site the lowest and the highest value of its number that is worth telling: past them all cost the
        same, or more than their ``cuts`` [E], before the power, where those are given."""
        found: list[Span | None] = [None] * len(self.inputs)
        within: dict[int | None, Span] = {None: (None, None)}
        within |= {cut: penalty.within(cut) for cut in set(cuts) if cut is not None}
        pairs = zip(self.met(penalty), self.factor.tolist(), self.constant.tolist(), cuts, strict=True)
        for place, ((first, last), factor, constant, cut) in zip(self.site.tolist(), pairs, strict=True):
            start, stop = _read(within[cut], factor, constant)
            low = last if first is None else None if start is None else start - 1
            high = first if last is None else None if stop is None else stop + 1
            known = found[place]
            if known is not None:
                low, high = _if_both(min, known[0], low), _if_both(max, known[1], high)
            found[place] = low, high
        # What nobody reads is not told at all.
        return [(0, 0) if span is None else span for span in found]

    def parts(self) -> Iterator[tuple[int, np.ndarray]]:
        """The residuals of one factor each: the factor, and which they are."""
        for factor in np.unique(self.factor).tolist():
            yield factor, np.flatnonzero(self.factor == factor)


def of_output(samples: MergedSamples, scale: ResidualScale, inputs: int, k: int) -> Residuals:
    """The residuals that read output k alone: of all targets, unless there are several classes."""
    target = np.arange(len(samples.input_of))
    if isinstance(samples.y, ExactArray):
        factor = np.full(len(target), scale.factor)
        constant = -samples.y.scaled(scale.unit)[:, k].astype(object)
    else:
        factor = np.where(samples.y == 1, -scale.factor, scale.factor)
        constant = np.zeros(len(target), dtype=object)
    return Residuals(np.arange(inputs), target, samples.input_of, factor, constant)


def of_difference(samples: MergedSamples, scale: ResidualScale, a: int, b: int) -> Residuals | None:
    """The residuals that read f_a - f_b: of the targets of the classes a and b; None where there are none."""
    assert isinstance(samples.y, np.ndarray)
    of_a, of_b = np.flatnonzero(samples.y == a), np.flatnonzero(samples.y == b)
    target = np.concatenate([of_a, of_b])
    if not len(target):
        return None
    inputs, site = np.unique(samples.input_of[target], return_inverse=True)
    factor = np.concatenate([np.full(len(of_a), -scale.factor), np.full(len(of_b), scale.factor)])
    return Residuals(inputs, target, site.reshape(-1), factor, np.zeros(len(target), dtype=object))


def _read(span: Span, factor: int, constant: int) -> Span:
    """The values v for which ``factor * v + constant`` lies in a span."""
    low, high = (None if end is None else end - constant for end in span)
    if factor < 0:
        low, high = (None if end is None else -end for end in (high, low))
    return None if low is None else -(-low // abs(factor)), None if high is None else high // abs(factor)


def _if_both(choose: Callable[[int, int], int], a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else choose(a, b)
