"""Every installed backend is held to what it declares, and to nothing else.

Each runs as a piece of work, in the process that it would have in a run: not all solvers can share one. A claim that a
backend does not make is tested too, where silence would be wrong: whoever does not look below a cutoff must not prove
one.
"""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode import Instance
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.analysis.top import top_of
from dnnt_encode.analysis.view import View
from dnnt_encode.backends import registry
from dnnt_encode.backends.inprocess.search import DescentBackend
from dnnt_encode.backends.protocol import Backend, Controls
from dnnt_encode.backends.sat.backend import PysatBackend
from dnnt_encode.errors import InputError
from dnnt_encode.instance import Assignment, evaluate
from dnnt_encode.instance.behaviour import met
from dnnt_encode.instance.constraints import FixedAnswers
from dnnt_encode.instance.goal import LEAST, Goal
from dnnt_encode.instance.objectives import cost
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.stage import EVERY, LOSS, Objective, Stage
from dnnt_encode.solving.aside import claims_of
from dnnt_encode.solving.attempt import Attempt
from dnnt_encode.solving.executors import Local
from dnnt_encode.solving.plan import check_stages
from dnnt_encode.solving.work import Built, Claim, Ended, Found, Known, Lower, Work
from tests.stages import best, everything

COMMANDS = (
    "cmd:cadical -q {cnf}",
    "cmd:minisat {cnf} {out}",
    "cmd:cbc {mps} solve solution {sol}",
    "cmd:glpsol --freemps {mps} -w {sol}",
    "cmd:clasp --verbose=0 {opb}",
)


def installed() -> list[Backend]:
    # Local search has no end of its own.
    known = [registry.search(20) if backend.name == "search" else backend for backend in registry.backends()]
    found = [DescentBackend(), *(backend for backend in known if backend.version() is not None)]
    strategies = [PysatBackend(found_sat.solver, s) for s in ("climb", "core", "alternate") for found_sat in found
                  if isinstance(found_sat, PysatBackend) and found_sat.solver.name == "glucose42"]  # fmt: skip
    commands = [registry.backend(name) for name in COMMANDS if shutil.which(name.split()[0].removeprefix("cmd:"))]
    return [*found, *strategies, *commands]


def label(backend: Backend) -> str:
    return "-".join(filter(None, (backend.name.split()[0], getattr(backend, "strategy", None))))


BACKENDS = installed()
every = pytest.mark.parametrize("backend", BACKENDS, ids=label)

# What takes a process, and seconds, is asked of some of PySAT's twenty solvers.
SOME = ("sat:cadical195", "sat:glucose42", "sat:lingeling", "sat:kissat404", "sat:minisat22")
some = pytest.mark.parametrize(
    "backend", [each for each in BACKENDS if each.name in SOME or not each.name.startswith("sat:")], ids=label
)


class Case:
    """A small instance with so many hidden layers, and its losses by enumeration: the least one and the next."""

    def __init__(self, hidden: list[int]) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.integers(-1, 2, (9, 2)), rng.integers(0, 3, (9, 1))
        self.instance = Instance.from_arrays(x, y, hidden=hidden, loss="l1")
        self.losses = enumerate_losses(self.instance).fractions()
        self.least, self.next = sorted(set(self.losses))[:2]

    def start(self, loss: Fraction) -> Assignment:
        return Enumeration(self.instance).assignment(int(np.flatnonzero(np.asarray(self.losses) == loss)[0]))


SHALLOW, SMALL = Case([]), Case([1])


def case_of(backend: Backend) -> Case:
    return SHALLOW if backend.capabilities.layers == 1 else SMALL


def hard(backend: Backend) -> Instance:
    """Random labels, which nobody fits or refutes within a test."""
    rng = np.random.default_rng(1)
    inputs, hidden = (40, []) if backend.capabilities.layers == 1 else (14, [4])
    return Instance.from_arrays(rng.integers(0, 2, (60, inputs)), rng.integers(0, 2, 60), hidden=hidden)


def claims(backend: Backend, instance: Instance | None = None, goal: Goal = LEAST, **more: Any) -> list[Claim]:
    instance = instance or case_of(backend).instance
    work = Work(0, 0, View(instance), goal, backend, **{"seconds": 60.0, "seed": 1, **more})
    if backend.name.startswith("milp:"):
        # highspy and ortools cannot share a process.
        return list(claims_of(work, threading.Event()))
    said: list[Claim] = []
    Attempt(work, Controls(seed=work.seed, log=work.log), said.append).run()
    return said


def end(said: list[Claim]) -> Ended:
    assert isinstance(said[-1], Ended)
    assert said[-1].error is None, said[-1].detail
    return said[-1]


def check_found(said: list[Claim], instance: Instance) -> list[Fraction]:
    """The losses of what was found; none is above what is claimed of it."""
    losses = []
    for claim in said:
        if isinstance(claim, Found):
            assert isinstance(claim.answer, Assignment)
            losses.append(evaluate(instance, claim.answer.weights(instance)).loss)
            assert claim.claimed is None or losses[-1] <= claim.claimed
    return losses


