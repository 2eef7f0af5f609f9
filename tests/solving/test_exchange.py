"""Export and decode: models and solutions as files, verified, whatever the claim."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF
from pysat.solvers import Solver

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.errors import InputError, ModelTooLarge, NotVerified
from dnnt_encode.formats.dimacs import read_dimacs
from dnnt_encode.formats.wcnf import read_wcnf
from dnnt_encode.instance import Instance
from dnnt_encode.solving import memory
from dnnt_encode.solving.exchange import Question, decode_file, export_cnf
from tests.random_instances import tiny_instances

RNG = np.random.default_rng(5)
INSTANCE = Instance.from_arrays(RNG.integers(-1, 2, (15, 3)), RNG.integers(0, 2, 15), hidden=[2], name="it's \n ünï")
LEAST = min(enumerate_losses(INSTANCE).fractions())
OTHER = Instance.from_arrays([[0, 1, 2]], [0], hidden=[2])


def question(kind: str, threshold: Fraction | None = None) -> Question:
    return Question(kind, threshold, CnfOptions())  # type: ignore[arg-type]


def solve_dimacs(model: str) -> str:
    clauses = read_dimacs(model)
    with Solver(name="minisat22", bootstrap_with=list(clauses)) as solver:
        if not solver.solve():
            return "s UNSATISFIABLE\n"
        literals = {abs(v): v for v in solver.get_model()}
        values = " ".join(str(literals.get(v, -v)) for v in range(1, clauses.variables + 1))
        return f"s SATISFIABLE\nv {values} 0\n"


def solve_wcnf(model: str) -> str:
    read = read_wcnf(model)
    formula = WCNF()
    formula.extend(read.hard)
    for weight, clause in read.soft:
        formula.append(clause, weight=weight)
    with RC2(formula) as solver:
        true = {v for v in solver.compute() if v > 0}
        bits = "".join("01"[v in true] for v in range(1, read.variables + 1))
        return f"o {solver.cost}\ns OPTIMUM FOUND\nv {bits}\n"


@settings(max_examples=12, deadline=None)
@given(tiny_instances(assignments=100))
def test_files_answer_what_brute_force_answers(tmp_path_factory: pytest.TempPathFactory, instance: Instance) -> None:
    folder = tmp_path_factory.mktemp("files")
    losses = sorted(set(enumerate_losses(instance).fractions()))
    solution = folder / "solution"
    model = str(folder / "m.wcnf.xz")
    export_cnf(instance, question("wcnf"), model)
    solution.write_text(solve_wcnf(model), encoding="ascii")
    for named in (model, None):
        result = decode_file(instance, str(solution), named, question("wcnf"))
        assert (result.status, result.loss) == ("OPTIMUM FOUND", losses[0])
    for threshold in (losses[0] - Fraction(1, 1000), losses[0], losses[-1]):
        model = str(folder / "m.cnf.gz")
        export_cnf(instance, question("dimacs", threshold), model)
        solution.write_text(solve_dimacs(model), encoding="ascii")
        for named in (model, None):
            result = decode_file(instance, str(solution), named, question("dimacs", threshold))
            assert result.threshold == threshold
            assert result.status == ("UNSATISFIABLE" if threshold < losses[0] else "SATISFIABLE")
            assert (result.loss is None) == (threshold < losses[0])


@pytest.mark.parametrize("program", ["cadical -q {} > {}", "minisat {} {}", "kissat -q {} > {}"])
def test_foreign_solvers_read_the_files(tmp_path: Path, program: str) -> None:
    if shutil.which(program.split()[0]) is None:
        pytest.skip(f"{program.split()[0]} is not installed")
    for threshold, status in ((LEAST, "SATISFIABLE"), (LEAST - 1, "UNSATISFIABLE")):
        for name in ("m.cnf", "m.cnf.gz"):
            export_cnf(INSTANCE, question("dimacs", threshold), str(tmp_path / name))
            done = subprocess.run(
                program.format(tmp_path / name, tmp_path / "s"), shell=True, check=False, capture_output=True
            )
            assert done.returncode in (10, 20)
            assert decode_file(INSTANCE, str(tmp_path / "s"), str(tmp_path / name)).status == status


def test_the_same_question_gives_the_same_file(tmp_path: Path) -> None:
    for kind, threshold in (("dimacs", LEAST), ("wcnf", None), ("wcnf", LEAST)):
        for name in ("a.gz", "b.gz"):
            export_cnf(INSTANCE, question(kind, threshold), str(tmp_path / name))
        assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    export_cnf(INSTANCE, question("dimacs", LEAST), str(tmp_path / "m.cnf"))
    lines = (tmp_path / "m.cnf").read_text(encoding="ascii").splitlines()
    comments = [line for line in lines if line.startswith("c")]
    assert lines[: len(comments)] == comments
    text = "\n".join(comments)
    for words in (INSTANCE.sha256, f"at most {LEAST}", "dnnt decode", "c varname 2 w.1.0.0", "c parameter b.2.0 "):
        assert words in text


def wcnf_files(folder: Path) -> tuple[str, str]:
    model = str(folder / "m.wcnf")
    export_cnf(INSTANCE, question("wcnf"), model)
    return model, solve_wcnf(model)


def test_claims_that_do_not_hold(tmp_path: Path) -> None:
    model, answer = wcnf_files(tmp_path)
    solution = tmp_path / "s"
    cost = int(answer.split()[1])
    for text, words in (
        (answer.replace(f"o {cost}", f"o {cost - 1}"), "claims a loss of at most"),
        (answer.replace(f"o {cost}", f"o {cost + 1}"), "no loss is below"),
        ("s UNSATISFIABLE\n", "every assignment of parameters is one"),
    ):
        solution.write_text(text, encoding="ascii")
        with pytest.raises(NotVerified, match=words):
            decode_file(INSTANCE, str(solution), model)
    # Without a claim there is nothing to refute, and the weights are what they are.
    solution.write_text(answer.replace("OPTIMUM FOUND", "SATISFIABLE").replace(f"o {cost}", f"o {cost + 1}"))
    assert decode_file(INSTANCE, str(solution), model).status == "SATISFIABLE"
    dimacs = str(tmp_path / "m.cnf")
    export_cnf(INSTANCE, question("dimacs", LEAST), dimacs)
    text = Path(dimacs).read_text(encoding="ascii")
    lower = text.replace(f'"threshold": "{LEAST}"', f'"threshold": "{LEAST - 1}"')
    (tmp_path / "lower.cnf").write_text(lower, encoding="ascii")
    solution.write_text(solve_dimacs(dimacs), encoding="ascii")
    with pytest.raises(NotVerified, match="claims a loss of at most"):
        decode_file(INSTANCE, str(solution), str(tmp_path / "lower.cnf"))


def test_files_of_something_else(tmp_path: Path) -> None:
    model, answer = wcnf_files(tmp_path)
    solution = tmp_path / "s"
    solution.write_text(answer, encoding="ascii")
    with pytest.raises(InputError, match="this model is of another instance"):
        decode_file(OTHER, str(solution), model)
    with pytest.raises(InputError, match="digits"):
        decode_file(OTHER, str(solution), None, question("wcnf"))
    plain = tmp_path / "plain.cnf"
    plain.write_text("p cnf 2 1\n1 2 0\n", encoding="ascii")
    with pytest.raises(InputError, match="no model that dnnt export wrote"):
        decode_file(INSTANCE, str(solution), str(plain))
    text = Path(model).read_text(encoding="ascii")
    lines = [line for line in text.splitlines(keepends=True) if "c parameter w.1.0.1 " not in line]
    plain.write_text("".join(lines), encoding="ascii")
    with pytest.raises(InputError, match=r"found 0 literals for the parameter w\.1\.0\.1"):
        decode_file(INSTANCE, str(solution), str(plain))
    plain.write_text(text.replace('"kind"', '"kin"'), encoding="ascii")
    with pytest.raises(InputError, match="line 6: this comment of an exported model is damaged"):
        decode_file(INSTANCE, str(solution), str(plain))
    solution.write_text("s SATISFIABLE\nv 1 0\n", encoding="ascii")
    with pytest.raises(InputError, match="found no value for variable 2"):
        decode_file(INSTANCE, str(solution), model)


def test_a_dimacs_file_needs_a_threshold() -> None:
    with pytest.raises(InputError, match="--threshold G, or --format wcnf"):
        question("dimacs")


def test_what_does_not_fit_is_refused_before_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(ModelTooLarge, match=r"the formula \(\d+ variables, \d+ clauses"):
        export_cnf(INSTANCE, question("wcnf"), str(tmp_path / "m.wcnf"))
    assert not list(tmp_path.iterdir())
