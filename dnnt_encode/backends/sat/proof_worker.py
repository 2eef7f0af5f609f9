"""The child's side of certificates: a solver that writes a proof, and another one whose propagation checks it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pysat.solvers import Solver

from dnnt_encode.backends.process import Done
from dnnt_encode.backends.protocol import Candidate
from dnnt_encode.backends.sat.solver import PysatSolver, lists
from dnnt_encode.backends.sat.solvers import SOLVERS
from dnnt_encode.backends.worker import Channel
from dnnt_encode.proofs.drup import Proof, check


@dataclass(frozen=True)
class Checked:
    """Steps of a proof that a checker has passed."""

    steps: int


def prove(payload: dict[str, Any], channel: Channel) -> None:
    """Solve ``model`` with ``solver``: a Proof that there is no solution, or a Candidate; then Done."""
    solver = PysatSolver(SOLVERS[payload["solver"]], payload["model"], proof=True)
    channel.send(Candidate(solver.truth()) if solver.solve() else Proof.from_lines(solver.proof()))
    channel.send(Done())


class PysatPropagator:
    """Unit propagation by a solver that is never asked to solve, and so learns nothing."""

    def __init__(self, name: str) -> None:
        self._solver = Solver(name=name)

    def add(self, clauses: Iterable[list[int]]) -> None:
        for clause in clauses:
            self._solver.add_clause(clause)

    def conflicts(self, literals: Sequence[int]) -> bool:
        consistent, _ = self._solver.propagate(assumptions=list(literals))
        return not consistent


def examine(payload: dict[str, Any], channel: Channel) -> None:
    """Check ``proof`` of ``blocks`` with the propagation of ``checker``, ``part`` (i, k) of it; the last message
    but one is the Verdict."""
    blocks, name = payload["blocks"], payload["checker"]
    told = time.monotonic()

    def progress(steps: int) -> None:
        nonlocal told
        if time.monotonic() - told > 0.2:
            told = time.monotonic()
            channel.send(Checked(steps))

    verdict = check(payload["proof"], lambda: lists(blocks), lambda: PysatPropagator(name), payload["part"], progress)
    channel.send(verdict)
    channel.send(Done())
