"""Ensembles solved: each member as if it were alone; the whole when time ends, somebody stops, or one is refuted."""

from __future__ import annotations

import io
import json
import signal
import threading
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import dnnt_encode
from dnnt_encode import Incumbent, InputError, Instance, Progress, Weights, evaluate
from dnnt_encode.instance.ensemble import member_instances
from dnnt_encode.instance.strategies import STRATEGIES, EnsembleStrategy
from dnnt_encode.solving.replay import replay
from dnnt_encode.solving.result import result_schema
from tests.cli.process import interrupted
from tests.command_line import dnnt


def three_classes(**options: Any) -> Instance:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, (24, 4)) * 2 - 1
    return Instance.from_arrays(x, np.arange(24) % 3, **{"hidden": [2], "name": "three", **options})


def of_pieces(classes: int, samples: int = 40) -> Instance:
    """Too much to be proved in a test."""
    rng = np.random.default_rng(2)
    x = rng.integers(-9, 10, (samples, 12))
    return Instance.from_arrays(x, np.arange(samples) % classes, hidden=[6, 4], weights=range(-3, 4))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_members_are_as_good_as_alone(strategy: EnsembleStrategy) -> None:
    instance = three_classes()
    told: list[Incumbent] = []
    seen: list[Progress] = []
    result = dnnt_encode.solve(
        instance, strategy=strategy, threads=2, on_incumbent=told.append, on_progress=seen.append
    )
    parts = member_instances(instance, strategy)
    alone = [dnnt_encode.solve(part, threads=1) for part in parts]
    assert result.status == "OPTIMUM FOUND"
    assert [member.result.loss for member in result.members] == [each.loss for each in alone]
    assert result.loss == result.bound == sum(each.loss or 0 for each in alone)
    assert [member.result.instance_sha256 for member in result.members] == [part.sha256 for part in parts]
    assert result.certificate.kind == "exhaustive"
    weights = result.weights
    assert weights is not None
    assert weights.ensemble is not None
    for part, own in zip(parts, weights.ensemble.members, strict=True):
        assert evaluate(part, own).loss == dnnt_encode.solve(part, threads=1).loss
    assert result.right == (weights.predict(instance.dataset.x) == instance.dataset.y).sum()
    assert told[-1].loss == result.loss
    assert told[-1].weights.predict(instance.dataset.x).tolist() == weights.predict(instance.dataset.x).tolist()
    assert all(better.loss < worse.loss for worse, better in zip(told, told[1:], strict=False))
    assert {progress.stage for progress in seen} <= {"solve"}
    jsonschema.validate(result.to_dict(), result_schema())


def test_objectives_are_those_of_each_member() -> None:
    instance = three_classes(hidden=[1], weights=(-1, 0, 1))
    result = dnnt_encode.solve(instance, strategy="one-vs-one", objective="loss,margins,nonzeros", backend="brute")
    assert result.status == "OPTIMUM FOUND"
    for member, part in zip(result.members, member_instances(instance, "one-vs-one"), strict=True):
        alone = dnnt_encode.solve(part, objective="loss,margins,nonzeros", backend="brute")
        assert [stage.value for stage in member.result.stages] == [stage.value for stage in alone.stages]


def test_a_threshold_is_asked_of_each_member() -> None:
    instance = three_classes()
    losses = [
        dnnt_encode.solve(part, threads=1).loss or Fraction(0) for part in member_instances(instance, "one-vs-one")
    ]
    met = dnnt_encode.solve(instance, strategy="one-vs-one", threshold=max(losses))
    assert (met.status, met.threshold) == ("SATISFIABLE", max(losses))
    assert all((member.result.loss or 0) <= max(losses) for member in met.members)
    refuted = dnnt_encode.solve(instance, strategy="one-vs-one", threshold=max(losses) - 1)
    assert (refuted.status, refuted.weights, refuted.loss, refuted.right) == ("UNSATISFIABLE", None, None, None)
    assert "UNSATISFIABLE" in {member.result.status for member in refuted.members}
    jsonschema.validate(refuted.to_dict(), result_schema())


