"""What stands behind a lower bound, as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EvidenceKind = Literal["trivial", "counted", "exhaustive", "exact", "floating"]

KINDS: tuple[EvidenceKind, ...] = ("floating", "exact", "counted", "trivial", "exhaustive")
"""From the one that asks for the most faith to the one that asks for none."""


@dataclass(frozen=True)
class Evidence:
    """``trivial``: no loss is below 0. ``counted``: equal inputs with different targets. ``exhaustive``: everything was
    looked at, as ``detail`` says. ``exact``: the word of a solver that computes with integers; ``floating``: of one
    that does not. ``by``: who says so; ``steps``: the notes of the reductions that are trusted beside it."""

    kind: EvidenceKind
    by: str = ""
    detail: str = ""
    steps: tuple[str, ...] = ()

    @property
    def strength(self) -> int:
        """The greater, the less has to be believed."""
        return KINDS.index(self.kind)


TRIVIAL = Evidence("trivial", "no loss is below 0")
COUNTED = "equal inputs with different targets"
"""Who proves a bound that no solver is needed for."""


def weakest(parts: list[Evidence]) -> Evidence:
    """What a claim is worth that needs all of several."""
    return min(parts, key=lambda part: part.strength)
