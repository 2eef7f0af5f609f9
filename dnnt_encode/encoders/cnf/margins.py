"""Margins in clauses, for classes: what the sum of those that count lacks, and what the least of them lacks.

A target's margin is the opposite of its greatest residual, which is read from the very numbers that the loss reads,
untruncated. A margin M counts where it is at least ``right``: it pays ``most - M`` then, and ``most`` where not. For
the least margin the greatest is taken of what those that count pay, and of all where none does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.encoders.cnf.arena import write_folded
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic, Numbers
from dnnt_encode.encoders.cnf.costs import CostCollector
from dnnt_encode.encoders.cnf.layer import Signal
from dnnt_encode.encoders.cnf.order import OrderNumbers
from dnnt_encode.encoders.cnf.residuals import Residuals
from dnnt_encode.encoders.cnf.squash import Squash
from dnnt_encode.encoders.cnf.values import ValueSets
from dnnt_encode.instance.activations import activation
from dnnt_encode.instance.stage import Objective
from dnnt_encode.models.cnf import FALSE, TRUE


class MarginClauses:
    """``read``: the residuals and the whole numbers that they read, one pair a rival; ``least``: the margin from which
    on a sample counts as right; ``scale``: what outputs are multiplied by; ``counts`` [T]: the multiplicities."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        read: Sequence[tuple[Residuals, Signal]],
        least: Fraction,
        scale: int,
        counts: np.ndarray,
    ) -> None:
        self._arithmetic, self._scale, self._counts = arithmetic, scale, counts
        self._right = math.ceil(least * scale)
        self._identity, self._relu = (
            arithmetic.values.squash(Squash(activation(name).scaled(1))) for name in ("identity", "relu")
        )
        # For every class its targets, and their greatest residuals in units of the outputs.
        self._groups = self._greatest(read)

    def costs(self, objective: Objective, top: Fraction) -> tuple[CostCollector, Fraction]:
        """What an objective lacks of ``top``, in units in which that is an integer too, and the unit."""
        denominator = math.lcm(self._scale, top.denominator)
        factor, collector = denominator // self._scale, CostCollector(self._arithmetic)
        collector.constant = int(top * denominator)
        if objective.name == "margins":
            for targets, residual in self._groups:
                self._sum(collector, targets, residual, factor)
        else:
            self._minimum(collector, factor)
        return collector, Fraction(1, denominator)

    def _greatest(self, read: Sequence[tuple[Residuals, Signal]]) -> list[tuple[np.ndarray, Numbers]]:
        found: dict[bytes, tuple[np.ndarray, Numbers]] = {}
        for rival, (residuals, signal) in enumerate(read):
            for factor, entries in residuals.parts():
                targets, numbers = residuals.target[entries], signal.at(residuals.site[entries])
                residual = self._arithmetic.negative(numbers) if factor < 0 else numbers
                key = targets.tobytes()
                if key in found:
                    labels = np.column_stack([targets, np.full_like(targets, rival)])
                    residual = self._arithmetic.maximum(found[key][1], residual, "margin", labels)
                found[key] = targets, residual
        return list(found.values())

    def _sum(self, collector: CostCollector, targets: np.ndarray, residual: Numbers, factor: int) -> None:
        labels, one = targets[:, None], np.ones(len(targets), dtype=np.int64)
        shift = np.full(len(targets), 1 - self._right, dtype=object)
        above = self._arithmetic.affine(residual, -1, shift, self._relu, "above", labels)
        _, most = self._arithmetic.bounds(above)
        lacking = self._arithmetic.affine(above, -1, most, self._identity, "lacking", labels)
        weights = self._counts[targets].astype(object) * factor
        collector.powers(lacking, weights, 1, "lacking", labels)
        collector.literals(-self._arithmetic.at_least(above, one, "right", labels), weights * (self._right - 1))
        collector.constant -= int((weights * (most.astype(object) + self._right - 1)).sum())

    def _minimum(self, collector: CostCollector, factor: int) -> None:
        arithmetic = self._arithmetic
        tops = [-int(bound) for _, residual in self._groups for bound in arithmetic.bounds(residual)[0].tolist()]
        top = max(0, *tops)
        paid: list[Numbers] = []
        rights: list[np.ndarray] = []
        for targets, residual in self._groups:
            labels = targets[:, None]
            bound = np.full(len(targets), 1 - self._right, dtype=object)
            right = -arithmetic.at_least(residual, bound, "right", labels)
            shift = np.full(len(targets), top, dtype=object)
            lacking = arithmetic.affine(residual, 1, shift, self._relu, "lacking", labels)
            flags = _flags(arithmetic.values, right, 1)
            paid.append(arithmetic.product(flags, lacking, np.arange(len(targets)), "counted", labels))
            rights.append(right)
        # Where nothing counts the least margin is 0.
        none = arithmetic.sink.variables("none", np.zeros((1, 1), dtype=np.int64))[:, 0]
        write_folded(arithmetic.sink, np.concatenate([*rights, none])[None, :])
        paid.append(_flags(arithmetic.values, none, top))
        numbers = arithmetic.joined(paid, "counted", np.arange(sum(map(len, paid)))[:, None])
        level = 0
        while len(numbers) > 1:
            pairs = len(numbers) // 2
            place = np.arange(pairs)
            greater = arithmetic.maximum(
                numbers.take(2 * place), numbers.take(2 * place + 1), f"least.{level}", place[:, None]
            )
            rest = [numbers.take(np.array([len(numbers) - 1]))] if len(numbers) % 2 else []
            numbers = arithmetic.joined([greater, *rest], f"least.{level}", np.zeros((pairs, 1), dtype=np.int64))
            level += 1
        collector.powers(numbers, np.full(1, factor, dtype=object), 1, "least", np.zeros((1, 1), dtype=np.int64))
        collector.constant -= factor * top


def _flags(values: ValueSets, literals: np.ndarray, worth: int) -> OrderNumbers:
    """``worth`` where a literal [L] holds, else 0; literals may be constants."""
    alone = {FALSE: values.add(np.array([0])), TRUE: values.add(np.array([worth]))}
    open_ = values.add(np.array([0, worth])) if worth else alone[FALSE]
    sets = np.array([alone.get(literal, open_) for literal in literals.tolist()], dtype=np.int64)
    return OrderNumbers(sets, np.arange(len(literals)), literals)