def test_the_time_is_shared() -> None:
    instance = of_pieces(6)
    begin = time.monotonic()
    result = dnnt_encode.solve(instance, strategy="one-vs-one", time_limit=2, threads=2)
    assert time.monotonic() - begin < 15
    assert (result.status, result.stopped) == ("SATISFIABLE", "time limit")
    assert len(result.members) == 15
    assert result.weights is not None
    assert result.loss == sum(member.result.loss or 0 for member in result.members)
    assert all(member.result.weights is not None for member in result.members)


def test_who_stops_gets_the_members_so_far() -> None:
    instance, stop = of_pieces(4), threading.Event()
    result = dnnt_encode.solve(
        instance, strategy="one-vs-one", threads=1, stop=stop, on_progress=lambda told: stop.set()
    )
    assert (result.status, result.stopped) == ("SATISFIABLE", "interrupted")
    untouched = [member.result for member in result.members if member.result.stopped == "no turn"]
    assert len(untouched) >= 4
    assert result.weights is not None
    assert result.weights.predict(instance.dataset.x).shape == (40,)


def test_a_run_goes_on_from_the_weights_of_an_earlier_one() -> None:
    instance = of_pieces(3)
    first = dnnt_encode.solve(instance, strategy="one-vs-rest", time_limit=1)
    again = dnnt_encode.solve(instance, strategy="one-vs-rest", time_limit=1, start=first.weights)
    assert first.loss is not None
    assert again.loss is not None
    assert again.loss <= first.loss
    for strategy, start in (("one-vs-one", first.weights), (None, first.weights), ("one-vs-rest", _single(instance))):
        with pytest.raises(InputError, match=r"no one-vs-.* ensemble of 3|the weights of an ensemble to start from"):
            dnnt_encode.solve(instance, strategy=strategy, start=start, time_limit=2)  # type: ignore[arg-type]


def _single(instance: Instance) -> Weights:
    shapes = [(layer.weights.shape, layer.units) for layer in instance.network.layers]
    return Weights.nearest(instance, [(np.zeros(shape), np.zeros(units)) for shape, units in shapes])


def test_each_member_has_its_certificate(tmp_path: Path) -> None:
    instance = three_classes(hidden=[1])
    folder = tmp_path / "proofs"
    result = dnnt_encode.solve(instance, strategy="one-vs-one", backend="sat:glucose42", certificate=str(folder))
    assert result.certificate.kind == "drup"
    for number, part in enumerate(member_instances(instance, "one-vs-one"), start=1):
        manifest = folder / str(number) / "manifest.json"
        assert replay(str(manifest), instance=part).status == "OPTIMUM FOUND"


def test_what_is_of_one_network_is_refused(tmp_path: Path) -> None:
    instance = three_classes()
    for option in ("proof", "journal"):
        with pytest.raises(InputError, match="proofs and journals are of one network"):
            dnnt_encode.solve(instance, strategy="one-vs-one", **{option: str(tmp_path / "f")})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="strategy: found 'vote'; known are one-vs-one, one-vs-rest"):
        dnnt_encode.solve(instance, strategy="vote")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="vectors as targets"):
        dnnt_encode.solve(Instance.from_arrays([[0], [1]], [0.5, 1], hidden=[1]), strategy="one-vs-one")


