"""Work elsewhere: workers are lost at random, and the answer is the same; a wish to stop is followed by force."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode import Instance
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends import registry
from dnnt_encode.backends.protocol import Controls, Event, Finished, Task
from dnnt_encode.errors import BackendError
from dnnt_encode.instance.goal import LEAST
from dnnt_encode.reduce.patterns import output_patterns
from dnnt_encode.reduce.reduced import chain
from dnnt_encode.solving import remote
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.executors import Executor, Inline, Local
from dnnt_encode.solving.journal import read_journal
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.remote import Lost, Remote
from dnnt_encode.solving.replay import replay
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.rotation import MOST_FAILURES, Rotation
from dnnt_encode.solving.schedule import Entrant
from dnnt_encode.solving.solve import answer
from dnnt_encode.solving.with_ray import RayCluster, RayWorker, ray_version
from dnnt_encode.solving.work import Built, Claim, Ended, Known, Work
from tests.solving.scripted import ALONE, Scripted, waits

RNG = np.random.default_rng(3)
NOISE = Instance.from_arrays(RNG.integers(-1, 2, (20, 4)), RNG.integers(0, 2, 20), hidden=[2], name="noise")
LEAST_LOSS = min(enumerate_losses(NOISE).fractions())


class Fragile:
    """A worker in this process that is lost with some probability whenever it is asked for its claims."""

    def __init__(self, work: Work, dies: Callable[[], bool], executor: Inline) -> None:
        self.number, self._dies, self._executor = work.id, dies, executor
        self._killed = threading.Event()
        executor.start(work)

    def claims(self) -> Sequence[Claim]:
        found = [claim for _, claim in self._executor.claims(0.02)]
        if self._killed.is_set() or self._dies():
            self.kill()
            raise Lost
        return found

    def stop(self) -> None:
        self._executor.stop(self.number)

    def tell(self, known: Known) -> None:
        self._executor.tell(self.number, known)

    def kill(self) -> None:
        self._killed.set()
        self._executor.stop(self.number)


class Acting:
    """What ray makes an actor of, here."""

    def __init__(self, work: Work) -> None:
        self._actor, self._killed = RayWorker(), threading.Event()
        self._actor.start(work)

    def claims(self) -> Sequence[Claim]:
        if self._killed.is_set():
            raise Lost
        return self._actor.claims()

    def stop(self) -> None:
        self._actor.stop()

    def tell(self, known: Known) -> None:
        self._actor.tell(known)

    def kill(self) -> None:
        self._killed.set()
        self._actor.stop()


class Machines:
    """A cluster of fragile workers; ``given`` is what was given out."""

    cores = 2

    def __init__(self, dies: Callable[[], bool] = lambda: False, make: Callable[[], Inline] = Inline) -> None:
        self.given: list[Work] = []
        self._dies, self._make = dies, make

    def begin(self, work: Work) -> Fragile:
        self.given.append(work)
        return Fragile(work, self._dies, self._make())

    def close(self) -> None:
        pass


def over_patterns(executor: Executor, **options: object) -> dnnt_encode.Result:
    engine = Entrant(registry.backend("sat:glucose42"), 1)
    plan = Plan((Rotation((engine,), output_patterns, (20.0,), 2),))
    return answer(Request(NOISE, threads=2, **options), Clock(900), ALONE, executor, plan)  # type: ignore[arg-type]


def piece(backend: object, seconds: float | None = None) -> Work:
    return Work(1, 0, chain(NOISE, ()).view, LEAST, backend, seconds=seconds)  # type: ignore[arg-type]


def ended(executor: Remote, within: float = 20) -> Ended:
    until = time.monotonic() + within
    while time.monotonic() < until:
        for _, claim in executor.claims(0.05):
            if isinstance(claim, Ended):
                return claim
    raise AssertionError("it does not end")


@pytest.mark.parametrize("seed", range(3))
def test_lost_workers_change_nothing(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    dice = random.Random(seed)
    cluster = Machines(lambda: dice.random() < 0.4)
    journal = tmp_path / "j"
    result = over_patterns(Remote(cluster), journal=str(journal))
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST_LOSS)
    assert len(cluster.given) > 3
    # What was closed once stays closed: every leaf is in the journal.
    facts = read_journal(str(journal), NOISE, LEAST).facts
    assert {fact.node for fact in facts if fact.bound == LEAST_LOSS} >= {(0,), (1,), (2,)}


def test_the_actor_of_a_ray_cluster_works_as_any_machine() -> None:
    class Actors(Machines):
        def begin(self, work: Work) -> Acting:  # type: ignore[override]
            return Acting(work)

    result = over_patterns(Remote(Actors()))
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST_LOSS)


def test_a_piece_is_given_out_again_with_what_is_known_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    lose = threading.Event()

    def dies() -> bool:
        if lose.is_set():
            lose.clear()
            return True
        return False

    cluster = Machines(dies)
    with Remote(cluster) as executor:
        executor.start(piece(Scripted("cnf", waits), seconds=1.5))
        executor.tell(1, Known(Fraction(9)))
        time.sleep(0.2)
        lose.set()
        assert ended(executor).outcome == "stopped"
    first, second = cluster.given
    assert second.known.below == 9
    assert first.seconds is not None
    assert second.seconds is not None
    assert second.seconds < first.seconds


def test_a_solver_that_is_killed_is_one_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    local = Local()
    cluster = Machines(make=lambda: local)
    with local, Remote(cluster) as executor:
        hard = Instance.from_arrays(RNG.integers(0, 2, (60, 14)), RNG.integers(0, 2, 60), hidden=[4])
        executor.start(replace(piece(registry.backend("sat:glucose42")), view=chain(hard, ()).view))
        until = time.monotonic() + 20
        while not local._runs and time.monotonic() < until:
            time.sleep(0.02)
        (run,) = local._runs.values()
        os.kill(run._child.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        while len(cluster.given) < 2 and time.monotonic() < until:
            list(executor.claims(0.05))
        assert len(cluster.given) == 2
        executor.stop(1)
        assert ended(executor).outcome == "stopped"


class Killed(Local):
    """Processes of this machine that are killed: as they begin, and again, and when they have built their model."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.kills = 0
        self._dice, self._nodes = random.Random(seed), dict[int, int]()
        self._struck = Counter[tuple[int, bool]]()

    def start(self, work: Work) -> None:
        self._nodes[work.id] = work.node
        super().start(work)
        self._strike(work.id, work.node, built=False)

    def claims(self, timeout: float) -> Iterator[tuple[int, Claim]]:
        for number, claim in super().claims(timeout):
            if isinstance(claim, Built):
                self._strike(number, self._nodes[number], built=True)
            yield number, claim

    def _strike(self, number: int, node: int, *, built: bool) -> None:
        """Several times as a part begins, and once later, but for some."""
        if self._struck[node, built] < (1 if built else 5) and self._dice.random() < 0.9:
            os.kill(self._runs[number]._child.pid, signal.SIGKILL)  # type: ignore[attr-defined]
            self.kills += 1
        self._struck[node, built] += 1


