"""DRUP: proofs of several solvers are accepted, spoiled ones and spoiled formulas are not, whoever propagates."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from dnnt_encode.backends.sat.proof_worker import PysatPropagator
from dnnt_encode.backends.sat.solvers import CHECKER, PROVER, SOLVERS
from dnnt_encode.errors import InputError
from dnnt_encode.proofs import drup
from dnnt_encode.proofs.drup import Proof, ProofCheck, Propagator, check
from dnnt_encode.proofs.propagation import PlainPropagator

Clauses = list[list[int]]
PROPAGATORS: list[Callable[[], Propagator]] = [PlainPropagator, lambda: PysatPropagator(CHECKER)]


def pigeons(holes: int) -> Clauses:
    """One more pigeon than holes."""
    sitting = np.arange(1, (holes + 1) * holes + 1).reshape(holes + 1, holes)
    clauses = sitting.tolist()
    for hole in range(holes):
        clauses += [[-int(a), -int(b)] for a, b in itertools.combinations(sitting[:, hole], 2)]
    return clauses


def proof_of(clauses: Clauses, prover: str = PROVER) -> Proof:
    with Solver(name=prover, bootstrap_with=clauses, with_proof=True) as solver:
        assert not solver.solve()
        return Proof.from_lines(solver.get_proof())


def judge(clauses: Clauses, proof: Proof, part: tuple[int, int] = (0, 1)) -> ProofCheck:
    """The verdict, the same of all propagators."""
    verdicts = [check(proof, lambda: clauses, propagator, part) for propagator in PROPAGATORS]
    assert verdicts[0] == verdicts[1]
    return verdicts[0]


def test_prover_and_checker_differ() -> None:
    assert PROVER != CHECKER
    assert SOLVERS[PROVER].proofs
    assert SOLVERS[CHECKER].propagates


@pytest.mark.parametrize("prover", ["glucose42", "glucose3", "cadical195", "cadical153", "maplechrono", "lingeling"])
def test_proofs_are_accepted(prover: str) -> None:
    clauses = pigeons(5)
    proof = proof_of(clauses, prover)
    assert judge(clauses, proof).accepted
    for index in range(3):
        assert check(proof, lambda: clauses, PROPAGATORS[1], (index, 3)).accepted
    lines = b"".join(proof.text()).decode().splitlines()
    again = Proof.from_lines(lines)
    assert list(again.steps()) == list(proof.steps())


def test_a_spoiled_proof_is_rejected() -> None:
    clauses = pigeons(5)
    steps = list(proof_of(clauses).steps())
    lemmas = [index for index, (deletion, literals) in enumerate(steps) if not deletion and len(literals) > 1]
    rejected = 0
    for index in lemmas[:40]:
        for literals in ([-steps[index][1][0], *steps[index][1][1:]], steps[index][1][1:], []):
            spoiled = steps[:index] + [(False, literals)] + steps[index + 1 :]
            verdict = judge(clauses, proof_from(spoiled))
            rejected += not verdict.accepted
            assert verdict.accepted or "does not follow" in verdict.reason
    # A changed lemma may still be true; the empty clause never follows this early.
    assert rejected > 40


def test_a_lemma_that_does_not_follow_is_named() -> None:
    verdict = judge([[1, 2], [-1, 2], [1, -2], [-1, -2]], proof_from([(False, [3]), (False, [1]), (False, [])]))
    assert verdict == ProofCheck(False, 1, "lemma 1 (3) does not follow by unit propagation")


def test_a_proof_that_stops_early_is_rejected() -> None:
    clauses = pigeons(5)
    steps = list(proof_of(clauses).steps())
    assert judge(clauses, proof_from(steps[:20])).reason == "the proof does not end in the empty clause"
    assert not judge(clauses, proof_from([])).accepted


def test_a_weaker_formula_is_not_refuted() -> None:
    clauses = pigeons(5)
    proof = proof_of(clauses)
    for index in range(len(clauses)):
        assert not judge(clauses[:index] + clauses[index + 1 :], proof).accepted


def test_a_formula_that_propagation_refutes_needs_no_proof() -> None:
    assert judge([[1], [-1, 2], [-2]], proof_from([])).accepted
    assert judge([[1], []], proof_from([])).accepted


def test_only_one_of_several_checkers_sees_the_wrong_lemma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drup, "PART", 1)
    clauses = pigeons(4)
    steps = list(proof_of(clauses).steps())
    proof = proof_from([steps[0], (False, [99]), *steps[1:]])
    assert [judge(clauses, proof, (index, 2)).accepted for index in range(2)] == [True, False]


def test_deleted_lemmas_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drup, "REBUILD", 0)
    clauses = pigeons(6)
    for prover in ("glucose42", "cadical195"):
        assert check(proof_of(clauses, prover), lambda: clauses, PROPAGATORS[1]).accepted
    # What a proof deletes it cannot use again.
    steps = [(False, [1, 3]), (True, [1, 3]), (False, [1, 4]), (True, [1, 4]), (False, [3, 1, 5])]
    assert "lemma 1" in check(proof_from(steps), lambda: [[7, 8]], PlainPropagator).reason


def test_what_holds_for_good_outlives_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solvers delete clauses that are satisfied, the one that made a literal hold for good among them."""
    monkeypatch.setattr(drup, "REBUILD", 0)
    clauses = [[1, 2, 3], [1, 2, -3], [-2, 4], [-2, -4], [-1, 5, 6], [-1, 5, -6], [-5, 8], [-5, -8]]
    reason = [(False, [1, 2]), (False, [-2]), (True, [1, 2])]
    idle = [step for literal in (11, 12, 13) for step in ((False, [1, 2, literal]), (True, [1, 2, literal]))]
    assert judge(clauses, proof_from([*reason, *idle, (False, [5]), (False, [])])).accepted


def proof_from(steps: list[tuple[bool, list[int]]]) -> Proof:
    return Proof.from_lines(("d " if deletion else "") + " ".join(map(str, [*step, 0])) for deletion, step in steps)


@pytest.mark.parametrize("line", ["1 2", "1 x 0", "1 0 2 0", "d", "9999999999999 0"])
def test_what_is_no_proof(line: str) -> None:
    with pytest.raises(InputError, match="proof:2"):
        Proof.from_lines(["1 0", line])


LITERALS = st.integers(1, 6).flatmap(lambda v: st.sampled_from((v, -v)))


@settings(max_examples=200)
@given(st.lists(st.lists(LITERALS, min_size=1, max_size=4), max_size=25), st.lists(LITERALS, max_size=4))
def test_all_propagators_agree(clauses: Clauses, literals: list[int]) -> None:
    unique = [sorted(set(clause)) for clause in clauses]
    answers = []
    for make in PROPAGATORS:
        engine = make()
        engine.add(unique[:10])
        engine.conflicts(literals)
        engine.add(unique[10:])
        answers.append((engine.conflicts(literals), engine.conflicts([])))
    assert answers[0] == answers[1]


@settings(max_examples=100)
@given(st.lists(st.lists(LITERALS, min_size=1, max_size=3), max_size=40))
def test_a_refuted_formula_has_no_solution(clauses: Clauses) -> None:
    unique = [sorted(set(clause)) for clause in clauses]
    with Solver(name=PROVER, bootstrap_with=unique, with_proof=True) as solver:
        satisfiable = solver.solve()
        proof = proof_from([]) if satisfiable else Proof.from_lines(solver.get_proof())
    assert judge(unique, proof).accepted == (not satisfiable)
