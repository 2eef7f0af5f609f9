"""Pieces of an instance: together they say what brute force says, alone they say nothing about the others."""

from __future__ import annotations

import json
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF
from pysat.solvers import Solver

from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.cubes import literal_cubes, read_list
from dnnt_encode.exchange.decode import read_answer
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.export import apply_cube, export_cubes
from dnnt_encode.exchange.gather import gather
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.dimacs import read_dimacs
from dnnt_encode.formats.wcnf import read_wcnf
from dnnt_encode.instance import Instance
from dnnt_encode.instance.evaluate import evaluate
from tests.random_instances import tiny_instances

RNG = np.random.default_rng(5)
NOISE = Instance.from_arrays(RNG.integers(-1, 2, (14, 3)), RNG.integers(0, 2, 14), hidden=[2], name="noise")
LEAST = min(enumerate_losses(NOISE).fractions())


def solved(path: Path) -> str:
    """What a SAT solver prints for a DIMACS file, or a MaxSAT solver for a WCNF file."""
    if path.suffix == ".wcnf":
        found = read_wcnf(str(path))
        formula = WCNF()
        formula.extend(found.hard)
        for weight, clause in found.soft:
            formula.append(clause, weight=weight)
        with RC2(formula) as engine:
            model = engine.compute()
            cost = engine.cost
        if model is None:
            return "s UNSATISFIABLE\n"
        return f"o {cost}\ns OPTIMUM FOUND\nv {values(model, found.variables)} 0\n"
    clauses = read_dimacs(str(path))
    with Solver("minisat22", bootstrap_with=list(clauses)) as solver:
        if not solver.solve():
            return "s UNSATISFIABLE\n"
        return f"s SATISFIABLE\nv {values(solver.get_model(), clauses.variables)} 0\n"


def values(model: list[int], variables: int) -> str:
    true = {literal for literal in model if literal > 0}
    return " ".join(str(v if v in true else -v) for v in range(1, variables + 1))


def answer_all(folder: Path, suffix: str) -> None:
    for path in folder.glob(f"cube-*{suffix}"):
        path.with_suffix(".out").write_text(solved(path), encoding="ascii")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cubes"


@settings(max_examples=25, deadline=None)
@given(tiny_instances(assignments=150))
def test_all_pieces_together_say_what_brute_force_says(instance: Instance) -> None:
    least = min(enumerate_losses(instance).fractions())
    for threshold, status in ((least, "SATISFIABLE"), (least - Fraction(1, 9), "UNSATISFIABLE")):
        with tempfile.TemporaryDirectory() as name:
            made = export_cubes(instance, Question("dimacs", threshold), name, 5)
            assert len(list(Path(name).glob("cube-*.cnf"))) == sum(len(part.cubes) for part in made.parts)
            assert read_list(name, instance) == made
            answer_all(Path(name), ".cnf")
            found = gather(instance, name, name)
        assert found.status == status
        if status == "SATISFIABLE":
            assert found.weights is not None
            assert evaluate(instance, found.weights).loss == found.loss == least


@settings(max_examples=8, deadline=None)
@given(tiny_instances(assignments=100))
def test_the_least_of_all_pieces_is_the_least(instance: Instance) -> None:
    with tempfile.TemporaryDirectory() as name:
        export_cubes(instance, Question("wcnf"), name)
        answer_all(Path(name), ".wcnf")
        found = gather(instance, name, name)
        first = read_answer(instance, (Path(name) / "cube-1.out").read_bytes(), "f", f"{name}/cube-1.wcnf")
        several = (Path(name) / "cube-2.wcnf").exists()
    assert (found.status, found.loss) == ("OPTIMUM FOUND", min(enumerate_losses(instance).fractions()))
    assert found.bound == found.loss
    # What one piece proves is not proved of the whole.
    assert not several or first.bound == 0


@pytest.mark.parametrize("wanted", [1, 4, 30, 10**4])
def test_every_assignment_is_in_exactly_one_cube(wanted: int) -> None:
    tiny = Instance.from_arrays([[0], [1]], [0, 1], hidden=[2], weights=(-1, 0, 1, 2), biases=(0, 1))
    model = encode(tiny, Question("wcnf", reductions=False)).model
    assert isinstance(model, CnfFile)
    cubes = literal_cubes(model.model, wanted)
    assert len(cubes) >= min(wanted, tiny.network.search_space)
    everything = Enumeration(tiny)
    for number in range(0, tiny.network.search_space, 7):
        said = set(model.variable_map.hints(everything.assignment(number)).tolist())
        assert sum(said.issuperset(cube) for cube in cubes) == 1


def test_a_cube_that_is_applied_is_the_cube_that_is_written(folder: Path, tmp_path: Path) -> None:
    question = Question("dimacs", LEAST)
    made = export_cubes(NOISE, question, str(tmp_path / "each"), 12)
    assert export_cubes(NOISE, question, str(folder), 12, incremental=True) == made
    numbered = list(made.numbered())
    assert len(numbered) >= 12
    for number, part, cube in numbered:
        assert tuple(apply_cube(str(folder), number, str(tmp_path / "one.cnf"))) == cube
        one, other = read_dimacs(str(tmp_path / "one.cnf")), read_dimacs(str(tmp_path / f"each/cube-{number}.cnf"))
        assert one.variables == other.variables
        assert list(one) == list(other)
        assert f"a {' '.join(map(str, cube))} 0\n" in (folder / f"part-{part + 1}.icnf").read_text(encoding="ascii")
    assert (folder / "part-1.icnf").read_text(encoding="ascii").count("\na ") == len(made.parts[0].cubes)
    with pytest.raises(InputError, match="no cube 99"):
        apply_cube(str(folder), 99, "-")


