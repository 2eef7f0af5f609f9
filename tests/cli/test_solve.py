"""`dnnt solve` as a process: statuses, exit codes, outputs, standard streams."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from dnnt_encode.solving.result import result_schema
from tests.cli.process import DNNT, ROOT, XOR, dnnt, environment, hard, write


@pytest.fixture
def xor(tmp_path: Path) -> Path:
    return write(tmp_path / "xor.json", XOR)


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        ([], 10, "SATISFIABLE"),
        (["--minimize"], 30, "OPTIMUM FOUND"),
        (["--minimize", "--backend", "cpsat", "--threads", "1", "--seed", "5"], 30, "OPTIMUM FOUND"),
        (["--threshold", "1/2", "--backend", "cpsat"], 10, "SATISFIABLE"),
        (["--threshold", "-1"], 20, "UNSATISFIABLE"),
        (["--minimize", "--time-limit", "1e10", "--threads", "1e9", "--seed", "1e3"], 30, "OPTIMUM FOUND"),
        (["--minimize", "--time-limit", "inf", "--backend", "sat:glucose42"], 30, "OPTIMUM FOUND"),
    ],
)
def test_status_and_exit_code(xor: Path, options: list[str], code: int, status: str) -> None:
    done = dnnt("solve", xor, *options)
    assert done.returncode == code, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("s ")] == [f"s {status}"]
    assert all(line[:2] in ("c ", "o ", "s ", "v ") or line == "c" for line in lines)
    if code != 20:
        assert [line for line in lines if line.startswith("o ")][-1] == "o 0"
        values = dict(line[2:].split(" = ") for line in lines if line.startswith("v "))
        assert list(values) == [
            *(f"w 1.{unit}.{position}" for unit in (0, 1) for position in (0, 1)),
            *("b 1.0", "b 1.1", "w 2.0.0", "w 2.0.1", "b 2.0"),
        ]
        assert values["b 2.0"] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize("options", [["--minimize"], ["--threshold", "-1"], ["--backend", "cpsat", "--certify"]])
def test_json_is_the_whole_of_standard_output(xor: Path, tmp_path: Path, options: list[str]) -> None:
    done = dnnt("solve", xor, "--json", *options, "-o", tmp_path / "w.json", "-v")
    result = json.loads(done.stdout)
    jsonschema.validate(result, result_schema())
    assert done.returncode == {"OPTIMUM FOUND": 30, "SATISFIABLE": 10, "UNSATISFIABLE": 20}[result["status"]]
    assert (tmp_path / "w.json").exists() == (result["weights"] is not None)
    assert all(line.startswith(("c", "o ")) for line in done.stderr.splitlines())
    assert set(result["seconds"]) >= {"parse", "total"}


def test_weights_go_to_a_file_and_verify(xor: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.json"
    done = dnnt("solve", xor, "-o", out)
    assert done.returncode == 10
    assert not [line for line in done.stdout.splitlines() if line.startswith("v ")]
    checked = dnnt("verify", xor, out, "-v")
    assert checked.returncode == 10
    assert "o 0" in checked.stdout.splitlines()
    assert checked.stdout.count("c sample ") == 4


def test_standard_input_and_output(xor: Path) -> None:
    done = dnnt("solve", "-", "-o", "-", "--self-contained", stdin=json.dumps(XOR))
    assert done.returncode == 10
    weights = json.loads(done.stdout)
    assert weights["format"] == "dnnt-weights"
    assert weights["network"]["inputs"] == 2
    assert "s SATISFIABLE" in done.stderr.splitlines()
    checked = dnnt("verify", xor, "-", "--json", stdin=done.stdout)
    assert (checked.returncode, json.loads(checked.stdout)["loss"]) == (10, 0)


def test_start_weights(xor: Path, tmp_path: Path) -> None:
    dnnt("solve", xor, "-o", tmp_path / "w.json")
    done = dnnt("solve", xor, "--minimize", "--backend", "cpsat", "--start", tmp_path / "w.json")
    assert done.returncode == 30
    assert [line for line in done.stdout.splitlines() if line.startswith("o ")] == ["o 0"]
    start = json.loads((tmp_path / "w.json").read_text())
    del start["instance_sha256"]
    start["layers"][0]["weights"] = [[0.9, -17], ["-9/10", 1]]
    near = dnnt("solve", xor, "--start", write(tmp_path / "near.json", start))
    assert near.returncode == 10


def test_quiet_and_verbose(xor: Path) -> None:
    quiet = dnnt("solve", xor, "-q").stdout.splitlines()
    assert not [line for line in quiet if line.startswith("c")]
    regression = ROOT / "examples" / "regression.json"
    verbose = dnnt("solve", regression, "-vv", "--backend", "cpsat").stdout
    for words in ("seconds: ", "encoding: ", "s: encode", "CP-SAT solver"):
        assert words in verbose


@pytest.mark.parametrize("threads", [1, 2])
def test_the_time_limit_counts_everything(tmp_path: Path, threads: int) -> None:
    out = tmp_path / "w.json"
    done = dnnt("solve", hard(tmp_path / "hard.json"), "--time-limit", 4, "--threads", threads, "--json", "-o", out)
    result = json.loads(done.stdout)
    assert (done.returncode, result["status"]) == (10, "SATISFIABLE")
    assert result["seconds"]["total"] < 30
    assert result["bound"] is not None
    checked = dnnt("verify", tmp_path / "hard.json", out)
    assert f"o {result['loss']}" in checked.stdout.splitlines()


def test_a_time_limit_over_before_the_instance_is_read(xor: Path) -> None:
    done = dnnt("solve", xor, "--time-limit", "0.001", "--json")
    result = json.loads(done.stdout)
    jsonschema.validate(result, result_schema())
    assert (done.returncode, result["status"], result["weights"]) == (0, "UNKNOWN", None)
    text = dnnt("solve", xor, "--time-limit", "0.001")
    assert (text.returncode, text.stdout.splitlines()[-1]) == (0, "s UNKNOWN")


def test_an_undecided_threshold_gives_its_best_candidate(tmp_path: Path) -> None:
    done = dnnt("solve", hard(tmp_path / "hard.json"), "--threshold", 1, "--time-limit", 3, "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["status"]) == (0, "UNKNOWN")
    assert result["weights"] is not None
    assert result["loss"] > 1


def test_help_needs_no_numpy() -> None:
    done = dnnt("--help")
    assert done.returncode == 0
    assert "solve" in done.stdout
    code = "import sys; import dnnt_encode.cli.main, dnnt_encode; assert 'numpy' not in sys.modules"
    subprocess.run([DNNT[0], "-c", code], check=True, env=environment(), timeout=60)


def test_a_reader_that_goes_away_does_not_stop_the_search(xor: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.json"
    command = [*DNNT, "solve", str(xor), "--minimize", "--backend", "cpsat", "-o", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 30
    assert json.loads(out.read_text())["format"] == "dnnt-weights"


def test_objectives_one_after_the_other(xor: Path) -> None:
    told = dnnt("solve", xor, "--objective", "loss,nonzeros,units", "--json")
    result = json.loads(told.stdout)
    jsonschema.validate(result, result_schema())
    assert (told.returncode, result["status"]) == (30, "OPTIMUM FOUND")
    assert [(stage["objective"], stage["value"], stage["bound"]) for stage in result["stages"]] == [
        ("loss", 0, 0),
        ("nonzeros", 6, 6),
        ("units", 2, 2),
    ]
    wrong = dnnt("solve", xor, "--objective", "units")
    assert wrong.returncode == 1
    assert "the first objective is loss" in wrong.stderr
