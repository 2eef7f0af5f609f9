"""Cores: nothing fits them, and, where they are minimal, everything fits them without any one of their samples."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dnnt_encode
from dnnt_encode import Instance
from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.errors import InputError
from dnnt_encode.solving.explain import explain
from tests.command_line import dnnt
from tests.random_instances import tiny_instances


def least(instance: Instance, rows: list[int]) -> Fraction:
    """The least loss of some samples, by enumeration."""
    if not rows:
        return Fraction(0)
    return min(enumerate_losses(replace(instance, dataset=instance.dataset.take(np.array(rows)))).fractions().tolist())


@given(tiny_instances(), st.booleans())
@settings(max_examples=40)
def test_cores_are_minimal_by_removal(instance: Instance, minimal: bool) -> None:
    whole = least(instance, list(range(instance.dataset.samples)))
    for most in (whole, whole - Fraction(1, 1000), whole / 2):
        if most < 0:
            continue
        found = explain(instance, threshold=most, minimal=minimal, backend="brute")
        if whole <= most:
            assert (found.rows, found.fits, found.instance) == (None, True, None)
            continue
        assert found.rows is not None
        assert (found.fits, found.minimal) == (False, minimal)
        assert least(instance, list(found.rows)) > most
        assert found.instance is not None
        assert found.instance.threshold == most
        assert found.result.status == "UNSATISFIABLE"
        if minimal:
            for row in found.rows:
                assert least(instance, [other for other in found.rows if other != row]) <= most


def line() -> Instance:
    return Instance.from_arrays([[0], [1], [2], [3]], [0, 1, 0, 0], hidden=[], threshold=0)


def test_without_time_nothing_is_known() -> None:
    found = explain(line(), time_limit=1e-9, minimal=True)
    assert not found.minimal
    with pytest.raises(InputError, match="there is none"):
        explain(line(), threshold=None)
    assert dnnt_encode.explain is explain


def test_the_core_is_an_instance_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, core = str(tmp_path / "line.json"), str(tmp_path / "core.json")
    dnnt_encode.save(line(), path)
    rows = " ".join(map(str, explain(line(), minimal=True).rows or ()))
    found = dnnt(capsys, "explain", path, "--minimal", "-o", core)
    assert (found.code, found.out.splitlines()[-2:]) == (20, ["s UNSATISFIABLE", f"v {rows}"])
    assert dnnt(capsys, "solve", core).code == 20
    fits = dnnt(capsys, "explain", path, "--threshold", "100", "-o", str(tmp_path / "none.json"))
    assert (fits.code, fits.out.splitlines()[-1]) == (10, "s SATISFIABLE")
    assert not (tmp_path / "none.json").exists()
    shared = dnnt(capsys, "explain", path, "--threshold", "100", "--backbone")
    assert shared.out.splitlines()[-2:] == [
        "c 0 parameters have one value in all solutions, 2 have several",
        "s SATISFIABLE",
    ]
    assert dnnt(capsys, "explain", path, "--json", "--minimal").out.startswith("{")
