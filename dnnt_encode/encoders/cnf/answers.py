"""Constraints on behaviour in clauses: a literal for an answer, true exactly where it is given, and sums of those.

With one output class 1 is what is above 0: one threshold on the last sum. With several, a literal for each pair of
classes tells which output is greater, the lower class where they are equal, and an answer is a conjunction of those. A
condition whose terms cannot all hold is one clause, any other a sum as that of the loss.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.analysis.answers import Asked
from dnnt_encode.analysis.unrolled import Unrolled
from dnnt_encode.encoders.cnf.arena import write_folded
from dnnt_encode.encoders.cnf.arithmetic import Arithmetic
from dnnt_encode.encoders.cnf.costs import CostCollector
from dnnt_encode.encoders.cnf.gates import Gates
from dnnt_encode.encoders.cnf.layer import Signal
from dnnt_encode.encoders.cnf.objective import constrain
from dnnt_encode.encoders.cnf.sites import Sites, interval_of
from dnnt_encode.encoders.cnf.squash import Passed

LABEL = "answer"


class AnswerClauses:
    """Writes the conditions of one instance. ``squashes`` are for a pass of the only output's sums over the inputs of
    ``asked``, whose signal ``single`` takes; ``several`` takes the signals of all outputs on all inputs."""

    def __init__(self, arithmetic: Arithmetic, asked: Asked, unrolled: Unrolled) -> None:
        self._arithmetic, self._asked = arithmetic, asked
        bounds, act = unrolled.layers[-1], unrolled.scaled.layers[-1].activation
        low, high = (ends[asked.inputs, 0].tolist() for ends in (bounds.z_lower, bounds.z_upper))
        intervals = [interval_of(act, 1, None, *ends) for ends in zip(low, high, strict=True)]
        self._sites = Sites.of(intervals, np.arange(len(intervals)), len(intervals))

    def squashes(self) -> np.ndarray:
        values = self._arithmetic.values
        return np.array([[values.squash(Passed(thresholds)) for thresholds in self._sites.thresholds]])

    def single(self, output: Signal) -> None:
        places = np.arange(len(self._asked.inputs))
        self._conditions(self._arithmetic.at_least(output.at(places), self._sites.first, LABEL, places[:, None]))

    def several(self, outputs: list[Signal]) -> None:
        arithmetic, inputs = self._arithmetic, self._asked.inputs
        ahead: dict[tuple[int, int], np.ndarray] = {}
        equal = np.full(len(inputs), arithmetic.values.squash(Passed((0,))))
        for a in range(len(outputs)):
            for b in range(a + 1, len(outputs)):
                prefix, labels = f"{LABEL}.{a}.{b}", np.arange(len(inputs))[:, None]
                first, second = outputs[a].at(inputs), arithmetic.negative(outputs[b].at(inputs))
                difference = arithmetic.sum(first, second, prefix, labels, equal)
                ahead[a, b] = arithmetic.at_least(difference, np.ones(len(inputs), dtype=np.int64), prefix, labels)
                ahead[b, a] = -ahead[a, b]
        answers = []
        for own in range(self._asked.first, len(outputs)):
            gates = Gates(arithmetic.sink, f"{LABEL}.{own}", np.arange(len(inputs))[:, None])
            others = [ahead[own, other] for other in range(len(outputs)) if other != own]
            answer = others[0]
            for other in others[1:]:
                answer = gates.conjunction(answer, other)
            answers.append(answer)
        self._conditions(np.stack(answers, axis=1).reshape(-1))

    def _conditions(self, literals: np.ndarray) -> None:
        """``literals``: those of all answers, by their numbers."""
        for terms, coefficients, upper in self._asked.by_length():
            weights = np.abs(coefficients)
            chosen = (literals[terms] * np.sign(coefficients)).astype(np.int32)
            # Where a literal with a negative coefficient does not hold, its opposite costs the same.
            most = upper.astype(object) - np.where(coefficients < 0, coefficients, 0).astype(object).sum(axis=1)
            sums = weights.astype(object).sum(axis=1)
            least = weights.min(axis=1, initial=2**62)
            clause = ((most < sums) & (most >= sums - least) & (most >= 0)).astype(bool)
            write_folded(self._arithmetic.sink, -chosen[clause])
            for row in np.flatnonzero(~clause & (most < sums).astype(bool)).tolist():
                costs = CostCollector(self._arithmetic)
                costs.literals(chosen[row], weights[row])
                steps = costs.steps()
                constrain(self._arithmetic, steps, int(most[row]) - costs.constant)
