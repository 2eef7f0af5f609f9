"""Certificates: SAT backends against brute force, and what DRUP certificates say, leave out and refuse."""

from __future__ import annotations

import hashlib
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import dnnt_encode
from dnnt_encode import Instance
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.backends.protocol import Bound, Finished
from dnnt_encode.formats.dimacs import read_dimacs
from dnnt_encode.proofs.drup import Proof, check
from dnnt_encode.proofs.propagation import PlainPropagator
from dnnt_encode.solving import refute
from tests.random_instances import tiny_instances
from tests.solving.scripted import Scripted, race

RNG = np.random.default_rng(1)
XOR = Instance.from_arrays(RNG.integers(-1, 2, (20, 4)), RNG.integers(0, 2, 20), hidden=[2], multiplicity=[3, 1] * 10)


@settings(max_examples=8, deadline=None)
@given(tiny_instances(assignments=100))
def test_sat_agrees_with_brute_force(instance: Instance) -> None:
    losses = sorted(set(enumerate_losses(instance).fractions()))
    result = dnnt_encode.solve(instance, backend="sat:glucose42", threads=2, certify=True)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", losses[0])
    assert result.certificate.kind == ("none" if losses[0] == 0 else "drup"), result.certificate.detail
    below = dnnt_encode.solve(instance, backend="sat:cadical195", threshold=losses[0] - Fraction(1, 10**6), threads=1)
    assert below.status == "UNSATISFIABLE"
    met = dnnt_encode.solve(instance, backend="sat:cadical195", threshold=losses[0], threads=1)
    assert (met.status, met.loss) == ("SATISFIABLE", losses[0])


def test_the_proof_and_its_formula_are_written(tmp_path: Path) -> None:
    file = tmp_path / "p.drup"
    for backend in ("sat:glucose42", "cpsat"):
        result = dnnt_encode.solve(XOR, backend=backend, proof=str(file), threads=1)
        assert result.status == "OPTIMUM FOUND"
        assert result.certificate.kind == "drup"
        detail = result.certificate.detail
        formula = tmp_path / "p.drup.cnf"
        assert hashlib.sha256(formula.read_bytes()).hexdigest() in detail
        assert "trusted: the encoding" in detail
        assert "sorting of interchangeable units" in detail
        clauses = read_dimacs(str(formula))
        proof = Proof.from_lines(file.read_text(encoding="ascii").splitlines())
        assert check(proof, lambda clauses=clauses: clauses, PlainPropagator).accepted  # type: ignore[misc]


def test_without_reductions_there_is_less_to_trust() -> None:
    result = dnnt_encode.solve(XOR, backend="sat:glucose42", certify=True, reductions=False, threads=1)
    assert result.certificate.kind == "drup"
    assert "sorting" not in result.certificate.detail


def test_what_is_assumed_of_several_outputs_is_trusted() -> None:
    three = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 2, 1], hidden=[1])
    for reductions in (True, False):
        result = dnnt_encode.solve(three, backend="sat:glucose42", certify=True, reductions=reductions, threads=1)
        assert (result.status, result.certificate.kind) == ("OPTIMUM FOUND", "drup")
        assert ("the level of the outputs" in result.certificate.detail) == reductions
    assert "level" not in dnnt_encode.solve(XOR, backend="sat:glucose42", certify=True, threads=1).certificate.detail


def test_infeasible_thresholds() -> None:
    least = dnnt_encode.solve(XOR, threads=1).loss
    assert least is not None
    result = dnnt_encode.solve(XOR, backend="sat:cadical195", threshold=least - Fraction(1, 3), certify=True)
    assert result.status == "UNSATISFIABLE"
    assert result.certificate.kind == "drup"
    assert f"no loss is at most {least - Fraction(1, 3)}" in result.certificate.detail


def test_without_a_certificate_the_result_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refute, "examine", lambda *args, **named: None)
    monkeypatch.setattr("dnnt_encode.solving.certify.DEFAULT_LIMIT", 10)
    result = dnnt_encode.solve(XOR, backend="sat:glucose42", certify=True, threads=1)
    assert result.certificate.kind == "none"
    assert "no time to check the DRUP proof" in result.certificate.detail


def test_a_wrong_claim_is_refuted() -> None:
    poor = Enumeration(XOR).assignment(0)
    loss = dnnt_encode.evaluate(XOR, poor.weights(XOR)).loss
    liar = Scripted("cnf", [Bound(loss), Finished("exhausted")], below=True)
    with pytest.raises(dnnt_encode.NotVerified, match="finds a solution"):
        race(XOR, liar, certify=True, threads=1, start=poor.weights(XOR))


def test_certification_obeys_the_time_limit() -> None:
    rng = np.random.default_rng(0)
    hard = Instance.from_arrays(rng.integers(0, 2, (60, 14)), rng.integers(0, 2, 60), hidden=[4])
    begin = time.monotonic()
    result = dnnt_encode.solve(hard, backend="sat:glucose42", threshold=0, certify=True, time_limit=3)
    assert time.monotonic() - begin < 5
    assert result.certificate.kind == "none"
