"""`dnnt info` and `dnnt backends`."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from dnnt_encode import load
from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.cnf import cnf_size, encode_cnf
from dnnt_encode.exchange import sizes
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.question import Question
from dnnt_encode.exchange.sizes import exported_sizes
from dnnt_encode.formats.dimacs import read_dimacs
from dnnt_encode.formats.wcnf import read_wcnf
from dnnt_encode.instance import Instance
from tests.cli.process import XOR, dnnt, hard, write
from tests.command_line import dnnt as run
from tests.linear_readers import read_mps, read_opb
from tests.random_instances import tiny_instances


def test_info(tmp_path: Path) -> None:
    xor = write(tmp_path / "xor.json", XOR)
    text = dnnt("info", xor)
    assert text.returncode == 0
    for words in ("2-2-1", "6561 assignments", "9, 8 of them free", "threshold 0", "-3 to 3", "columns", "rows"):
        assert words in text.stdout
    facts = json.loads(dnnt("info", xor, "--json").stdout)
    assert facts["search_space"] == {"assignments": 6561, "log10": 3.82}
    assert (facts["layers"][0]["lowest"], facts["layers"][0]["highest"]) == (-3, 3)
    assert facts["auto"] == "brute"
    assert facts["brute_force"]["possible"] is True
    assert facts["objectives"] == ["loss"]
    several = write(tmp_path / "several.json", {**XOR, "version": 2, "objective": ["loss", "nonzeros+biases", "units"]})
    assert "objectives     loss, then nonzeros+biases, then units" in dnnt("info", several).stdout


@pytest.mark.parametrize(
    "options", [["--threshold", "1"], ["--minimize"], ["--minimize", "--no-reductions", "--indicators"]]
)
def test_sizes_are_those_of_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    xor = write(tmp_path / "xor.json", XOR)
    text = run(capsys, "info", xor, *options).out
    facts = json.loads(run(capsys, "info", xor, *options, "--json").out)["exports"]
    assert set(facts) == set(KINDS)
    for kind in KINDS:
        path = tmp_path / f"m.{kind}"
        chosen = [option for option in options if option != "--indicators" or kind in ("mps", "lp")]
        done = run(capsys, "export", xor, "--format", kind, *chosen, "-o", path)
        if done.code:
            assert facts[kind]["refused"]
            continue
        # In the words of export, and in the file itself.
        words = done.out.partition(": ")[2].strip()
        assert re.search(rf"(?m)^{kind} +{re.escape(words)}$", text)
        size = facts[kind]
        if kind == "dimacs":
            clauses = read_dimacs(str(path))
            assert (size["variables"], size["clauses"]) == (clauses.variables, len(clauses))
            assert size["literals"] == len(clauses.literals)
        elif kind == "wcnf":
            read = read_wcnf(str(path))
            assert (size["variables"], size["clauses"], size["soft"]) == (
                read.variables,
                len(read.hard),
                len(read.soft),
            )
        elif kind == "mps":
            program = read_mps(path.read_text(encoding="ascii"))
            assert (size["columns"], size["rows"]) == (len(program.order), len(program.rows))
            assert size["terms"] == sum(len(row[0]) for row in program.rows.values())
        elif kind == "opb":
            count, _, rows = read_opb(path.read_text(encoding="ascii"))
            assert (size["columns"], size["rows"]) == (count, len(rows))
            assert size["terms"] == sum(len(row[0]) for row in rows)


@settings(max_examples=5)
@given(tiny_instances())
def test_what_is_counted_is_what_is_built(instance: Instance) -> None:
    for threshold in (None, Fraction(1)):
        counted = exported_sizes(View(instance), threshold)
        for kind in KINDS:
            if kind == "dimacs" and threshold is None:
                assert isinstance(counted.of[kind], str)
            else:
                assert counted.of[kind] == encode(instance, Question(kind, threshold)).model.size


def test_what_is_large_is_counted_so_far_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    instance = Instance.from_arrays(rng.integers(-3, 4, (60, 8)), rng.integers(0, 2, 60), hidden=[3])
    whole = exported_sizes(View(instance), None)
    monkeypatch.setattr(sizes, "MOST_BYTES", 10**5)
    monkeypatch.setattr(sizes, "MOST_TERMS", 500)
    part = exported_sizes(View(instance), None)
    for kind in ("wcnf", "opb", "mps"):
        less, all_ = part.of[kind], whole.of[kind]
        assert not isinstance(less, str)
        assert not isinstance(all_, str)
        assert less.partly
        assert not all_.partly
        assert 0 < less.columns <= all_.columns
        assert 0 < less.rows < all_.rows
        assert 0 < less.terms < all_.terms
        assert part.describe(kind).startswith("more than ")


def test_an_order_encoding_beyond_all_memory_is_no_work_for_info() -> None:
    """Inputs of two decimals: sums with thousands of values, and merges of their squares."""
    rng = np.random.default_rng(0)
    x, y = np.round(rng.normal(size=(100, 12)), 2), np.round(rng.normal(size=(100, 1)), 2)
    instance = Instance.from_arrays(x, y, hidden=[6], loss="l1")
    found = exported_sizes(View(instance), None, sum="order").of["wcnf"]
    assert not isinstance(found, str)
    assert found.partly
    assert found.rows > 10**5


def test_the_quick_size_differs_by_little(tmp_path: Path) -> None:
    instance = load(write(tmp_path / "xor.json", XOR))
    model = encode_cnf(instance, threshold=Fraction(0))
    quick = cnf_size(instance, threshold=Fraction(0))
    assert abs(quick.clauses - model.clauses) <= model.clauses / 10
    exact = cnf_size(instance, threshold=Fraction(0), folded=True)
    assert (exact.variables, exact.clauses, exact.literals) == (model.variables, model.clauses, model.literals)


def test_info_on_what_nobody_enumerates(tmp_path: Path) -> None:
    facts = json.loads(dnnt("info", hard(tmp_path / "hard.json"), "--json").stdout)
    assert facts["search_space"]["assignments"] is None
    assert facts["search_space"]["log10"] > 30
    assert facts["auto"] == "sat:glucose42"


def test_info_tells_what_is_refused(tmp_path: Path) -> None:
    huge = {**XOR, "dataset": {"x": [[10**30, 1]] * 2, "y": [[0], [1]]}}
    text = dnnt("info", write(tmp_path / "huge.json", huge))
    assert text.returncode == 0
    assert "refused: layer 1" in text.stdout


def test_backends() -> None:
    text = dnnt("backends").stdout
    assert "brute" in text
    assert "cpsat" in text
    rows = {row["name"]: row for row in json.loads(dnnt("backends", "--json").stdout)["backends"]}
    assert rows["cpsat"]["version"].startswith("9.")
    assert rows["cpsat"]["incumbents"] is True
    assert rows["brute"]["certificate"] == "exhaustive"


def test_targets_out_of_reach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, instance = tmp_path / "t.csv", tmp_path / "t.json"
    table.write_text("a,b,y\n1,2,100\n2,3,200\n3,1,5\n4,4,7\n")
    remarks = [
        "targets lie from 5 to 200, outputs from -13 to 13: 2 of 4 are out of reach",
        "no allowed weights and biases have a loss below 274, whatever is tried",
    ]
    imported = run(capsys, "import-csv", table, "--target", "y", "-o", instance)
    assert all(f"c {remark}\n" in imported.err for remark in remarks)
    described = run(capsys, "info", instance).out
    assert all(f"out of reach   {remark}\n" in described for remark in remarks)
    facts = json.loads(run(capsys, "info", "--json", instance).out)["out_of_reach"]
    assert facts == {"samples": 2, "loss": 274, "remarks": remarks}
