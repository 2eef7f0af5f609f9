"""Clauses as text and back: every width and size of literal, tolerant reading, packing, and what is no DIMACS."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysat.formula import CNF

from dnnt_encode.errors import InputError
from dnnt_encode.formats.dimacs import dimacs_text, parse_dimacs, read_dimacs
from dnnt_encode.formats.streams import reading, writing
from dnnt_encode.formats.words import CHUNK, clause_lines
from dnnt_encode.instance import Instance
from tests.cnf_models import table_model

XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[1], name="näme\n2")


def plain(blocks: list[np.ndarray]) -> bytes:
    return b"".join(b"".join(b"%d " % v for v in row) + b"0\n" for block in blocks for row in block.tolist())


@pytest.mark.parametrize("variables", [1, 9, 10, 99_999, 999_999, 1_000_000, 1_234_567])
def test_the_table_writes_what_printf_writes(variables: int) -> None:
    rng = np.random.default_rng(variables)
    blocks = [np.array([[1, -1], [variables, -variables]], dtype=np.int32)]
    for width in (1, 3, 7):
        size = (200, width)
        blocks.append((rng.integers(1, variables + 1, size) * rng.choice([-1, 1], size)).astype(np.int32))
    assert b"".join(clause_lines(variables, blocks)) == plain(blocks)
    assert b"".join(clause_lines(variables, [], [-variables, 1])) == b"-%d 0\n1 0\n" % variables


def test_pieces_join_without_a_seam() -> None:
    block = np.arange(1, 2 * CHUNK + 1, dtype=np.int32).reshape(-1, 2)
    pieces = list(clause_lines(2 * CHUNK, [block, block[:0]]))
    assert len(pieces) > 1
    assert b"".join(pieces) == plain([block])


@given(st.lists(st.lists(st.integers(1, 40).flatmap(lambda v: st.sampled_from((v, -v))), max_size=5), max_size=20))
def test_what_is_written_is_read(clauses: list[list[int]]) -> None:
    text = "".join(" ".join(map(str, [*clause, 0])) + "\n" for clause in clauses)
    for form in (
        text,
        text.replace("\n", " "),
        text.replace(" ", "\n"),
        f"c x\n{text}%\n0\n",
        text.replace("\n", "\r\n"),
    ):
        read = parse_dimacs(form.encode(), "f")
        assert list(read) == clauses
        assert sum(len(block) for block in read.blocks()) == len(clauses)


def test_a_model_round_trips(tmp_path: Path) -> None:
    model = table_model(XOR)
    content = b"".join(dimacs_text(model, ["c hello"], units=[-2]))
    files = [tmp_path / "m.cnf", tmp_path / "m.cnf.gz", tmp_path / "m.cnf.xz"]
    for file in files:
        with writing(str(file)) as stream:
            stream.write(content)
        with reading(str(file)) as stream:
            assert stream.read() == content
        read = read_dimacs(str(file))
        assert read.variables == model.variables
        expected = [clause for block in model.blocks for clause in block.tolist()]
        assert list(read) == [*expected, [-2]]
    assert gzip.decompress(files[1].read_bytes()) == lzma.decompress(files[2].read_bytes()) == content
    foreign = CNF(from_file=str(files[0]))
    assert foreign.clauses == [*expected, [-2]]
    first = files[1].read_bytes()
    with writing(str(files[1])) as stream:
        stream.write(content)
    assert files[1].read_bytes() == first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p cnf 2 1\n1 x 0\n", "f, line 2: found 'x'"),
        ("1 2 0\n3 99999999999 0\n", "f, line 2: found '99999999999'"),
        ("p cnf 2\n1 0\n", "f, line 1: found 'p cnf 2'"),
        ("p wcnf 2 1 1\n", "p cnf VARIABLES CLAUSES"),
        ("p cnf 2 3\n1 0\n2 0\n", "found 2 clauses of 3"),
        ("p cnf 2 3\n1 0\n2 0\n%\n0\n\n", "found 2 clauses of 3"),
        ("1 2 0\n3 4", "cut off"),
        ('{"format": "dnnt-instance"}', "line 1"),
    ],
)
def test_what_is_no_dimacs(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        parse_dimacs(text.encode(), "f")


def test_nothing_is_left_of_a_failed_write(tmp_path: Path) -> None:
    def fail(name: str) -> None:
        with writing(str(tmp_path / name)) as stream:
            stream.write(b"half")
            raise RuntimeError

    for name in ("m.cnf", "m.cnf.gz"):
        with pytest.raises(RuntimeError):
            fail(name)
    assert list(tmp_path.iterdir()) == []


def test_packed_files_that_are_cut_off(tmp_path: Path) -> None:
    for name, pack in (("a.gz", gzip.compress), ("a.xz", lzma.compress)):
        file = tmp_path / name
        file.write_bytes(pack(b"1 2 0\n" * 1000)[:-12])
        with pytest.raises(InputError, match="cut off or damaged"):
            read_dimacs(str(file))
    with pytest.raises(InputError, match="no such file"):
        read_dimacs(str(tmp_path / "none"))
    with pytest.raises(InputError, match="directory"):
        read_dimacs(str(tmp_path))
