"""Options and backends: what the chosen backend does not heed is refused, and no other option is."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode import InputError, Instance, Interval, solve
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.registry import AUTO, backends
from dnnt_encode.solving.options import check_options
from dnnt_encode.solving.plan import planned
from dnnt_encode.solving.policy import POLICY
from dnnt_encode.solving.request import Request

ONE = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=0)
"""Least loss 1."""
INTERVALS = Instance.from_arrays([[0], [1]], [[0], [1]], hidden=1, weights=Interval(-1, 1), loss="l1")

INSTALLED = [backend.name for backend in backends() if backend.version() is not None]
COMMANDS = ["cmd:minisat {cnf} {out}", "cmd:cbc {mps} solve solution {sol}"]

CHANCE = "found a seed"
FORMULAS = "found a way of writing sums"
PROOFS = "found a wish for a certificate"


def refusal(name: str, option: str) -> str | None:
    """How the error begins, where there is one."""
    formulas = name.startswith("sat:") or "{cnf}" in name
    if option == "seed":
        return CHANCE if name in ("brute", "dp") else None
    if option == "sum":
        return None if formulas else FORMULAS
    if option in ("certify", "proof", "certificate"):
        return PROOFS if name == "search" else None
    return None


OPTIONS: dict[str, Any] = {
    "certify": True,
    "proof": "p.drup",
    "certificate": "folder",
    "seed": 1,
    "sum": "order",
    "threads": 1,
    "reductions": False,
    "journal": "run.journal",
    "on_log": print,
}


def refused(instance: Instance, name: str, option: str) -> str | None:
    """The error of a run with an option, before it begins."""
    request = Request(instance, backend=name, **{option: OPTIONS[option]})
    plan = planned(name, View(instance), request.goal, request.cores, POLICY)
    try:
        check_options(request, plan)
    except InputError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", [*INSTALLED, *COMMANDS])
def test_an_option_is_heeded_or_refused(name: str) -> None:
    for option in OPTIONS:
        expected, found = refusal(name, option), refused(ONE, name, option)
        assert (found is None) == (expected is None), (option, found)
        assert expected is None or (found is not None and found.startswith(expected))


def test_where_the_choice_is_ours_an_option_is_for_those_who_heed_it() -> None:
    assert not any(refused(ONE, AUTO, option) for option in OPTIONS)


@pytest.mark.parametrize("name", [AUTO, *(name for name in INSTALLED if name.startswith("milp:"))])
def test_intervals_have_neither_formulas_nor_reductions(name: str) -> None:
    said = {option: refused(INTERVALS, name, option) for option in OPTIONS}
    assert {option for option, words in said.items() if words is not None} == {
        "sum",
        "reductions",
        "proof",
        "certificate",
    }


def test_ways_of_writing_sums_are_for_the_formula_of_a_certificate_too() -> None:
    request = Request(ONE, backend="cpsat", sum="order", certify=True)
    check_options(request, planned("cpsat", View(ONE), request.goal, 1, POLICY))


@pytest.mark.parametrize("name", [AUTO, "brute", "onelayer", "cpsat"])
def test_a_proof_that_is_asked_for_is_written_whoever_solves(name: str, tmp_path: Path) -> None:
    result = solve(ONE.with_threshold(Fraction(0)), backend=name, proof=str(tmp_path / "p"), reductions=False)
    assert (result.status, result.certificate.kind) in (
        ("UNSATISFIABLE", "exhaustive"),
        ("UNSATISFIABLE", "drup"),
    )
    assert "was accepted by unit propagation" in result.certificate.detail
    assert (tmp_path / "p").exists()
    assert (tmp_path / "p.cnf").exists()
