"""Packs, read back by programs of other houses: what they find is what pack.solu says."""

from __future__ import annotations

import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from pysat.examples.rc2 import RC2
from pysat.formula import CNF, WCNF
from pysat.solvers import Solver

from dnnt_encode.errors import InputError
from dnnt_encode.formats.streams import reading, writing
from dnnt_encode.library.entry import LibraryEntry
from dnnt_encode.library.folder import Library
from dnnt_encode.library.pack import pack
from tests.foreign import solvers

NAMES = (
    "parity-2-h2-l1",
    "parity-3-h2-l1",
    "majority-3-h1-l1",
    "r8-colouring-8-planted",
    "r7-nae-sat-10-unsatisfiable",
)


def chosen() -> list[LibraryEntry]:
    library = Library()
    return [library.named(name) for name in NAMES]


def packed(kind: str, folder: Path) -> dict[str, tuple[str, Fraction | None]]:
    """By file: what pack.solu says."""
    assert pack(chosen(), kind, str(folder))
    known = {}
    for line in (folder / "pack.solu").read_text(encoding="utf-8").splitlines():
        word, name, *objective = line.split()
        known[name] = (word.strip("="), Fraction(objective[0]) if objective else None)
    with (folder / "features.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == list(known)
    return known


def unpacked(folder: Path, name: str, suffix: str) -> Path:
    path = folder / f"{name}{suffix}"
    with reading(str(path) + ".gz") as source, writing(str(path)) as target:
        for line in source:
            target.write(line)
    return path


def test_dimacs_is_what_pysat_finds(tmp_path: Path) -> None:
    known = packed("dimacs", tmp_path / "pack")
    assert {"parity-3-h2-l1.at", "parity-3-h2-l1.below", "r8-colouring-8-planted"} <= set(known)
    assert {word for word, _ in known.values()} == {"feas", "inf"}
    for name, (word, _) in known.items():
        formula = CNF(from_file=str(unpacked(tmp_path / "pack", name, ".cnf")))
        with Solver("glucose4", bootstrap_with=formula.clauses) as solver:
            assert solver.solve() == (word == "feas"), name


def test_wcnf_is_what_rc2_finds(tmp_path: Path) -> None:
    known = packed("wcnf", tmp_path / "pack")
    assert {word for word, _ in known.values()} == {"opt", "inf"}
    for name, (word, objective) in known.items():
        formula = WCNF(from_file=str(unpacked(tmp_path / "pack", name, ".wcnf")))
        with RC2(formula) as solver:
            found = solver.compute()
            assert (found is not None) == (word == "opt"), name
            assert found is None or solver.cost == objective, name


@pytest.mark.parametrize(("name", "run"), solvers("cbc", "highs-sparse"))
def test_mps_is_what_mip_solvers_find(name: str, run: Callable[[Path, Path], None], tmp_path: Path) -> None:
    from dnnt_encode.exchange.header import read_header
    from dnnt_encode.solving.decoded import decode

    known = packed("mps", tmp_path / "pack")
    for each, (word, objective) in known.items():
        model, solution = unpacked(tmp_path / "pack", each, ".mps"), tmp_path / f"{each}.sol"
        run(model, solution)
        result = decode(Library().named(each).make(), str(solution), str(model))
        assert (result.status == "UNSATISFIABLE") == (word == "inf"), each
        if word == "opt" and objective is not None:
            with reading(str(model)) as stream:
                header = read_header(stream, str(model))
            assert result.loss == header.loss_unit * objective + header.loss_offset, each


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    found = pack(chosen(), "opb", str(tmp_path / "pack"), 100, said.append)
    assert len(found) + len(said) == len(NAMES)
    assert all("more than 100 rows" in line for line in said)
    with pytest.raises(InputError, match="holds"):
        pack(chosen(), "opb", str(tmp_path / "pack"))
