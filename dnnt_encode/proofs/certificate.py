"""The kinds of certificates, and what each one does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

CertificateKind = Literal["drup", "exhaustive", "second_solver", "none"]
"""``drup``: an independent check accepted a proof for the CNF that states the claim; ``exhaustive``: every assignment
was looked at; ``second_solver``: an independent backend agrees, which certifies nothing; ``none``."""


@dataclass(frozen=True)
class LeafProof:
    """A proof that nothing in one leaf of a tree has a loss of at most ``refuted``, in the units of the whole instance.

    ``node``: the parts that lead to the leaf, none for the whole. ``formula`` is the sha256 of the DIMACS file of its
    formula without comments, ``proof`` that of the file of its proof, empty where there is none."""

    node: tuple[int, ...]
    refuted: Fraction
    formula: str
    clauses: int
    lemmas: int
    proof: str = ""


@dataclass(frozen=True)
class SplitNode:
    """A node of a tree was split by the split called ``name`` into so many ``parts``."""

    node: tuple[int, ...]
    name: str
    parts: int


@dataclass(frozen=True)
class Refutation:
    """Checked proofs for all leaves of a tree, so that no loss of the whole is ``at_most`` something, or, where that is
    None, ``below`` something. ``trusted``: what has to be believed beside them."""

    at_most: Fraction | None
    below: Fraction | None
    splits: tuple[SplitNode, ...]
    leaves: tuple[LeafProof, ...]
    prover: str
    checker: str
    trusted: tuple[str, ...]

    def describe(self) -> str:
        """One line for the result: what was checked, of which formulas, and what remains trusted."""
        lemmas = sum(leaf.lemmas for leaf in self.leaves)
        clauses = sum(leaf.clauses for leaf in self.leaves)
        trusted = f"trusted: {', '.join(self.trusted)}"
        if len(self.leaves) == 1:
            leaf = self.leaves[0]
            refuted = leaf.refuted if self.at_most is None else self.at_most
            return (
                f"no loss is at most {refuted}: a proof by {self.prover} ({lemmas} lemmas) was accepted by unit "
                f"propagation in {self.checker}; formula of {clauses} clauses, sha256 {leaf.formula}; {trusted}"
            )
        claim = f"below {self.below}" if self.at_most is None else f"at most {self.at_most}"
        names = ", ".join(dict.fromkeys(split.name for split in self.splits))
        return (
            f"no loss is {claim}: {len(self.leaves)} proofs by {self.prover} ({lemmas} lemmas), one for every part "
            f"({names}), were accepted by unit propagation in {self.checker}; formulas of {clauses} clauses in all; "
            f"{trusted}"
        )


def trusted_steps(notes: tuple[str, ...], *, merged: bool, sorted_units: bool, levelled: bool) -> tuple[str, ...]:
    """What a proof of a formula does not cover. ``notes``: what was done to the instance before it was encoded;
    ``merged``: whether equal inputs share one copy of the network; ``sorted_units``: whether the formula orders
    interchangeable units; ``levelled``: whether one lowers the parameters of outputs together."""
    return (
        "the encoding",
        *notes,
        *(["the merging of equal samples (off with --no-reductions)"] if merged else []),
        *(["the sorting of interchangeable units (off with --no-reductions)"] if sorted_units else []),
        *(["the level of the outputs, of which the differences count (off with --no-reductions)"] if levelled else []),
    )