@pytest.mark.parametrize("seed", range(2))
def test_killed_processes_of_this_machine_change_nothing(tmp_path: Path, seed: int) -> None:
    executor = Killed(seed)
    result = over_patterns(executor, certificate=str(tmp_path / "c"), journal=str(tmp_path / "j"))
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST_LOSS)
    assert executor.kills > 3 * MOST_FAILURES
    assert replay(str(tmp_path / "c" / "manifest.json"), 2).loss == LEAST_LOSS
    facts = read_journal(str(tmp_path / "j"), NOISE, LEAST).facts
    assert {fact.node for fact in facts if fact.bound == LEAST_LOSS} >= {(0,), (1,), (2,)}


def test_force_follows_a_wish_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "GRACE", 0.2)

    def deaf(task: Task, controls: Controls) -> Iterator[Event | Finished]:
        time.sleep(3)
        yield Finished("stopped")

    with Remote(Machines()) as executor:
        executor.start(piece(Scripted("cnf", deaf)))
        time.sleep(0.2)
        executor.stop(1)
        assert ended(executor, 2.5).detail == "stopped by force"


def test_who_is_always_lost_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    monkeypatch.setattr(remote, "MOST_LOST", 3)
    cluster = Machines(lambda: True)
    with Remote(cluster) as executor:
        executor.start(piece(Scripted("cnf", waits)))
        end = ended(executor)
    assert (end.outcome, len(cluster.given)) == ("failed", 4)
    assert "was lost 4 times" in end.detail


