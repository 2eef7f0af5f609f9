"""`dnnt export` and `dnnt decode` as processes: files, pipes, exit codes, refusals."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from pysat.solvers import Solver

from dnnt_encode.formats.dimacs import parse_dimacs, read_dimacs
from tests.cli.process import XOR, dnnt, write


@pytest.fixture
def xor(tmp_path: Path) -> Path:
    return write(tmp_path / "xor.json", XOR)


def answer(clauses: list[list[int]], variables: int) -> str:
    with Solver(name="minisat22", bootstrap_with=clauses) as solver:
        if not solver.solve():
            return "s UNSATISFIABLE\n"
        true = {v for v in solver.get_model() if v > 0}
        return f"s SATISFIABLE\nv {' '.join(str(v if v in true else -v) for v in range(1, variables + 1))} 0\n"


@pytest.mark.parametrize(("threshold", "code", "status"), [("0", 10, "SATISFIABLE"), ("-1", 20, "UNSATISFIABLE")])
def test_there_and_back(xor: Path, tmp_path: Path, threshold: str, code: int, status: str) -> None:
    model, solution, weights = tmp_path / "m.cnf.xz", tmp_path / "s.txt", tmp_path / "w.json"
    # The name of the file tells the format.
    done = dnnt("export", xor, "--threshold", threshold, "-o", model)
    assert done.returncode == 0, done.stderr
    clauses = read_dimacs(str(model))
    assert f"{clauses.variables} variables, {len(clauses)} hard clauses" in done.stdout
    solution.write_text(answer(list(clauses), clauses.variables), encoding="ascii")
    for options in (["--model", model], ["--threshold", threshold]):
        done = dnnt("decode", xor, "--solution", solution, *options, "-o", weights)
        assert done.returncode == code, done.stderr
        assert f"s {status}" in done.stdout
    assert weights.exists() == (code == 10)
    if code == 10:
        assert dnnt("verify", xor, weights).returncode == 10


def test_pipes(xor: Path, tmp_path: Path) -> None:
    exported = dnnt("export", xor, "--format", "dimacs", "-o", "-")
    clauses = parse_dimacs(exported.stdout.encode(), "stdout")
    (tmp_path / "m.cnf").write_text(exported.stdout, encoding="ascii")
    text = answer(list(clauses), clauses.variables)
    done = dnnt("decode", xor, "--model", tmp_path / "m.cnf", "--solution", "-", "--json", stdin=text)
    assert done.returncode == 10
    result = json.loads(done.stdout)
    assert (result["status"], result["loss"], result["verified"]) == ("SATISFIABLE", 0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["export", "X", "--format", "mps", "--start", "w.json", "-o", "-"],
            2,
            "--start writes a file beside the model",
        ),
        (["export", "X", "--format", "mps", "--start-for", "scip", "-o", "m"], 2, "--start-for is about the file of"),
        (["export", "X", "--format", "dimacs", "--minimize", "-o", "m"], 1, "needs a threshold|--threshold G"),
        (["export", "X", "--format", "cplex", "-o", "m"], 2, "cplex"),
        (["export", "X", "-o", "m.txt"], 2, "give --format, or -o a name that tells it: one in .cnf, .wcnf, .opb"),
        (["export", "X", "-o", "-"], 2, "give --format"),
        (["export", "X", "--format", "wcnf", "--minimize", "--threshold", "1", "-o", "m"], 2, "exclude each other"),
        (["export", "X", "--format", "wcnf", "-o", "no/such/folder"], 1, "no such folder"),
        (["decode", "X", "--solution", "none"], 1, "no such file"),
        (["decode", "X", "--solution", "X"], 1, "xor.json, line 1: found"),
        (["decode", "X", "--solution", "X", "--model", "X"], 1, "no model that dnnt export wrote"),
        (["decode", "X", "--solution", "X", "--model", "X", "--minimize"], 2, "in the file"),
        (["decode", "-", "--solution", "-"], 2, "standard input"),
    ],
)
def test_refusals(xor: Path, tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    done = dnnt(*[str(xor) if word == "X" else word for word in arguments], cwd=tmp_path)
    assert done.returncode == code
    assert any(word in done.stderr for word in words.split("|")), done.stderr
    assert not (tmp_path / "m").exists()


def test_certify_on_the_command_line(xor: Path, tmp_path: Path) -> None:
    done = dnnt("solve", xor, "--threshold", "-1/2", "--backend", "sat:glucose42", "--proof", tmp_path / "p", "--json")
    assert done.returncode == 20, done.stderr
    table = [[-1, -1, 0], [-1, 1, 1], [1, -1, 1], [1, 1, 0], [1, 1, 1]]
    contradictory = {**XOR, "threshold": None, "dataset": {"x": [r[:2] for r in table], "y": [[r[2]] for r in table]}}
    contradictory.pop("threshold")
    path = write(tmp_path / "c.json", contradictory)
    done = dnnt("solve", path, "--backend", "sat:glucose42", "--proof", tmp_path / "p", "--no-reductions", "--json")
    assert done.returncode == 30, done.stderr
    result = json.loads(done.stdout)
    assert result["certificate"]["kind"] == "drup"
    digest = hashlib.sha256((tmp_path / "p.cnf").read_bytes()).hexdigest()
    assert digest in result["certificate"]["detail"]
    assert (tmp_path / "p").exists()


def test_check_on_the_command_line(xor: Path, tmp_path: Path) -> None:
    odd = write(tmp_path / "odd.json", {**XOR, "threshold": "-1/2"})
    question = {**XOR, "dataset": {"x": [[0, 0], [0, 1], [0, 1]], "y": [[0], [1], [0]]}, "threshold": "1/2"}
    asked = write(tmp_path / "asked.json", question)
    for instance, options, code, status in (
        (xor, ["--minimize"], 30, "OPTIMUM FOUND"),
        (xor, [], 10, "SATISFIABLE"),
        (odd, [], 20, "UNSATISFIABLE"),
        (asked, ["--backend", "sat:glucose42"], 20, "UNSATISFIABLE"),
        (asked, ["--minimize", "--no-reductions"], 30, "OPTIMUM FOUND"),
    ):
        folder = tmp_path / f"{instance.stem}{''.join(options)}".replace("--", "-").replace(":", "-")
        done = dnnt("solve", instance, *options, "--certificate", folder, "-q")
        assert done.returncode == code, done.stderr
        done = dnnt("check", folder, "--instance", instance, "-j", "2")
        assert (done.returncode, done.stderr) == (code, "")
        assert done.stdout.splitlines()[-1] == f"s {status}"
    done = dnnt("check", folder / "manifest.json", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["status"], found["loss"], found["leaves"]) == (30, "OPTIMUM FOUND", 1, 1)
    done = dnnt("check", folder, "--instance", xor)
    assert done.returncode == 1
    assert "another instance" in done.stderr
    (folder / "leaf-1.drup").write_text("1 0\n", encoding="ascii")
    done = dnnt("check", folder)
    assert done.returncode == 1
    assert done.stderr.startswith(f"dnnt: error: {folder}/manifest.json#/leaves/0/proof/sha256: ")
    assert "\ns " not in done.stdout
    assert dnnt("check", tmp_path / "none").returncode == 1


def test_cubes_on_the_command_line(xor: Path, tmp_path: Path) -> None:
    done = dnnt(
        "export", xor, "--threshold", "-1", "--format", "dimacs", "--cubes", "c", "--number", "12", cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    count = int(done.stdout.split()[2])
    assert done.stdout == f"c c: {count} cubes, of the 6 parts of output_patterns\n"
    for number in range(1, count + 1):
        assert (tmp_path / "c" / f"cube-{number}.cnf").exists()
        (tmp_path / "c" / f"cube-{number}.out").write_text("s UNSATISFIABLE\n", encoding="ascii")
    done = dnnt("decode", xor, "--model", "c", "--solution", "c", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (20, "UNSATISFIABLE")
    options = ["--threshold", "-1", "--format", "dimacs", "--cubes", "d", "--number", "12", "--icnf"]
    assert dnnt("export", xor, *options, cwd=tmp_path).returncode == 0
    assert dnnt("apply", "d", "3", cwd=tmp_path).stdout.splitlines()[1].startswith("p cnf ")
    assert "and no cube 999" in dnnt("apply", "d", "999", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "X", "--format", "mps"], "one of -o and --cubes"),
        (["export", "X", "--format", "mps", "-o", "m", "--cubes", "c"], "one of -o and --cubes"),
        (["export", "X", "--format", "dimacs", "-o", "m", "--icnf"], "about the pieces of --cubes"),
        (["export", "X", "--format", "mps", "--cubes", "-"], "about a folder"),
        (["decode", "X", "--solution", "."], "give both"),
        (["decode", "X", "--solution", "X", "--model", "."], "give both"),
    ],
)
def test_what_is_no_command_about_cubes(xor: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    done = dnnt(*[str(xor) if word == "X" else word for word in arguments], cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
