"""The backend ``search``: training by gradient and annealing, for as long as it may; it finds and proves nothing.

Descent by single parameters is a backend of its own, which goes before it on small instances: it takes a tenth of a
second, and finds needles that gradients do not point to. It needs no process: a run that it settles is over at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dnnt_encode.algorithms.descent import descend
from dnnt_encode.backends.inprocess.common import InProcessBackend, propose
from dnnt_encode.backends.protocol import Candidate, Capabilities, Controls, Finished, InstanceTask, Log, Say
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.goal import Goal
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
    for ever; ``member``: which of a team it is, each of which draws other numbers."""

    turns: int | None = None
    member: int = 0

    name = "search"
    capabilities = Capabilities(model="instance", proves=False, incumbents=True, hints=True, news=True, seed=True)

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def team(self, goal: Goal, threads: int) -> Sequence[SearchBackend]:
        """One on every core; what one finds the others hear."""
        return [replace(self, member=member) for member in range(threads)]

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        instance, seed = task.view.instance, (controls.seed or 0) + self.member
        heard = task.start
        if heard is not None and task.goal.met_by(propose(task, heard, say)):
            return Finished("answered")
        try:
            trainer = Trainer(instance, seed=seed)
        except (ModelTooLarge, InputError) as error:
            return Finished("stopped" if controls.should_stop() else "gave_up", str(error))
        if heard is not None:
            trainer.tell(heard)
        return self._train(trainer, task, controls, say, heard)

    def _train(
        self, trainer: Trainer, task: InstanceTask, controls: Controls, say: Say, heard: Assignment | None
    ) -> Finished:
        turns = 0
        for step in trainer.run():
            if isinstance(step, Improvement):
                say(Candidate(step.assignment, step.loss))
                if task.goal.met_by(step.loss):
                    return Finished("answered")
            elif isinstance(step, Trying):
                say(Log(step.text, trying=True))
            else:
                turns += 1
            if controls.should_stop():
                return Finished("stopped")
            if self.turns is not None and turns >= self.turns:
                return Finished("gave_up", f"local search ended after {turns} turns")
            news = controls.news
            if news.below is not None and news.below <= 0:
                return Finished("gave_up", "nothing is below 0")
            if news.start is not None and news.start is not heard:
                heard = news.start
                trainer.tell(heard)
        return Finished("gave_up", "local search has found nothing that it could make better")
