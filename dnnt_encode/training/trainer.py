"""The trainer as its callers see it: an endless stream of better parameters, each with its exact loss.

for news in Trainer(instance, seed=0).run():
    if isinstance(news, Improvement): ...
    if time.monotonic() > deadline: break
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.training.problem import Integers, Problem
from dnnt_encode.training.schedule import PACE, Schedule, Scored
from dnnt_encode.training.state import loss_at


@dataclass(frozen=True, eq=False)
class Improvement:
    """``loss`` is exact, in the instance's units."""

    assignment: Assignment
    loss: Fraction


@dataclass(frozen=True)
class Trying:
    """What is tried next, for a line of progress."""

    text: str


def supports(instance: Instance) -> str | None:
    """Why the trainer cannot take an instance; None where it can."""
    try:
        Integers(instance, instance.dataset.x, instance.dataset.y)
    except (ModelTooLarge, InputError) as error:
        return str(error)
    return None


class Trainer:
    """Trains on ``instance``; ``seed`` and the number of steps taken decide what it finds. Raises ModelTooLarge or
    InputError where ``supports`` gives a reason."""

    def __init__(self, instance: Instance, *, seed: int = 0) -> None:
        self._problem = Problem(instance)
        self._schedule = Schedule(self._problem, seed)

    def run(self) -> Iterator[Improvement | Trying | None]:
        """Ever better parameters, and what is tried; None where there is nothing new after some work. Of improvements
        that follow quickly on each other only the last is told. Ends only where no loss can be less."""
        schedule, floor = self._schedule, self._problem.floor
        held: Scored | None = None
        spent = math.inf
        for step in schedule.run():
            if isinstance(step, str):
                yield Trying(step)
                continue
            if isinstance(step, tuple):
                held = step
            else:
                spent += step
            done = schedule.best is not None and schedule.best[0] <= floor
            if spent > PACE or done:
                yield self._news(held)
                held, spent = None, 0.0
            if done:
                return
        yield self._news(held)

    def _news(self, held: Scored | None) -> Improvement | None:
        """What was found, unless something better was told meanwhile."""
        if held is None or held is not self._schedule.best:
            return None
        loss, keys = held
        return Improvement(self._problem.assignment(keys), int(loss) * self._problem.unit)

    def tell(self, assignment: Assignment) -> None:
        """Somebody else's parameters: taken for the best where they are better."""
        keys = self._problem.keys(assignment)
        loss = loss_at(self._problem, keys)
        if self._schedule.best is None or loss < self._schedule.best[0]:
            self._schedule.best = loss, keys