def bound(said: list[Claim]) -> Fraction:
    return max((claim.loss for claim in said if isinstance(claim, Lower) and not claim.counted), default=Fraction(0))


@every
def test_minimising(backend: Backend) -> None:
    capabilities, case, said = backend.capabilities, case_of(backend), claims(backend)
    losses, outcome = check_found(said, case.instance), end(said).outcome
    assert bound(said) <= case.least
    if capabilities.minimises and capabilities.proves:
        assert outcome == "exhausted"
        assert min(losses) == bound(said) == case.least
    else:
        # What is not declared is not claimed.
        assert outcome == "gave_up"
        assert bound(said) == 0


@every
@pytest.mark.parametrize("reachable", [True, False])
def test_thresholds(backend: Backend, reachable: bool) -> None:
    capabilities, case = backend.capabilities, case_of(backend)
    gamma = case.least if reachable else case.least - Fraction(1, 2)
    said = claims(backend, goal=Goal(gamma))
    losses, outcome = check_found(said, case.instance), end(said).outcome
    if not capabilities.minimises:
        # Such a backend knows about a loss of 0 alone.
        zero = Instance.from_arrays([[0], [1], [2]], [[1], [0], [1]], hidden=[1])
        assert end(claims(backend, zero, Goal(Fraction(0)))).outcome == "exhausted"
    elif reachable:
        assert outcome == "answered"
        assert min(losses) <= gamma
    else:
        assert outcome == ("exhausted" if capabilities.proves else "gave_up")


@every
def test_certificates_are_those_that_are_declared(backend: Backend) -> None:
    capabilities = backend.capabilities
    question = Goal(Fraction(0)) if not capabilities.minimises else LEAST
    said = claims(backend, goal=question, exhaustive=True)
    assert end(said).exhaustive == (capabilities.certificate == "exhaustive")


@every
def test_below_a_cutoff(backend: Backend) -> None:
    """Below the least loss there is nothing: that proves the least loss, for those who say that they look there."""
    capabilities = backend.capabilities
    if not (capabilities.minimises and capabilities.proves):
        return
    case = case_of(backend)
    said = claims(backend, known=Known(case.least, case.start(case.least)))
    assert end(said).outcome == "exhausted"
    assert bound(said) == case.least
    # Without the start only what is better is left.
    said = claims(backend, known=Known(case.least, None))
    assert bound(said) == case.least
    if capabilities.below:
        assert not [loss for loss in check_found(said, case.instance) if loss < case.least]
    else:
        assert min(check_found(said, case.instance)) == case.least
    said = claims(backend, known=Known(case.next, None))
    assert min(check_found(said, case.instance)) == bound(said) == case.least


@some
def test_incumbents_come_before_the_end_and_a_wish_to_stop_is_heard(backend: Backend) -> None:
    capabilities = backend.capabilities
    instance = hard(backend)
    if backend.name in ("brute", "dp", "dictionary"):
        x, y = instance.dataset.x.numerators[:, :10], np.asarray(instance.dataset.y)[:, None]
        instance = Instance.from_arrays(x, y, hidden=[1], loss="l1")
    work = Work(0, 0, View(instance), LEAST, backend, seconds=60.0, seed=1)
    with Local() as executor:
        executor.start(work)
        deadline, asked = time.monotonic() + 30, False
        ended: Ended | None = None
        seen: list[Claim] = []
        while ended is None:
            assert time.monotonic() < deadline
            for _, claim in executor.claims(0.05):
                seen.append(claim)
                if isinstance(claim, Ended):
                    ended = claim
            streamed = any(isinstance(claim, Found) for claim in seen)
            begun = any(isinstance(claim, Built) for claim in seen)
            if not asked and begun and (streamed or not capabilities.incumbents):
                asked = True
                executor.stop(0)
    if capabilities.incumbents:
        assert check_found(seen, instance)
    assert ended.error is None, ended.detail
    # Quick ones may have ended by themselves.
    assert ended.outcome in ("stopped", "gave_up", "exhausted")


@every
def test_bounds_come_with_the_work(backend: Backend) -> None:
    if backend.capabilities.bounds:
        said = claims(backend)
        first = next(k for k, claim in enumerate(said) if isinstance(claim, Lower) and not claim.counted)
        assert first < len(said) - 1


@some
def test_news_end_a_search_that_they_make_pointless(backend: Backend) -> None:
    """Told of a loss of 0, whoever heeds news has nothing left to look for, once it is its turn."""
    if not backend.capabilities.news:
        return
    work = Work(0, 0, View(hard(backend)), LEAST, backend, seconds=60.0)
    with Local() as executor:
        executor.start(work)
        rested = False
        executor.tell(0, Known(Fraction(0), None, resting=True))
        deadline = time.monotonic() + 50
        while time.monotonic() < deadline:
            for _, claim in executor.claims(0.05):
                if isinstance(claim, Built) and not rested:
                    time.sleep(0.3)
                    rested = True
                    executor.tell(0, Known(Fraction(0), None))
                if isinstance(claim, Ended):
                    assert rested
                    assert claim.outcome in ("exhausted", "gave_up")
                    return
        raise AssertionError("it goes on")