def test_what_is_open_is_told(folder: Path) -> None:
    export_cubes(NOISE, Question("dimacs", LEAST - 1), str(folder), 9)
    nothing = gather(NOISE, str(folder), str(folder))
    assert nothing.status == "UNKNOWN"
    assert "no answer to 9 of 9 cubes: cube-1, cube-2, cube-3, cube-4, cube-5, ..." in nothing.detail
    answer_all(folder, ".cnf")
    everything = gather(NOISE, str(folder), str(folder))
    assert everything.status == "UNSATISFIABLE"
    assert "and 8 other files" in everything.detail
    assert "the split output_patterns (its cover is checked)" in everything.trusted
    (folder / "cube-7.out").write_text("", encoding="ascii")
    assert gather(NOISE, str(folder), str(folder)).status == "UNKNOWN"
    # The answer to an iCNF file is one to all of its cubes.
    second = folder / "part-3.log"
    second.write_text("s UNSATISFIABLE\n", encoding="ascii")
    assert gather(NOISE, str(folder), str(folder)).status == "UNSATISFIABLE"


def test_one_piece_says_nothing_about_the_others(folder: Path) -> None:
    slope = Instance.from_arrays([[0], [1], [2]], [[0], [2], [4]], hidden=[2], loss="l1")
    export_cubes(slope, Question("dimacs", min(enumerate_losses(slope).fractions())), str(folder))
    answer_all(folder, ".cnf")
    statuses = []
    for path in sorted(folder.glob("cube-*.out")):
        found = read_answer(slope, path.read_bytes(), path.name, str(path.with_suffix(".cnf")))
        statuses.append(found.status)
        assert (found.weights is None) == (found.status == "UNKNOWN")
        assert found.bound == 0
    assert set(statuses) == {"UNKNOWN", "SATISFIABLE"}


def test_where_nothing_splits_there_is_one_part(folder: Path, tmp_path: Path) -> None:
    flat = Instance.from_arrays([[0, 1], [1, 0], [1, 1]], [0, 1, 1], hidden=[1], weights=1, biases=(-1, 0, 1))
    assert export_cubes(flat, Question("mps"), str(folder)).split is None
    assert sorted(path.name for path in folder.iterdir()) == ["cube-1.mps", "cubes.json"]
    least = min(enumerate_losses(flat).fractions())
    made = export_cubes(flat, Question("dimacs", least), str(tmp_path / "more"), 6)
    assert len(made.parts[0].cubes) == 9
    answer_all(tmp_path / "more", ".cnf")
    assert gather(flat, str(tmp_path / "more"), str(tmp_path / "more")).status == "SATISFIABLE"


def test_what_is_refused(folder: Path) -> None:
    for question, wanted, words in (
        (Question("wcnf"), 9, "in DIMACS alone"),
        (Question("dimacs", LEAST), 10**7, "at most"),
    ):
        with pytest.raises(InputError, match=words):
            export_cubes(NOISE, question, str(folder), wanted)
    assert not folder.exists()
    export_cubes(NOISE, Question("dimacs", LEAST - 1), str(folder), 9)
    with pytest.raises(InputError, match="holds"):
        export_cubes(NOISE, Question("dimacs", LEAST - 1), str(folder))
    answer_all(folder, ".cnf")

    def refused(words: str, error: type[Exception] = InputError, instance: Instance = NOISE) -> None:
        with pytest.raises(error, match=words):
            gather(instance, str(folder), str(folder))

    def put(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text, encoding="ascii")
        return path

    refused("another instance", instance=Instance.from_arrays([[0]], [1], hidden=[1]))
    extra = put("cube-10.out", "s UNSATISFIABLE\n")
    refused("no such piece")
    extra.unlink()
    extra = put("cube-3.txt", "s UNSATISFIABLE\n")
    refused("a second answer to cube-3")
    extra.unlink()
    put("cube-3.out", "what is this\n")
    refused("cube-3.out")
    put("cube-3.out", "s SATISFIABLE\nv 1 2 3 0\n")
    refused("cube-3.out")
    put("cube-3.out", "s UNSATISFIABLE\n")
    original = json.loads((folder / "cubes.json").read_text(encoding="utf-8"))
    for change, words in (
        (lambda value: value["parts"].pop(), "found 2 parts; the split output_patterns gives 3"),
        (lambda value: value["parts"][0]["cubes"].pop(), "not those that its formula is cut into|no such piece"),
        (lambda value: value["parts"][0]["cubes"].__setitem__(0, []), "not those that its formula is cut into"),
        (lambda value: value["parts"][0].update(model_sha256="0"), "another one"),
        (lambda value: value.update(split=None), "found 3 parts; the split None gives 1"),
        (lambda value: value.update(split="halves"), "found 3 parts; the split halves gives 0"),
        (lambda value: value.update(threshold=None), "give --threshold"),
        (lambda value: value.update(options={"sum": "adder"}), "another one"),
        (lambda value: value.update(kind="nothing"), "known are"),
        (lambda value: value.update(parts=[]), "found no parts"),
        (lambda value: value.update(version=2), "version"),
    ):
        value = json.loads(json.dumps(original))
        change(value)
        put("cubes.json", json.dumps(value))
        refused(words)


def test_a_wrong_answer_is_found(folder: Path) -> None:
    export_cubes(NOISE, Question("wcnf"), str(folder))
    answer_all(folder, ".wcnf")
    texts = [path.read_text(encoding="ascii") for path in sorted(folder.glob("cube-*.out"))]
    costs = [int(text.split()[1]) for text in texts]
    path = folder / "cube-1.out"
    path.write_text(texts[0].replace(f"o {costs[0]}", f"o {costs[0] + 1}"), encoding="ascii")
    with pytest.raises((InputError, NotVerified)):
        gather(NOISE, str(folder), str(folder))
