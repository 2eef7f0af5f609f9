"""What is tried, for how long, and from where: starts by gradient, annealing of what is best, again and longer.

After some starts, each quenched, the best is annealed; then fresh starts and further annealing take turns, longer and
longer. How hot an annealing should begin depends on the instance and on its length: a bandit over a few heats learns it
from what came out (upper confidence bounds). All lengths are efforts, so that a seed decides what happens.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from dnnt_encode.training.annealing import Annealer
from dnnt_encode.training.gradient import StraightThrough
from dnnt_encode.training.problem import Keys, Problem
from dnnt_encode.training.state import loss_at

OPENING = 3
"""Starts by gradient before the best is annealed."""

HEATS = (0.15, 0.3, 0.6, 1.0)
COOLING = 8.0
"""An annealing ends at its first temperature divided by this."""

QUENCH = (0.12, 0.03)
BOIL = (3.0, 0.1)
"""First and last temperature after a start, and where random values are annealed."""

GRADIENTS = ((0.03, 128), (0.1, 512), (0.03, 512), (0.1, 128))
"""Rates, in spacings of the sets, and batches of the starts, in turn; then comes a start from random values."""

STEPS = 600
"""The steps of a start, at least; with many samples it is some passes through them."""

PASSES = 10

SWEEPS = (2, 20)
LENGTH = 4e5
"""The effort of an annealing is this at first, within so many sweeps: evaluations of every parameter's unit."""

GROWTH = 1.6
"""Every round is longer by this factor."""

HOPELESS = 1.15
"""A fresh start is annealed where it is not worse than the best by this factor."""

MEMORY = 0.7
"""What is known about heats counts less by this factor a round, as lengths grow."""

PACE = 5e4
"""The effort after which there is a sign of life."""

Scored = tuple[float, Keys]
Sign = float | str | Scored
"""What a schedule yields: the effort of a step, what is tried next, or parameters with their exact loss."""


class Schedule:
    """Endless where a parameter has a choice. ``best`` is the best of all, whoever found it: the reader may replace it
    at any time. Losses are integers, in units of the problem's."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._rng = np.random.default_rng(seed)
        self._annealer = Annealer(problem, self._rng)
        self._free = sum(int(layer.choices.free.sum()) for layer in problem.layers)
        least, most = (sweeps * self._free * self._annealer.look_effort() for sweeps in SWEEPS)
        self._length = min(most, max(LENGTH, least))
        self._steps = max(STEPS, PASSES * problem.samples // GRADIENTS[0][1])
        self._starts = 0
        self._bandit = Bandit(len(HEATS), self._rng)
        self._last: Scored
        self.best: Scored | None = None

    def run(self) -> Iterator[Sign]:
        told = self.best
        yield from self._keep(*constant(self._problem))
        if not self._free:
            return
        pool: list[Scored] = []
        if told is not None:
            yield "annealing from what was given"
            yield from self._anneal(told[1], self._length / 2, *QUENCH)
            pool.append(self._last)
        for _ in range(OPENING):
            yield from self._start()
            pool.append(self._last)
        own = min(pool, key=lambda found: found[0])
        while True:
            own = yield from self._polish(own, self.best or own)
            own = yield from self._polish(own, (own[0], self._kicked(own[1])))
            yield from self._start()
            if self._last[0] <= own[0] * HOPELESS:
                own = yield from self._polish(own, self._last)
            self._length *= GROWTH
            self._steps = int(self._steps * GROWTH**0.5)
            self._bandit.forget()

    def _polish(self, own: Scored, start: Scored) -> Generator[Sign, None, Scored]:
        """Anneal from a start; returns the better of ``own`` and what came out."""
        arm = self._bandit.choose()
        yield f"annealing from {start[0] * self._problem.unit}, heat {HEATS[arm]}"
        yield from self._anneal(start[1], self._length, HEATS[arm], HEATS[arm] / COOLING)
        self._bandit.learn(arm, float(self._last[0]))
        return self._last if self._last[0] <= own[0] else own

    def _kicked(self, keys: Keys) -> Keys:
        """The same with random values for one unit, more often one below the outputs."""
        result = [held.copy() for held in keys]
        position = int(self._rng.integers(len(keys)))
        if position == len(keys) - 1 > 0 and self._rng.random() < 0.8:
            position = int(self._rng.integers(position))
        unit = int(self._rng.integers(len(keys[position])))
        result[position][unit] = self._problem.layers[position].choices.random(self._rng)[unit]
        return result

    def _start(self) -> Iterator[Sign]:
        number = self._starts
        self._starts += 1
        if number % (len(GRADIENTS) + 1) == len(GRADIENTS):
            yield f"annealing from random values, start {number + 1}"
            keys = [layer.choices.random(self._rng) for layer in self._problem.layers]
            yield from self._anneal(keys, self._length, *BOIL)
            return
        yield f"straight-through gradient, start {number + 1}"
        gradient = StraightThrough(self._problem, self._rng, *GRADIENTS[number % (len(GRADIENTS) + 1)])
        best: tuple[int, float, Keys] | None = None
        for effort, found in gradient.run(self._steps):
            yield effort
            if found is not None and (best is None or found[:2] < best[:2]):
                best = found
                yield from self._keep(found[0], found[2])
        assert best is not None
        yield from self._anneal(best[2], self._length / 2, *QUENCH)

    def _anneal(self, keys: Keys, length: float, hot: float, cold: float) -> Iterator[Sign]:
        since = 0.0
        for effort in self._annealer.run(keys, length, hot, cold):
            yield effort
            since += effort
            if since > PACE:
                since = 0.0
                yield from self._keep(*self._annealer.best)
        self._last = self._annealer.best
        yield from self._keep(*self._last)

    def _keep(self, loss: float, keys: Keys) -> Iterator[Sign]:
        """Tell of parameters that seem better than all before, once their exact loss says so."""
        if self.best is None or loss < self.best[0]:
            exact = loss_at(self._problem, keys)
            if self.best is None or exact < self.best[0]:
                self.best = exact, keys
                yield self.best


class Bandit:
    """Chooses the arm of least loss, with a bonus for those that were tried less (upper confidence bounds)."""

    def __init__(self, arms: int, rng: np.random.Generator) -> None:
        self._sums, self._counts, self._rng = np.zeros(arms), np.zeros(arms), rng

    def choose(self) -> int:
        untried = np.flatnonzero(self._counts < 0.5)
        if len(untried):
            return int(self._rng.choice(untried))
        means = self._sums / self._counts
        bonus = np.ptp(means) * np.sqrt(np.log(self._counts.sum() + 1) / self._counts)
        return int((means - 0.5 * bonus).argmin())

    def learn(self, arm: int, loss: float) -> None:
        self._sums[arm] += loss
        self._counts[arm] += 1

    def forget(self) -> None:
        self._sums *= MEMORY
        self._counts *= MEMORY


def constant(problem: Problem) -> Scored:
    """The values nearest to 0."""
    keys = [layer.choices.nearest(np.zeros(layer.choices.shape)) for layer in problem.layers]
    return loss_at(problem, keys), keys
