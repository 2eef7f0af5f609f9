"""Simulated annealing, one unit after the other, without rejections.

A visit to a unit stands for a number of proposals of random changes, each accepted with the probability exp(-increase /
temperature). All changes are evaluated at once, so the number of proposals up to the next accepted one is drawn from
its geometric distribution, and the change in proportion to the probabilities: what costs time is an accepted change,
not a proposal. Changes that change nothing are proposed more rarely, in both directions alike.

Changes of one parameter and of two are tried for shares of the time that follow how many are accepted of each in a
time.

Where samples are many, changes are drawn by what they do to some of them and then accepted by what they do to all, with
the probability that makes the two steps one: delayed acceptance (Christen and Fox 2005).

Time is counted, not measured, so that a seed decides the answer: see ``effort``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from dnnt_encode.training.above import Above
from dnnt_encode.training.costs import Costs
from dnnt_encode.training.effort import CALL
from dnnt_encode.training.neighbourhood import Look, Neighbourhood
from dnnt_encode.training.pairs import PairLook, Pairs
from dnnt_encode.training.problem import Keys, Problem
from dnnt_encode.training.state import State

VISIT = 0.5
"""Proposals of a visit, in the number of changes that a unit has."""

LOOKS = 16
"""A visit ends after so many evaluations."""

NEUTRAL = 0.05
"""How often a change that changes nothing is proposed, compared with another one."""

MANY_SAMPLES = 10_000
SAMPLED = 4096
"""With more than ``MANY_SAMPLES`` changes are drawn by so many."""

MEMORY = 2 * 10**5
"""The effort after which half of what is known about acceptance is forgotten."""

LEAST_SHARE = 0.05

NEVER = 1e-12
"""A probability that is taken for 0."""


class Annealer:
    """Walks through the parameters of ``problem``. ``best`` is what the last run met: a loss and keys."""

    def __init__(self, problem: Problem, rng: np.random.Generator) -> None:
        self._problem, self._rng = problem, rng
        around = [Neighbourhood(problem, position) for position in range(len(problem.layers))]
        self._around, self._pairs = around, [Pairs(part) for part in around]
        units = [
            (p, u)
            for p, layer in enumerate(problem.layers)
            for u in np.flatnonzero(layer.choices.free.any(axis=1)).tolist()
        ]
        self._units = [units, [(p, u) for p, u in units if self._pairs[p].blocks]]
        self._odds = [_odds([float(around[p].alternatives[u]) ** 0.5 for p, u in chosen]) for chosen in self._units]
        self.best: tuple[float, Keys]

    def look_effort(self) -> float:
        """What an evaluation of the changes of a unit takes, about."""
        if not self._units[0]:
            return CALL
        problem = self._problem
        rows = np.arange(min(SAMPLED, problem.samples) if problem.samples > MANY_SAMPLES else problem.samples)
        keys = [layer.choices.first for layer in problem.layers]
        state = State(problem, keys, problem.columns[:, rows])
        position, unit = self._units[0][0]
        above = Above(state, problem.costs.part(rows), position, unit)
        z = state.z[position][unit]
        return Look(self._around[position], state, above, unit, z, keys[position][unit], self._rng, 16).effort

    def run(self, keys: Keys, effort: float, hot: float, cold: float) -> Iterator[float]:
        """Anneal from ``keys`` with temperatures from ``hot`` down to ``cold``, in units of the loss of a sample, for
        an effort. Yields what each visit cost."""
        problem = self._problem
        self._full = State(problem, keys)
        self._costs = self._full_costs = problem.costs.softened(self._full.outputs)
        loss = float(self._costs.exact(self._full.outputs))
        self.best = loss, [held.copy() for held in keys]
        if not self._units[0]:
            return
        self._state, self._scale = self._full, 1.0
        if problem.samples > MANY_SAMPLES:
            rows = np.sort(self._rng.choice(problem.samples, SAMPLED, replace=False))
            self._state = State(problem, keys, np.ascontiguousarray(problem.columns[:, rows]))
            self._costs = self._full_costs.part(rows)
            self._scale = self._full_costs.total / self._costs.total
        unit = self._full_costs.temperature_unit(loss)
        self._spent, self._accepted = [0.0, 0.0], [1.0, 1.0]
        self._acceptance = 0.1
        done = 0.0
        while done < effort and self.best[0] > problem.floor:
            temperature = unit * hot * (cold / hot) ** (done / effort)
            spent = self._visit(self._next_kind(), temperature)
            done += spent
            yield spent

    def _next_kind(self) -> int:
        """0 for changes of one parameter, 1 for pairs."""
        if not self._units[1]:
            return 0
        spent = self._spent
        if sum(spent) > MEMORY:
            self._spent, self._accepted = [s / 2 for s in spent], [a / 2 for a in self._accepted]
        rates = [a / (s + 1) for a, s in zip(self._accepted, spent, strict=True)]
        share = min(max(rates[1] / sum(rates), LEAST_SHARE), 1 - LEAST_SHARE)
        return int(spent[1] < share * sum(spent))

    def _visit(self, kind: int, temperature: float) -> float:
        """Some proposals for one unit; returns the effort."""
        rng, state = self._rng, self._state
        position, unit = self._units[kind][int(self._odds[kind].searchsorted(rng.random()))]
        above = Above(state, self._costs, position, unit)
        keys, z = state.keys[position][unit].copy(), state.z[position][unit]
        confirm = None if state is self._full else _Confirmation(self._full, self._full_costs, position, unit)
        left, spent, moved = np.inf, CALL, False
        for _ in range(LOOKS):
            if kind:
                look: Look | PairLook = PairLook(self._pairs[position], state, above, z, keys, rng)
            else:
                look = Look(self._around[position], state, above, unit, z, keys, rng, int(2 / self._acceptance))
            spent += look.effort
            if moved and confirm is None:
                self._meet(position, unit, keys, self._costs.loss_of(look.energies))
            left = min(left, max(8.0, VISIT * len(look.changes)))
            chosen, proposals = self._draw(look.changes, temperature / self._scale)
            left -= proposals
            if left < 0:
                break
            change = float(look.changes[chosen])
            after = look.made(chosen)
            if confirm is not None:
                spent += confirm.effort
                if not confirm.accepts(keys, after, change * self._scale, temperature, rng):
                    break
                self._meet(position, unit, after, confirm.loss)
            z = state.moved(position, unit, keys, z, after)
            keys, moved = after, True
            self._accepted[kind] += change != 0
        else:
            if confirm is None:
                self._meet(position, unit, keys, self._costs.loss_of(above.energies(z[None].copy())[0]))
        if moved:
            state.change(position, unit, keys, z)
            if confirm is not None:
                self._full.change(position, unit, keys, confirm.z)
        self._spent[kind] += spent
        return spent

    def _draw(self, changes: np.ndarray, temperature: float) -> tuple[int, float]:
        """The change that is accepted next, and how many proposals that takes."""
        odds = np.exp(np.minimum(changes * (-1 / temperature), 0))
        odds[changes == 0] *= NEUTRAL
        sums = odds.cumsum(dtype=np.float64)
        mean = float(sums[-1]) / len(changes)
        self._acceptance += 0.02 * (mean - self._acceptance) + 1e-4
        if mean < NEVER:
            return 0, math.inf
        proposals = 1 + math.floor(math.log(1 - self._rng.random()) / math.log1p(-min(mean, 1 - NEVER)))
        return int(sums.searchsorted(self._rng.random() * float(sums[-1]), side="right")), proposals

    def _meet(self, position: int, unit: int, keys: np.ndarray, loss: float) -> None:
        """Remember the parameters if they are better than all before."""
        if loss < self.best[0]:
            held = [part.copy() for part in self._full.keys]
            held[position][unit] = keys
            self.best = loss, held


class _Confirmation:
    """What changes of a unit do to all samples. ``loss`` and ``z`` are those of the last accepted one."""

    def __init__(self, state: State, costs: Costs, position: int, unit: int) -> None:
        self._state, self._costs, self._place = state, costs, (position, unit)
        self._above = Above(state, costs, position, unit)
        self.effort = self._above.effort(1)
        self.z = state.z[position][unit]
        self._energy: float | None = None
        self.loss = 0.0

    def accepts(
        self, keys: np.ndarray, after: np.ndarray, expected: float, temperature: float, rng: np.random.Generator
    ) -> bool:
        """Whether a change that was drawn by its ``expected`` cost is made; see Christen and Fox."""
        z = self._state.moved(*self._place, keys, self.z, after)
        if self._energy is None:
            self._energy = float(self._above.energies(self.z[None].copy()).sum(dtype=np.float64))
        energies = self._above.energies(z[None].copy())[0]
        energy = float(energies.sum(dtype=np.float64))
        excess = max(energy - self._energy, 0) - max(expected, 0)
        if excess > -temperature * np.log(1 - rng.random()):
            return False
        self.z, self._energy, self.loss = z, energy, self._costs.loss_of(energies)
        return True


def _odds(weights: list[float]) -> np.ndarray:
    sums = np.cumsum(weights)
    return sums / sums[-1] if len(sums) else sums
