"""Data families, straight-line programs, readers of source files, and the commands around them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from pysat.formula import CNF
from pysat.solvers import Solver

import dnnt_encode
from dnnt_encode.analysis.unrolled import value_bounds
from dnnt_encode.encoders.linear import encode_linear, linear_size
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.families import slp, tables
from dnnt_encode.families.catalogue import families, family, solution_of
from dnnt_encode.families.sources.cnf import read_cnf
from dnnt_encode.families.sources.graphs import read_graph
from dnnt_encode.families.sources.numbers import read_lists, read_numbers
from dnnt_encode.families.sources.programs import Program, read_program, squaring
from dnnt_encode.families.sources.set_systems import read_sets
from dnnt_encode.families.teacher import Teacher
from dnnt_encode.instance import Instance, Weights, activation, evaluate
from dnnt_encode.solving.result import result_schema
from tests.command_line import dnnt


def test_tables() -> None:
    x, y = tables.majority(3)
    assert [row for row, (label,) in zip(x, y, strict=True) if label] == [[0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 1, 1]]
    x, y = tables.multiplication(3)
    weights = [4, 2, 1]
    for row, bits in zip(x, y, strict=True):
        product = int(np.dot(row[:3], weights)) * int(np.dot(row[3:], weights))
        assert product == int("".join(map(str, bits)), 2)
    with pytest.raises(InputError, match=r"at most 2\^16"):
        tables.parity(17)


@pytest.mark.parametrize("noise", [0, 3])
def test_the_planted_loss_is_reached(noise: int) -> None:
    instance = family("teacher").generate(4, noise=noise, samples=20, inputs=3, hidden=2)
    assert instance.source is not None
    assert instance.source["planted_loss"] == noise == instance.threshold
    teacher = Teacher.of(instance.source["problem"])
    assert evaluate(instance, Weights.for_instance(instance, teacher.layers())).loss == noise


def test_a_binarised_file() -> None:
    instance = family("binarised").generate(0, input="examples/iris.csv", target="species", rows=30)
    assert (instance.dataset.total, instance.network.outputs) == (30, 3)
    assert instance.preprocessing is not None


def test_programs() -> None:
    program = Program((("+", 0, 0), ("+", 1, 0), ("-", 2, 1), ("*", 2, 1), ("*", 4, 4), ("-", 5, 2)))
    for value, expected in ((33, "SATISFIABLE"), (34, "UNSATISFIABLE")):
        instance = family("slp").of_problem(program, value=value)
        assert instance.network.widths == (1, 1, 1, 3, 1, 1, 1)
        result = dnnt_encode.solve(instance)
        assert (result.status, result.backend) == (expected, "brute")
    assert program.needed() == (1, 2, 4, 5, 6)
    for seed in range(10):
        drawn = family("slp").generate(seed, kind="random", gates=8)
        assert drawn.source is not None
        values = [1]
        for op, a, b in Program.of(drawn.source["problem"]).gates:
            values.append({"+": values[a] + values[b], "-": values[a] - values[b], "*": values[a] * values[b]}[op])
        only = dnnt_encode.solve(drawn.with_threshold(None)).weights
        assert only is not None
        assert only.outputs([[1]]).fractions()[0, 0] == values[-1]


def test_squares_are_evaluated_and_never_encoded() -> None:
    instance = slp.generate(squaring(10))
    bits = [bounds.bits for bounds in value_bounds(instance.network, instance.dataset.x).layers]
    assert bits[-1] == 2**9 + 2
    for call in (encode_linear, linear_size):
        with pytest.raises(ModelTooLarge, match=r"2412\.13057, Theorem 1\.1.*2602\.19017"):
            call(instance, threshold=None)
    with pytest.raises(ModelTooLarge, match="Theorem"):
        dnnt_encode.solve(instance, backend="cpsat")
    with pytest.raises(ModelTooLarge, match="Theorem"):
        dnnt_encode.solve(instance, backend="sat:cadical195")
    with pytest.raises(ModelTooLarge, match="more than 4194304 bits"):
        dnnt_encode.solve(slp.generate(squaring(40)))
    square = activation("square")
    assert square.scaled(3).apply(np.array([-6, 3])).tolist() == [36, 9]
    assert square.scaled(1).apply(np.array([2**40])).tolist() == [2**80]
    mixed = Instance.from_arrays([[-1], [2]], [[3], [9]], [2], activation="square", weights=(-1, 1), biases=(0, 1))
    assert dnnt_encode.solve(mixed, backend="brute").loss is not None
    relu = Instance.from_arrays([[1]], [[1]], [1] * 20, weights=(-2, 2), biases=(0,))
    grown = [bounds.bits for bounds in value_bounds(relu.network, relu.dataset.x).layers]
    assert np.diff(grown).max() == 1


def write(folder: Path, text: str) -> str:
    path = folder / "source"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_readers(tmp_path: Path) -> None:
    graph = read_graph(write(tmp_path, "c a path\np edge 3 2\ne 1 2\ne 2 3\n"))
    assert graph.edges == ((0, 1), (1, 2))
    assert read_graph(write(tmp_path, "# edges\n0 1\n2 1\n")).edges == ((0, 1), (1, 2))
    assert read_graph(write(tmp_path, "0 1\n4 3\n1 2\n2 3\n")).vertices == 5
    satlib = "c of SATLIB\np cnf 3  2 \n 1 -2 0\n3 -1 0\n%\n0\n\n"
    assert read_cnf(write(tmp_path, satlib)).clauses == ((1, -2), (-1, 3))
    assert read_cnf(write(tmp_path, "c х Å\x85 c\x0b\np cnf 1 1\n1 0\n")).clauses == ((1,),)
    assert read_cnf(write(tmp_path, "c x\np cnf 3 2\n1 -2\n0 2 3 3 0\n")).clauses == ((1, -2), (2, 3))
    assert read_sets(write(tmp_path, "0 2\n1\n")).sets == ((0, 2), (1,))
    assert read_numbers(write(tmp_path, "3 4\n# c\n5")) == [3, 4, 5]
    assert read_numbers(write(tmp_path, "3 5 7 9")) == [3, 5, 7, 9]
    assert read_lists(write(tmp_path, "2 3\n1 2\n4 5 6\n")) == [(2, 3), (1, 2), (4, 5, 6)]
    assert read_program(write(tmp_path, "+ 0 0\n* 1 1\n")).gates == (("+", 0, 0), ("*", 1, 1))


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_graph, "", "found no graph"),
        (read_graph, "p edge 3 1\ne 1 4\n", "line 2: found the edge 1 4"),
        (read_graph, "p edge 3 5\ne 1 2\n", "cut off"),
        (read_graph, "0 1 2\n", "two vertices a line"),
        (read_graph, "0 x\n", "found 'x'"),
        (read_graph, "4 3\n0 1\n1 2\n2 3\n", "found '4 3', which reads as the numbers of vertices and"),
        (read_graph, "# from 1\n4 4\n1 2\n2 3\n3 4\n4 1\n", "line 2: found '4 4', .* delete the line"),
        (read_graph, "3 2\n0 1\n1 0\n1 2\n2 1\n", "numbers of vertices and edges"),
        (read_cnf, "1 2 0\n", "before `p cnf"),
        (read_cnf, "p cnf 2 1\n1 3 0\n", "found the literal 3"),
        (read_cnf, "p cnf 2 2\n1 2 0\n", "cut off"),
        (read_cnf, "p cnf 2 2\n1 2 0\n%\n0\n\n", "the header says 2 clauses; found 1: is the file cut off"),
        (read_cnf, "p cnf 2 1\n1 2 0\n0\n", "the header says 1 clauses; found 2$"),
        (read_sets, "0 0\n", "distinct integers"),
        (read_sets, "\n", "found no sets"),
        (read_sets, "4 2\n0 1\n2 3\n", "numbers of elements and sets; .*, or, if it is a set, do not put it first"),
        (read_numbers, "1 2.5\n", "line 1: found '2.5'"),
        (read_numbers, "3\n5 7 9\n", "line 1: found '3', which reads as the number of numbers"),
        (read_lists, "2 3\n1 2 3\n4 5 6\n", "the number of lists and their length"),
        (read_program, "^ 0 0\n", "is needed"),
        (read_program, "+ 0 1\n", "gate 1"),
    ],
)
def test_reader_errors(tmp_path: Path, read: object, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(write(tmp_path, text))  # type: ignore[operator]


def test_parameters_in_every_form() -> None:
    colouring = family("colouring")
    plain = colouring.generate(vertices=5, edges=4)
    assert colouring.generate(vertices=np.int64(5), edges="4").sha256 == plain.sha256
    for wrong in (2.5, True, "many", 0):
        with pytest.raises(InputError, match="vertices: found"):
            colouring.generate(vertices=wrong)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = dnnt(capsys, "families")
    assert listed.code == 0
    assert all(name in listed.out for name in families())
    for name in families():
        help_text = dnnt(capsys, "generate", name, "--help")
        assert help_text.code == 0
        assert "--seed" in help_text.out
    (tmp_path / "g.col").write_text("p edge 4 4\ne 1 2\ne 2 3\ne 3 4\ne 4 1\n")
    instance, weights = tmp_path / "i.json", tmp_path / "w.json"
    made = dnnt(capsys, "generate", "colouring", "--input", tmp_path / "g.col", "--colours", 2, "-o", instance)
    assert made.code == 0
    assert dnnt(capsys, "solve", instance, "-q", "-o", weights).code == 10
    shown = dnnt(capsys, "verify", instance, weights, "--source")
    assert shown.code == 10
    assert "v colour 0:" in shown.out
    printed = json.loads(dnnt(capsys, "verify", instance, weights, "--source", "--json").out)
    assert len(printed["source"]) == 4
    loaded = dnnt_encode.load(instance)
    assert isinstance(loaded, Instance)
    assert solution_of(loaded, dnnt_encode.load(weights)).value == printed["source"]  # type: ignore[arg-type]
    # What a foreign solver says of the exported model, read back into a colouring.
    assert dnnt(capsys, "export", instance, "--format", "dimacs", "-o", tmp_path / "i.cnf").code == 0
    with Solver(bootstrap_with=CNF(from_file=str(tmp_path / "i.cnf"))) as solver:
        assert solver.solve()
        literals = " ".join(map(str, solver.get_model() or []))
    (tmp_path / "i.out").write_text(f"s SATISFIABLE\nv {literals} 0\n")
    decoding = ("decode", instance, "--model", tmp_path / "i.cnf", "--solution", tmp_path / "i.out", "--source")
    decoded = dnnt(capsys, *decoding)
    assert decoded.code == 10
    assert len([line for line in decoded.out.splitlines() if line.startswith("c colour ")]) == 2
    printed = json.loads(dnnt(capsys, *decoding, "--json").out)
    jsonschema.validate(printed, result_schema())
    coloured = printed["source"]
    assert all(coloured[u] != coloured[v] for u, v in ((0, 1), (1, 2), (2, 3), (3, 0)))
    (tmp_path / "i.out").write_text("s UNSATISFIABLE\n")
    assert json.loads(dnnt(capsys, *decoding, "--json").out)["source"] is None
    assert dnnt(capsys, "generate", "sudoku").code == 2
    refused = dnnt(capsys, "generate", "colouring", "--vertices", 2, "--kind", "unsatisfiable")
    assert refused.code == 1
    assert "vertices: found 2 vertices; a clique of 4 is put in" in refused.err
