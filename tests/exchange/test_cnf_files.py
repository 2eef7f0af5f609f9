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
from dnnt_encode.errors import InputError, ModelTooLarge, NotVerified
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.export import export
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.dimacs import read_dimacs
from dnnt_encode.formats.wcnf import read_wcnf
from dnnt_encode.instance import Instance
from dnnt_encode.models import memory
from dnnt_encode.solving.decoded import decode
from tests.random_instances import tiny_instances

RNG = np.random.default_rng(5)
INSTANCE = Instance.from_arrays(RNG.integers(-1, 2, (15, 3)), RNG.integers(0, 2, 15), hidden=[2], name="it's \n ünï")
LEAST = min(enumerate_losses(INSTANCE).fractions())
OTHER = Instance.from_arrays([[0, 1, 2]], [0], hidden=[2])


def question(kind: str, threshold: Fraction | None = None) -> Question:
    return Question(kind, threshold)


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
    export(instance, question("wcnf"), model)
    solution.write_text(solve_wcnf(model), encoding="ascii")
    for named in (model, question("wcnf")):
        result = decode(instance, str(solution), named)
        assert (result.status, result.loss) == ("OPTIMUM FOUND", losses[0])
    for threshold in (losses[0] - Fraction(1, 1000), losses[0], losses[-1]):
        model = str(folder / "m.cnf.gz")
        export(instance, question("dimacs", threshold), model)
        solution.write_text(solve_dimacs(model), encoding="ascii")
        for named in (model, question("dimacs", threshold)):
            result = decode(instance, str(solution), named)
            assert result.threshold == threshold
            assert result.status == ("UNSATISFIABLE" if threshold < losses[0] else "SATISFIABLE")
            assert (result.loss is None) == (threshold < losses[0])


@pytest.mark.parametrize("program", ["cadical -q {} > {}", "minisat {} {}", "kissat -q {} > {}"])
def test_foreign_solvers_read_the_files(tmp_path: Path, program: str) -> None:
    if shutil.which(program.split()[0]) is None:
        pytest.skip(f"{program.split()[0]} is not installed")
    for threshold, status in ((LEAST, "SATISFIABLE"), (LEAST - 1, "UNSATISFIABLE")):
        for name in ("m.cnf", "m.cnf.gz"):
            export(INSTANCE, question("dimacs", threshold), str(tmp_path / name))
            done = subprocess.run(
                program.format(tmp_path / name, tmp_path / "s"), shell=True, check=False, capture_output=True
            )
            assert done.returncode in (10, 20)
            assert decode(INSTANCE, str(tmp_path / "s"), str(tmp_path / name)).status == status


def test_the_same_question_gives_the_same_file(tmp_path: Path) -> None:
    for kind, threshold in (("dimacs", LEAST), ("wcnf", None), ("wcnf", LEAST)):
        for name in ("a.gz", "b.gz"):
            export(INSTANCE, question(kind, threshold), str(tmp_path / name))
        assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    export(INSTANCE, question("dimacs", LEAST), str(tmp_path / "m.cnf"))
    lines = (tmp_path / "m.cnf").read_text(encoding="ascii").splitlines()
    comments = [line for line in lines if line.startswith("c")]
    assert lines[: len(comments)] == comments
    text = "\n".join(comments)
    for words in (INSTANCE.sha256, f"at most {LEAST}", "dnnt decode", "c varname 2 w.1.0.0", "c parameter b.2.0 "):
        assert words in text


def wcnf_files(folder: Path) -> tuple[str, str]:
    model = str(folder / "m.wcnf")
    export(INSTANCE, question("wcnf"), model)
    return model, solve_wcnf(model)


def test_claims_that_do_not_hold(tmp_path: Path) -> None:
    model, answer = wcnf_files(tmp_path)
    solution = tmp_path / "s"
    cost = int(answer.split()[1])
    for text, words in (
        (answer.replace(f"o {cost}", f"o {cost - 1}"), f"claims the objective {cost - 1}; its values have {cost}"),
        (answer.replace(f"o {cost}", f"o {cost + 1}"), f"claims the objective {cost + 1}; its values have {cost}"),
        ("s UNSATISFIABLE\n", "every assignment of parameters is one"),
    ):
        solution.write_text(text, encoding="ascii")
        with pytest.raises(NotVerified, match=words):
            decode(INSTANCE, str(solution), model)
    # Without a claim there is nothing to refute, and the weights are what they are.
    solution.write_text(answer.replace("OPTIMUM FOUND", "SATISFIABLE").replace(f"o {cost}", f"o {cost + 1}"))
    assert decode(INSTANCE, str(solution), model).status == "SATISFIABLE"


