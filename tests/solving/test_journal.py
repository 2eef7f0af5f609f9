"""Journals: a run goes on from one, whatever killed the run before, and nothing is believed that can be checked."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode import InputError, Instance, NotVerified
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.backends.protocol import Bound, Candidate, Finished
from dnnt_encode.instance.goal import LEAST, Goal
from dnnt_encode.solving.journal import Journal, read_journal
from tests.cli.process import DNNT, environment
from tests.solving.scripted import Scripted, race

RNG = np.random.default_rng(5)
INSTANCE = Instance.from_arrays(RNG.integers(0, 2, (12, 3)), RNG.integers(0, 2, 12), hidden=[1])
LOSSES = enumerate_losses(INSTANCE).fractions()
LEAST_LOSS, POOR = min(LOSSES), sorted(set(LOSSES))[1]


def some(loss: Fraction) -> object:
    return Enumeration(INSTANCE).assignment(int(np.flatnonzero(np.asarray(LOSSES) == loss)[0]))


def test_what_one_run_found_and_proved_the_next_one_has(tmp_path: Path) -> None:
    file = str(tmp_path / "run.journal")
    first = [Candidate(some(POOR), POOR), Bound(LEAST_LOSS)]  # type: ignore[arg-type]
    begun = race(INSTANCE, Scripted("instance", first, "first"), journal=file)
    assert (begun.status, begun.loss, begun.bound) == ("SATISFIABLE", POOR, LEAST_LOSS)
    then = Scripted("instance", [Candidate(some(LEAST_LOSS), LEAST_LOSS)], "then")  # type: ignore[arg-type]
    result = race(INSTANCE, then, journal=file, resume=True)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", LEAST_LOSS)
    assert result.trace[0].loss is not None
    assert "first, says the journal" in result.certificate.detail
    # And a third finds nothing left to do.
    idle = Scripted("instance", [])
    assert race(INSTANCE, idle, journal=file, resume=True).status == "OPTIMUM FOUND"
    assert not idle.tasks
    remembered = read_journal(file, INSTANCE, LEAST)
    assert remembered.weights is not None
    assert dnnt_encode.evaluate(INSTANCE, remembered.weights).loss == LEAST_LOSS


def test_a_refuted_threshold_stays_refuted(tmp_path: Path) -> None:
    file, gamma = str(tmp_path / "run.journal"), LEAST_LOSS - Fraction(1, 2)
    race(INSTANCE, Scripted("instance", [Finished("exhausted")], "first"), threshold=gamma, journal=file)
    result = race(INSTANCE, Scripted("instance", []), threshold=gamma, journal=file, resume=True)
    assert result.status == "UNSATISFIABLE"
    assert "first, says the journal" in result.certificate.detail


def test_a_journal_is_never_overwritten_and_belongs_to_its_question(tmp_path: Path) -> None:
    file = str(tmp_path / "run.journal")
    race(INSTANCE, Scripted("instance", []), journal=file)
    with pytest.raises(InputError, match="holds a run already; --resume"):
        race(INSTANCE, Scripted("instance", []), journal=file)
    with pytest.raises(InputError, match="line 1#/threshold: this journal is of another question"):
        race(INSTANCE, Scripted("instance", []), journal=file, resume=True, threshold=Fraction(1))
    other = Instance.from_arrays([[0]], [0], hidden=[1])
    with pytest.raises(InputError, match="line 1#/instance_sha256: this journal is of another instance"):
        race(other, Scripted("instance", []), journal=file, resume=True)
    with pytest.raises(InputError, match="there is no such file"):
        race(INSTANCE, Scripted("instance", []), journal=file + "x", resume=True)
    with pytest.raises(InputError, match="give one of the two"):
        dnnt_encode.solve(INSTANCE, journal=file, resume=file)
    with pytest.raises(InputError, match="cannot be written"):
        race(INSTANCE, Scripted("instance", []), journal=str(tmp_path / "none" / "x"))


def test_what_a_journal_says_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "run.journal"
    race(INSTANCE, Scripted("instance", [Candidate(some(POOR), POOR)]), journal=str(file))  # type: ignore[arg-type]
    text = file.read_text()
    lies = {"seconds": 1, "node": [], "bound": int(POOR) + 1, "evidence": {"kind": "exact", "by": "x", "detail": "", "steps": []}}  # fmt: skip  # noqa: E501
    file.write_text(text + json.dumps(lies) + "\n")
    with pytest.raises(NotVerified, match="x, says the journal claims that no loss is below"):
        race(INSTANCE, Scripted("instance", []), journal=str(file), resume=True)
    for wrong, words in (
        ('{"seconds": 1}\nnonsense\n{"seconds": 2}', "line 5: this line of the journal is damaged"),
        ('{"seconds": 1, "bound": 2, "evidence": {"kind": "faith"}}', "damaged"),
        ('{"seconds": 1, "loss": 3, "weights": {"format": "dnnt-weights"}}', "weights"),
        ("[]\n{}", "damaged"),
    ):
        file.write_text(text + wrong + "\n")
        with pytest.raises(InputError, match=words):
            race(INSTANCE, Scripted("instance", []), journal=str(file), resume=True)


def test_every_cut_of_the_last_line_is_survived(tmp_path: Path) -> None:
    file = tmp_path / "run.journal"
    script = [Candidate(some(POOR), POOR), Bound(1), Candidate(some(LEAST_LOSS), LEAST_LOSS)]  # type: ignore[arg-type]
    race(INSTANCE, Scripted("instance", script), journal=str(file))
    data = file.read_bytes()
    head = data.index(b"\n") + 1
    for end in range(head, len(data), 7):
        file.write_bytes(data[:end])
        for _ in range(2):
            result = race(INSTANCE, Scripted("instance", []), journal=str(file), resume=True)
            assert result.loss in (None, *LOSSES)
        assert read_journal(str(file), INSTANCE, LEAST) is not None


def test_a_full_disk_ends_the_journal_and_not_the_run(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "run.journal"), INSTANCE, Goal(), resumed=False)
    os.close(os.dup(journal._file.fileno()))
    journal._file.close()
    journal._file = open("/dev/full", "ab", buffering=0)  # noqa: SIM115
    weights = some(POOR).weights(INSTANCE)  # type: ignore[attr-defined]
    journal.incumbent(0.0, POOR, weights)
    assert journal.failed == "No space left on device"
    journal.incumbent(0.0, POOR, weights)


@pytest.mark.parametrize("seed", range(2))
def test_a_run_killed_at_random_moments_reaches_the_same_optimum(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(8)
    instance = Instance.from_arrays(rng.integers(0, 2, (40, 6)), rng.integers(0, 2, 40), hidden=[2])
    file, journal, out = tmp_path / "i.json", tmp_path / "j", tmp_path / "w.json"
    dnnt_encode.save(instance, file)
    delays = random.Random(seed)
    for _ in range(3):
        flag = "--resume" if journal.exists() and journal.stat().st_size else "--journal"
        with subprocess.Popen(
            [*DNNT, "solve", file, "--backend", "cpsat", flag, journal],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as process:
            time.sleep(delays.uniform(0.3, 2.5))
            process.send_signal(signal.SIGKILL)
    flag = "--resume" if journal.exists() and journal.stat().st_size else "--journal"
    done = subprocess.run(
        [*DNNT, "solve", file, flag, journal, "-o", out, "--json"], capture_output=True, env=environment(), timeout=120
    )
    assert done.returncode == 30, done.stderr
    assert json.loads(done.stdout)["loss"] == dnnt_encode.solve(instance).loss
