"""`dnnt info` and `dnnt backends`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from dnnt_encode import load
from dnnt_encode.encoders.cnf import CnfOptions, encode_cnf
from tests.cli.process import XOR, dnnt, hard, write


def test_info(tmp_path: Path) -> None:
    xor = write(tmp_path / "xor.json", XOR)
    text = dnnt("info", xor)
    assert text.returncode == 0
    for words in ("2-2-1", "6561 assignments", "9, 8 of them free", "threshold 0", "-3 to 3", "columns", "rows"):
        assert words in text.stdout
    facts = json.loads(dnnt("info", xor, "--json").stdout)
    assert facts["search_space"] == {"assignments": 6561, "log10": 3.82}
    assert (facts["layers"][0]["lowest"], facts["layers"][0]["highest"]) == (-3, 3)
    assert facts["encodings"]["linear"]["rows"] > 0
    model = encode_cnf(load(xor), threshold=Fraction(0), options=CnfOptions(sum="adder"))
    size = facts["encodings"]["cnf"]["adder"]
    assert abs(size["clauses"] - model.clauses) <= model.clauses / 10
    assert abs(size["variables"] - model.variables) <= model.variables / 10
    assert facts["auto"] == "brute"
    assert facts["brute_force"]["possible"] is True


def test_info_on_what_nobody_enumerates(tmp_path: Path) -> None:
    facts = json.loads(dnnt("info", hard(tmp_path / "hard.json"), "--json").stdout)
    assert facts["search_space"]["assignments"] is None
    assert facts["search_space"]["log10"] > 30
    assert facts["auto"] == "cpsat"


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
