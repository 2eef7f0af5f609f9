"""The backend ``search``: training by gradient and annealing, for as long as it may; it finds and proves nothing.

Descent by single parameters is a backend of its own, which goes before it on small instances: it takes a tenth of a
second, and finds needles that gradients do not point to. It needs no process: a run that it settles is over at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dnnt_encode.algorithms.descent import descend
from dnnt_encode.backends.inprocess.common import InProcessBackend, propose
from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Finished, InstanceTask, Log, Say
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.goal import Goal
from dnnt_encode.instance.objectives import cost
from dnnt_encode.training.margins import harder
from dnnt_encode.training.trainer import Improvement, Trainer, Trying


class DescentBackend(InProcessBackend):
    """Descent alone, for so much work."""

    name = "search"
    capabilities = Capabilities(model="instance", proves=False, incumbents=True, seed=True, light=True)

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        for found in descend(task.view, controls.seed or 0, stop=controls.should_stop):
            if task.goal.met_by(propose(task, found, say)):
                return Finished("answered")
        return Finished("stopped" if controls.should_stop() else "gave_up", "the descent has ended")


@dataclass(frozen=True)
class SearchBackend(InProcessBackend):
    """``turns``: it gives up after so many steps of the trainer, some hundredths of a second each, and None of them is
    for ever; ``patience``: so does it after so many turns without anything new, its own or that of others, and so many
    times as many as there were before, None for never; ``member``: which of a team it is, each of which draws other
    numbers."""

    turns: int | None = None
    patience: tuple[int, int] | None = None
    member: int = 0

    name = "search"
    capabilities = Capabilities(
        model="instance",
        proves=False,
        incumbents=True,
        hints=True,
        news=True,
        seed=True,
        objectives=frozenset({"loss", "margin", "margins"}),
    )

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def team(self, goal: Goal, threads: int) -> Sequence[SearchBackend]:
        """One on every core; what one finds the others hear."""
        return [replace(self, member=member) for member in range(threads)]

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        return _Search(self, task, controls, say).run()


class _Search:
    """One run of the trainer, or, in a stage about margins, one after the other that asks for more."""

    def __init__(self, backend: SearchBackend, task: InstanceTask, controls: Controls, say: Say) -> None:
        self._most, self._patience = backend.turns, backend.patience
        self._seed = (controls.seed or 0) + backend.member
        self._task, self._controls, self._say = task, controls, say
        self._instance = task.view.instance
        self._heard: Assignment | None = None
        self._best: Assignment | None = None
        self._cost: Fraction | None = None
        self._turns = self._latest = 0

    def run(self) -> Finished:
        if self._task.start is not None and self._offered(self._task.start):
            return Finished("answered")
        self._heard = self._task.start
        while True:
            asked, known = self._instance, self._best
            if asked.stage is not None:
                if known is None or not asked.stage.objective.maximises:
                    return Finished("gave_up", "local search needs weights to begin with, and margins to make greater")
                asked = harder(asked, known.weights(asked))
            try:
                trainer = Trainer(asked, seed=self._seed)
            except (ModelTooLarge, InputError) as error:
                return Finished("stopped" if self._controls.should_stop() else "gave_up", str(error))
            if known is not None:
                trainer.tell(known)
            ended = self._train(trainer)
            if ended is not None:
                return ended
            if asked is self._instance or self._best is known:
                return Finished("gave_up", "local search has found nothing that it could make better")

    def _train(self, trainer: Trainer) -> Finished | None:
        """None where the trainer came to its end."""
        for step in trainer.run():
            if isinstance(step, Improvement):
                if self._offered(step.assignment, step.loss):
                    return Finished("answered")
            elif isinstance(step, Trying):
                self._say(Log(step.text, trying=True))
            else:
                self._turns += 1
            if self._controls.should_stop():
                return Finished("stopped")
            if self._spent():
                return Finished("gave_up", f"local search ended after {self._turns} turns")
            news = self._controls.news
            if news.below is not None and news.below <= 0:
                return Finished("gave_up", "nothing is below 0")
            if news.start is not None and news.start is not self._heard:
                self._heard, self._latest = news.start, self._turns
                trainer.tell(news.start)
                if self._instance.stage is not None and self._offered(news.start):
                    return Finished("answered")
        return None

    def _spent(self) -> bool:
        if self._most is not None and self._turns >= self._most:
            return True
        if self._patience is None:
            return False
        least, times = self._patience
        return self._turns - self._latest >= max(least, times * self._latest)

    def _offered(self, found: Assignment, loss: Fraction | None = None) -> bool:
        """Say what was found, where it is better than all before; whether it answers the question. ``loss``: its own,
        unless another instance was trained."""
        price = loss
        if loss is None or self._instance.stage is not None:
            weights = found.weights(self._instance)
            price = cost(self._instance, weights, evaluate(self._instance, weights).loss)
        if price is None or (self._cost is not None and price >= self._cost):
            return False
        self._best, self._cost, self._latest = found, price, self._turns
        self._say(Candidate(found, price))
        return self._task.goal.met_by(price)
