"""What is tried, for how long, and from where: starts by gradient, annealing of what is best, again and longer.

After some starts, each quenched, the best is annealed; then fresh starts and further annealing take turns, longer and
longer. How hot an annealing should begin depends on the instance and on its length: a bandit over a few heats learns it
from what came out (upper confidence bounds). All lengths are efforts, so that a seed decides what happens.
"""

from __future__ import annotations

from collections.abc import Iterator

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
GRADIENTS = ((0.03, 128), (0.1, 512), (0.03, 512), (0.1, 128))
STEPS = 600
GROWTH = 1.6
PLAN = 'bkf'
KEEP = 0.7

PACE = 5e4

Found = tuple[int, Keys]
Step = float | str | Found
"""What a schedule yields: the effort of a step, what is tried next, or parameters with their loss."""


class Schedule:
    """Endless. ``best`` is the best of all, whoever found it: the reader may replace it."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._rng = np.random.default_rng(seed)
        self._annealer = Annealer(problem, self._rng)
        free = sum(int(layer.choices.free.sum()) for layer in problem.layers)
        sweep = free * self._annealer.look_effort()
        self._length = min(20 * sweep, max(4e5, 2 * sweep))
        self._steps = max(STEPS, 10 * problem.samples // GRADIENTS[0][1])
        self._starts = 0
        self.best: Found | None = None

    def run(self) -> Iterator[Step]:
        yield from self._keep(*constant(self._problem))
        pool: list[Found] = []
        for _ in range(OPENING):
            yield from self._start()
            pool.append(self._last)
        own = min(pool, key=lambda found: found[0])
        bandit = Bandit(len(HEATS), self._rng)
        while True:
            for turn in PLAN:
                begin = own if turn in "ok" or self.best is None else self.best
                if turn in "fF":
                    yield from self._start()
                    begin = self._last
                    if turn == "F" or begin[0] > own[0] * 1.15:
                        continue
                arm = bandit.choose()
                hot = HEATS[arm]
                keys = self._kicked(begin[1]) if turn == "k" else begin[1]
                yield f"annealing from {begin[0] * self._problem.unit}, heat {hot}"
                yield from self._anneal(keys, self._length, hot, hot / COOLING)
                bandit.learn(arm, float(self._last[0]))
                if self._last[0] <= own[0]:
                    own = self._last
            self._length *= GROWTH
            self._steps = int(self._steps * GROWTH**0.5)
            bandit.forget()

    def _kicked(self, keys: Keys) -> Keys:
        keys = [k.copy() for k in keys]
        p = int(self._rng.integers(len(keys)))
        if p == len(keys) - 1 and p and self._rng.random() < .8: p = int(self._rng.integers(p))
        c = self._problem.layers[p].choices
        u = int(self._rng.integers(len(keys[p])))
        keys[p][u] = c.random(self._rng)[u]
        return keys

    def _start(self) -> Iterator[Step]:
        number = self._starts
        self._starts += 1
        if number % 5 == 4:
            yield f"annealing from random values, start {number + 1}"
            keys = [layer.choices.random(self._rng) for layer in self._problem.layers]
            yield from self._anneal(keys, self._length, *BOIL)
            return
        yield f"straight-through gradient, start {number + 1}"
        gradient = StraightThrough(self._problem, self._rng, *GRADIENTS[number % 5])
        best: tuple[int, float, Keys] | None = None
        for effort, found in gradient.run(self._steps):
            yield effort
            if found is not None and (best is None or found[:2] < best[:2]):
                best = found
                yield from self._keep(found[0], found[2])
        assert best is not None
        yield from self._anneal(best[2], self._length / 2, *QUENCH)

    def _anneal(self, keys: Keys, length: float, hot: float, cold: float) -> Iterator[Step]:
        since = 0.0
        for effort in self._annealer.run(keys, length, hot, cold):
            yield effort
            since += effort
            if since > PACE:
                since = 0.0
                yield from self._keep(*self._annealer.best)
        self._last = self._annealer.best
        yield from self._keep(*self._last)

    def _keep(self, loss: float, keys: Keys) -> Iterator[Step]:
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
        self._sums *= KEEP
        self._counts *= KEEP


def constant(problem: Problem) -> Found:
    """Weights next to 0 and the best of some output biases: about the best constant output."""

    keys = [layer.choices.nearest(np.zeros(layer.choices.shape)) for layer in problem.layers]
    return loss_at(problem, keys), keys
