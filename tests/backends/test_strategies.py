"""The descent over a scripted solver: what it asks for, in which order, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends.protocol import Bound, Bulletin, Candidate, CnfTask, Event
from dnnt_encode.backends.sat.solver import PysatSolver
from dnnt_encode.backends.sat.solvers import SOLVERS
from dnnt_encode.backends.sat.strategies import HOPES, PATIENCE, Knowledge, SatTask, decide, descend
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from dnnt_encode.errors import BackendError
from dnnt_encode.instance import Instance
from dnnt_encode.models.cnf import CnfModel

RNG = np.random.default_rng(5)
INSTANCE = Instance.from_arrays(RNG.integers(-1, 2, (14, 2)), RNG.integers(0, 2, 14), hidden=[1])
MODEL = encode_cnf(INSTANCE, options=CnfOptions(objective="sum"))
LEAST = int(min(enumerate_losses(INSTANCE).fractions()) / MODEL.loss_unit)


@dataclass
class Scripted:
    """A real solver that gives up on its first calls, as often as the script says; ``asked``: the conflicts of all."""

    script: list[bool]
    asked: list[int | None] = field(default_factory=list)
    lies: bool = False

    def __post_init__(self) -> None:
        self._solver = PysatSolver(SOLVERS["glucose42"], MODEL)

    def add(self, clauses: Iterable[list[int]]) -> None:
        self._solver.add(clauses)

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> bool | None:
        self.asked.append(conflicts)
        if self.script and not self.script.pop(0):
            return None
        return self._solver.solve(() if self.lies else assumptions)

    def truth(self) -> np.ndarray:
        return self._solver.truth()

    def close(self) -> None:
        self._solver.close()


def descended(solver: Scripted, model: CnfModel = MODEL) -> list[Event]:
    said: list[Event] = []
    question = SatTask(CnfTask(model), lambda units: solver)
    assert descend(question, Knowledge(question, Bulletin(), said.append)).outcome == "exhausted"
    return said


def test_the_least_cost_that_is_not_refuted_is_asked_for_first() -> None:
    """Every cost below the least is refuted on its own, and what is found then is least: nothing is left to ask."""
    assert MODEL.objective_lower < LEAST
    solver = Scripted([True, False] * (LEAST - MODEL.objective_lower))
    said = descended(solver)
    assert [event.objective for event in said if isinstance(event, Bound)] == [
        *range(MODEL.objective_lower + 1, LEAST + 1)
    ]
    assert [event.objective for event in said if isinstance(event, Candidate)] == [LEAST]
    assert solver.asked[:4] == [HOPES[0], PATIENCE, HOPES[1], PATIENCE]


def test_where_hope_is_in_vain_the_descent_goes_on() -> None:
    solver = Scripted([False, True] * 20)
    said = descended(solver)
    costs = [event.objective for event in said if isinstance(event, Candidate)]
    assert costs[-1] == LEAST
    assert costs == sorted(set(costs), reverse=True)
    assert [event.objective for event in said if isinstance(event, Bound)] == [LEAST]


def test_it_gives_up_after_so_many_turns() -> None:
    solver, said = Scripted([False] * 20), []
    question = SatTask(CnfTask(MODEL), lambda units: solver, turns=3)
    assert descend(question, Knowledge(question, Bulletin(), said.append)).outcome == "gave_up"
    assert solver.asked == [HOPES[0], PATIENCE, *[HOPES[1], PATIENCE] * 2]
    solver = Scripted([False] * 20)
    assert decide(SatTask(CnfTask(MODEL), lambda units: solver, turns=2), said.append).outcome == "gave_up"
    assert solver.asked == [PATIENCE] * 2
    assert not said


def test_a_cost_above_what_was_asked_for_is_no_answer() -> None:
    with pytest.raises(BackendError, match="asked for a cost of at most"):
        descended(Scripted([True], lies=True))