def test_without_a_cost_there_is_no_optimum(tmp_path: Path) -> None:
    model, answer = wcnf_files(tmp_path)
    (tmp_path / "s").write_text("".join(line for line in answer.splitlines(True) if line[0] != "o"), encoding="ascii")
    result = decode(INSTANCE, str(tmp_path / "s"), model)
    assert (result.status, result.loss, result.bound) == ("SATISFIABLE", LEAST, 0)


def test_every_hard_clause_is_looked_at(tmp_path: Path) -> None:
    model, answer = wcnf_files(tmp_path)
    bits = answer.split()[-1]
    for values in ("0" * len(bits), "1" * len(bits), "0" + bits[1:]):
        (tmp_path / "s").write_text(f"s OPTIMUM FOUND\nv {values}\n", encoding="ascii")
        with pytest.raises(InputError, match=r"break the clause .*another model"):
            decode(INSTANCE, str(tmp_path / "s"), model)
    # A unit clause of the file alone.
    dimacs = str(tmp_path / "m.cnf")
    export(INSTANCE, question("dimacs", LEAST), dimacs)
    model_file = encode(INSTANCE, question("dimacs", LEAST)).model
    assert model_file.size.rows == len(read_dimacs(dimacs))


def test_what_no_clause_mentions_is_free(tmp_path: Path) -> None:
    # The second input is always 0, so that no clause has its weight; minisat then leaves it out.
    free = Instance.from_arrays([[1, 0], [2, 0]], [[1], [2]], hidden=[1], weights=[0, 1], biases=[0], loss="l1")
    asked = Question("dimacs", Fraction(0), reductions=False)
    export(free, asked, str(tmp_path / "m.cnf"))
    clauses = read_dimacs(str(tmp_path / "m.cnf"))
    mentioned = {abs(literal) for clause in clauses for literal in clause}
    assert mentioned < set(range(1, clauses.variables + 1))
    words = solve_dimacs(str(tmp_path / "m.cnf")).split()
    kept = [word for word in words[3:] if abs(int(word)) in mentioned]
    (tmp_path / "s").write_text(f"s SATISFIABLE\nv {' '.join(kept)} 0\n", encoding="ascii")
    result = decode(free, str(tmp_path / "s"), asked)
    assert (result.status, result.loss) == ("SATISFIABLE", 0)
    if shutil.which("minisat"):
        subprocess.run(["minisat", str(tmp_path / "m.cnf"), str(tmp_path / "r")], check=False, capture_output=True)
        assert decode(free, str(tmp_path / "r"), str(tmp_path / "m.cnf")).status == "SATISFIABLE"
    # What clauses do mention is not made up.
    (tmp_path / "s").write_text("s SATISFIABLE\nv 1 0\n", encoding="ascii")
    with pytest.raises(InputError, match=r"break the clause .* \(nor is there a value for variable 2\)"):
        decode(free, str(tmp_path / "s"), asked)


def test_files_of_something_else(tmp_path: Path) -> None:
    model, answer = wcnf_files(tmp_path)
    solution = tmp_path / "s"
    solution.write_text(answer, encoding="ascii")
    with pytest.raises(InputError, match="this model is of another instance"):
        decode(OTHER, str(solution), model)
    with pytest.raises(InputError, match="digits"):
        decode(OTHER, str(solution), question("wcnf"))
    plain = tmp_path / "plain.cnf"
    plain.write_text("p cnf 2 1\n1 2 0\n", encoding="ascii")
    with pytest.raises(InputError, match="no model that dnnt export wrote"):
        decode(INSTANCE, str(solution), str(plain))
    text = Path(model).read_text(encoding="ascii")
    for found, other, words in (
        ('"kind"', '"kin"', r"line \d+: this comment of an exported model is damaged"),
        ('"sum": "auto"', '"sun": "auto"', "with options that"),
        ('"sum": "auto"', '"sum": "adder"', "whose model of the same question is another one"),
        ('"version": 2', '"version": 1', "in another form; export it again"),
    ):
        assert found in text
        plain.write_text(text.replace(found, other), encoding="ascii")
        with pytest.raises(InputError, match=words):
            decode(INSTANCE, str(solution), str(plain))


def test_a_dimacs_file_needs_a_threshold() -> None:
    with pytest.raises(InputError, match="--threshold G, or --format wcnf"):
        question("dimacs")


def test_what_does_not_fit_is_refused_before_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(
        ModelTooLarge, match=r"the formula \(more than \d+ variables, \d+ clauses.* would need more than"
    ):
        export(INSTANCE, question("wcnf"), str(tmp_path / "m.wcnf"))
    assert not list(tmp_path.iterdir())