def test_what_would_go_wrong_again_is_told() -> None:
    class Broken(Machines):
        def begin(self, work: Work) -> Fragile:
            raise BackendError("no such thing here")

    with Remote(Broken()) as executor:
        executor.start(piece(Scripted("cnf", waits)))
        assert ended(executor).detail == "no such thing here"


def test_light_backends_stay_here() -> None:
    cluster = Machines()
    with Remote(cluster) as executor:
        executor.start(piece(Scripted("instance", [Finished("gave_up")], light=True)))
        assert ended(executor).outcome == "gave_up"
    assert not cluster.given


# -- ray ---------------------------------------------------------------------------------------------------------------


def test_the_members_of_an_ensemble_share_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    machines, opened = Machines(), []
    monkeypatch.setattr("dnnt_encode.solving.with_ray.RayCluster", lambda: opened.append(1) or machines)
    rng = np.random.default_rng(0)
    instance = Instance.from_arrays(rng.integers(-1, 2, (15, 3)), rng.integers(0, 3, 15), hidden=[1])
    found = dnnt_encode.solve(instance, strategy="one-vs-one", executor="ray", backend="sat:glucose42")
    assert found.status == "OPTIMUM FOUND"
    assert found.loss == dnnt_encode.solve(instance, strategy="one-vs-one").loss
    # No member can be right everywhere, so that each takes a proof.
    assert all(member.result.loss for member in found.members)
    assert len({work.view.instance.dataset.classes for work in machines.given}) == 3
    assert len(opened) == 1


def descendants(root: int) -> dict[int, bytes]:
    """Number and command line of all processes that come from one."""
    parents, commands = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (entry / "cmdline").read_bytes()
            except OSError:
                continue
    found = {root}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return {process: commands[process] for process in found}
        found |= more


class Killer(threading.Thread):
    """Kills workers, and solvers of theirs, one after another, at random: the processes ``killed``."""

    def __init__(self, pause: float) -> None:
        super().__init__(daemon=True)
        self.killed: list[int] = []
        self.done = threading.Event()
        self._pause, self._dice = pause, random.Random(0)

    def run(self) -> None:
        while not self.done.wait(2 * self._pause * self._dice.random()):
            workers = [pid for pid, command in descendants(os.getpid()).items() if b"ray::RayWorker" in command]
            victims = [pid for worker in workers for pid in descendants(worker)]
            if victims:
                victim = self._dice.choice(victims)
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self.killed.append(victim)


@pytest.mark.nightly
@pytest.mark.timeout(3000)
@pytest.mark.skipif(ray_version() is None, reason="ray is not installed")
def test_a_hundred_workers_of_a_ray_cluster_are_killed(tmp_path: Path) -> None:
    runs = 0
    with closing(RayCluster()) as cluster:
        begin = time.monotonic()
        over_patterns(Remote(cluster))
        # Fast enough to hit every run several times, and not so fast that no piece is ever done.
        killer = Killer((time.monotonic() - begin) / 4)
        killer.start()
        while len(killer.killed) < 100:
            folder = tmp_path / str(runs)
            folder.mkdir()
            result = over_patterns(Remote(cluster), certificate=str(folder / "c"), journal=str(folder / "j"))
            assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST_LOSS)
            assert replay(str(folder / "c" / "manifest.json"), 2).loss == LEAST_LOSS
            facts = read_journal(str(folder / "j"), NOISE, LEAST).facts
            assert {fact.node for fact in facts if fact.bound == LEAST_LOSS} >= {(0,), (1,), (2,)}
            runs += 1
        killer.done.set()
        killer.join()
    print(f"{len(killer.killed)} processes killed in {runs} runs")


def test_without_ray_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.solving.with_ray.ray_version", lambda: None)
    with pytest.raises(BackendError, match=r"dnnt-encode\[ray\]"):
        dnnt_encode.solve(NOISE, executor="ray")