def test_an_error_of_one_member_is_the_error_of_all() -> None:
    with pytest.raises(dnnt_encode.InputError, match="the backend brute draws nothing at random"):
        dnnt_encode.solve(three_classes(), strategy="one-vs-one", backend="brute", seed=1)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance = three_classes()
    file, weights = tmp_path / "three.json", tmp_path / "w.json"
    dnnt_encode.save(instance, file)
    run = dnnt(capsys, "solve", file, "--strategy", "one-vs-one", "-o", weights, "--self-contained")
    lines = run.out.splitlines()
    assert (run.code, lines[0]) == (
        30,
        "c three: one-vs-one, 3 members 4-2-1, 24 samples, misclassification, 13 free parameters each",
    )
    assert [line.split(":")[0] for line in lines if line.startswith("c member")] == [
        f"c member {number}, {pair}" for number, pair in enumerate(("0 or 1", "0 or 2", "1 or 2"), start=1)
    ]
    checked = dnnt(capsys, "verify", file, weights)
    (loss,) = [line for line in checked.out.splitlines() if line.startswith("o ")]
    assert (checked.code, loss) == (10, [line for line in lines if line.startswith("o ")][-1])
    told = json.loads(dnnt(capsys, "verify", file, weights, "--json", "-v").out)
    solved = json.loads(dnnt(capsys, "solve", file, "--strategy", "one-vs-one", "--json").out)
    assert [member["loss"] for member in told["members"]] == [member["loss"] for member in solved["members"]]
    assert told["right"] == solved["right"]
    assert [len(member["samples"]) for member in told["members"]] == [16, 16, 16]
    printed = dnnt(capsys, "solve", file, "--strategy", "one-vs-rest").out.splitlines()
    assert {line.split()[1] for line in printed if line.startswith("v ")} == {"1", "2", "3"}
    loaded = dnnt_encode.load(weights)
    assert isinstance(loaded, Weights)
    assert repr(loaded) == "Weights(one-vs-one, 3 times 4-2-1)"
    value = json.loads(weights.read_text())
    value["members"][1]["layers"][0]["biases"][0] = 5
    weights.write_text(json.dumps(value))
    refused = dnnt(capsys, "verify", file, weights)
    assert (refused.code, "member 2: b 1.0: found the value 5" in refused.err) == (1, True)


def test_an_instance_may_say_that_it_is_for_an_ensemble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, file = tmp_path / "t.csv", tmp_path / "t.json"
    table.write_text("x,y\n" + "".join(f"{k},{'abc'[k // 4]}\n" for k in range(12)))
    options = ("--target", "y", "--hidden", "1", "--encode", "thermometer:3", "-o", file)
    assert dnnt(capsys, "import-csv", table, *options, "--strategy", "one-vs-rest").code == 0
    instance = dnnt_encode.load(file)
    assert isinstance(instance, Instance)
    assert (instance.strategy, json.loads(file.read_text())["version"]) == ("one-vs-rest", 2)
    assert instance.sha256 != replace(instance, strategy=None).sha256
    lines = dnnt(capsys, "solve", file).out.splitlines()
    assert lines[0].startswith("c t: one-vs-rest, 3 members")
    assert len(dnnt_encode.solve(instance).members) == 3
    assert len(dnnt_encode.solve(instance, strategy="one-vs-one").members) == 3
    assert dnnt_encode.solve(instance, strategy=None, time_limit=5).members == ()
    assert not dnnt(capsys, "solve", file, "--strategy", "none", "--time-limit", "5").out.startswith("c t: one-vs")
    value = json.loads(file.read_text())
    for change, words in (
        ({"version": 1}, "version 1 knows no strategy"),
        ({"strategy": "all"}, "known are one-vs-one"),
    ):
        with pytest.raises(InputError, match=words) as error:
            dnnt_encode.load(io.StringIO(json.dumps({**value, **change})))
        assert error.value.place == "<file>#/strategy"
    numeric = dnnt(capsys, "import-csv", table, "--target", "x", "-o", file, "--strategy", "one-vs-one")
    assert (numeric.code, "one-vs-one is for classes" in numeric.err) == (1, True)


def test_an_interrupted_command_writes_a_vote(tmp_path: Path) -> None:
    dnnt_encode.save(of_pieces(4), tmp_path / "hard.json")
    out = tmp_path / "w.json"
    command = ("solve", tmp_path / "hard.json", "--strategy", "one-vs-one", "-o", out)
    code, text, err = interrupted(signal.SIGINT, lambda line: line.startswith("o "), *command)
    assert (code, err) == (10, ""), text
    assert "c stopped early: interrupted" in text.splitlines()
    assert isinstance(dnnt_encode.load(out), Weights)
