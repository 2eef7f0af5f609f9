"""The backend ``onelayer``: branch and bound for networks without hidden layers, in exact integers."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.algorithms.one_layer.engine import OneLayerSearch
from dnnt_encode.algorithms.one_layer.lightest import LightestFit
from dnnt_encode.backends.inprocess.common import InProcessBackend
from dnnt_encode.backends.protocol import Bound, Candidate, Capabilities, Controls, Finished, InstanceTask, Say


class OneLayerBackend(InProcessBackend):
    """Every weight is chosen or excluded by a bound; refuses deeper networks, and losses that couple outputs. Of later
    stages it takes the lightest weights of one output that fit everything. It gives up after ``most_nodes``, where
    that is said."""

    name = "onelayer"
    capabilities = Capabilities(
        model="instance",
        incumbents=True,
        bounds=True,
        below=True,
        hints=True,
        news=True,
        seed=True,
        certificate="exhaustive",
        light=True,
        layers=1,
    )

    def __init__(self, most_nodes: int | None = None) -> None:
        self._most_nodes = most_nodes

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        """Better answers and bounds as they come. Raises ModelTooLarge."""
        search: OneLayerSearch | LightestFit
        if task.view.instance.stage is not None:
            search = LightestFit(task.view)
        else:
            search = OneLayerSearch(task.view)
            if task.goal.at_most is not None:
                search.at_most(task.goal.at_most)
        if task.below is not None:
            search.only_below(task.below)
        best, bound = None, Fraction(0)
        for _ in search.run(controls.seed or 0, task.start):
            if search.best is not None and search.best is not best:
                best = search.best
                say(Candidate(best.assignment, best.objective))
                if task.goal.met_by(best.objective):
                    return Finished("answered")
            if search.bound > bound:
                bound = search.bound
                say(Bound(bound))
            news = controls.news.below
            if news is not None:
                search.only_below(Fraction(news))
            controls.rest()
            if controls.should_stop():
                return Finished("stopped", f"{search.nodes} nodes")
            if self._most_nodes is not None and search.nodes > self._most_nodes:
                return Finished("gave_up", f"{search.nodes} nodes were not enough")
        if search.bound > bound:
            say(Bound(search.bound))
        detail = f"a complete branch and bound over all weights, {search.nodes} nodes"
        return Finished("exhausted", detail, exhaustive=True)