@every
def test_the_same_seed_gives_the_same_answers_on_one_core(backend: Backend) -> None:
    if backend.capabilities.seed and backend.capabilities.incumbents:
        first, again = (check_found(claims(backend), case_of(backend).instance) for _ in range(2))
        assert first == again


@every
def test_a_start_is_where_a_search_of_the_instance_begins(backend: Backend) -> None:
    capabilities, case = backend.capabilities, case_of(backend)
    if capabilities.model == "instance" and capabilities.hints:
        start = case.start(max(case.losses))
        first = next(claim for claim in claims(backend, known=Known(None, start)) if isinstance(claim, Found))
        assert isinstance(first.answer, Assignment)
        assert first.answer.layers[0][0].tolist() == start.layers[0][0].tolist()


def stages_of(names: frozenset[str]) -> list[tuple[Instance, Fraction]]:
    """Stages of a small instance whose objectives and limits are all of these names, with their least costs."""
    rng = np.random.default_rng(2)
    instance = Instance.from_arrays(rng.integers(-1, 2, (6, 2)), rng.integers(0, 2, 6), hidden=[1])
    lists = (("margin", "nonzeros+biases", "units"), ("weight", "margins"), ("margins", "margin"))
    found: list[tuple[Instance, Fraction]] = []
    for words in lists:
        about = [Objective.of(word) for word in words]
        if not names.issuperset(each.name for each in about):
            continue
        most, *values = best(instance, [*about[1:], about[0]], Fraction(2))
        limits = tuple(zip(about[1:], values, strict=False))
        stage = Stage(about[0], limits, top_of(instance, about[0]))
        found.append((replace(instance, threshold=max(most, Fraction(2)), stage=stage), stage.cost(values[-1])))
    return found


@some
def test_objectives(backend: Backend) -> None:
    """Each is the objective or a limit of some stage; of others nothing is asked."""
    known, asked = backend.capabilities.objectives, {"loss"}
    for staged, least in stages_of(known):
        assert staged.stage is not None
        asked |= staged.stage.objectives
        inside = [weights for loss, weights in everything(staged) if cost(staged, weights, loss) is not None]
        said = claims(backend, staged, known=Known(None, Assignment.of(staged.network, inside[0])))
        costs = []
        for claim in said:
            if isinstance(claim, Found) and isinstance(claim.answer, Assignment):
                weights = claim.answer.weights(staged)
                costs.append(cost(staged, weights, evaluate(staged, weights).loss))
        assert None not in costs
        assert min(each for each in costs if each is not None) == least
        if backend.capabilities.proves:
            assert end(said).outcome == "exhausted"
            assert bound(said) == least
    assert asked == known
    for name in EVERY - registry.backend(backend.name).capabilities.objectives:
        with pytest.raises(InputError, match=f"does not know the objective {name}"):
            check_stages(backend.name, [LOSS, Objective(name)])


@some
def test_constraints(backend: Backend) -> None:
    """Who knows them meets them, and proves the least loss of those that do; who does not is not asked."""
    rng = np.random.default_rng(4)
    free = Instance.from_arrays(rng.integers(-1, 2, (6, 2)), rng.integers(0, 2, 6), hidden=[1])
    instance = replace(free, constraints=(FixedAnswers(ExactArray.from_values([[0, 0], [1, 1]]), np.array([1, 0])),))
    if not backend.capabilities.constraints:
        with pytest.raises(InputError, match="does not know constraints"):
            check_stages(backend.name, [LOSS], constrained=True)
        return
    inside = [(loss, weights) for loss, weights in everything(instance) if met(instance, weights)]
    least = min(loss for loss, _ in inside)
    assert least > min(loss for loss, _ in everything(free))
    start = next(weights for loss, weights in inside if loss > least)
    said = claims(backend, instance, known=Known(None, Assignment.of(instance.network, start)))
    losses = []
    for claim in said:
        if isinstance(claim, Found) and isinstance(claim.answer, Assignment):
            weights = claim.answer.weights(instance)
            assert met(instance, weights)
            losses.append(evaluate(instance, weights).loss)
    assert min(losses) == least
    if backend.capabilities.proves:
        assert bound(said) == least


def test_hints_are_where_a_solver_begins() -> None:
    """CP-SAT says in its log that it took one; for PySAT's solvers see their own tests."""
    backend = registry.backend("cpsat")
    said = claims(backend, known=Known(SMALL.next, SMALL.start(SMALL.next)), log=True)
    assert any("hint" in getattr(claim, "text", "") for claim in said)
