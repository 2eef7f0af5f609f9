"""Bad input and wrong command lines: one line that names the place, the right exit code, no partial file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.cli.main import run
from dnnt_encode.errors import NotVerified
from tests.cli.process import DNNT, XOR, dnnt, environment, write


def changed(**changes: Any) -> dict[str, Any]:
    return {**XOR, **changes}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", "bad.json"),
        ("", "bad.json"),
        ("[1, 2]", "bad.json"),
        (changed(extra=1), "extra"),
        (changed(loss="accuracy"), "#/loss"),
        (changed(threshold="1/0"), "#/threshold"),
        (changed(dataset={"x": [[0, 0]], "y": []}), "#/dataset"),
        (changed(dataset={"x": [[0, "NaN"]], "y": [[0]]}), "#/dataset/x/0/1"),
        (changed(network={"inputs": 2, "layers": []}), "#/network/layers"),
        (json.dumps(XOR).replace("[[0, 0]", "[[0, NaN]", 1), "bad.json"),
        (json.dumps(XOR).replace("[[0, 0]", "[[0, 1e999999]", 1), "#/dataset/x"),
    ],
)
def test_bad_instances(tmp_path: Path, capsys: pytest.CaptureFixture[str], value: object, words: str) -> None:
    path, out = write(tmp_path / "bad.json", value), tmp_path / "w.json"
    for arguments in (["solve", path, "-o", out], ["info", path]):
        assert run(list(map(str, arguments))) == 1
        printed = capsys.readouterr()
        assert len(printed.err.splitlines()) == 1
        assert printed.err.startswith("dnnt: error: ")
        assert words in printed.err
        assert printed.out == ""
    assert [file.name for file in tmp_path.iterdir()] == ["bad.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["solve"],
        ["solve", "xor.json", "--nonsense"],
        ["solve", "xor.json", "--threshold", "x"],
        ["solve", "xor.json", "--threshold", "1", "--minimize"],
        ["solve", "xor.json", "--time-limit", "0"],
        ["solve", "xor.json", "--time-limit", "nan"],
        ["solve", "xor.json", "--time-limit", "-inf"],
        ["solve", "xor.json", "--threads", "0"],
        ["solve", "xor.json", "--threads", "3/2"],
        ["solve", "xor.json", "--seed", "-1"],
        ["solve", "xor.json", "--seed", "inf"],
        ["solve", "xor.json", "--backend", "nobody"],
        ["solve", "xor.json", "--json", "-o", "-"],
        ["solve", "xor.json", "--self-contained"],
        ["solve", "-", "--start", "-"],
        ["verify", "xor.json"],
        ["verify", "-", "-"],
        ["info"],
    ],
)
def test_wrong_command_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    write(tmp_path / "xor.json", XOR)
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert "Usage" in printed.err
    assert printed.out == ""


def test_the_exit_codes_of_the_process() -> None:
    assert dnnt("solve", "none.json").returncode == 1
    assert dnnt("solve").returncode == 2
    assert dnnt("--version").returncode == 0


def test_evidence_of_a_refuted_claim_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refute(*_: object) -> None:
        raise NotVerified("the solver claims 0", {"values": [1, 2], "loss": "1/2"})

    monkeypatch.setattr("dnnt_encode.solving.solve.answer", refute)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "xor.json", XOR)
    for arguments, pattern in (([], "dnnt-evidence-*.json"), (["-o", "w.json"], "w.json.evidence.json")):
        assert run(["solve", "xor.json", *arguments]) == 1
        (kept,) = tmp_path.glob(pattern)
        assert json.loads(kept.read_text())["values"] == [1, 2]
        printed = capsys.readouterr().err
        assert kept.name in printed
        assert len(printed.splitlines()) == 1
    assert not (tmp_path / "w.json").exists()


def test_an_unexpected_error_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("dnnt_encode.parsers.instance_json.load_instance", fail)
    monkeypatch.delenv("DNNT_DEBUG", raising=False)
    assert run(["solve", "xor.json"]) == 1
    assert capsys.readouterr().err.startswith("dnnt: error: internal error: RuntimeError: two lines")


def test_missing_and_unwritable_files(tmp_path: Path) -> None:
    xor = write(tmp_path / "xor.json", XOR)
    for arguments, words in (
        (["solve", tmp_path / "none.json"], "none.json: there is no such file"),
        (["solve", tmp_path], "this is a directory"),
        (["solve", xor, "--start", tmp_path / "none.json"], "none.json: there is no such file"),
        (["solve", xor, "-o", tmp_path / "none" / "w.json"], "there is no such folder"),
        (["solve", xor, "-o", tmp_path], "this is a directory"),
        (["verify", xor, tmp_path / "none.json"], "none.json: there is no such file"),
    ):
        done = dnnt(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_wrong_weights(tmp_path: Path) -> None:
    xor, out = write(tmp_path / "xor.json", XOR), tmp_path / "w.json"
    assert dnnt("solve", xor, "-o", out).returncode == 10
    weights = json.loads(out.read_text())

    above = json.loads(json.dumps(weights))
    above["layers"][0]["weights"] = [[0, 0], [0, 0]]
    done = dnnt("verify", xor, write(tmp_path / "above.json", above), "-v")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (20, "s ABOVE THRESHOLD")
    as_json = json.loads(dnnt("verify", xor, tmp_path / "above.json", "--json", "-v").stdout)
    assert (as_json["within"], as_json["threshold"], len(as_json["samples"])) == (False, 0, 4)
    assert as_json["loss"] == sum(sample["loss"] * sample["multiplicity"] for sample in as_json["samples"])

    for change, words in (
        ({"layers": [{**weights["layers"][0], "biases": [7, 0]}, weights["layers"][1]]}, "b 1.0"),
        ({"layers": weights["layers"][:1]}, "layers"),
        ({"instance_sha256": "0" * 64}, "another instance"),
        ({"format": "dnnt-instance"}, "format"),
    ):
        done = dnnt("verify", xor, write(tmp_path / "wrong.json", {**weights, **change}))
        assert done.returncode == 1
        assert words in done.stderr
        assert "wrong.json" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_an_instance_too_large_for_its_solver(tmp_path: Path) -> None:
    huge = changed(dataset={"x": [[10**30, 1], [10**30, 2]], "y": [[0], [1]]})
    done = dnnt("solve", write(tmp_path / "huge.json", huge), "--backend", "cpsat")
    assert done.returncode == 1
    assert "layer 1" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_brute_force_refuses_politely(tmp_path: Path) -> None:
    network = {"inputs": 2, "layers": [{"units": 30, "weights": [-1, 0, 1], "biases": [0], "activation": "relu"}]}
    network["layers"].append({"units": 1, "weights": [1], "biases": [0], "activation": "identity"})
    done = dnnt("solve", write(tmp_path / "wide.json", changed(network=network)), "--backend", "brute")
    assert done.returncode == 1
    assert "about 10^29 parameter assignments" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    path = str(write(tmp_path / "xor.json", XOR))
    for arguments in (["info", path], ["solve", path, "-o", "/dev/full"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [*DNNT, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=environment()
            )
        assert done.returncode == 1
        assert done.stderr.strip().endswith("No space left on device")
        assert "internal" not in done.stderr


def test_numbers_too_long_to_read_can_still_be_printed(tmp_path: Path) -> None:
    """The product of two numbers of 3,000 digits; an integer of 100,000 digits in a file stays an error."""
    layer = {"units": 1, "activation": "identity", "weights": [int("7" * 3000)], "biases": [0]}
    value = changed(
        network={"inputs": 1, "layers": [layer]}, dataset={"x": [[int("9" * 3000)]], "y": [[0]]}, threshold=None
    )
    del value["threshold"]
    path = write(tmp_path / "long.json", value)
    assert dnnt("info", path).returncode == 0
    done = dnnt("solve", path, "--json")
    assert done.returncode == 30
    assert '"loss": 7' in done.stdout
    longer = write(tmp_path / "longer.json", json.dumps(XOR).replace("[[0, 0]", f"[[{'9' * 100_000}, 0]", 1))
    refused = dnnt("info", longer)
    assert refused.returncode == 1
    assert "100000 digits" in refused.stderr
