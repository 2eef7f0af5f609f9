"""The kinds of certificates, and what each one does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

CertificateKind = Literal["drup", "exhaustive", "second_solver", "none"]
"""``drup``: an independent check accepted a proof for the CNF that states the claim; ``exhaustive``: every assignment
was looked at; ``second_solver``: an independent backend agrees, which certifies nothing; ``none``."""


@dataclass(frozen=True)
class Refutation:
    """A checked refutation of "the loss is at most ``refuted``" for one formula. ``sha256`` is that of its DIMACS file
    without comments; ``steps``: what was done to the instance before it was encoded; ``sorted_units``: whether the
    formula orders interchangeable units; ``merged``: whether equal inputs share one copy of the network."""

    refuted: Fraction
    sha256: str
    clauses: int
    lemmas: int
    prover: str
    checker: str
    sorted_units: bool
    merged: bool = True
    steps: tuple[str, ...] = ()

    def describe(self) -> str:
        """One line for the result: what was checked, of which formula, and which steps remain trusted."""
        trusted = ["the encoding", *self.steps]
        if self.merged:
            trusted.append("the merging of equal samples (off with --no-reductions)")
        if self.sorted_units:
            trusted.append("the sorting of interchangeable units (off with --no-reductions)")
        return (
            f"no loss is at most {self.refuted}: a proof by {self.prover} ({self.lemmas} lemmas) was accepted by unit "
            f"propagation in {self.checker}; formula of {self.clauses} clauses, sha256 {self.sha256}; "
            f"trusted: {', '.join(trusted)}"
        )
